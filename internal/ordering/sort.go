package ordering

import (
	"bytes"
	"encoding/binary"
	"math/bits"
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
		o.skip = a.common
	}
	s := newRefSort(a.asRows(t), o)
	for i := range a.refs {
		a.refs[i] = s.first(a.refs[i].at)
	}
	s.sort(a.refs, room)
	if unique {
		a.refs = distinctRefs(s, a.refs)
	}
}

// refSort sorts refs. Any goroutine may use it.
type refSort interface {
	// first returns the ref of the row that at says, with the prefix of its first key.
	first(at uint64) ref
	// tie compares two rows that have the same prefix, which first has returned.
	tie(x, y ref) int
	// sort sorts refs that first has returned, stably and with as much room; it changes
	// their prefixes.
	sort(refs, room []ref)
	// equal reports whether two rows are equal in the order, whatever their prefixes.
	equal(x, y ref) bool
	// isNew adds the key of y to those of rows which are equal to x in the order, the first of them,
	// and reports whether it was not there.
	isNew(g *keyGroup, x, y ref) bool
}

func newRefSort(r rows, o order) refSort {
	if o.byText() {
		return &textSort{rows: r, fold: o.keys[0].Mode == ByLetter, last: o.last, flip: o.flip(), skip: o.skip}
	}
	return &comparison{rows: r, order: o}
}

// comparison sorts rows by comparing them.
type comparison struct {
	rows  rows
	order order
}

func (c *comparison) first(at uint64) ref { return c.prefix(at, 0) }

// prefix returns the ref with the prefix of key k.
func (c *comparison) prefix(at uint64, k int) ref {
	p, all := c.order.prefix(c.rows.item(at), k)
	if all {
		return ref{p, at | decided}
	}
	return ref{p, at &^ decided}
}

func (c *comparison) tie(x, y ref) int {
	from := int(x.at & y.at >> 63)
	if from == len(c.order.keys) && !c.order.last {
		return 0
	}
	return c.compare(x, y, from)
}

func (c *comparison) equal(x, y ref) bool { return c.compare(x, y, 0) == 0 }

func (c *comparison) isNew(g *keyGroup, x, y ref) bool {
	return g.isNew(&c.order, c.rows.item(x.at), c.rows.item(y.at))
}

func (c *comparison) compare(x, y ref, from int) int {
	return c.order.compare(c.rows.item(x.at), c.rows.item(y.at), from)
}

func (c *comparison) sort(refs, room []ref) { c.sortFrom(refs, room, 0) }

// sortFrom sorts rows that are equal in all keys before key k and have its prefixes.
func (c *comparison) sortFrom(refs, room []ref, k int) {
	sortPrefixes(refs, room)
	last := k == len(c.order.keys)-1
	for len(refs) > 1 {
		n, both := 1, refs[0].at
		for n < len(refs) && refs[n].prefix == refs[0].prefix {
			both &= refs[n].at
			n++
		}
		switch {
		case n == 1 || last && both&decided != 0 && !c.order.last:
		case last && both&decided != 0 && n > few && c.order.raw:
			sortBytes(refs[:n], room, c.rows, c.order.flip())
		case n > few && both&decided != 0 && !last:
			for i, e := range refs[:n] {
				refs[i] = c.prefix(e.at, k+1)
			}
			c.sortFrom(refs[:n], room, k+1)
		default:
			sortStable(refs[:n], room, func(x, y ref) int { return c.compare(x, y, k) })
		}
		refs = refs[n:]
	}
}

// sortBytes sorts rows of text that are equal in their key by all their bytes.
func sortBytes(refs, room []ref, r rows, flip uint64) {
	t := &textSort{rows: r, flip: flip}
	for i := range refs {
		refs[i] = t.first(refs[i].at &^ decided)
	}
	t.sort(refs, room)
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
	rows rows
	fold bool
	last bool   // those that are equal are compared by their bytes without fold
	flip uint64 // all ones for the descending order
	skip int    // bytes at the beginning that all have in common
}

