package format

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"mtpipe/value"
)

var xtabFormat = &Format{
	Name:       "xtab",
	Summary:    "blocks of lines with a name and a value",
	Extensions: []string{".xtab"},
	Read: &Reading{
		Stage: StageDoc{
			Name:  "xtab",
			Short: "Reads records from blocks of lines with name and value",
			Long: `A line is a field: its name ends at the first blank or tab, and what stands after the
blanks is its value, which may be empty. Lines with nothing but blanks stand between
records. A line that begins with a blank has no name, and makes its record wrong. Values
count as numbers where they look like one, unless --text is given, and as null when they are
empty; of a name that stands twice in a record the
last value counts.`,
		},
		Arguments: readBy(func(o textReading) Cutter { return &xtabCutter{codec: newXtab(o.Text)} }),
	},
	Write: &Writing{
		Stage: StageDoc{
			Name:  "to_xtab",
			Short: "Puts each record as a block of lines with name and value",
			Long: `The names of a record are padded with blanks, so that its values stand in a column. The
text of each record but the first begins with an empty line. A value that is empty or
null is a name alone. Lists and records are JSON. A value that is no record is one field
called value. What would be read as something else is an error: a record without fields, a
name that is empty or has a blank, a tab or the end of a line in it, and a value that begins
with a blank or a tab, has a newline or a carriage return in it.`,
		},
		Arguments: writeBy(func(none) Writer { return &xtabWriter{} }),
	},
}

// xtab finds the records of blocks of lines.
type xtab struct {
	shapes sync.Pool
	text   bool // values are text where they look like a number, too
}

func newXtab(text bool) *xtab {
	return &xtab{sync.Pool{New: func() any { return new(shapes) }}, text}
}

// Name returns xtab.
func (c *xtab) Name() string { return "xtab" }

// Decode is not called: all values stand in the text as they are.
func (c *xtab) Decode(text []byte) value.Value { return value.Text(text) }

var errNoName = errors.New("a line has no name before its value")

// Parse finds the fields of r's rows, and the rows themselves if they are not there.
func (c *xtab) Parse(r *value.Records) {
	s := c.shapes.Get().(*shapes)
	s.trim()
	known := takeRows(r)
	for _, row := range known {
		parseXtab(r, s, int(row.Off), int(row.Off+row.Len))
	}
	if known == nil {
		parseXtab(r, s, 0, len(r.Text))
	}
	c.shapes.Put(s)
	if c.text {
		asStrings(r.Fields)
	}
}

// parseXtab reads the records in the text of r from i to limit.
func parseXtab(r *value.Records, s *shapes, i, limit int) {
	p := xtabRow{r: r, s: s}
	for i < limit {
		end := i + lineLength(r.Text[i:limit])
		p.line(i, end)
		i = end + 1
	}
	p.finish()
}

// xtabRow is the record that is being read.
type xtabRow struct {
	r     *value.Records
	s     *shapes
	at    *node // the way to its shape; nil between records
	first int   // its first field
	start int
	end   int // of its last line, with the carriage return
	place int // of its first mistake
	wrong error
}

// line takes the line from i to end.
func (p *xtabRow) line(i, end int) {
	whole := end
	if end > i && p.r.Text[end-1] == '\r' {
		end--
	}
	text := p.r.Text[:end]
	v := afterBlanksAndTabs(text, i)
	if v == end {
		p.finish()
		return
	}
	if p.at == nil {
		p.at, p.first, p.start, p.wrong = &p.s.root, len(p.r.Fields), i, nil
	}
	p.end = whole
	if v > i {
		p.bad(i, errNoName)
		return
	}
	if n := bytes.IndexByte(text[i:], '\r'); n >= 0 {
		p.bad(i+n, errReturnWithin)
		return
	}
	k := i
	for k < end && text[k] != ' ' && text[k] != '\t' {
		k++
	}
	v = afterBlanksAndTabs(text, k)
	p.at = p.s.next(p.at, text[i:k])
	p.r.Fields = append(p.r.Fields, value.Field{Off: uint32(v), Len: uint32(end - v)})
}

// bad notes a mistake at place, unless the record has one.
func (p *xtabRow) bad(place int, err error) {
	if p.wrong == nil {
		p.place, p.wrong = place, err
	}
}

// finish ends the record, if there is one.
func (p *xtabRow) finish() {
	if p.at == nil {
		return
	}
	r := p.r
	row := value.Row{Off: uint32(p.start), Len: uint32(p.end - p.start)}
	if p.wrong != nil {
		r.Fields = r.Fields[:p.first]
		r.Bad = append(r.Bad, value.RowError{Row: len(r.Rows), Off: p.place, Err: p.wrong})
	} else {
		if p.at.twice {
			p.at.settle(r, p.first)
		}
		row.Shape, row.First = p.at.of(), uint32(p.first)
	}
	r.Rows = append(r.Rows, row)
	p.at = nil
}

func afterBlanksAndTabs(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t') {
		i++
	}
	return i
}

// xtabCutter cuts one file at the lines between its records.
type xtabCutter struct {
	codec *xtab
	begun bool
	seen  int // how much of what was left over was looked at: up to the beginning of a line
}

