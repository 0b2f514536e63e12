package ordering

import "math/bits"

// fewRefs is how many are sorted by comparing them.
const fewRefs = 32

// sortPrefixes sorts rows by prefix; rows with the same prefix stay in order. It deals them
// out by the first byte in which they differ, then each pile by the next. Room is as long as
// refs at least.
func sortPrefixes(refs, room []ref) {
	if len(refs) <= fewRefs {
		insertByPrefix(refs)
		return
	}
	var differ uint64
	for _, e := range refs {
		differ |= e.prefix ^ refs[0].prefix
	}
	if differ == 0 {
		return
	}
	shift := max(0, bits.Len64(differ)-8)
	var ends [256]uint32
	for _, e := range refs {
		ends[byte(e.prefix>>shift)]++
	}
	sum := uint32(0)
	for i, n := range ends {
		ends[i] = sum
		sum += n
	}
	for _, e := range refs {
		pile := &ends[byte(e.prefix>>shift)]
		room[*pile] = e
		*pile++
	}
	copy(refs, room)
	if shift == 0 {
		return
	}
	start := uint32(0)
	for _, end := range ends {
		if end-start > 1 {
			sortPrefixes(refs[start:end], room[start:end])
		}
		start = end
	}
}

// insertByPrefix is sortPrefixes for few rows.
func insertByPrefix(refs []ref) {
	for i := 1; i < len(refs); i++ {
		e := refs[i]
		k := i
		for ; k > 0 && refs[k-1].prefix > e.prefix; k-- {
			refs[k] = refs[k-1]
		}
		refs[k] = e
	}
}
