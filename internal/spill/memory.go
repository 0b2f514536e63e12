package spill

import (
	"errors"
	"sync/atomic"
)

// Memory is bytes outside of the Go heap where the system has them: the garbage collector
// neither looks at them nor collects more often or more rarely because of them, and they
// are given back at once. Go pointers must not be stored there.
type Memory struct {
	bytes  []byte
	mapped bool
}

// smallMemory is up to where the Go heap serves as well.
const smallMemory = 64 << 10

// unknownMemory is what a machine is taken to have where the system does not say.
const unknownMemory = 4 << 30

// ErrNoMemory is what NewMemory panics with.
var ErrNoMemory = errors.New("not enough memory")

// mapped is how many bytes of Memory there are outside of the Go heap.
var mapped atomic.Int64

// Mapped returns how many bytes of Memory there are outside of the Go heap. Any goroutine.
func Mapped() int64 { return mapped.Load() }

// NewMemory returns size bytes of zeros, which take up memory from their first use on. It
// panics with ErrNoMemory when the system refuses them, so that only the stage ends: if the Go
// heap were asked for them then, the program would.
func NewMemory(size int) *Memory {
	if size <= smallMemory || !maps {
		return &Memory{bytes: make([]byte, size)}
	}
	b := allocate(size)
	if b == nil {
		panic(ErrNoMemory)
	}
	mapped.Add(int64(size))
	return &Memory{bytes: b, mapped: true}
}

// Bytes returns all of the memory, which must not be used after Free.
func (m *Memory) Bytes() []byte { return m.bytes }

// Free gives the memory back. A Memory that is nil has nothing to give.
func (m *Memory) Free() {
	if m == nil {
		return
	}
	if m.mapped {
		mapped.Add(-int64(len(m.bytes)))
		release(m.bytes)
	}
	m.bytes, m.mapped = nil, false
}
