package format

import (
	"bytes"

	"mtpipe/value"
)

// Pieces says how a text is divided into texts of several lines, or of less than one. One of
// the fields is set.
type Pieces struct {
	Starts     func(line []byte) bool // a line for which it is true begins a piece
	Separator  []byte                 // stands between pieces
	Paragraphs bool                   // empty lines stand between pieces
	Bare       bool                   // a newline at the end of all belongs to no piece
}

// NewPieces returns the cutter of one file of such texts.
func NewPieces(p Pieces) Cutter { return &piecesCutter{codec: &piecesCodec{p}} }

// piecesCodec finds pieces of text, each of which is a row without a shape.
type piecesCodec struct{ Pieces }

// Name returns text.
func (c *piecesCodec) Name() string { return "text" }

// Decode returns a piece that has no bytes: it is text, and no field that is empty.
func (c *piecesCodec) Decode(text []byte) value.Value { return value.Text(text) }

// Parse finds the pieces, or makes values of those that were found.
func (c *piecesCodec) Parse(r *value.Records) {
	if known := takeRows(r); known != nil {
		for _, row := range known {
			addPiece(r, int(row.Off), int(row.Off+row.Len))
		}
		return
	}
	text := r.Text
	for at := 0; at < len(text); {
		from, to, next := c.piece(text[at:])
		if from >= 0 {
			addPiece(r, at+from, at+to)
		}
		at += next
	}
}

// addPiece adds the text between two places.
func addPiece(r *value.Records, from, to int) {
	f := value.Field{Off: uint32(from), Len: uint32(to - from)}
	if from == to {
		f.Kind = value.FieldEncoded
	}
	r.Rows = append(r.Rows, value.Row{Off: f.Off, Len: f.Len, First: uint32(len(r.Fields))})
	r.Fields = append(r.Fields, f)
}

// piece returns where the first piece stands in text, and where the rest begins. From is -1 when
// there is none.
func (c *piecesCodec) piece(text []byte) (from, to, next int) {
	switch {
	case c.Separator != nil:
		if n := bytes.Index(text, c.Separator); n >= 0 {
			return 0, n, n + len(c.Separator)
		}
		end := len(text)
		if c.Bare && text[end-1] == '\n' {
			if end--; end == 0 {
				return -1, 0, len(text)
			}
		}
		return 0, end, len(text)
	case c.Paragraphs:
		return paragraph(text)
	}
	end := c.nextStart(text, 0)
	if end < 0 {
		end = len(text)
	}
	return 0, len(bytes.TrimSuffix(text[:end], newline)), end
}

var newline = []byte("\n")

// paragraph returns where the lines before the first empty one stand, and where that ends.
func paragraph(text []byte) (from, to, next int) {
	from = -1
	for next < len(text) {
		end := next + lineLength(text[next:])
		empty := isEmpty(text[next:end])
		switch {
		case !empty && from < 0:
			from = next
		case empty && from >= 0:
			return from, to, min(end+1, len(text))
		}
		to, next = end, min(end+1, len(text))
	}
	return from, to, next
}

// isEmpty reports whether a line has nothing but perhaps a carriage return.
func isEmpty(line []byte) bool { return len(line) == 0 || len(line) == 1 && line[0] == '\r' }

// nextStart returns where the first line after from begins that begins a piece, -1 when there is
// none. A line begins at from, or, when that is 0, the piece that is there.
func (c *piecesCodec) nextStart(text []byte, from int) int {
	for at := from; at < len(text); {
		end := at + lineLength(text[at:])
		if at > 0 && c.Starts(text[at:end]) {
			return at
		}
		at = end + 1
	}
	return -1
}

// piecesCutter cuts one file at the ends of pieces.
type piecesCutter struct {
	codec *piecesCodec
	at    int // how far what was left over was looked at: up to a place where a line begins, or a separator may
}

