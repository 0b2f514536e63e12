package format

import "mtpipe/value"

var textFormat = &Format{
	Name:    "text",
	Summary: "each value on a line, records as JSON",
	Any:     true,
	Read:    &Reading{Stage: StageDoc{Name: "lines"}, Arguments: readBy(func(none) Cutter { return NewLines() })},
	Write:   &Writing{Apart: true, Arguments: writeBy(func(none) Writer { return newText() })},
}

func newText() Writer { return new(text) }

// lines is the cutter of text whose records are lines.
type lines struct{ lineEnds }

// NewLines returns the cutter of one file of lines of text.
func NewLines() Cutter { return new(lines) }

// IsLines reports whether c is a cutter of lines of text.
func IsLines(c Cutter) bool { _, ok := c.(*lines); return ok }

func (c *lines) Batch(block *value.Block, data []byte) *value.Batch {
	if len(data) == 0 {
		block.Release()
		return nil
	}
	return value.NewLines(block, data)
}

func (c *lines) Part(block *value.Block, data []byte, _ bool) *value.Batch {
	return value.NewLines(block, data)
}

// text prints each value on a line of its own.
type text struct {
	open bool // the last line was written without its newline
	objects
}

// TextTail is what a writer of text has to know of text that was written past it: whether
// the last line stands without a newline.
type TextTail interface {
	Tail(dst []byte, open bool) []byte
}

// Tail appends the newline that is still missing and notes whether the line that follows
// lacks one too.
func (t *text) Tail(dst []byte, open bool) []byte {
	if t.open {
		dst = append(dst, '\n')
	}
	t.open = open
	return dst
}

func (t *text) Append(dst []byte, v value.Value) ([]byte, error) {
	dst = t.Tail(dst, v.Unterminated())
	dst = v.AppendText(dst)
	if !t.open {
		dst = append(dst, '\n')
	}
	return dst, nil
}

// AppendRow appends a record as JSON; anything else is printed as text.
func (t *text) AppendRow(dst []byte, r *value.Records, i int) ([]byte, bool) {
	if r.Rows[i].Shape == nil {
		return dst, false
	}
	dst = t.Tail(dst, false)
	if dst, ok := appendJSONRow(dst, r, i); ok {
		return dst, true
	}
	return t.objects.append(dst, r, i)
}
