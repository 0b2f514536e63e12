package value

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
)

// Block is a piece of input as it was read: memory that several batches may point into.
// When the last of them lets go, a pooled block's memory is used for the next read,
// unless a Value was taken out of it: then the garbage collector frees it in its time.
type Block struct {
	buf    []byte
	refs   atomic.Int32
	pinned atomic.Bool // a Value points into buf
	pool   *BlockPool
	origin Origin
	marks  []mark // rows that stood apart; nil where the bytes are those of the input
}

// mark says how many newlines stood in the block that a row was taken from before it.
type mark struct{ at, newlines int }

// newlines returns how many newlines stand before a place, or stood before it in the block that its row was taken from.
func (b *Block) newlines(before int) int {
	i, found := slices.BinarySearchFunc(b.marks, before, func(m mark, at int) int { return m.at - at })
	if !found {
		i--
	}
	if i < 0 {
		return bytes.Count(b.buf[:before], newline)
	}
	return b.marks[i].newlines + bytes.Count(b.buf[b.marks[i].at:before], newline)
}

// Origin says where a block's bytes come from, for messages. That of a block whose lines are
// not known to be neighbours in a file is the zero Origin.
type Origin struct {
	File   string // as the user named it; "" when it has no name
	Offset int64  // of the block's first byte, or of one before it, in the (unpacked) input
	Line   int64  // number of the first line, from 1; 0 when nobody has counted
	After  int64  // lines from Offset to the first one of the block, when nobody has counted
	Before int64  // bytes of the first line that stand before the block
	Passed bool   // lines are counted in text that a stage was given, and not in a file
}

// Known reports whether a line in the block has a number that can be found.
func (o Origin) Known() bool { return o.Line > 0 || o.File != "" }

// NewBlock returns a block of its own memory, held once.
func NewBlock(buf []byte) *Block {
	b := &Block{buf: buf}
	b.refs.Store(1)
	return b
}

// Bytes returns the block's memory. Only its reader, before it hands the block on, may
// write to it.
func (b *Block) Bytes() []byte { return b.buf }

// Origin returns where the bytes come from.
func (b *Block) Origin() Origin { return b.origin }

// SetOrigin says where the bytes come from; its reader calls it before handing it on.
func (b *Block) SetOrigin(o Origin) { b.origin = o }

// Retain adds a holder. Any goroutine.
func (b *Block) Retain() { b.refs.Add(1) }

// Release takes a holder away; the last one gives pooled memory back. Any goroutine.
func (b *Block) Release() {
	if b.refs.Add(-1) == 0 && b.pool != nil && !b.pinned.Load() {
		b.pool.put(b)
	}
}

// Pin keeps the memory from being used again: a Value points into it. Any holder.
func (b *Block) Pin() {
	if !b.pinned.Load() {
		b.pinned.Store(true)
	}
}

// BlockPool makes blocks of one size and uses their memory again.
type BlockPool struct {
	size int
	mu   sync.Mutex
	free []*Block
}

// The free blocks that a pool keeps at the most: as many as take pooledBytes, since threads by
// the hundred may have a small one each in their turn, and never less than pooledBlocks.
const (
	pooledBlocks = 16
	pooledBytes  = 1 << 20
)

// NewBlockPool returns a pool of blocks of size bytes.
func NewBlockPool(size int) *BlockPool { return &BlockPool{size: size} }

// Room returns a block for about size bytes: one of the pool, unless they are few or many.
func (p *BlockPool) Room(size int) *Block {
	if size < p.size/10 || size > p.size {
		return NewBlock(make([]byte, size))
	}
	return p.Get()
}

// Filled returns the block whose memory holds buf, which was filled from the beginning of b
// and may have outgrown it; then b is released.
func (b *Block) Filled(buf []byte) *Block {
	if cap(buf) == cap(b.buf) {
		return b
	}
	b.Release()
	return NewBlock(buf)
}

// Size returns the size of the pool's blocks in bytes.
func (p *BlockPool) Size() int { return p.size }

// Get returns a block, held once, whose memory is not cleared. Any goroutine.
func (p *BlockPool) Get() *Block {
	p.mu.Lock()
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		p.mu.Unlock()
		b.refs.Store(1)
		b.origin = Origin{}
		return b
	}
	p.mu.Unlock()
	b := NewBlock(make([]byte, p.size))
	b.pool = p
	return b
}

func (p *BlockPool) put(b *Block) {
	poison(b.buf)
	p.mu.Lock()
	if len(p.free) < max(pooledBlocks, pooledBytes/p.size) {
		p.free = append(p.free, b)
	}
	p.mu.Unlock()
}
