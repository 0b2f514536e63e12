package spill

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
)

// Set is a set of keys, within a given amount of memory outside of the Go heap.
type Set struct {
	limit  int
	used   int // bytes of memory
	seed   maphash.Seed
	table  *Memory // slots of eight bytes: a part of the key's hash, and its place
	slots  int
	count  int
	chunks []*Memory
	filled int // bytes of the last chunk
	full   bool
}

const (
	slotSize    = 8
	firstSlots  = 1 << 10
	chunkBits   = 18
	chunkSize   = 1 << chunkBits
	placeBits   = 40 // of a slot; the place is one more than where the key is, so that 0 is none
	placeMask   = 1<<placeBits - 1
	keyLenBytes = 4
)

// NewSet returns an empty set that takes up about limit bytes at the most.
func NewSet(limit int64) *Set {
	return &Set{limit: int(max(limit, 4*firstSlots*slotSize)), seed: maphash.MakeSeed()}
}

// Hash returns the hash of a key in this set.
func (s *Set) Hash(key []byte) uint64 { return maphash.Bytes(s.seed, key) }

// Len returns the number of keys.
func (s *Set) Len() int { return s.count }

// Add adds key, whose hash is given. It reports whether it was there, and whether it is now:
// there may be no more memory. The first key always finds room; after one that found none no
// other does, also if it is shorter, so that keys that are there came before those that are not.
func (s *Set) Add(key []byte, hash uint64) (was, is bool) {
	if s.slots > 0 {
		slots := s.table.Bytes()
		for i := int(hash) & (s.slots - 1); ; i = (i + 1) & (s.slots - 1) {
			slot := binary.LittleEndian.Uint64(slots[i*slotSize:])
			if slot == 0 {
				break
			}
			if slot>>placeBits == hash>>placeBits && bytes.Equal(s.key(slot&placeMask-1), key) {
				return true, true
			}
		}
	}
	if s.full || !s.grow(len(key)) {
		s.full = true
		return false, false
	}
	s.place(hash>>placeBits<<placeBits|(s.store(key)+1), int(hash))
	s.count++
	return false, true
}

// Has reports whether key, whose hash is given, was added.
func (s *Set) Has(key []byte, hash uint64) bool {
	if s.slots == 0 {
		return false
	}
	slots := s.table.Bytes()
	for i := int(hash) & (s.slots - 1); ; i = (i + 1) & (s.slots - 1) {
		slot := binary.LittleEndian.Uint64(slots[i*slotSize:])
		if slot == 0 {
			return false
		}
		if slot>>placeBits == hash>>placeBits && bytes.Equal(s.key(slot&placeMask-1), key) {
			return true
		}
	}
}

func (s *Set) place(slot uint64, at int) {
	slots := s.table.Bytes()
	for i := at & (s.slots - 1); ; i = (i + 1) & (s.slots - 1) {
		if p := slots[i*slotSize:]; binary.LittleEndian.Uint64(p) == 0 {
			binary.LittleEndian.PutUint64(p, slot)
			return
		}
	}
}

// grow makes room for one more key of n bytes, if there is memory.
func (s *Set) grow(n int) bool {
	need := 0
	chunk := len(s.chunks) - 1
	if chunk < 0 || s.filled+keyLenBytes+n > len(s.chunks[chunk].Bytes()) {
		need = max(keyLenBytes+n, min(chunkSize, max(s.limit/16, 1<<10)))
	}
	slots := s.slots
	if (s.count+1)*4 > s.slots*3 {
		slots = max(firstSlots, 2*s.slots)
	}
	more := need
	if slots != s.slots {
		more += slots * slotSize // the old ones are there until the new ones are filled
	}
	if s.used+more > s.limit && s.count > 0 {
		return false
	}
	if need > 0 {
		s.chunks = append(s.chunks, NewMemory(need))
		s.filled = 0
		s.used += need
	}
	if slots != s.slots {
		s.rehash(slots)
	}
	return true
}

func (s *Set) rehash(slots int) {
	old := s.table
	s.table = NewMemory(slots * slotSize)
	s.used += (slots - s.slots) * slotSize
	s.slots = slots
	if old == nil {
		return
	}
	for rest := old.Bytes(); len(rest) > 0; rest = rest[slotSize:] {
		if slot := binary.LittleEndian.Uint64(rest); slot != 0 {
			s.place(slot, int(s.Hash(s.key(slot&placeMask-1))))
		}
	}
	old.Free()
}

// store copies key and returns where it is. A chunk that is larger holds a single key.
func (s *Set) store(key []byte) uint64 {
	last := len(s.chunks) - 1
	at := uint64(last)<<chunkBits | uint64(s.filled)
	p := s.chunks[last].Bytes()[s.filled:]
	binary.LittleEndian.PutUint32(p, uint32(len(key)))
	s.filled += keyLenBytes + copy(p[keyLenBytes:], key)
	return at
}

func (s *Set) key(at uint64) []byte {
	p := s.chunks[at>>chunkBits].Bytes()[at&(chunkSize-1):]
	return p[keyLenBytes : keyLenBytes+binary.LittleEndian.Uint32(p)]
}

// Clear forgets all keys and gives the memory back.
func (s *Set) Clear() {
	s.table.Free()
	for _, c := range s.chunks {
		c.Free()
	}
	s.table, s.chunks = nil, nil
	s.slots, s.count, s.used, s.filled, s.full = 0, 0, 0, 0, false
}
