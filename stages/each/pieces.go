package each

import (
	"mtpipe/pipeline"
	"mtpipe/value"
)

// Piece is a part of a text. An empty one begins at 0, so that it is not taken for the end
// of the text.
type Piece struct{ Start, End int }

// Finder appends the pieces of a text.
type Finder func(to []Piece, text []byte) []Piece

// Pieces declares a stage that cuts pieces out of each text. They are not copied: those of
// lines are spans of them.
type Pieces[A any] struct {
	pipeline.Doc
	Find    func(a *A) Finder
	Spans   func(a *A) func(out, b *value.Batch)     // adds the pieces of text to out, quicker; may be nil or give nil
	Join    func(a *A) (between []byte, joined bool) // the pieces of each value are put as one text; may be nil
	Decode  func(a *A) func(piece []byte) []byte     // what is put in place of a piece, not in its memory; may be nil or give nil
	Untyped bool                                     // pieces are untyped text, whatever the value is
}

// Stage returns the stage.
func (d Pieces[A]) Stage() *pipeline.Stage {
	start := func(j *pipeline.Job, a *A) *cutter {
		c := &cutter{j: j, find: d.Find(a), untyped: d.Untyped}
		if d.Spans != nil {
			c.spans = d.Spans(a)
		}
		if d.Join != nil {
			c.between, c.joined = d.Join(a)
		}
		if d.Decode != nil {
			c.decode = d.Decode(a)
		}
		return c
	}
	return define(d.Doc,
		func(j *pipeline.Job, a *A) error {
			c := start(j, a)
			return byBatch(j, c.batch, lent, c.value, asRead)
		},
		func(j *pipeline.Job, a *A) error { return byBatch(j, nil, kept, start(j, a).value, asRead) })
}

// cutter puts pieces of each text.
type cutter struct {
	j       *pipeline.Job
	find    Finder
	spans   func(out, b *value.Batch)
	between []byte
	joined  bool
	decode  func(piece []byte) []byte
	untyped bool // as in Pieces
	printed bool // a record is cut as what it is printed as
	pieces  []Piece
}

func (c *cutter) value(v value.Value) (bool, error) {
	text, err := c.text(v)
	if err != nil {
		return false, err
	}
	c.pieces = c.find(c.pieces[:0], text)
	if c.joined {
		c.j.Put(value.Text(c.join(text)))
		return false, nil
	}
	for _, p := range c.pieces {
		piece := text[p.Start:p.End:p.End]
		if c.decode != nil {
			piece = c.decode(piece)
		}
		t := value.Text(piece)
		if !c.untyped {
			t = v.WithText(t.Bytes())
		}
		if v.Unterminated() && p.End == len(text) {
			t = t.AsUnterminated()
		}
		c.j.Put(t)
	}
	return false, nil
}

func (c *cutter) text(v value.Value) ([]byte, error) {
	if c.printed && !v.IsText() {
		return v.AppendText(nil), nil
	}
	return TextOf(v)
}

func (c *cutter) join(text []byte) []byte {
	size := len(c.pieces) * len(c.between)
	for _, p := range c.pieces {
		size += p.End - p.Start
	}
	joined := make([]byte, 0, size)
	for i, p := range c.pieces {
		if i > 0 {
			joined = append(joined, c.between...)
		}
		joined = append(joined, text[p.Start:p.End]...)
	}
	return joined
}

func (c *cutter) batch(j *pipeline.Job, b *value.Batch) (bool, error) {
	if !b.IsText() || c.joined || c.decode != nil {
		return false, nil
	}
	out := value.NewSpans(b)
	if c.spans != nil {
		c.spans(out, b)
	} else {
		for s, row := range b.Rows() {
			c.pieces = c.find(c.pieces[:0], row)
			for _, p := range c.pieces {
				out.AddSpan(int(s.Off)+p.Start, p.End-p.Start)
			}
		}
	}
	j.PutSome(out)
	return true, nil
}
