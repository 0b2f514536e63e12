package format

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"mtpipe/value"
)

var columnsFormat = &Format{
	Name:    "columns",
	Summary: "columns that blanks fill up, under a header",
	Read: &Reading{
		Stage: StageDoc{
			Name:  "columns",
			Short: "Reads records from columns that blanks fill up",
			Long: `The output of ps, df, docker ps and kubectl get, and of -o table: the first line names the
columns, and a field is what stands below its name. Two names have two blanks or more between
them; one blank stands between names only where the first line below has a blank there, too, and text
below both of them. A field may have blanks in it; after one that is too wide for its column, the others of
its line but the last are a word each. Empty lines are passed over.

With --widths the columns are as wide as it says, in characters: --widths 8,5,* has two columns and the rest of the
line. Without a * at the end, what stands after the last column makes a record wrong. A line may end early; the
fields that are not there are empty.

Blanks around a field are taken away. Fields count as numbers where they look like one, unless --text
is given, and as null when they are empty.`,
		},
		Arguments: readBy(func(o columnsReading) Cutter { return &columnsCutter{options: o} }),
	},
}

type columnsReading struct {
	Widths   columnWidths `opt:"widths" help:"how many characters each column has, with commas between them: 8,5,*"`
	NoHeader bool         `opt:"no-header" help:"with --widths: the first line is data; the fields are called c1, c2 and so on"`
	Columns  columnNames  `opt:"columns" help:"with --widths: the names of the fields; the first line is data"`
	Text     bool         `opt:"text" help:"fields are text, never numbers"`
}

// Check wants widths for what has no header.
func (o *columnsReading) Check() error {
	switch {
	case o.Widths.of == nil && o.NoHeader:
		return &optionError{"no-header", "--no-header needs --widths: without either nothing tells where the columns are"}
	case o.Widths.of == nil && o.Columns.of != nil:
		return &optionError{"columns", "--columns needs --widths: without it the header tells where the columns are"}
	case o.Columns.of != nil && len(o.Columns.of) != len(o.Widths.of):
		return &optionError{"columns", fmt.Sprintf("--columns must have a name for each of the %d columns of --widths, not %d", len(o.Widths.of), len(o.Columns.of))}
	}
	return nil
}

// columnWidths are numbers of characters; 0 is the rest of the line.
type columnWidths struct{ of []int }

// SetArg reads numbers with commas between them, and * at the end.
func (w *columnWidths) SetArg(text string, _ func(string) (string, bool)) error {
	list := strings.Split(text, ",")
	w.of = nil
	for i, word := range list {
		n, err := strconv.Atoi(word)
		switch {
		case word == "*" && i == len(list)-1:
			n = 0
		case err != nil || n < 1 || n > 1<<20:
			return fmt.Errorf("must be numbers of characters with commas between them, such as 8,5,*; %s is none", value.TextOf(word).Quote())
		}
		w.of = append(w.of, n)
	}
	return nil
}

// columnsCutter cuts one file.
type columnsCutter struct {
	lineEnds
	options columnsReading
	codec   *columnsCodec // nil before the header
}

// Cut waits for the header, and for the first line below it where that tells the columns.
func (c *columnsCutter) Cut(data []byte, ended bool) int {
	end := c.lineEnds.Cut(data, ended)
	if c.codec != nil || ended || c.lines(bytes.TrimPrefix(data[:end], bom)) {
		return end
	}
	c.seen = 0
	return 0
}

// lines reports whether there are as many lines that are not empty as the columns have need of.
func (c *columnsCutter) lines(data []byte) bool {
	wanted := 2
	if c.options.Widths.of != nil {
		wanted = 1
	}
	for at := 0; at < len(data) && wanted > 0; {
		end, next := nextLine(data, at)
		if afterBlanksAndTabs(data[:end], at) < end {
			wanted--
		}
		at = next
	}
	return wanted == 0
}

// Header returns the names of the columns.
func (c *columnsCutter) Header() []string {
	if c.codec == nil {
		return nil
	}
	return c.codec.shape.Names()
}

// Batch reads the header, if it is still to come, and returns the records below it.
func (c *columnsCutter) Batch(block *value.Block, data []byte) *value.Batch {
	if c.codec == nil {
		data = c.begin(bytes.TrimPrefix(data, bom))
	}
	if len(data) == 0 {
		block.Release()
		return nil
	}
	return value.NewRaw(block, data, c.codec)
}

