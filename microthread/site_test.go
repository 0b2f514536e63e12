package microthread

import (
	"runtime"
	"testing"
)

//go:noinline
func started() (quick, sure uintptr) {
	quick = callerPC()
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	return quick, pcs[0]
}

// TestC2_CallerPC compares the quick way to the creation site with the sure one, on a small
// stack and on one that has grown.
func TestC2_CallerPC(t *testing.T) {
	var deep func(n int) [64]byte
	deep = func(n int) (pad [64]byte) {
		if n > 0 {
			return deep(n - 1)
		}
		if quick, sure := started(); quick != sure {
			t.Errorf("got %#x, want %#x", quick, sure)
		}
		return pad
	}
	deep(0)
	deep(10_000)
}

// BenchmarkSite is both ways to the creation site; BenchmarkThread is what they are a part of.
func BenchmarkSite(b *testing.B) {
	b.Run("quick", func(b *testing.B) {
		for b.Loop() {
			site = quickly()
		}
	})
	b.Run("runtime.Callers", func(b *testing.B) {
		for b.Loop() {
			site = surely()
		}
	})
}

var site uintptr

//go:noinline
func quickly() uintptr { return callerPC() }

//go:noinline
func surely() uintptr {
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	return pcs[0]
}
