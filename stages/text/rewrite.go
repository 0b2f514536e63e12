package text

import (
	"mtpipe/internal/input"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// rewriter is a stage that puts another text for each text.
type rewriter struct {
	do     func(dst, text []byte) []byte // appends the new text
	whole  bool                          // do may be given many lines at once, with their newlines
	breaks bool                          // do may put newlines where there were none
}

// rewrite puts the new text of each value. Lines that come in blocks leave in blocks.
func rewrite(j *pipeline.Job, w rewriter) error {
	pool := value.NewBlockPool(rewrittenBlock)
	for b, err := range j.Batches() {
		switch {
		case err != nil:
			return err
		case b.Form() == value.FormValues:
			err = w.values(j, b)
		case b.Form() == value.FormLines && !w.breaks:
			j.PutBatch(w.lines(pool, b))
		default:
			j.PutBatch(w.spans(pool, b))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *rewriter) values(j *pipeline.Job, b *value.Batch) error {
	for i, v := range b.Values() {
		text, err := textOf(v)
		if err != nil {
			if err := j.Reject(b, i, err); err != nil {
				return err
			}
			continue
		}
		j.Put(v.WithText(w.do(nil, text)))
	}
	return nil
}

// lines returns the new lines for those of b, one for each.
func (w *rewriter) lines(pool *value.BlockPool, b *value.Batch) *value.Batch {
	data := b.Data()
	block := blockFor(pool, len(data)+1)
	buf := block.Bytes()[:0]
	if w.whole {
		buf = w.do(buf, data)
		if b.Unterminated() {
			buf = append(buf, '\n')
		}
	} else {
		for _, row := range b.Rows() {
			buf = append(w.do(buf, row), '\n')
		}
	}
	block = blockOf(block, buf)
	block.SetOrigin(originOf(b))
	return value.NewLines(block, buf)
}

// spans returns the new texts for those of b as spans, since they may have newlines inside.
func (w *rewriter) spans(pool *value.BlockPool, b *value.Batch) *value.Batch {
	size := 1
	for _, row := range b.Rows() {
		size += len(row) + 1
	}
	block := blockFor(pool, size)
	buf := block.Bytes()[:0]
	spans := make([]value.Span, 0, b.Len())
	for _, row := range b.Rows() {
		at := len(buf)
		buf = w.do(buf, row)
		spans = append(spans, value.Span{Off: uint32(at), Len: uint32(len(buf) - at)})
		buf = append(buf, '\n')
	}
	whole := value.NewLines(blockOf(block, buf), buf)
	out := value.NewSpans(whole)
	whole.Release()
	for _, s := range spans {
		out.AddSpan(int(s.Off), int(s.Len))
	}
	return out
}

const (
	rewrittenBlock = input.BlockSize + input.BlockSize/4 // room for text that grows a little
	ownBlock       = input.BlockSize / 8                 // less than this gets a block of its size
)

// blockFor returns a block for about size bytes, from the pool unless they are few or many.
func blockFor(pool *value.BlockPool, size int) *value.Block {
	if size < ownBlock || size > pool.Size() {
		return value.NewBlock(make([]byte, size))
	}
	return pool.Get()
}

// blockOf returns the block whose memory holds buf, which was filled from block's beginning
// and may have outgrown it.
func blockOf(block *value.Block, buf []byte) *value.Block {
	if cap(buf) == cap(block.Bytes()) {
		return block
	}
	block.Release()
	return value.NewBlock(buf)
}

// originOf returns where the first line of b comes from, for a block with as many lines.
func originOf(b *value.Batch) value.Origin {
	o, newlines := b.PlaceOf(0)
	o.Offset += int64(cap(b.Block().Bytes()) - cap(b.Data()))
	if o.Line > 0 {
		o.Line += int64(newlines)
	}
	return o
}