// begin sets the codec by the first lines and returns what stands below the header.
func (c *columnsCutter) begin(data []byte) []byte {
	at := 0
	end, next := nextLine(data, at)
	for at < len(data) && afterBlanksAndTabs(data[:end], at) == end {
		at = next
		end, next = nextLine(data, at)
	}
	if at == len(data) {
		return nil
	}
	codec := &columnsCodec{text: c.options.Text, fixed: c.options.Widths.of}
	var names []string
	switch o := &c.options; {
	case o.Columns.of != nil:
		names, next = append(names, o.Columns.of...), at
	case o.NoHeader:
		names, next = make([]string, len(o.Widths.of)), at
	default:
		if o.Widths.of == nil {
			codec.places = columnPlaces(data[at:end], data[next:])
		}
		r := value.Records{Text: data}
		if err := codec.row(&r, at, end); err != nil {
			codec.fixed = append(codec.fixed[:len(codec.fixed):len(codec.fixed)], 0) // the header has a name more
			r.Fields = nil
			_ = codec.row(&r, at, end)
			codec.fixed, r.Fields = c.options.Widths.of, r.Fields[:len(c.options.Widths.of)]
		}
		for _, f := range r.Fields {
			names = append(names, string(data[f.Off:f.Off+f.Len]))
		}
	}
	codec.shape = value.NewShape(distinct(names)...)
	c.codec = codec
	return data[next:]
}

// columnPlace is where a name stands in the header, in characters.
type columnPlace struct{ from, to int }

// columnPlaces finds the columns by the names in the header, and by the first line below it.
func columnPlaces(header, below []byte) []columnPlace {
	h := newRuler(header)
	var words []columnPlace
	for i := 0; i < h.len(); i++ {
		if !h.blank(i) && h.blank(i-1) {
			words = append(words, columnPlace{from: i})
		}
		if !h.blank(i) {
			words[len(words)-1].to = i + 1
		}
	}
	row := firstRow(below)
	if row == nil {
		return words
	}
	d := newRuler(row)
	places := words[:1]
	for _, w := range words[1:] {
		last := &places[len(places)-1]
		if w.from-last.to > 1 || d.blank(last.to) && d.any(last.from, last.to) && d.any(w.from, w.to) {
			places = append(places, w)
		} else {
			last.to = w.to
		}
	}
	return places
}

// firstRow returns the first line that is not empty; nil when there is none.
func firstRow(text []byte) []byte {
	for at := 0; at < len(text); {
		end, next := nextLine(text, at)
		if afterBlanksAndTabs(text[:end], at) < end {
			return text[at:end]
		}
		at = next
	}
	return nil
}

// ruler says where the characters of a line stand. A tab reaches to the next multiple of eight.
type ruler struct {
	line []byte
	at   []int // the place of each character; nil when it is its number
}

func newRuler(line []byte) ruler {
	plain := true
	for _, b := range line {
		if b >= utf8.RuneSelf || b == '\t' {
			plain = false
			break
		}
	}
	if plain {
		return ruler{line: line}
	}
	at := make([]int, 0, len(line))
	for i := 0; i < len(line); {
		_, size := utf8.DecodeRune(line[i:])
		at = append(at, i)
		for line[i] == '\t' && len(at)%8 != 0 {
			at = append(at, i)
		}
		i += size
	}
	return ruler{line, at}
}

func (r ruler) len() int {
	if r.at == nil {
		return len(r.line)
	}
	return len(r.at)
}

// place returns where character i stands in the line.
func (r ruler) place(i int) int {
	switch {
	case i >= r.len():
		return len(r.line)
	case r.at == nil:
		return i
	}
	return r.at[i]
}

// blank reports whether character i is one, as are all beyond the ends.
func (r ruler) blank(i int) bool {
	if i < 0 || i >= r.len() {
		return true
	}
	b := r.line[r.place(i)]
	return b == ' ' || b == '\t'
}

// any reports whether there is something else than blanks from one character to another.
func (r ruler) any(from, to int) bool {
	for i := from; i < to; i++ {
		if !r.blank(i) {
			return true
		}
	}
	return false
}

// columnsCodec finds the fields of lines.
type columnsCodec struct {
	places []columnPlace // of the names, when no widths are given
	fixed  []int
	text   bool
	shape  *value.Shape
}

