//go:build invariants

package value

import (
	"bytes"
	"testing"
)

// TestPoison reads memory that was given back, which nobody should, and memory that a value
// has pinned.
func TestPoison(t *testing.T) {
	p := NewBlockPool(8)
	_, b := filled(p, "abc\n")
	stale := b.Data()
	b.Release()
	if want := bytes.Repeat([]byte{0xDB}, 4); !bytes.Equal(stale, want) {
		t.Errorf("got %q in memory that was given back, want %q", stale, want)
	}
	_, b = filled(p, "abc\n")
	var kept Value
	for v := range b.All() {
		kept = v
	}
	b.Release()
	if kept.Str() != "abc" {
		t.Errorf("got %q, want the value that was kept as it was", kept.Str())
	}
}
