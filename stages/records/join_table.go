package records

import "mtpipe/value"

// joinTable is records by their keys.
type joinTable struct {
	rows    []value.Value
	keys    [][]byte // of the rows; nil for those that are equal to none
	next    []int    // the next row with the same key, or -1
	matched []bool   // rows that found a partner
	ends    map[string][2]int
	used    int64 // bytes, about
	budget  int64
}

func newJoinTable(budget int64) *joinTable {
	return &joinTable{ends: make(map[string][2]int), budget: budget}
}

// full reports whether there is more in the table than there should be.
func (t *joinTable) full() bool { return t.used > t.budget }

func (t *joinTable) add(key []byte, v value.Value) {
	i := len(t.rows)
	v = v.Clone()
	t.rows, t.next, t.matched = append(t.rows, v), append(t.next, -1), append(t.matched, false)
	t.used += v.Memory() + 88
	if key == nil {
		t.keys = append(t.keys, nil)
		return
	}
	own := append([]byte(nil), key...)
	t.keys = append(t.keys, own)
	ends, ok := t.ends[string(own)]
	if ok {
		t.next[ends[1]] = i
		ends[1] = i
	} else {
		ends = [2]int{i, i}
	}
	t.ends[string(own)] = ends
	t.used += 2*int64(len(key)) + 96
}

// first returns the first row with that key, or -1.
func (t *joinTable) first(key []byte) int {
	if key == nil {
		return -1
	}
	if ends, ok := t.ends[string(key)]; ok {
		return ends[0]
	}
	return -1
}