// Cut finds the last line with nothing but blanks.
func (c *xtabCutter) Cut(data []byte, ended bool) int {
	if ended {
		return len(data)
	}
	whole := wholeBlocks(data, c.seen)
	c.seen = max(whole, bytes.LastIndexByte(data, '\n')+1) - whole
	return whole
}

// wholeBlocks returns the place after the last line with nothing but blanks that begins at
// from or later, 0 when there is none. A line begins at from.
func wholeBlocks(data []byte, from int) int {
	for end := bytes.LastIndexByte(data[from:], '\n'); end >= 0; {
		start := bytes.LastIndexByte(data[from:from+end], '\n') + 1
		if isBlank(data[from+start : from+end]) {
			return from + end + 1
		}
		end = start - 1
	}
	return 0
}

// isBlank reports whether a line has nothing but blanks, and perhaps a carriage return.
func isBlank(line []byte) bool {
	line = bytes.TrimSuffix(line, []byte("\r"))
	return afterBlanksAndTabs(line, 0) == len(line)
}

// Batch returns the batch of the records in data.
func (c *xtabCutter) Batch(block *value.Block, data []byte) *value.Batch {
	if !c.begun {
		c.begun = true
		data = bytes.TrimPrefix(data, bom)
	}
	return value.NewRaw(block, data, c.codec)
}

// Begin returns the length of a byte order mark.
func (c *xtabCutter) Begin(data []byte) int { return len(data) - len(bytes.TrimPrefix(data, bom)) }

// Whole finds the end of the last record that a line with nothing but blanks ends.
func (c *xtabCutter) Whole(data []byte) int { return wholeBlocks(data, 0) }

// First finds the end of the first record.
func (c *xtabCutter) First(data []byte) int {
	for i := 0; ; {
		n := bytes.IndexByte(data[i:], '\n')
		if n < 0 {
			return -1
		}
		if isBlank(data[i : i+n]) {
			return i + n + 1
		}
		i += n + 1
	}
}

// Guess finds the end of a record from the first whole line on.
func (c *xtabCutter) Guess(data []byte) (at int, sure bool) { return afterLine(data, c.First), true }

// Part returns the records in data.
func (c *xtabCutter) Part(block *value.Block, data []byte) *value.Batch {
	return value.NewRaw(block, data, c.codec)
}

// xtabWriter prints each record as a block of lines. A value that is no record is one called
// value.
type xtabWriter struct {
	begun bool
	shape *value.Shape // whose names were checked
	width int          // of the longest of them
}

// Append appends the lines of v, after an empty one that ends the record before. Nothing is
// appended when they would not be read as v again.
func (w *xtabWriter) Append(dst []byte, v value.Value) ([]byte, error) {
	if v.Kind() == value.KindError {
		return dst, fmt.Errorf("an error that was kept has no place in xtab: %w", v.AsError())
	}
	rec := record(v)
	if err := w.setShape(rec.Shape()); err != nil {
		return dst, err
	}
	start := len(dst)
	if w.begun {
		dst = append(dst, '\n')
	}
	for i := range rec.Len() {
		name := rec.Name(i)
		dst = append(dst, name...)
		at := len(dst)
		dst = spaces(dst, w.width-width.StringWidth(name)+1)
		from := len(dst)
		dst = rec.At(i).AppendText(dst)
		if len(dst) == from {
			dst = dst[:at] // no blanks at the end of a line
		} else if err := checkXtab(dst[from:]); err != nil {
			return dst[:start], fmt.Errorf("the value of %s %w", value.TextOf(name).Quote(), err)
		}
		dst = append(dst, '\n')
	}
	w.begun = true
	return dst, nil
}

// Continue makes the first record begin with an empty line, too.
func (w *xtabWriter) Continue([]byte) error {
	w.begun = true
	return nil
}

// setShape checks the names of a record, and finds how wide they are.
func (w *xtabWriter) setShape(shape *value.Shape) error {
	if shape == w.shape {
		return nil
	}
	names := shape.Names()
	if len(names) == 0 {
		return errors.New("a record without fields cannot be written as xtab")
	}
	most := 0
	for _, name := range names {
		if name == "" || strings.ContainsAny(name, " \t\r\n") || strings.HasPrefix(name, string(bom)) {
			return fmt.Errorf("the name %s cannot be one of xtab", value.TextOf(name).Quote())
		}
		most = max(most, width.StringWidth(name))
	}
	w.shape, w.width = shape, most
	return nil
}

var (
	errXtabNewline = errors.New("has a newline in it, which xtab cannot have")
	errXtabBlank   = errors.New("begins with a blank, which xtab passes over")
	errXtabReturn  = errors.New("has a carriage return in it, which xtab cannot have")
)

// checkXtab checks that a value that is not empty is read as it is written.
func checkXtab(text []byte) error {
	switch {
	case bytes.IndexByte(text, '\n') >= 0:
		return errXtabNewline
	case text[0] == ' ' || text[0] == '\t':
		return errXtabBlank
	case bytes.IndexByte(text, '\r') >= 0:
		return errXtabReturn
	}
	return nil
}
