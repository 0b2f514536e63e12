package ordering

import (
	"bytes"
	"slices"
)

// sort makes the arena's refs: the rows in order, equal ones in the order in which they
// were added; of these only the first when unique is set.
func (a *arena) sort(o order, t *tables, unique bool) {
	room := a.index()
	if len(a.refs) == 0 {
		return
	}
	o.raw = a.raw
	if o.byText() {
		s := &textSort{arena: a, fold: o.keys[0].Mode == ByLetter, flip: o.flip(), room: room}
		s.sort(a.refs)
		if unique {
			a.refs = slices.CompactFunc(a.refs, func(x, y ref) bool { return s.compare(x.at, y.at, 0) == 0 })
		}
		return
	}
	c := &comparison{arena: a, order: &o, tables: t}
	c.sort(a.refs, room, 0)
	if unique {
		a.refs = slices.CompactFunc(a.refs, func(x, y ref) bool { return o.compare(c.item(x), c.item(y), 0) == 0 })
	}
}

// comparison sorts rows by comparing them.
type comparison struct {
	arena  *arena
	order  *order
	tables *tables
}

func (c *comparison) item(e ref) item { return item{c.arena.row(e.at), c.tables} }

// sort sorts rows that are equal in all keys before key k.
func (c *comparison) sort(refs, room []ref, k int) {
	for i := range refs {
		p, all := c.order.prefix(c.item(refs[i]), k)
		refs[i] = ref{p, refs[i].at & place}
		if all {
			refs[i].at |= decided
		}
	}
	sortPrefixes(refs, room)
	last := k == len(c.order.keys)-1
	for len(refs) > 1 {
		n, both := 1, refs[0].at
		for n < len(refs) && refs[n].prefix == refs[0].prefix {
			both &= refs[n].at
			n++
		}
		switch {
		case n == 1 || last && both&decided != 0:
		case n > few && both&decided != 0:
			c.sort(refs[:n], room, k+1)
		default:
			sortStable(refs[:n], room, func(x, y ref) int { return c.order.compare(c.item(x), c.item(y), k) })
		}
		refs = refs[n:]
	}
}

// sortStable sorts refs by merging, with as much room as there are refs.
func sortStable(refs, room []ref, compare func(x, y ref) int) {
	const small = 12
	if len(refs) <= small {
		for i := 1; i < len(refs); i++ {
			e, k := refs[i], i
			for ; k > 0 && compare(refs[k-1], e) > 0; k-- {
				refs[k] = refs[k-1]
			}
			refs[k] = e
		}
		return
	}
	half := len(refs) / 2
	sortStable(refs[:half], room, compare)
	sortStable(refs[half:], room, compare)
	if compare(refs[half-1], refs[half]) <= 0 {
		return
	}
	left, right := room[:copy(room, refs[:half])], refs[half:]
	for i := 0; len(left) > 0; i++ {
		if len(right) == 0 || compare(left[0], right[0]) <= 0 {
			refs[i], left = left[0], left[1:]
		} else {
			refs[i], right = right[0], right[1:]
		}
	}
}

// textSort sorts texts by seven bytes at a time: those that have them in common by the
// next, and so on.
type textSort struct {
	arena *arena
	fold  bool
	flip  uint64 // all ones for the descending order
	room  []ref  // for sortPrefixes
}

// step is how many bytes of a text are in a prefix. Its last byte is how many the text has
// there, more than step when there are others behind them.
const (
	step      = 7
	continued = step + 1
)

// prefix returns the prefix of the text from depth on.
func (t *textSort) prefix(at uint64, depth int) uint64 {
	text := t.arena.text(at)[depth:]
	if t.fold {
		return foldedPrefix(text) ^ t.flip
	}
	return textPrefix(text, len(text)) ^ t.flip
}

// compare compares two texts from depth on, ascending or not.
func (t *textSort) compare(a, b uint64, depth int) int {
	x, y := t.arena.text(a)[depth:], t.arena.text(b)[depth:]
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
		if n > 1 && (refs[0].prefix^t.flip)&0xff == continued {
			t.deeper(refs[:n], depth+step)
		}
		refs = refs[n:]
	}
}

// deeper sorts texts that are the same up to depth.
func (t *textSort) deeper(refs []ref, depth int) {
	if len(refs) <= few {
		sortStable(refs, t.room, func(a, b ref) int { return t.compare(a.at, b.at, depth) })
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
	first := t.arena.text(refs[0].at)[depth:]
	n := len(first)
	for _, e := range refs[1:] {
		text := t.arena.text(e.at)[depth:]
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
