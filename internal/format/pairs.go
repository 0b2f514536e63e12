package format

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"mtpipe/value"
)

var dkvpFormat = &Format{
	Name:       "dkvp",
	Summary:    "lines of name=value with commas between them",
	Extensions: []string{".dkvp"},
	Read: &Reading{
		Stage: StageDoc{
			Name:  "dkvp",
			Short: "Reads records from lines of name=value,name=value",
			Long: `A field without = is called by its number. There are no quotes and no escapes: what
stands after the first = as far as the next comma is the value. Empty lines are passed over; of a name
that stands twice the last value counts. Values count as numbers where they look like one, unless --text is
given, and as null when they are empty.`,
		},
		Arguments: readBy(func(o textReading) Cutter { return newWords(dkvpFields, o.Text) }),
	},
	Write: &Writing{
		Stage: StageDoc{
			Name:  "to_dkvp",
			Short: "Puts each record as a line of name=value,name=value",
			Long: `A value that is no record is one field called value; lists and records are JSON. What would be
read as something else is an error: a name that is empty, or a record without fields, or a name or value
with a comma, the end of a line or, in a name, = in it.`,
		},
		Arguments: writeBy(func(none) Writer { return dkvp{} }),
		Apart:     true,
	},
}

var nidxFormat = &Format{
	Name:       "nidx",
	Summary:    "lines of words, which are called by their numbers",
	Extensions: []string{".nidx"},
	Read: &Reading{
		Stage: StageDoc{
			Name:  "nidx",
			Short: "Reads records from lines of words, called 1, 2 and so on",
			Long: `Blanks and tabs stand between words. Lines without a word are passed over. Words count as numbers
where they look like one, unless --text is given.`,
		},
		Arguments: readBy(func(o textReading) Cutter { return newWords(nidxFields, o.Text) }),
	},
	Write: &Writing{
		Stage: StageDoc{
			Name:  "to_nidx",
			Short: "Puts the values of each record as a line of words",
			Long: `The names are left out. What would be read as something else is an error: a record without
fields, and a value that is empty or has a blank, a tab or the end of a line in it.`,
		},
		Arguments: writeBy(func(none) Writer { return nidx{} }),
		Apart:     true,
	},
}

// wordsCodec finds records in lines whose fields need no decoding.
type wordsCodec struct {
	fields func(p *wordsRow, text []byte, at, end int)
	name   string
	text   bool // values are text where they look like a number, too
	shapes *sync.Pool
}

func newWords(fields func(p *wordsRow, text []byte, at, end int), text bool) Cutter {
	return &records{codec: &wordsCodec{fields, "words", text, &sync.Pool{New: func() any { return new(shapes) }}}}
}

// Name returns a name that no writer passes on.
func (c *wordsCodec) Name() string { return c.name }

// Decode is not called: all values stand in the text as they are.
func (c *wordsCodec) Decode(text []byte) value.Value { return value.Text(text) }

// Parse finds a record in each line that has fields.
func (c *wordsCodec) Parse(r *value.Records) {
	defer keepRows(r, takeRows(r))
	s := c.shapes.Get().(*shapes)
	s.trim()
	returns := bytes.IndexByte(r.Text, '\r') >= 0
	for start := 0; start < len(r.Text); {
		whole := start + lineLength(r.Text[start:])
		end := whole
		if end > start && r.Text[end-1] == '\r' {
			end--
		}
		if returns {
			if n := bytes.IndexByte(r.Text[start:end], '\r'); n >= 0 {
				r.Bad = append(r.Bad, value.RowError{Row: len(r.Rows), Off: start + n, Err: errReturnWithin})
				r.Rows = append(r.Rows, value.Row{Off: uint32(start), Len: uint32(whole - start)})
				start = whole + 1
				continue
			}
		}
		p := wordsRow{r: r, s: s, at: &s.root, first: len(r.Fields)}
		if c.fields(&p, r.Text, start, end); p.at != &s.root {
			if p.at.twice {
				p.at.settle(r, p.first)
			}
			r.Rows = append(r.Rows, value.Row{Shape: p.at.of(), Off: uint32(start), Len: uint32(whole - start), First: uint32(p.first)})
		}
		start = whole + 1
	}
	c.shapes.Put(s)
	if c.text {
		asStrings(r.Fields)
	}
}

