package each

import (
	"errors"

	"mtpipe/internal/input"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// TextOf returns the text of v, which must not be changed. A record is wrong.
func TextOf(v value.Value) ([]byte, error) {
	switch v.Kind() {
	case value.KindText, value.KindString, value.KindNumber:
		return v.Bytes(), nil
	case value.KindRecord:
		return nil, errors.New("a record is not text; choose a field with get")
	}
	return v.AppendText(nil), nil
}

// Text declares a stage that makes a text of each text. Lines that come in blocks leave in
// blocks.
type Text[A any] struct {
	pipeline.Doc
	Do     func(a *A) Appender
	Whole  func(a *A) Appender // the same for many lines at once, with their newlines; may be nil
	Breaks func(a *A) bool     // Do may put newlines where there were none; nil when it does not
}

// Appender appends to dst what it makes of text.
type Appender func(dst, text []byte) []byte

// Stage returns the stage.
func (d Text[A]) Stage() *pipeline.Stage {
	start := func(j *pipeline.Job, a *A) *rewriter {
		w := &rewriter{j: j, do: d.Do(a), pool: input.NewRewritten()}
		if d.Whole != nil {
			w.whole = d.Whole(a)
		}
		w.breaks = d.Breaks != nil && d.Breaks(a)
		return w
	}
	return define(d.Doc,
		func(j *pipeline.Job, a *A) error {
			w := start(j, a)
			return byBatch(j, w.batch, lent, w.value, asRead)
		},
		func(j *pipeline.Job, a *A) error { return byBatch(j, nil, lent, start(j, a).value, asRead) })
}

// rewriter puts another text for each text.
type rewriter struct {
	j         *pipeline.Job
	do, whole Appender
	breaks    bool
	pool      *value.BlockPool
}

func (w *rewriter) value(v value.Value) (bool, error) {
	text, err := TextOf(v)
	if err == nil {
		w.j.Put(v.WithText(w.do(nil, text)))
	}
	return false, err
}

func (w *rewriter) batch(j *pipeline.Job, b *value.Batch) (bool, error) {
	switch {
	case !b.IsText():
		return false, nil
	case b.Form() == value.FormLines && !w.breaks:
		j.PutBatch(w.lines(b))
	default:
		j.PutBatch(w.spans(b))
	}
	return true, nil
}

// lines returns the new lines for those of b, one for each.
func (w *rewriter) lines(b *value.Batch) *value.Batch {
	data := b.Data()
	block := w.pool.Room(len(data) + 1)
	buf := block.Bytes()[:0]
	if w.whole != nil {
		buf = w.whole(buf, data)
		if b.Unterminated() {
			buf = append(buf, '\n')
		}
	} else {
		for _, row := range b.Rows() {
			buf = append(w.do(buf, row), '\n')
		}
	}
	block = block.Filled(buf)
	block.SetOrigin(b.Origin())
	return value.NewLines(block, buf)
}

// spans returns the new texts for those of b as spans, since they may have newlines inside.
func (w *rewriter) spans(b *value.Batch) *value.Batch {
	size := 1
	for _, row := range b.Rows() {
		size += len(row) + 1
	}
	block := w.pool.Room(size)
	buf := block.Bytes()[:0]
	spans := make([]value.Span, 0, b.Len())
	for _, row := range b.Rows() {
		at := len(buf)
		buf = w.do(buf, row)
		spans = append(spans, value.Span{Off: uint32(at), Len: uint32(len(buf) - at)})
		buf = append(buf, '\n')
	}
	whole := value.NewLines(block.Filled(buf), buf)
	out := value.NewSpans(whole)
	whole.Release()
	for _, s := range spans {
		out.AddSpan(int(s.Off), int(s.Len))
	}
	return out
}
