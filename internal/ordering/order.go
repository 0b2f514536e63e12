package ordering

import (
	"bytes"

	"mtpipe/value"
)

// Mode says by which rule two values are compared.
type Mode uint8

// The modes. All but Plain and ByValue compare values of other kinds by their text.
const (
	Plain     Mode = iota // text by its bytes when all rows are text, else as ByValue
	ByValue               // value.Compare
	ByNumber              // the number at the beginning of the text, 0 without one: sort -n
	ByHuman               // the same with a suffix such as K or G: sort -h
	ByVersion             // numbers inside the text by their size: sort -V
	ByLetter              // bytes, but small ASCII letters as capitals: sort -f
)

// Key says how the values of one key are compared.
type Key struct {
	Mode       Mode
	Descending bool
}

// order compares rows.
type order struct {
	keys  []Key
	width int  // how many keys rows have; 0 when each is its own key
	raw   bool // all rows are untyped text without keys
	skip  int  // bytes that all of them have in common, when they are compared by their bytes
	last  bool // rows whose keys are equal are compared by all bytes of their text
}

// byText reports whether rows can be sorted by a few bytes at a time.
func (o *order) byText() bool {
	return o.raw && (o.keys[0].Mode == Plain || o.keys[0].Mode == ByLetter)
}

// flip returns what turns the order of prefixes round if it is to be.
func (o *order) flip() uint64 {
	if o.keys[0].Descending {
		return ^uint64(0)
	}
	return 0
}

// key returns what key i compares of x.
func (o *order) key(x item, i int) value.Value {
	if o.width > 0 {
		return x.key(i)
	}
	if o.raw {
		return value.Text(x.row[headLen:])
	}
	return textFor(o.keys[0].Mode, x.value(0))
}

// textFor returns what a mode compares of v: its text, for modes that go by text.
func textFor(m Mode, v value.Value) value.Value {
	if m > ByValue && !v.IsText() {
		return value.Text(decimal(v))
	}
	return v
}

// prefix returns the prefix of x's key k, and whether rows are equal in that when both have
// this prefix and it is so for both.
func (o *order) prefix(x item, k int) (prefix uint64, all bool) {
	if o.raw && o.keys[0].Mode == Plain {
		text := x.row[headLen+o.skip:]
		return textPrefix(text, len(text)) ^ o.flip(), len(text) <= step
	}
	prefix, all = prefixOf(o.keys[k].Mode, o.key(x, k))
	if o.keys[k].Descending {
		prefix = ^prefix
	}
	return prefix, all
}

// texts returns key i of two rows when both are text that goes by its bytes, which is seen
// without decoding them.
func (o *order) texts(x, y item, i int) (a, b []byte, ok bool) {
	if o.width == 0 || i > 0 || o.keys[0].Mode != ByValue {
		return nil, nil, false
	}
	if a, ok = value.EncodedText(x.row[headLen:]); !ok {
		return nil, nil, false
	}
	b, ok = value.EncodedText(y.row[headLen:])
	return a, b, ok
}

// compareLast compares rows whose keys are equal.
func (o *order) compareLast(x, y item) int {
	if !o.last {
		return 0
	}
	c := bytes.Compare(o.key(x, 0).Bytes(), o.key(y, 0).Bytes())
	if o.keys[0].Descending {
		return -c
	}
	return c
}

// spelled reports whether rows that are equal in the order may be told apart by their keys all the
// same, as 7 and 07 are.
func (o *order) spelled() bool {
	for _, k := range o.keys {
		if k.Mode == ByValue {
			return true
		}
	}
	return false
}

// appendKey appends what rows are told apart by that are equal in the order.
func (o *order) appendKey(dst []byte, x item) []byte {
	if o.width == 0 {
		return x.value(0).AppendKey(dst)
	}
	keys := make([]value.Value, o.width)
	for i := range keys {
		keys[i] = x.key(i)
	}
	return value.List(keys).AppendKey(dst)
}

// compare compares rows by their keys, from the one with the number from on, and at last by all
// their bytes, if that is wanted.
func (o *order) compare(x, y item, from int) int {
	for i := from; i < len(o.keys); i++ {
		k := o.keys[i]
		var c int
		if o.raw && k.Mode == Plain {
			c = bytes.Compare(x.row[headLen:], y.row[headLen:])
		} else if a, b, ok := o.texts(x, y, i); ok {
			c = bytes.Compare(a, b)
		} else {
			c = compare(k.Mode, o.key(x, i), o.key(y, i))
		}
		if c != 0 {
			if k.Descending {
				return -c
			}
			return c
		}
	}
	return o.compareLast(x, y)
}
