package format

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"sync"

	"mtpipe/value"
)

// csvCodec is the format of RFC 4180 as spreadsheets write it: a quote inside a field that does
// not begin with one is a character like others, lines end with or without a carriage
// return, empty lines are passed over.
type csvCodec struct {
	name      string
	delimiter byte
	quotes    bool // TSV has escapes instead
	text      bool // fields are text where they look like a number, too
	shape     *value.Shape
	header    []byte
	odd       *oddCSV // what a quick look does not find; nil when there is nothing
	uneven    *uneven // the shapes of records with more or fewer fields; nil when these are wrong
}

// Name returns csv or tsv.
func (c *csvCodec) Name() string { return c.name }

// Errors of a record.
var (
	errOpenQuote  = errors.New("a quoted field has no closing quote")
	errAfterQuote = errors.New("something stands between a closing quote and the end of the field")
)

// Parse finds the rows of r and their fields.
func (c *csvCodec) Parse(r *value.Records) {
	defer keepRows(r, takeRows(r))
	p := parsers.Get().(*csvParser)
	*p = csvParser{c: c, r: r, marks: p.marks, width: len(c.shape.Names())}
	if c.odd != nil {
		p.oddRows()
	} else {
		p.parse()
	}
	if c.text {
		asStrings(r.Fields)
	}
	p.c, p.r = nil, nil
	parsers.Put(p)
}

var parsers = sync.Pool{New: func() any { return new(csvParser) }}

