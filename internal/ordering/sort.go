package ordering

import (
	"bytes"
	"cmp"
	"slices"

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

// Sort puts the rows in order by their keys, the first one first; a row without keys is a
// key itself. Equal rows stay in the order in which they were added; when unique is set,
// only the first of them stays.
func (r *Rows) Sort(keys []Key, unique bool) {
	keys = r.settle(keys)
	if m := keys[0].Mode; !r.other && (m == Plain || m == ByLetter) {
		t := &textSort{text: &r.text, fold: m == ByLetter}
		if keys[0].Descending {
			t.flip = ^uint64(0)
		}
		t.sort(r.refs)
		if unique {
			r.refs = slices.CompactFunc(r.refs, func(a, b ref) bool { return t.compare(a.at, b.at, 0) == 0 })
		}
		return
	}
	c := &comparison{rows: r, keys: keys}
	for i := range r.refs {
		r.refs[i] = c.prefixed(r.refs[i])
	}
	c.sort()
	if unique {
		r.refs = slices.CompactFunc(r.refs, func(a, b ref) bool { return a.prefix == b.prefix && c.compare(a, b) == 0 })
	}
}

// settle replaces Plain by what it means for these rows, and keys that are compared as text
// by their text.
func (r *Rows) settle(keys []Key) []Key {
	if !r.other {
		return keys
	}
	keys = slices.Clone(keys)
	if keys[0].Mode == Plain && slices.ContainsFunc(r.vals, func(v value.Value) bool { return !v.IsText() }) {
		keys[0].Mode = ByValue
	}
	if !slices.ContainsFunc(keys, func(k Key) bool { return k.Mode > ByValue }) {
		return keys
	}
	if r.width == 0 {
		r.width, r.keys = 1, slices.Clone(r.vals)
	}
	for i, v := range r.keys {
		if keys[i%r.width].Mode > ByValue && !v.IsText() {
			r.keys[i] = value.Text(decimal(v))
		}
	}
	return keys
}

// comparison compares rows by their keys.
type comparison struct {
	rows *Rows
	keys []Key
}

// key returns key i of the row at e.
func (c *comparison) key(e ref, i int) value.Value {
	if c.rows.width > 0 {
		return c.rows.keys[int(e.at&place)*c.rows.width+i]
	}
	return c.rows.row(e)
}

// prefixed returns e with the prefix of its first key.
func (c *comparison) prefixed(e ref) ref {
	p, all := prefixOf(c.keys[0].Mode, c.key(e, 0))
	if c.keys[0].Descending {
		p = ^p
	}
	e.prefix = p
	if all {
		e.at |= decided
	}
	return e
}

// sort sorts the rows, which have their prefixes.
func (c *comparison) sort() {
	refs := c.rows.refs
	sortPrefixes(refs, make([]ref, len(refs)))
	for len(refs) > 1 {
		n, both := 1, refs[0].at
		for n < len(refs) && refs[n].prefix == refs[0].prefix {
			both &= refs[n].at
			n++
		}
		if n > 1 && (len(c.keys) > 1 || both&decided == 0) {
			slices.SortFunc(refs[:n], func(a, b ref) int {
				if r := c.compare(a, b); r != 0 {
					return r
				}
				return cmp.Compare(a.at&place, b.at&place)
			})
		}
		refs = refs[n:]
	}
}

// compare compares two rows with the same prefix.
func (c *comparison) compare(a, b ref) int {
	for i, k := range c.keys {
		if i == 0 && a.at&b.at&decided != 0 {
			continue
		}
		if r := compare(k.Mode, c.key(a, i), c.key(b, i)); r != 0 {
			if k.Descending {
				return -r
			}
			return r
		}
	}
	return 0
}

// textSort sorts texts by seven bytes at a time: those that have them in common by the
// next, and so on.
type textSort struct {
	text *chunks
	fold bool
	flip uint64 // all ones for the descending order
	room []ref  // for sortPrefixes
}

// step is how many bytes of a text are in a prefix. Its last byte is how many the text has
// there, more than step when there are others behind them.
const (
	step      = 7
	continued = step + 1
)

// prefix returns the prefix of the text from depth on.
func (t *textSort) prefix(at uint64, depth int) uint64 {
	text := t.text.at(at)[depth:]
	if t.fold {
		return foldedPrefix(text) ^ t.flip
	}
	return textPrefix(text, len(text)) ^ t.flip
}

// compare compares two texts from depth on, ascending or not.
func (t *textSort) compare(a, b uint64, depth int) int {
	x, y := t.text.at(a)[depth:], t.text.at(b)[depth:]
	c := 0
	if t.fold {
		c = compareFolded(x, y)
	} else {
		c = bytes.Compare(x, y)
	}
	if t.flip != 0 {
		return -c
	}
	return c
}

func (t *textSort) sort(refs []ref) {
	t.room = make([]ref, len(refs))
	for i := range refs {
		refs[i].prefix = t.prefix(refs[i].at, 0)
	}
	t.sortFrom(refs, 0)
}

// few is how many texts are compared as a whole.
const few = 12

// sortFrom sorts texts that are the same up to depth, whose prefixes begin there.
func (t *textSort) sortFrom(refs []ref, depth int) {
	sortPrefixes(refs, t.room)
	for len(refs) > 1 {
		n := 1
		for n < len(refs) && refs[n].prefix == refs[0].prefix {
			n++
		}
		if (refs[0].prefix^t.flip)&0xff == continued {
			t.deeper(refs[:n], depth+step)
		}
		refs = refs[n:]
	}
}

// deeper sorts texts that are the same up to depth.
func (t *textSort) deeper(refs []ref, depth int) {
	if len(refs) <= few {
		slices.SortFunc(refs, func(a, b ref) int {
			if c := t.compare(a.at, b.at, depth); c != 0 {
				return c
			}
			return cmp.Compare(a.at, b.at)
		})
		return
	}
	depth += t.common(refs, depth)
	for i := range refs {
		refs[i].prefix = t.prefix(refs[i].at, depth)
	}
	t.sortFrom(refs, depth)
}

// common returns how many bytes from depth on are the same in all texts.
func (t *textSort) common(refs []ref, depth int) int {
	first := t.text.at(refs[0].at)[depth:]
	n := len(first)
	for _, e := range refs[1:] {
		text := t.text.at(e.at)[depth:]
		n = min(n, len(text))
		i := 0
		for i+8 <= n && bytes.Equal(first[i:i+8], text[i:i+8]) {
			i += 8
		}
		for i < n && (first[i] == text[i] || t.fold && capital(first[i]) == capital(text[i])) {
			i++
		}
		n = i
	}
	return n
}
