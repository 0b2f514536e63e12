// Package aggregate holds what stages that make totals by group are made of: a table that
// gives each distinct key a number, in the order in which the keys came, and the states of
// the aggregates, each of which holds all groups side by side and takes in whole columns.
//
// Partial results merge: what a table and its states hold may be taken in by others, and
// be written to a file and read again. The result does not depend on how the rows were
// divided among them, only on the sequence numbers that they came with. Nothing here may be
// used by two goroutines at a time.
package aggregate

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// Table gives each distinct key a number: 0, 1, 2 … in the order in which they were first
// looked for. A key is bytes and a tag that says what they are. The zero Table is ready to
// use.
type Table struct {
	slots   []uint64 // upper half: that of the key's hash; lower: its number and 1; 0: empty
	mask    uint64
	entries []entry
	chunks  [][]byte // the bytes of keys
	bytes   int64
}

// entry is a key: its first and last eight bytes, which are all of one that is not long, and
// where all of it is.
type entry struct {
	head, tail uint64
	hash       uint32 // the lower half; the upper one stands in the slot
	size       uint32
	off        uint32
	chunk      uint32 // and the tag above chunkBits
}

const (
	entrySize  = 32
	chunkBits  = 24
	firstSlots = 16 // little, as there may be a table for each of many fields
	firstChunk = 256
	chunkSize  = 256 << 10
)

// seed makes hashes differ from one process to the next, so that nobody can choose keys
// that fall on one slot.
var (
	seed  = maphash.Comparable(maphash.MakeSeed(), 0)
	seed2 = maphash.Comparable(maphash.MakeSeed(), 1) | 1
)

const (
	factor1 = 0x9e3779b97f4a7c15
	factor2 = 0xe7037ed1a0b428db
)

// mix folds the product of a and b, as wyhash does it (Wang Yi).
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// ends returns the first and the last eight bytes of key, which overlap in a short one.
func ends(key []byte) (head, tail uint64) {
	n := len(key)
	switch {
	case n >= 8:
		return binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[n-8:])
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(key)), uint64(binary.LittleEndian.Uint32(key[n-4:]))
	case n > 0:
		return uint64(key[0]) | uint64(key[n>>1])<<8 | uint64(key[n-1])<<16, 0
	}
	return 0, 0
}

// hashOf returns the hash of a key whose ends are known.
func hashOf(key []byte, head, tail uint64, tag uint32) uint64 {
	h := seed ^ uint64(len(key))*factor1 ^ uint64(tag)<<56
	if len(key) > 16 {
		for p := key[8:]; len(p) > 8; p = p[8:] {
			h = mix(h^binary.LittleEndian.Uint64(p), factor2)
		}
	}
	return mix(head^seed2, tail^h)
}

// Len returns how many keys there are.
func (t *Table) Len() int { return len(t.entries) }

// Bytes returns about how much memory the table takes.
func (t *Table) Bytes() int64 { return t.bytes + int64(len(t.slots))*8 }

// Key returns key i, which must not be changed, and its tag.
func (t *Table) Key(i int) (key []byte, tag uint32) {
	e := &t.entries[i]
	return t.bytesOf(e), e.chunk >> chunkBits
}

func (t *Table) bytesOf(e *entry) []byte {
	return t.chunks[e.chunk&(1<<chunkBits-1)][e.off : e.off+e.size : e.off+e.size]
}

// Hash returns a hash of key i, which is the same in all tables of the process.
func (t *Table) Hash(i int) uint32 { return t.entries[i].hash }

// Find returns the number of key, which it copies if it is new. The tag is less than 256.
func (t *Table) Find(key []byte, tag uint32) int {
	head, tail := ends(key)
	hash := hashOf(key, head, tail, tag)
	if len(t.slots) > 0 {
		for at := hash & t.mask; ; at = (at + 1) & t.mask {
			s := t.slots[at]
			if s == 0 {
				break
			}
			if s>>32 != hash>>32 {
				continue
			}
			i := uint32(s) - 1
			e := &t.entries[i]
			if e.head^head|e.tail^tail|uint64(e.size^uint32(len(key)))|uint64(e.chunk>>chunkBits^tag) == 0 &&
				(len(key) <= 16 || string(t.bytesOf(e)) == string(key)) {
				return int(i)
			}
		}
	}
	return t.insert(entry{head: head, tail: tail, hash: uint32(hash), chunk: tag << chunkBits, size: uint32(len(key))}, hash, key)
}

func (t *Table) insert(e entry, hash uint64, key []byte) int {
	if (len(t.entries)+1)*2 > len(t.slots) {
		t.grow()
	}
	chunk, off := t.store(key)
	e.chunk, e.off = e.chunk|chunk, off
	i := len(t.entries)
	t.entries = append(t.entries, e)
	t.place(hash, i)
	t.bytes += entrySize * 5 / 4
	return i
}

func (t *Table) place(hash uint64, i int) {
	at := hash & t.mask
	for t.slots[at] != 0 {
		at = (at + 1) & t.mask
	}
	t.slots[at] = hash>>32<<32 | uint64(i+1)
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]uint64, max(firstSlots, 2*len(old)))
	t.mask = uint64(len(t.slots) - 1)
	for _, s := range old {
		if i := int(uint32(s)) - 1; s != 0 {
			t.place(s>>32<<32|uint64(t.entries[i].hash), i)
		}
	}
}

// store copies a key into the last chunk, or a new one.
func (t *Table) store(key []byte) (chunk, off uint32) {
	last := len(t.chunks) - 1
	if last < 0 || cap(t.chunks[last])-len(t.chunks[last]) < len(key) {
		size := firstChunk
		if last >= 0 {
			size = min(4*cap(t.chunks[last]), chunkSize)
		}
		size = max(size, len(key))
		t.chunks = append(t.chunks, make([]byte, 0, size))
		t.bytes += int64(size)
		last++
	}
	c := t.chunks[last]
	t.chunks[last] = append(c, key...)
	return uint32(last), uint32(len(c))
}
