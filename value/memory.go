package value

// What a Value takes beside what it points to, and what allocations are rounded up to.
const (
	valueMemory  = 24
	recordMemory = 64
	leastMemory  = 16
)

// mostParts is how many values in a value are looked at. Lists that hold a list twice, which
// holds another one twice, and so on, have more of them than can be counted.
const mostParts = 1 << 24

// Memory returns about how many bytes v takes besides its own 24, as if it shared none of them;
// fewer, if there are more than mostParts values in it.
func (v Value) Memory() int64 {
	left := mostParts
	return v.memory(&left)
}

// memory is Memory, with how many values may still be looked at.
func (v Value) memory(left *int) int64 {
	switch v.Kind() {
	case KindText, KindString, KindNumber:
		return int64(len(v.Bytes())+leastMemory-1) &^ (leastMemory - 1)
	case KindList:
		n := int64(0)
		for _, e := range v.AsList() {
			if *left--; *left < 0 {
				break
			}
			n += valueMemory + e.memory(left)
		}
		return n
	case KindRecord:
		r := v.AsRecord()
		n := int64(recordMemory)
		for i := range r.Len() {
			if *left--; *left < 0 {
				break
			}
			n += valueMemory + r.At(i).memory(left)
		}
		raw, _ := r.Raw()
		return n + int64(len(raw))
	case KindBig, KindTime, KindError, KindAny:
		return 3 * leastMemory
	}
	return 0
}

// Memory returns about how many bytes the rows of b take, as if nobody shared them.
func (b *Batch) Memory() int64 {
	n := int64(len(b.data)) + int64(len(b.spans))*8
	for _, v := range b.vals {
		n += valueMemory + v.Memory()
	}
	if b.form == FormRecords {
		n += int64(len(b.records.Rows)+len(b.records.Fields)) * valueMemory
		for _, v := range b.records.Made {
			n += valueMemory + v.Memory()
		}
	}
	return n
}