// csvParser reads the records of a block.
type csvParser struct {
	c     *csvCodec
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

// parse goes from one delimiter, quote or newline to the next. Rows in which nothing is odd
// take the quick way; the others are begun again.
func (p *csvParser) parse() {
	r, text := p.r, p.r.Text
	quote := byte('"')
	if !p.c.quotes {
		quote = '\n'
	}
	p.marks.find(text, p.c.delimiter, '\n', quote, 0)
	r.Fields = room(r.Fields, p.marks.count()+1)
	c := cursor{marks: p.marks, w: -1}
	for {
		if !p.first {
			c = p.quick(c)
		}
		for row := p.row; p.row == row; {
			var at int
			if at = c.next(); at < 0 {
				p.finish()
				return
			}
			p.mark(at, text[at])
		}
		if p.first && len(r.Rows) > 0 {
			return
		}
	}
}

// cursor goes through marks.
type cursor struct {
	marks marks
	w     int
	m     uint64 // the marks of word w that are to come
}

// next returns the next mark, -1 behind the last.
func (c *cursor) next() int {
	for c.m == 0 {
		if c.w++; c.w >= len(c.marks) {
			return -1
		}
		c.m = c.marks[c.w]
	}
	at := c.w<<6 + bits.TrailingZeros64(c.m)
	c.m &= c.m - 1
	return at
}

// from returns a cursor before the first mark from i on.
func (m marks) from(i int) cursor {
	w := i >> 6
	if w >= len(m) {
		return cursor{marks: m, w: w}
	}
	return cursor{marks: m, w: w, m: m[w] &^ (1<<(i&63) - 1)}
}

// quick reads rows from p.row on that are written as they should be, as long as there are
// any, and returns a cursor before the marks of the next one.
func (p *csvParser) quick(c cursor) cursor {
	r, text := p.r, p.r.Text
	rows, fields := r.Rows, r.Fields[:cap(r.Fields)]
	delimiter, width, quotes, shape := p.c.delimiter, p.width, p.c.quotes, p.c.shape
	n := len(r.Fields)                   // fields that were found
	first, row, start := n, p.row, p.row // the row's first field, where the row and the field begin
	var end int
loop:
	for {
		at := c.next()
		if at < 0 {
			break
		}
		kind := value.FieldText
		begin := start
		end = at
		b := text[at]
		if b == '"' && quotes {
			if at != start {
				continue // a character like others
			}
			begin++
			for {
				if end = c.next(); end < 0 {
					break loop
				}
				if text[end] != '"' {
					continue
				}
				if end+1 < len(text) && text[end+1] == '"' {
					kind = value.FieldEncoded
					c.next()
					continue
				}
				break
			}
			if at = end + 1; at+1 < len(text) && text[at] == '\r' && text[at+1] == '\n' {
				at++
			}
			if at >= len(text) || text[at] != delimiter && text[at] != '\n' {
				break // something behind the quote
			}
			c.next()
			b = text[at]
		}
		switch {
		case b == delimiter:
			fields[n] = value.Field{Off: uint32(begin), Len: uint32(end - begin), Kind: kind}
			n, start = n+1, at+1
		case b != '\n':
		case n-first != width-1 || at == start:
			break loop
		default:
			if end == at && text[at-1] == '\r' {
				if end--; end == row {
					break loop
				}
			}
			fields[n] = value.Field{Off: uint32(begin), Len: uint32(end - begin), Kind: kind}
			rows = append(rows, value.Row{Shape: shape, Off: uint32(row), Len: uint32(at - row), First: uint32(first)})
			n, start, row = n+1, at+1, at+1
			if !quotes {
				p.c.escapes(r, fields[first:n])
			}
			first = n
		}
	}
	r.Rows, r.Fields = rows, fields[:first]
	p.row, p.field, p.count = row, row, 0
	return p.marks.from(row)
}

// mark deals with the byte b at a place.
func (p *csvParser) mark(at int, b byte) {
	switch {
	case b == '"' && p.c.quotes:
		p.quote(at)
	case p.in:
	case b == p.c.delimiter:
		p.end(at)
		p.field = at + 1
	case b == '\n':
		p.endRow(at)
	}
}

// finish ends the last record, if no newline has.
func (p *csvParser) finish() {
	if p.in {
		p.fail(p.field, errOpenQuote)
		p.in = false
	}
	if p.row < len(p.r.Text) {
		p.endRow(len(p.r.Text))
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
	p.r.Fields = append(p.r.Fields, f)
	p.count++
}

// endRow ends a record at the place at.
func (p *csvParser) endRow(at int) {
	start, end := p.row, at
	if at > start && p.r.Text[at-1] == '\r' {
		end--
	}
	p.row = at + 1
	if end == start && (p.first || p.c.quotes || p.width > 1) { // an empty line, which in TSV may be an empty field
		p.field = at + 1
		return
	}
	p.end(end)
	p.field = at + 1
	p.addRow(start, at, len(p.r.Fields)-p.count)
}

// addRow adds the record that stands from start to end and whose fields begin with number first.
func (p *csvParser) addRow(start, end, first int) {
	r := p.r
	row := value.Row{Shape: p.c.shape, Off: uint32(start), Len: uint32(end - start)}
	if p.count != p.width && !p.first {
		if p.c.uneven != nil {
			row.Shape = p.c.uneven.shape(p.c.shape, p.count)
		} else {
			p.fail(start, p.c.ragged(p.count))
		}
	}
	if p.err != nil && !p.first {
		r.Fields = r.Fields[:first]
		r.Bad = append(r.Bad, value.RowError{Row: len(r.Rows), Off: p.place, Err: p.err})
		p.err = nil
	} else {
		row.First = uint32(first)
		if !p.c.quotes {
			p.c.escapes(r, r.Fields[first:])
		}
	}
	r.Rows = append(r.Rows, row)
	p.count = 0
}

// uneven is the shapes of records with more fields than the header, or fewer. Any goroutine.
type uneven struct{ shapes sync.Map }

// shape returns that of a record with count fields: the first names of the header's, and after
// the last of these the fields' numbers.
func (u *uneven) shape(header *value.Shape, count int) *value.Shape {
	if s, ok := u.shapes.Load(count); ok {
		return s.(*value.Shape)
	}
	names := slices.Clone(header.Names())
	names = names[:min(count, len(names))]
	for n := len(names); n < count; n++ {
		names = append(names, strconv.Itoa(n+1))
	}
	s, _ := u.shapes.LoadOrStore(count, value.NewShape(distinct(names)...))
	return s.(*value.Shape)
}

func (c *csvCodec) ragged(count int) error {
	return fmt.Errorf("the record has %s, the header %d", fields(count), len(c.shape.Names()))
}

func fields(n int) string {
	if n == 1 {
		return "1 field"
	}
	return fmt.Sprintf("%d fields", n)
}

// escapes marks the fields of a TSV row in which something is written with a backslash.
func (c *csvCodec) escapes(r *value.Records, fields []value.Field) {
	for i := range fields {
		f := &fields[i]
		if bytes.IndexByte(r.Text[f.Off:f.Off+f.Len], '\\') >= 0 {
			f.Kind = value.FieldEncoded
		}
	}
}

// Decode returns the text of a field with doubled quotes, or with TSV's escapes.
func (c *csvCodec) Decode(text []byte) value.Value {
	v := c.decode(text)
	if c.text {
		return value.String(v.Str())
	}
	return v
}

// asStrings makes untyped fields that are not empty text that is text.
func asStrings(fields []value.Field) {
	for i := range fields {
		if f := &fields[i]; f.Kind == value.FieldText && f.Len > 0 {
			f.Kind = value.FieldString
		}
	}
}

func (c *csvCodec) decode(text []byte) value.Value {
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
