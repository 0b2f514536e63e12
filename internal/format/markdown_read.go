package format

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"mtpipe/value"
)

// mdState is what a reader of Markdown knows before a line.
type mdState struct {
	cells  int  // of the table that the lines before belong to; 0 outside of one
	fence  byte // of the code block that they belong to; 0 outside of one
	header int  // the place of a line that may be the header of a table; -1 for none
}

// mdBegin is the state at the beginning of a file.
var mdBegin = mdState{header: -1}

// mdLine is what a line is.
type mdLine uint8

const (
	mdOther mdLine = iota
	mdRule         // below the header of a table
	mdRow          // of a table
)

// line takes the line at a place, and returns what it is.
func (s *mdState) line(text []byte, at, end int) mdLine {
	line := text[at:end]
	fence := fenceOf(line)
	switch {
	case s.fence != 0:
		if fence == s.fence {
			s.fence = 0
		}
		return mdOther
	case fence != 0:
		*s = mdState{fence: fence, header: -1}
		return mdOther
	case bytes.IndexByte(line, '|') < 0:
		*s = mdBegin
		return mdOther
	case s.cells > 0:
		return mdRow
	case s.header >= 0:
		headEnd, _ := nextLine(text, s.header)
		if cells := mdCells(text, s.header, headEnd, nil); isRule(text, at, end, len(cells)) {
			s.cells = len(cells)
			return mdRule
		}
	}
	s.header = at
	return mdOther
}

// fenceOf returns the letter of the three or more that begin or end a block of code; 0 when a line
// is none.
func fenceOf(line []byte) byte {
	line = bytes.TrimLeft(bytes.TrimPrefix(line, bom), " ")
	for _, fence := range []string{"```", "~~~"} {
		if bytes.HasPrefix(line, []byte(fence)) {
			return fence[0]
		}
	}
	return 0
}

// mdCells adds the cells of a line.
func mdCells(text []byte, at, end int, cells []value.Field) []value.Field {
	if bytes.HasPrefix(text[at:end], bom) {
		at += len(bom)
	}
	at, end = trimmed(text, at, end)
	if at < end && text[at] == '|' {
		at++
	}
	from, encoded := at, value.FieldText
	add := func(to int) {
		first, last := trimmed(text, from, to)
		f := oneField(first, last)
		f.Kind = encoded
		cells = append(cells, f)
		from, encoded = to+1, value.FieldText
	}
	for i := at; i < end; i++ {
		switch b := text[i]; {
		case b == '\\' && i+1 < end && text[i+1] == '|':
			i++
			encoded = value.FieldEncoded
		case b == '|':
			add(i)
		case b == '&' || b == '<':
			encoded = value.FieldEncoded
		}
	}
	if from < end || len(cells) == 0 {
		add(end)
	}
	return cells
}

// isRule reports whether a line stands below a header of so many cells.
func isRule(text []byte, at, end, cells int) bool {
	list := mdCells(text, at, end, nil)
	return len(list) == cells && !slices.ContainsFunc(list, func(f value.Field) bool {
		cell := text[f.Off : f.Off+f.Len]
		cell = bytes.TrimSuffix(bytes.TrimPrefix(cell, []byte(":")), []byte(":"))
		return len(cell) == 0 || len(bytes.Trim(cell, "-")) > 0
	})
}

// mdNames returns the names of the fields in a table whose header is this line.
func mdNames(text []byte, at, end int) []string {
	var names []string
	for _, f := range mdCells(text, at, end, nil) {
		names = append(names, string(mdDecode(text[f.Off:f.Off+f.Len])))
	}
	return distinct(names)
}

// mdEntities are the names of letters that the writer has need of, and a few that others write.
var mdEntities = map[string]rune{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "nbsp": '\u00a0'}

// mdDecode returns what a cell stands for.
func mdDecode(cell []byte) []byte {
	out := make([]byte, 0, len(cell))
	for i := 0; i < len(cell); i++ {
		rest := cell[i:]
		if b, ok := mdBreak(rest); ok {
			out = append(out, '\n')
			i += b - 1
		} else if r, n := mdEntity(rest); n > 0 {
			out = utf8.AppendRune(out, r)
			i += n - 1
		} else if bytes.HasPrefix(rest, []byte(`\|`)) {
			out = append(out, '|')
			i++
		} else {
			out = append(out, cell[i])
		}
	}
	return out
}

// mdBreak returns the length of the end of a line at the beginning of text.
func mdBreak(text []byte) (n int, ok bool) {
	for _, br := range []string{"<br>", "<br/>", "<br />"} {
		if bytes.HasPrefix(text, []byte(br)) {
			return len(br), true
		}
	}
	return 0, false
}

// mdEntity returns the letter that an entity at the beginning of text is, and its length; 0 when
// there is none.
func mdEntity(text []byte) (r rune, n int) {
	if text[0] != '&' {
		return 0, 0
	}
	n = bytes.IndexByte(text[:min(len(text), 12)], ';')
	if n < 2 {
		return 0, 0
	}
	name := string(text[1:n])
	if r, ok := mdEntities[name]; ok {
		return r, n + 1
	}
	if name[0] != '#' {
		return 0, 0
	}
	code, err := strconv.ParseUint(name[1:], 10, 21)
	if err != nil || code == 0 || !utf8.ValidRune(rune(code)) {
		return 0, 0
	}
	return rune(code), n + 1
}

