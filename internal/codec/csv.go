package codec

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"sync"

	"mtpipe/value"
)

// CSV is the format of RFC 4180 as spreadsheets write it: a quote inside a field that does
// not begin with one is a character like others, lines end with or without a carriage
// return, empty lines are passed over.
type CSV struct {
	name      string
	delimiter byte
	quotes    bool // TSV has escapes instead
	shape     *value.Shape
	header    []byte
}

// Name returns csv or tsv.
func (c *CSV) Name() string { return c.name }

// Delimiter returns the byte between fields.
func (c *CSV) Delimiter() byte { return c.delimiter }

// Header returns the header as it stands in the file, without the newline; nil without one.
func (c *CSV) Header() []byte { return c.header }

// Shape returns the names of the fields.
func (c *CSV) Shape() *value.Shape { return c.shape }

// Errors of a record.
var (
	errOpenQuote  = errors.New("a quoted field has no closing quote")
	errAfterQuote = errors.New("something stands between a closing quote and the end of the field")
)

// Parse finds the rows of r and their fields.
func (c *CSV) Parse(r *value.Records) {
	p := parsers.Get().(*csvParser)
	*p = csvParser{c: c, r: r, marks: p.marks, width: len(c.shape.Names())}
	p.parse()
	p.c, p.r = nil, nil
	parsers.Put(p)
}

var parsers = sync.Pool{New: func() any { return new(csvParser) }}

// csvParser reads the records of a block.
type csvParser struct {
	c     *CSV
	r     *value.Records
	marks marks
	width int  // fields that a record is to have
	first bool // only the first record is read, whatever its width

	row    int // where the record begins
	field  int // where the field begins
	count  int // fields of the record that ended
	in     bool
	closed int // where the quote stands that closed the field; 0 for a field without quotes
	kind   value.FieldKind
	after  int // a mark that was dealt with already
	place  int // of the record's first mistake
	err    error
}

// parse goes from one delimiter, quote or newline to the next.
func (p *csvParser) parse() {
	text := p.r.Text
	quote := byte('"')
	if !p.c.quotes {
		quote = '\n'
	}
	p.marks.find(text, p.c.delimiter, '\n', quote, 0)
	p.r.Fields = room(p.r.Fields, p.width+1)
	delimiter := p.c.delimiter
	for w, m := range p.marks {
		for ; m != 0; m &= m - 1 {
			at := w<<6 + bits.TrailingZeros64(m)
			switch b := text[at]; {
			case b == '"' && p.c.quotes:
				p.quote(at)
			case p.in:
			case b == delimiter:
				p.end(at)
				p.field = at + 1
			case b == '\n':
				p.endRow(at)
				if p.first && len(p.r.Rows)+len(p.r.Bad) > 0 {
					return
				}
			}
		}
	}
	if p.in {
		p.fail(p.field, errOpenQuote)
		p.in = false
	}
	if p.row < len(text) {
		p.endRow(len(text))
	}
}

func (p *csvParser) fail(at int, err error) {
	if p.err == nil {
		p.place, p.err = at, err
	}
}

// quote deals with the quote at a place.
func (p *csvParser) quote(at int) {
	text := p.r.Text
	switch {
	case at == p.after && at > 0: // the second of two
		p.after = 0
	case !p.in && at == p.field:
		p.in, p.kind = true, value.FieldText
	case !p.in: // a character like others
	case at+1 < len(text) && text[at+1] == '"':
		p.kind, p.after = value.FieldEncoded, at+1
	default:
		p.in, p.closed = false, at
	}
}

// end ends a field at the place at.
func (p *csvParser) end(at int) {
	f := value.Field{Off: uint32(p.field), Len: uint32(at - p.field)}
	if p.closed > 0 {
		if p.closed+1 != at {
			p.fail(p.closed+1, errAfterQuote)
		}
		f = value.Field{Off: uint32(p.field + 1), Len: uint32(p.closed - p.field - 1), Kind: p.kind}
		p.closed = 0
	}
	if p.count < p.width || p.first {
		p.r.Fields = append(p.r.Fields, f)
	}
	p.count++
}

// endRow ends a record at the place at.
func (p *csvParser) endRow(at int) {
	start, end := p.row, at
	if at > start && p.r.Text[at-1] == '\r' {
		end--
	}
	p.row = at + 1
	if end == start { // an empty line
		p.field = at + 1
		return
	}
	p.end(end)
	p.field = at + 1
	r := p.r
	row := value.Row{Shape: p.c.shape, Off: uint32(start), Len: uint32(at - start)}
	kept := p.count
	if p.count != p.width && !p.first {
		kept = min(p.count, p.width)
		p.fail(start, p.c.ragged(p.count))
	}
	first := len(r.Fields) - kept
	if p.err != nil && !p.first {
		r.Fields = r.Fields[:first]
		r.Bad = append(r.Bad, value.BadRow{Row: len(r.Rows), Off: p.place, Err: p.err})
		p.err = nil
	} else {
		row.First = uint32(first)
		if !p.c.quotes {
			p.c.escapes(r, r.Fields[first:])
		}
	}
	r.Rows = append(r.Rows, row)
	r.Fields = room(r.Fields, p.width+1)
	p.count = 0
}

func (c *CSV) ragged(count int) error {
	return fmt.Errorf("the record has %s, the header %d", fields(count), len(c.shape.Names()))
}

func fields(n int) string {
	if n == 1 {
		return "1 field"
	}
	return fmt.Sprintf("%d fields", n)
}

// escapes marks the fields of a TSV row in which something is written with a backslash.
func (c *CSV) escapes(r *value.Records, fields []value.Field) {
	for i := range fields {
		f := &fields[i]
		if bytes.IndexByte(r.Text[f.Off:f.Off+f.Len], '\\') >= 0 {
			f.Kind = value.FieldEncoded
		}
	}
}

// Decode returns the text of a field with doubled quotes, or with TSV's escapes.
func (c *CSV) Decode(text []byte) value.Value {
	if c.quotes {
		return value.Text(bytes.ReplaceAll(text, []byte(`""`), []byte(`"`)))
	}
	plain := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		b := text[i]
		if b == '\\' && i+1 < len(text) {
			i++
			switch text[i] {
			case 't':
				b = '\t'
			case 'n':
				b = '\n'
			case 'r':
				b = '\r'
			case '\\':
			default:
				plain = append(plain, '\\')
				b = text[i]
			}
		}
		plain = append(plain, b)
	}
	return value.Text(plain)
}
