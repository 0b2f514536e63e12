package format

import (
	"bytes"
	"errors"
	"slices"

	"mtpipe/value"
)

// jsonCutter cuts a file of JSON values that stand one behind the other, or are the elements
// of lists at the outermost level. It looks for the end of each value without reading it.
type jsonCutter struct {
	codec *jsonCodec
	begun bool
	list  bool // in a list at the outermost level
	value bool // the list has an element, behind which nothing stands yet
	comma bool // a comma stands behind the last element

	documents *Documents // is told what is found; nil: nobody is

	// What Cut found in the present data.
	rows []value.Row
	bad  []value.RowError

	// Of a value whose end was not there: what was seen of it already.
	seen  int // bytes from its beginning
	depth int
	text  bool // within a string
}

var (
	errStray     = errors.New("there is no list that this could belong to")
	errNoComma   = errors.New("a comma is missing between the elements of a list")
	errNoElement = errors.New("an element is missing in a list")
	errOpenList  = errors.New("a list has no closing bracket")
)

// Cut finds whole values.
func (c *jsonCutter) Cut(data []byte, ended bool) int {
	i := 0
	if !c.begun {
		if len(data) < len(bom) && !ended && bytes.HasPrefix(bom, data) {
			return 0
		}
		c.begun = true
		if bytes.HasPrefix(data, bom) {
			i = len(bom)
		}
	}
	for {
		for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
			i++
		}
		if i == len(data) {
			break
		}
		if c.separator(data[i], i) {
			i++
			continue
		}
		n := c.length(data[i:], ended)
		if n < 0 {
			return i
		}
		if c.list && c.value {
			c.complain(i, n, errNoComma)
		} else {
			c.rows = append(c.rows, value.Row{Off: uint32(i), Len: uint32(n)})
		}
		if !c.list {
			c.documents.note(false)
		}
		c.value, c.comma = true, false
		i += n
	}
	if ended && c.list {
		c.list = false
		c.complain(i, 0, errOpenList)
	}
	return i
}

// separator takes what stands between values.
func (c *jsonCutter) separator(b byte, i int) bool {
	switch {
	case b == '[' && !c.list:
		c.list, c.value, c.comma = true, false, false
		c.documents.note(true)
	case b == ',' && c.list:
		if !c.value {
			c.complain(i, 1, errNoElement)
		}
		c.value, c.comma = false, true
	case b == ']' && c.list:
		if c.comma {
			c.complain(i, 1, errNoElement)
		}
		c.list, c.value, c.comma = false, false, false
	case b == ',' || b == ']' || b == '}' || b == ':':
		c.complain(i, 1, errStray)
	default:
		return false
	}
	return true
}

func (c *jsonCutter) complain(i, n int, err error) {
	c.bad = append(c.bad, value.RowError{Row: len(c.rows), Off: i, Err: err})
	c.rows = append(c.rows, value.Row{Off: uint32(i), Len: uint32(n)})
}

// length returns the length of the value that data begins with, -1 when its end is not there.
func (c *jsonCutter) length(data []byte, ended bool) int {
	if c.seen == 0 && data[0] != '{' && data[0] != '[' && data[0] != '"' {
		for i, b := range data {
			switch b {
			case ' ', '\n', '\t', '\r', ',', ']', '}', '[', '{', '"', ':':
				return i
			}
		}
		if ended {
			return len(data)
		}
		return -1
	}
	i := c.seen
	for i < len(data) {
		if c.text {
			n := index2(data[i:], '"', '\\')
			if i += n; i >= len(data) {
				break
			}
			if data[i] == '\\' {
				if i+1 == len(data) {
					break // the escaped character is to come
				}
				i += 2
				continue
			}
			c.text = false
			i++
			if c.depth == 0 {
				c.seen = 0
				return i
			}
			continue
		}
		switch data[i] {
		case '"':
			c.text = true
		case '{', '[':
			c.depth++
		case '}', ']':
			if c.depth--; c.depth == 0 {
				c.seen = 0
				return i + 1
			}
		}
		i++
	}
	if ended {
		c.seen, c.depth, c.text = 0, 0, false
		return len(data)
	}
	c.seen = min(i, len(data))
	return -1
}

// overlong finds the first value that is longer than limit; see Overlong.
func (c *jsonCutter) overlong(data []byte, whole, limit int) int {
	for i, row := range c.rows {
		if int(row.Len) > limit {
			c.rows = c.rows[:i]
			c.bad = slices.DeleteFunc(c.bad, func(e value.RowError) bool { return e.Row >= i })
			return int(row.Off)
		}
	}
	if len(data)-whole > limit {
		return whole
	}
	return -1
}

// Batch returns the values that Cut has found.
func (c *jsonCutter) Batch(block *value.Block, data []byte) *value.Batch {
	if len(c.rows) == 0 {
		block.Release()
		return nil
	}
	b := value.NewRaw(block, data, c.codec)
	r := b.Records()
	r.Rows = append(r.Rows, c.rows...)
	r.Bad = append(r.Bad, c.bad...)
	c.rows, c.bad = c.rows[:0], c.bad[:0]
	return b
}
