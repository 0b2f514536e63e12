package codec

import (
	"bytes"
	"errors"
	"fmt"

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
	if c.quotes && bytes.IndexByte(r.Text, '"') >= 0 {
		c.parseQuoted(r)
		return
	}
	c.parsePlain(r)
}

// plain is the state of parsePlain.
type plain struct {
	c     *CSV
	r     *value.Records
	width int
	row   int // where the row begins
	field int // where the field begins
	count int // fields of the row that ended
	kind  value.FieldKind
}

// parsePlain reads text without quotes, eight bytes at a time.
func (c *CSV) parsePlain(r *value.Records) {
	p := &plain{c: c, r: r, width: len(c.shape.Names())}
	text := r.Text
	delimiters, newlines := ones*uint64(c.delimiter), uint64(ones*'\n')
	r.Fields = room(r.Fields, p.width+1)
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := word(text[i:])
		nl := zeros(w ^ newlines)
		m := zeros(w^delimiters) | nl
		for ; m != 0; m &= m - 1 {
			at := i + firstByte(m)
			if m&-m&nl == 0 {
				p.end(at)
				continue
			}
			p.endRow(at)
		}
	}
	for ; i < len(text); i++ {
		switch text[i] {
		case c.delimiter:
			p.end(i)
		case '\n':
			p.endRow(i)
		}
	}
	if p.row < len(text) {
		p.endRow(len(text))
	}
}

// end ends a field at the place at.
func (p *plain) end(at int) {
	if p.count < p.width {
		p.r.Fields = append(p.r.Fields, value.Field{Off: uint32(p.field), Len: uint32(at - p.field)})
	}
	p.count++
	p.field = at + 1
}

// endRow ends a row at the place at.
func (p *plain) endRow(at int) {
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
	if p.count != p.width {
		r.Fields = r.Fields[:len(r.Fields)-min(p.count, p.width)]
		r.Bad = append(r.Bad, value.BadRow{Row: len(r.Rows), Off: start, Err: p.c.ragged(p.count)})
	} else {
		row.First = uint32(len(r.Fields) - p.width)
		if !p.c.quotes {
			p.c.escapes(r, r.Fields[row.First:])
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

// parseQuoted reads text in which some fields are in quotes.
func (c *CSV) parseQuoted(r *value.Records) {
	text := r.Text
	width := len(c.shape.Names())
	for i := 0; i < len(text); {
		if text[i] == '\n' || text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			i += bytes.IndexByte(text[i:], '\n') + 1
			continue
		}
		r.Fields = room(r.Fields, width+1)
		first := len(r.Fields)
		count, next, end, place, err := c.row(r, i, width)
		if err == nil && count != width {
			place, err = i, c.ragged(count)
		}
		if err != nil {
			r.Fields = r.Fields[:first]
			r.Bad = append(r.Bad, value.BadRow{Row: len(r.Rows), Off: place, Err: err})
		}
		r.Rows = append(r.Rows, value.Row{Shape: c.shape, Off: uint32(i), Len: uint32(end - i), First: uint32(first)})
		i = next
	}
}

// row reads one row from the place i on. It returns how many fields it has, where the next
// row begins, where this one ends, and what is wrong with it, and where.
func (c *CSV) row(r *value.Records, i, width int) (count, next, end, place int, err error) {
	text := r.Text
	for {
		var f value.Field
		if i < len(text) && text[i] == '"' {
			var stop int
			f, stop, place, err = quotedField(text, i, c.delimiter, place, err)
			i = stop
		} else {
			n := index2(text[i:], c.delimiter, '\n')
			f = value.Field{Off: uint32(i), Len: uint32(n)}
			i += n
			if (i == len(text) || text[i] == '\n') && n > 0 && text[i-1] == '\r' {
				f.Len--
			}
		}
		if count < width {
			r.Fields = append(r.Fields, f)
		}
		count++
		if i >= len(text) || text[i] == '\n' {
			return count, i + 1, i, place, err
		}
		i++
	}
}

// quotedField reads the field in quotes at i. It returns where it stops: at a delimiter, a
// newline or the end. The first error and its place stay.
func quotedField(text []byte, i int, delimiter byte, place int, err error) (value.Field, int, int, error) {
	start := i + 1
	kind := value.FieldText
	p := start
	for {
		n := bytes.IndexByte(text[p:], '"')
		if n < 0 {
			if err == nil {
				place, err = i, errOpenQuote
			}
			return value.Field{}, len(text), place, err
		}
		p += n + 1
		if p == len(text) || text[p] != '"' {
			break
		}
		kind = value.FieldEncoded
		p++
	}
	f := value.Field{Off: uint32(start), Len: uint32(p - 1 - start), Kind: kind}
	stop := p + index2(text[p:], delimiter, '\n')
	rest := text[p:stop]
	if len(rest) > 0 && !(len(rest) == 1 && rest[0] == '\r' && (stop == len(text) || text[stop] == '\n')) && err == nil {
		place, err = p, errAfterQuote
	}
	return f, stop, place, err
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
