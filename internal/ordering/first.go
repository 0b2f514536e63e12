package ordering

import (
	"bytes"
	"slices"
)

// When only the first rows are wanted, an arena is sorted now and then and all others are
// forgotten; what sorts behind the last of the first is not even kept.

// bound is the last of the first rows by one order.
type bound struct {
	order  order
	item   item
	prefix uint64
}

// pruneLeast is how many rows there are at least before an arena is sorted to forget some.
const pruneLeast = 4096

// orders returns by which orders rows must be among the first to stay. As long as it is not
// known what Plain means there are two.
func (s *Sorter) orders() []order {
	o := s.order()
	if o.keys[0].Mode != Plain {
		return []order{o}
	}
	v := o
	v.keys = []Key{{ByValue, o.keys[0].Descending}}
	return []order{o, v}
}

// prune forgets rows of the arena that cannot be among the first.
func (s *Sorter) prune() {
	a := s.arena
	if s.o.First == 0 || a.rows == 0 {
		return
	}
	var kept []uint64
	bounds := s.bounds[:0:0]
	for _, o := range s.orders() {
		a.sort(o, s.tables, s.o.Unique)
		n := min(s.o.First, len(a.refs))
		for _, e := range a.refs[:n] {
			kept = append(kept, e.at&place)
		}
		if n == s.o.First {
			o.raw = false
			last := item{bytes.Clone(a.row(a.refs[n-1].at)), s.tables}
			p, _ := o.prefix(last, 0)
			bounds = append(bounds, bound{o, last, p})
		}
	}
	slices.Sort(kept)
	a.keep(slices.Compact(kept))
	if len(bounds) == len(s.orders()) {
		s.bounds = bounds
	}
}

// beyond reports whether the row that was just added, at a place, sorts behind all bounds.
func (s *Sorter) beyond(at uint64, f facts) bool {
	x := item{s.arena.row(at), s.tables}
	for i := range s.bounds {
		b := &s.bounds[i]
		p, _ := b.order.prefix(x, 0)
		if p < b.prefix || p == b.prefix && b.order.compare(x, b.item, 0) < 0 {
			return false
		}
	}
	return true
}
