package format

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"mtpipe/value"
)

// csvOptions says how a file of delimited fields is read.
type csvOptions struct {
	name      string // csv or tsv
	delimiter byte
	noHeader  bool // the first record is data; the fields are called c1, c2 …
	text      bool // fields are text where they look like a number, too

	columns []string // the names of the fields, when no header has them
	ragged  bool     // a record may have more fields than the header, or fewer
	odd     *oddCSV  // what has to be looked at besides; nil for nothing
	fixed   bool     // no line sep=; tells the delimiter
}

// csvCutter cuts one file.
type csvCutter struct {
	options csvOptions
	codec   *csvCodec // nil before the header
	begun   bool      // the beginning of the file is past

	told    int  // bytes of the line that tells the delimiter
	asks    bool // it is known whether there is one
	guessed bool // the delimiter is what the first lines have instead of commas

	ends   lineEnd
	at     int  // how far the records that were left over were looked at
	quoted bool // that place is within a quoted field
	seen   int  // all that was left over
}

// newCSV returns the cutter of one file of delimited fields.
func newCSV(o csvOptions) Cutter { return &csvCutter{options: o} }

func (c *csvCutter) quotes() bool { return c.options.name != "tsv" }

// Cut finds the end of the last whole record: only quotes need to be looked at.
func (c *csvCutter) Cut(data []byte, ended bool) int {
	if !c.begun && !c.asks && !c.askDelimiter(data, ended) {
		return 0
	}
	if !c.ends.newlines && !c.findEnds(data, ended) {
		return 0
	}
	if ended {
		return len(data)
	}
	if c.options.odd != nil {
		begin := 0
		if !c.begun { // what stands before the records is read by begin
			begin = len(data) - len(bytes.TrimPrefix(data, bom)) + c.told
		}
		return c.oddWhole(data, begin)
	}
	whole := c.whole(data)
	c.at = max(c.at, whole) - whole
	c.seen = len(data) - whole
	c.ends.at -= whole
	return whole
}

func (c *csvCutter) whole(data []byte) (whole int) {
	for {
		if c.quoted {
			var closed bool
			if c.at, closed = closing(data, c.at); !closed {
				return whole
			}
			c.quoted = false
		}
		gap := data[c.at:]
		n := -1
		if c.quotes() {
			n = bytes.IndexByte(data[max(c.at, c.seen):], '"')
		}
		if n >= 0 {
			n += max(c.at, c.seen)
			gap = data[c.at:n]
		}
		if k := bytes.LastIndexByte(gap, '\n'); k >= 0 {
			whole = c.at + k + 1
		}
		if n < 0 {
			return whole
		}
		c.quoted = c.opens(data, n)
		c.at = n + 1
	}
}

const tellsDelimiter = "sep=" // is what the line begins with that does

// Begin reads the header. One that is wrong is none, so that it is told as usual.
func (c *csvCutter) Begin(data []byte) int {
	probe := &csvCutter{options: c.options}
	if probe.Cut(data, false) == 0 || probe.ends.alone {
		return -1
	}
	c.options, c.asks, c.guessed = probe.options, true, probe.guessed
	rest := probe.begin(data)
	if probe.codec == nil || probe.codec.header == nil && !c.options.noHeader {
		return -1
	}
	c.codec, c.begun = probe.codec, true
	return len(data) - len(rest)
}

// Header returns the names of the fields.
func (c *csvCutter) Header() []string {
	if c.codec == nil || c.codec.header == nil && !c.options.noHeader || c.options.ragged {
		return nil
	}
	return c.codec.shape.Names()
}

// Whole finds the end of the last whole record.
func (c *csvCutter) Whole(data []byte) int {
	return (&csvCutter{options: c.options, codec: c.codec, begun: true, ends: lineEnd{newlines: true}}).Cut(data, false)
}

// First finds the end of the first record.
func (c *csvCutter) First(data []byte) int {
	if o := c.options.odd; o != nil {
		begin, ok := o.passed(data, 0, false)
		if !ok || begin == len(data) {
			return -1
		}
		if _, _, next, ok := o.record(data, begin, false, nil); ok {
			return next
		}
		return -1
	}
	for i := 0; i < len(data); i++ {
		if data[i] == '"' && c.quotes() {
			next, closed := closing(data, i+1)
			if !closed {
				return -1
			}
			i = next
		}
		if i += index2(data[i:], c.options.delimiter, '\n'); i < len(data) && data[i] == '\n' {
			return i + 1
		}
	}
	return -1
}

