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
	t.used += footprint(v) + 64
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

// footprint returns about how many bytes of memory a value takes that shares none.
func footprint(v value.Value) int64 {
	const valueSize, recordSize = 24, 64
	switch v.Kind() {
	case value.KindText, value.KindString, value.KindNumber:
		return valueSize + int64(len(v.Bytes()))
	case value.KindList:
		n := int64(valueSize)
		for _, e := range v.AsList() {
			n += footprint(e)
		}
		return n
	case value.KindRecord:
		r := v.AsRecord()
		n := int64(recordSize)
		for i := range r.Len() {
			n += footprint(r.At(i))
		}
		raw, _ := r.Raw()
		return n + int64(len(raw))
	case value.KindBig, value.KindTime, value.KindAny, value.KindError:
		return 3 * valueSize
	}
	return valueSize
}
