package format

import (
	"encoding/binary"

	"mtpipe/value"
)

var (
	_ = value.OfDescription(func(name string, _ []byte) value.Codec { return newJSON(name) }, "json", "jsonl")
	_ = value.OfDescription(describedCSV, "csv", "tsv")
)

// Describe returns nothing: all codecs of a name are equal.
func (c *jsonCodec) Describe() []byte { return []byte{} }

// What a description of a csvCodec begins with.
const (
	describesText = 1 << iota
	describesHeader
	describesUneven
)

// Describe returns what records that are written as they came are compared by; nil where that is not done.
func (c *csvCodec) Describe() []byte {
	if c.odd != nil {
		return nil
	}
	facts := byte(0)
	if c.text {
		facts |= describesText
	}
	if c.header != nil {
		facts |= describesHeader
	}
	if c.uneven != nil {
		facts |= describesUneven
	}
	d := appendPiece([]byte{c.delimiter, facts}, string(c.header))
	for _, name := range c.shape.Names() {
		d = appendPiece(d, name)
	}
	return d
}

func appendPiece(d []byte, text string) []byte {
	return append(binary.AppendUvarint(d, uint64(len(text))), text...)
}

// describedCSV returns the codec of a description, nil if it is none.
func describedCSV(name string, d []byte) value.Codec {
	if len(d) < 2 {
		return nil
	}
	facts := d[1]
	c := &csvCodec{name: name, delimiter: d[0], quotes: name != "tsv", text: facts&describesText != 0}
	var pieces []string
	for d = d[2:]; len(d) > 0; {
		size, n := binary.Uvarint(d)
		if n <= 0 || size > uint64(len(d)-n) {
			return nil
		}
		pieces, d = append(pieces, string(d[n:n+int(size)])), d[n+int(size):]
	}
	if len(pieces) == 0 {
		return nil
	}
	if facts&describesHeader != 0 {
		c.header = []byte(pieces[0])
	}
	if facts&describesUneven != 0 {
		c.uneven = new(uneven)
	}
	c.shape = value.NewShape(pieces[1:]...)
	return c
}
