package format

import (
	"bytes"

	"mtpipe/value"
)

// swallowed is how many bytes without the end of a record count as much as a wrong one.
const swallowed = 4 << 10

// Guess tries what follows when data begins outside of quotes, and what follows when it begins
// within them, and takes that in which less is wrong.
func (c *csvCutter) Guess(data []byte) (at int, sure bool) {
	at, least := -1, 0
	try := func(from, wrong int) {
		n := c.First(data[from:])
		if n < 0 {
			return
		}
		more, rows := c.wrong(data[from+n:])
		if wrong += more; at < 0 || wrong < least {
			at, least, sure = from+n, wrong, wrong <= rows/8
		}
	}
	try(0, 0)
	if !c.quotes() {
		return at, true
	}
	if end, closed := closing(data, 0); closed {
		wrong := 0
		if !c.endsField(data[end:]) {
			wrong = 1
		}
		try(end, wrong)
	}
	return at, sure
}

// endsField reports whether text begins with what may stand after a closing quote.
func (c *csvCutter) endsField(text []byte) bool {
	delimiter := []byte{c.options.delimiter}
	if o := c.options.odd; o != nil {
		delimiter = o.delimiter
		if o.lazy {
			text = bytes.TrimLeft(text, " \t")
		}
	}
	return bytes.HasPrefix(text, delimiter) || isEmpty(text[:lineLength(text)])
}

// wrong counts what looks wrong in data when a record begins there: records that are, fields with
// a quote that do not begin with one, and much text without the end of a record. Rows is how many
// records there are.
func (c *csvCutter) wrong(data []byte) (count, rows int) {
	r := value.Records{Text: data[:c.Whole(data)]}
	c.codec.Parse(&r)
	count = len(r.Bad) + (len(data)-len(r.Text))/swallowed
	for _, f := range r.Fields {
		if f.Kind != value.FieldEncoded && bytes.IndexByte(r.Text[f.Off:f.Off+f.Len], '"') >= 0 {
			count++
		}
	}
	return count, len(r.Rows)
}