// Cut finds the end of the last piece that is whole.
func (c *piecesCutter) Cut(data []byte, ended bool) int {
	if ended {
		return len(data)
	}
	var whole int
	switch p := c.codec; {
	case p.Separator != nil:
		whole = p.lastSeparator(data, c.at)
		c.at = max(whole, len(data)-len(p.Separator)+1) - whole
		return whole
	case p.Paragraphs:
		whole = lastLine(data, c.at, func(at, end int) bool { return isEmpty(data[at:end]) }, true)
	default:
		whole = lastLine(data, c.at, func(at, end int) bool { return at > 0 && p.Starts(data[at:end]) }, false)
	}
	c.at = max(whole, bytes.LastIndexByte(data, '\n')+1) - whole
	return whole
}

// lastSeparator returns the end of the last separator from a place on, 0 when there is none. What
// stands before that place has no separator.
func (p *piecesCodec) lastSeparator(data []byte, from int) (end int) {
	if len(p.Separator) == 1 {
		if n := bytes.LastIndexByte(data[from:], p.Separator[0]); n >= 0 {
			return from + n + 1
		}
		return 0
	}
	for at := from; ; {
		n := bytes.Index(data[at:], p.Separator)
		if n < 0 {
			return end
		}
		at += n + len(p.Separator)
		end = at
	}
}

// lastLine returns the beginning of the last whole line from a place on, where a line begins, that
// fits, or its end when after is set; 0 when there is none.
func lastLine(data []byte, from int, fits func(at, end int) bool, after bool) int {
	for end := bytes.LastIndexByte(data[from:], '\n'); end >= 0; {
		at := bytes.LastIndexByte(data[from:from+end], '\n') + 1
		if fits(from+at, from+end) {
			if after {
				return from + end + 1
			}
			return from + at
		}
		end = at - 1
	}
	return 0
}

// Batch returns the pieces in data.
func (c *piecesCutter) Batch(block *value.Block, data []byte) *value.Batch {
	if len(data) == 0 {
		block.Release()
		return nil
	}
	return value.NewRaw(block, data, c.codec)
}

// Begin returns 0: nothing stands before the first piece.
func (c *piecesCutter) Begin([]byte) int { return 0 }

// Whole finds the end of the last piece that is whole.
func (c *piecesCutter) Whole(data []byte) int {
	return (&piecesCutter{codec: c.codec}).Cut(data, false)
}

// First finds the end of the first piece.
func (c *piecesCutter) First(data []byte) int {
	switch p := c.codec; {
	case p.Separator != nil:
		if n := bytes.Index(data, p.Separator); n >= 0 {
			return n + len(p.Separator)
		}
		return -1
	case p.Paragraphs:
		from, _, next := paragraph(data)
		if from < 0 || next == len(data) && !endsEmpty(data) {
			return -1
		}
		return next
	}
	whole := bytes.LastIndexByte(data, '\n') + 1 // a line that goes on may become another one
	return c.codec.nextStart(data[:whole], 0)
}

// Guess finds the end of a piece: from the first whole line on, where lines tell it.
func (c *piecesCutter) Guess(data []byte) (at int, sure bool) {
	if c.codec.Separator != nil {
		return c.First(data), true
	}
	return afterLine(data, c.First), true
}

// afterLine returns what find finds after the first line of data, -1 when that is nothing.
func afterLine(data []byte, find func([]byte) int) int {
	line := lineLength(data) + 1
	if line > len(data) {
		return -1
	}
	if n := find(data[line:]); n >= 0 {
		return line + n
	}
	return -1
}

// endsEmpty reports whether text ends with an empty line.
func endsEmpty(text []byte) bool {
	before, ok := bytes.CutSuffix(text, newline)
	return ok && isEmpty(before[bytes.LastIndexByte(before, '\n')+1:])
}

// Part returns the pieces in data.
func (c *piecesCutter) Part(block *value.Block, data []byte) *value.Batch {
	return value.NewRaw(block, data, c.codec)
}