// wordsRow is the record that is being read.
type wordsRow struct {
	r     *value.Records
	s     *shapes
	at    *node // the way to its shape
	first int   // its first field
}

// add adds a field; a nil name is its number.
func (p *wordsRow) add(name []byte, from, to int) {
	if name == nil {
		name = strconv.AppendInt(nil, int64(p.at.depth+1), 10)
	}
	p.at = p.s.next(p.at, name)
	p.r.Fields = append(p.r.Fields, value.Field{Off: uint32(from), Len: uint32(to - from)})
}

func nidxFields(p *wordsRow, text []byte, at, end int) {
	for at = afterBlanksAndTabs(text[:end], at); at < end; at = afterBlanksAndTabs(text[:end], at) {
		from := at
		for at < end && text[at] != ' ' && text[at] != '\t' {
			at++
		}
		p.add(nil, from, at)
	}
}

func dkvpFields(p *wordsRow, text []byte, at, end int) {
	for at < end {
		to := end
		if n := bytes.IndexByte(text[at:end], ','); n >= 0 {
			to = at + n
		}
		if n := bytes.IndexByte(text[at:to], '='); n > 0 {
			p.add(text[at:at+n], at+n+1, to)
		} else if to > at {
			p.add(nil, at+n+1, to)
		}
		at = to + 1
	}
}

var errNoFields = errors.New("a record without fields cannot be a line of text")

// dkvp prints each record as a line of name=value.
type dkvp struct{}

// Append appends the line of v, or nothing when it would be read as something else.
func (dkvp) Append(dst []byte, v value.Value) ([]byte, error) {
	return appendWords(dst, v, "dkvp", ',', func(dst []byte, name string) ([]byte, error) {
		if name == "" || strings.ContainsAny(name, "=,\r\n") || strings.HasPrefix(name, string(bom)) {
			return dst, fmt.Errorf("the name %s cannot be one of dkvp", value.TextOf(name).Quote())
		}
		return append(append(dst, name...), '='), nil
	}, ",\r\n", true)
}

// nidx prints the values of each record as a line of words.
type nidx struct{}

// Append appends the line of v, or nothing when it would be read as something else.
func (nidx) Append(dst []byte, v value.Value) ([]byte, error) {
	return appendWords(dst, v, "nidx", ' ', func(dst []byte, _ string) ([]byte, error) { return dst, nil }, " \t\r\n", false)
}

// appendWords appends a line with the values of v, each after what lead appends for its name. A
// value with one of the bytes of never in it is an error, and an empty one may be.
func appendWords(dst []byte, v value.Value, format string, between byte, lead func([]byte, string) ([]byte, error), never string, empty bool) ([]byte, error) {
	start := len(dst)
	if v.Kind() == value.KindError {
		return dst, fmt.Errorf("an error that was kept has no place in %s: %w", format, v.AsError())
	}
	rec := record(v)
	if rec.Len() == 0 {
		return dst, errNoFields
	}
	for i := range rec.Len() {
		if i > 0 {
			dst = append(dst, between)
		}
		var err error
		if dst, err = lead(dst, rec.Name(i)); err != nil {
			return dst[:start], err
		}
		at := len(dst)
		dst = rec.At(i).AppendText(dst)
		text := dst[at:]
		if bytes.ContainsAny(text, never) || len(text) == 0 && !empty || at == start && bytes.HasPrefix(text, bom) {
			return dst[:start], fmt.Errorf("the value %s of %s cannot be one of %s", value.Text(text).Quote(), value.TextOf(rec.Name(i)).Quote(), format)
		}
	}
	return append(dst, '\n'), nil
}