func isBreak(text []byte) bool {
	_, ok := mdBreak(text)
	return ok
}

func isEntity(text []byte) bool {
	_, n := mdEntity(text)
	return n > 0
}

// mdCodec finds the records in the rows of a table.
type mdCodec struct {
	shape *value.Shape
	text  bool
}

// Name returns a name that no writer passes on.
func (c *mdCodec) Name() string { return "tables" }

// Decode returns what a cell stands for.
func (c *mdCodec) Decode(text []byte) value.Value {
	if c.text {
		return value.String(string(mdDecode(text)))
	}
	return value.Text(mdDecode(text))
}

// mdOtherTable stands in place of the bars in the header of a table with other names, which no row
// is without.
const mdOtherTable = ','

var errOtherTable = errors.New("is the header of a table with other names than the first one; --table N reads one of them")

// Parse finds a record in each line that is not empty.
func (c *mdCodec) Parse(r *value.Records) {
	defer keepRows(r, takeRows(r))
	for at := 0; at < len(r.Text); {
		end, next := nextLine(r.Text, at)
		if !isBlank(r.Text[at:end]) {
			c.row(r, at, end)
		}
		at = next
	}
	if c.text {
		asStrings(r.Fields)
	}
}

// row adds a row of a table.
func (c *mdCodec) row(r *value.Records, at, end int) {
	first, names := len(r.Fields), len(c.shape.Names())
	row := value.Row{Shape: c.shape, Off: uint32(at), Len: uint32(end - at), First: uint32(first)}
	r.Fields = mdCells(r.Text, at, end, r.Fields)
	var err error
	if bytes.IndexByte(r.Text[at:end], '|') < 0 {
		err = errOtherTable
	} else if n := len(r.Fields) - first; n > names {
		err = fmt.Errorf("has %d cells, and the header has %d", n, names)
	}
	if err != nil {
		r.Bad = append(r.Bad, value.RowError{Row: len(r.Rows), Off: at, Err: err})
		r.Fields, row.Shape = r.Fields[:first], nil
	}
	for row.Shape != nil && len(r.Fields)-first < names {
		r.Fields = append(r.Fields, oneField(end, end))
	}
	r.Rows = append(r.Rows, row)
}

type mdReading struct {
	Table int64 `opt:"table" min:"1" help:"read only the table with this number"`
	Text  bool  `opt:"text" help:"cells are text, never numbers"`
}

// mdCutter cuts one file.
type mdCutter struct {
	options mdReading
	begun   bool
	state   mdState // before what was not looked at
	before  mdState // before what was left over
	given   mdState // before what Cut allowed
	seen    int     // how much of what was left over was looked at

	codec  *mdCodec // nil before the first table
	tables int64    // that were begun
	wanted bool     // the last of them is read
}

// Cut looks at the lines: what may be the header of a table waits for the line below it.
func (c *mdCutter) Cut(data []byte, ended bool) int {
	if !c.begun {
		c.begun, c.state, c.before = true, mdBegin, mdBegin
	}
	c.given = c.before
	whole := bytes.LastIndexByte(data, '\n') + 1
	for c.seen < whole {
		end, next := nextLine(data, c.seen)
		c.state.line(data, c.seen, end)
		c.seen = next
	}
	if ended {
		return len(data)
	}
	if c.state.cells == 0 && c.state.header >= 0 {
		whole = c.state.header
	}
	if whole > 0 {
		c.before = c.state
		c.before.header = -1
		c.state.header = min(c.state.header, 0)
	}
	c.seen -= whole
	return whole
}

// Header returns the names of the first table that is read.
func (c *mdCutter) Header() []string {
	if c.codec == nil {
		return nil
	}
	return c.codec.shape.Names()
}

// Batch returns the batch of the rows in data, in which all else becomes blanks.
func (c *mdCutter) Batch(block *value.Block, data []byte) *value.Batch {
	state, rows := c.given, false
	var header []byte // a line that may be one
	for at := 0; at < len(data); {
		end, next := nextLine(data, at)
		line := data[at:end]
		switch kind := state.line(data, at, end); {
		case kind == mdRow && c.wanted:
			rows = true
		case kind == mdRule:
			if c.table(header) {
				rows, header = true, nil
			}
			blankOut(line)
		case kind == mdOther && state.header == at:
			blankOut(header)
			header = line
		default:
			blankOut(header)
			blankOut(line)
			header = nil
		}
		at = next
	}
	blankOut(header)
	if !rows {
		block.Release()
		return nil
	}
	return value.NewRaw(block, data, c.codec)
}

// table begins a table, and reports whether its header is marked as one that is wrong.
func (c *mdCutter) table(header []byte) (wrong bool) {
	c.tables++
	names := mdNames(header, 0, len(header))
	switch {
	case c.options.Table > 0:
		if c.wanted = c.tables == c.options.Table; !c.wanted {
			return false
		}
	case c.codec != nil:
		c.wanted = slices.Equal(names, c.codec.shape.Names())
		if !c.wanted {
			for i, b := range header {
				if b == '|' {
					header[i] = mdOtherTable
				}
			}
		}
		return !c.wanted
	}
	c.wanted = true
	c.codec = &mdCodec{value.NewShape(names...), c.options.Text}
	return false
}

// blankOut makes blanks of all that stands in a line.
func blankOut(line []byte) {
	for i := range line {
		line[i] = ' '
	}
}