// askDelimiter looks whether the first line tells the delimiter, as sep=; does. It reports false
// when data does not tell.
func (c *csvCutter) askDelimiter(data []byte, ended bool) bool {
	if c.asks = true; c.options.fixed {
		return true
	}
	text := bytes.TrimPrefix(data, bom)
	line := text[:lineLength(text)]
	if len(line) == len(text) && !ended && len(line) < len(tellsDelimiter)+3 && (bytes.HasPrefix(line, []byte(tellsDelimiter)) || bytes.HasPrefix([]byte(tellsDelimiter), line) || bytes.HasPrefix(bom, data)) {
		c.asks = false
		return false
	}
	told, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\r")), []byte(tellsDelimiter))
	if d := delimiter(told); ok && len(told) == 1 && d.check() == nil && len(line) < len(text) {
		c.told, c.options.delimiter = len(line)+1, told[0]
		if o := c.options.odd; o != nil {
			with := *o
			with.delimiter = bytes.Clone(told)
			c.options.odd = &with
		}
		return true
	}
	if c.options.odd == nil {
		c.asks = c.guessDelimiter(text, ended)
	}
	return c.asks
}

// oddWhole is whole for text that is looked at byte by byte.
func (c *csvCutter) oddWhole(data []byte, begin int) int {
	whole := c.options.odd.cut(data, max(c.at, begin))
	if !c.begun && whole <= begin {
		return 0
	}
	c.at = 0
	return whole
}

// Part returns the records in data, which are behind the header.
func (c *csvCutter) Part(block *value.Block, data []byte) *value.Batch {
	return value.NewRaw(block, data, c.codec)
}

// opens reports whether the quote at i stands at the beginning of a field.
func (c *csvCutter) opens(data []byte, i int) bool {
	return i == 0 || data[i-1] == c.options.delimiter || data[i-1] == '\n' ||
		!c.begun && i == len(bom) && bytes.HasPrefix(data, bom)
}

// closing returns the place behind the quote that closes the field whose text goes on at i.
// When data does not tell, it is the place from which to look for it.
func closing(data []byte, i int) (next int, closed bool) {
	for {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return len(data), false
		}
		i += n
		if i+1 == len(data) {
			return i, false
		}
		if data[i+1] != '"' {
			return i + 1, true
		}
		i += 2
	}
}

// Batch reads the header, if it is still to come, and returns the records behind it.
func (c *csvCutter) Batch(block *value.Block, data []byte) *value.Batch {
	if c.codec == nil {
		data = c.begin(data)
	}
	if len(data) == 0 {
		block.Release()
		return nil
	}
	return value.NewRaw(block, data, c.codec)
}

// begin sets the codec by the first record of data and returns what is behind the header.
func (c *csvCutter) begin(data []byte) []byte {
	if !c.begun {
		c.begun = true
		data = bytes.TrimPrefix(data, bom)
		data = data[min(c.told, len(data)):]
	}
	if o := c.options.odd; o != nil {
		passed, _ := o.passed(data, 0, true)
		data = data[passed:]
	}
	for len(data) > 0 && (data[0] == '\n' || bytes.HasPrefix(data, []byte("\r\n"))) {
		data = data[bytes.IndexByte(data, '\n')+1:]
	}
	if len(data) == 0 {
		return nil
	}
	codec := &csvCodec{name: c.options.name, delimiter: c.options.delimiter, quotes: c.quotes(), text: c.options.text, odd: c.options.odd}
	if c.options.ragged {
		codec.uneven = new(uneven)
	}
	first := value.Records{Text: data}
	p := &csvParser{c: codec, r: &first, first: true}
	if codec.odd != nil {
		p.oddRows()
	} else {
		p.parse()
	}
	if len(first.Rows) == 0 { // a carriage return alone
		return nil
	}
	c.codec = codec
	end := int(first.Rows[0].Len)
	names := make([]string, len(first.Fields))
	for i, f := range first.Fields {
		text := data[f.Off : f.Off+f.Len]
		if f.Kind == value.FieldEncoded {
			names[i] = c.codec.Decode(text).Str()
		} else {
			names[i] = string(text)
		}
	}
	switch {
	case c.options.columns != nil:
		names = slices.Clone(c.options.columns)
	case c.options.noHeader:
		clear(names)
	case p.err != nil: // it is left where it is, to be told as a record that is wrong
	default:
		c.codec.header = bytes.Clone(data[:end])
		data = data[min(end+lineLength(data[end:])+1, len(data)):]
	}
	c.codec.shape = value.NewShape(distinct(names)...)
	return data
}

// distinct gives fields without a name one by their place, and fields with the same name as
// one before them that name with a number.
func distinct(names []string) []string {
	seen := make(map[string]bool, len(names))
	next := make(map[string]int) // the number to try with a name
	for i, n := range names {
		if n == "" {
			n = "c" + strconv.Itoa(i+1)
		}
		names[i] = n
		for seen[names[i]] {
			next[n] = max(2, next[n]+1)
			names[i] = fmt.Sprintf("%s_%d", n, next[n])
		}
		seen[names[i]] = true
	}
	return names
}