// step is how many bytes of a text are in a prefix. Its last byte is how many the text has
// there, more than step when there are others behind them.
const (
	step      = 7
	continued = step + 1
)

// prefix returns the prefix of the text from depth on.
func (t *textSort) prefix(at uint64, depth int) uint64 {
	text := t.rows.text(at)[depth:]
	if t.fold {
		return foldedPrefix(text) ^ t.flip
	}
	return textPrefix(text, len(text)) ^ t.flip
}

// compare compares two texts from depth on, ascending or not.
func (t *textSort) compare(a, b uint64, depth int) int {
	x, y := t.rows.text(a)[depth:], t.rows.text(b)[depth:]
	c := 0
	if t.fold {
		c = compareFolded(x, y)
	} else {
		c = bytes.Compare(x, y)
	}
	if c == 0 && t.last {
		c = bytes.Compare(x, y)
	}
	if t.flip != 0 {
		return -c
	}
	return c
}

func (t *textSort) first(at uint64) ref { return ref{t.prefix(at, t.skip), at} }

func (t *textSort) tie(x, y ref) int {
	if (x.prefix^t.flip)&0xff != continued && !t.last {
		return 0
	}
	return t.compare(x.at, y.at, t.skip)
}

func (t *textSort) equal(x, y ref) bool { return t.compare(x.at, y.at, t.skip) == 0 }

func (t *textSort) isNew(*keyGroup, ref, ref) bool { return false }

func (t *textSort) sort(refs, room []ref) { t.sortFrom(refs, room, t.skip) }

// few is how many texts are compared as a whole.
const few = 4

// sortFrom sorts texts that are the same up to depth, whose prefixes begin there.
func (t *textSort) sortFrom(refs, room []ref, depth int) {
	sortPrefixes(refs, room)
	for len(refs) > 1 {
		n := 1
		for n < len(refs) && refs[n].prefix == refs[0].prefix {
			n++
		}
		switch {
		case n == 1:
		case (refs[0].prefix^t.flip)&0xff == continued:
			t.deeper(refs[:n], room, depth+step)
		case t.last:
			sortBytes(refs[:n], room, t.rows, t.flip)
		}
		refs = refs[n:]
	}
}

// deeper sorts texts that are the same up to depth.
func (t *textSort) deeper(refs, room []ref, depth int) {
	if len(refs) <= few {
		sortStable(refs, room, func(a, b ref) int { return t.compare(a.at, b.at, depth) })
		return
	}
	depth += t.common(refs, depth)
	for i := range refs {
		refs[i].prefix = t.prefix(refs[i].at, depth)
	}
	t.sortFrom(refs, room, depth)
}

// common returns how many bytes from depth on are the same in all texts.
func (t *textSort) common(refs []ref, depth int) int {
	n, settled := t.commonWords(refs, depth)
	if settled {
		return n
	}
	first := t.rows.text(refs[0].at)[depth:]
	n = len(first)
	for _, e := range refs[1:] {
		text := t.rows.text(e.at)[depth:]
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

// commonWords is common for texts that are long enough. It takes one simple step for each, so
// that the processor waits for several rows at once. Settled says that it has the answer.
func (t *textSort) commonWords(refs []ref, depth int) (n int, settled bool) {
	for ; ; n += 8 {
		first := t.rows.text(refs[0].at)[depth+n:]
		if len(first) < 8 {
			return 0, false
		}
		word := binary.LittleEndian.Uint64(first)
		differ := uint64(0)
		for _, e := range refs[1:] {
			text := t.rows.text(e.at)[depth+n:]
			if len(text) < 8 {
				return 0, false
			}
			differ |= word ^ binary.LittleEndian.Uint64(text)
		}
		if differ != 0 {
			return n + bits.TrailingZeros64(differ)/8, !t.fold
		}
	}
}