// Name returns a name that no writer passes on.
func (c *columnsCodec) Name() string { return "columns" }

// Decode is not called: all values stand in the text as they are.
func (c *columnsCodec) Decode(text []byte) value.Value { return value.Text(text) }

var errAfterColumns = errors.New("goes on after the last column; --widths may end with * for the rest")

// Parse finds a record in each line that is not empty.
func (c *columnsCodec) Parse(r *value.Records) {
	defer keepRows(r, takeRows(r))
	for at := 0; at < len(r.Text); {
		end, next := nextLine(r.Text, at)
		if afterBlanksAndTabs(r.Text[:end], at) < end {
			first := len(r.Fields)
			row := value.Row{Shape: c.shape, Off: uint32(at), Len: uint32(end - at), First: uint32(first)}
			if err := c.row(r, at, end); err != nil {
				r.Bad = append(r.Bad, value.RowError{Row: len(r.Rows), Off: at, Err: err})
				r.Fields, row.Shape = r.Fields[:first], nil
			}
			r.Rows = append(r.Rows, row)
		}
		at = next
	}
	if c.text {
		asStrings(r.Fields)
	}
}

// row adds the fields of the line from a place to its end.
func (c *columnsCodec) row(r *value.Records, at, end int) error {
	line := newRuler(r.Text[at:end])
	if c.fixed != nil {
		return c.fixedRow(r, at, line)
	}
	from, moved := 0, false
	for i, p := range c.places[:len(c.places)-1] {
		next := c.places[i+1].from
		var to int
		if moved {
			to = line.wordEnd(from)
		} else if to = line.cut(from, p.to, next); to >= next {
			moved = true
		}
		line.add(r, at, from, to)
		from = to
	}
	line.add(r, at, from, line.len())
	return nil
}

// add adds the field between two characters of a line that stands at a place.
func (r ruler) add(to *value.Records, at, from, end int) {
	from, end = trimmed(to.Text, at+r.place(from), at+r.place(end))
	to.Fields = append(to.Fields, oneField(from, end))
}

// fixedRow adds the fields that the widths tell.
func (c *columnsCodec) fixedRow(r *value.Records, at int, line ruler) error {
	if bytes.IndexByte(line.line, '\t') >= 0 { // a tab is one character here
		line = line.characters()
	}
	from := 0
	for _, width := range c.fixed {
		to := line.len()
		if width > 0 {
			to = min(from+width, to)
		}
		line.add(r, at, from, to)
		from = to
	}
	if line.any(from, line.len()) {
		return errAfterColumns
	}
	return nil
}

// characters returns a ruler on which a tab is one character.
func (r ruler) characters() ruler {
	at := r.at[:0:0]
	for i := 0; i < len(r.line); {
		_, size := utf8.DecodeRune(r.line[i:])
		at = append(at, i)
		i += size
	}
	return ruler{r.line, at}
}

// cut returns where a field ends that begins at from, when its name in the header ends at to and
// the next name begins at next.
func (r ruler) cut(from, to, next int) int {
	for i := next - 1; i >= max(from, to); i-- {
		if r.blank(i) {
			return i
		}
	}
	for i := to - 1; i > from; i-- { // text stands in all of the gap: the next field may begin left of it
		if r.blank(i) && r.any(from, i) {
			return i
		}
	}
	for next < r.len() && !r.blank(next) {
		next++
	}
	return next
}

// wordEnd returns where the word ends that begins at a character or after blanks there.
func (r ruler) wordEnd(i int) int {
	for i < r.len() && r.blank(i) {
		i++
	}
	for i < r.len() && !r.blank(i) {
		i++
	}
	return i
}

// trimmed returns the place of text[from:to] without blanks and tabs at its ends.
func trimmed(text []byte, from, to int) (int, int) {
	from = min(afterBlanksAndTabs(text[:to], from), to)
	for to > from && (text[to-1] == ' ' || text[to-1] == '\t') {
		to--
	}
	return from, to
}

// nextLine returns where the line at a place ends, without its carriage return, and where the next
// one begins.
func nextLine(text []byte, at int) (end, next int) {
	end = at + lineLength(text[at:])
	next = min(end+1, len(text))
	if end > at && text[end-1] == '\r' {
		end--
	}
	return end, next
}

func oneField(from, to int) value.Field {
	return value.Field{Off: uint32(from), Len: uint32(to - from)}
}
