package value

import (
	"strings"
	"sync"
	"testing"
)

// filled returns a block of the pool that holds text, as a batch of lines.
func filled(p *BlockPool, text string) (*Block, *Batch) {
	block := p.Get()
	return block, NewLines(block, block.Bytes()[:copy(block.Bytes(), text)])
}

// TestBlockPool_Reuse checks which ways of using a block let its memory be used again.
func TestBlockPool_Reuse(t *testing.T) {
	const text = "one\ntwo\nthree\n"
	rows := []struct {
		name  string
		use   func(b *Batch) (keep string)
		reuse bool
	}{
		{"released", func(b *Batch) string { b.Release(); return "" }, true},
		{"counted", func(b *Batch) string { _ = b.Len(); b.Release(); return "" }, true},
		{"read by the row", func(b *Batch) string {
			for range b.Rows() {
			}
			b.Release()
			return ""
		}, true},
		{"spans released", func(b *Batch) string {
			s := NewSpans(b)
			s.AddSpan(0, 3)
			b.Release()
			s.Release()
			return ""
		}, true},
		{"shared and released", func(b *Batch) string { c := b.Share(); b.Release(); c.Release(); return "" }, true},
		{"a value was kept", func(b *Batch) (keep string) {
			for v := range b.All() {
				keep = v.Str()
			}
			b.Release()
			return keep
		}, false},
		{"a value of a cursor was kept", func(b *Batch) string {
			c := NewCursor(b)
			v, _ := c.Next()
			b.Release()
			return v.Str()
		}, false},
		{"a value of spans was kept", func(b *Batch) (keep string) {
			s := NewSpans(b)
			s.AddSpan(4, 3)
			b.Release()
			for v := range s.All() {
				keep = v.Str()
			}
			s.Release()
			return keep
		}, false},
		{"a share is in use", func(b *Batch) string { c := b.Share(); b.Release(); return string(c.Data()[:3]) }, false},
		{"spans are in use", func(b *Batch) string { s := NewSpans(b); b.Release(); return string(s.Data()[:3]) }, false},
	}
	for _, row := range rows {
		p := NewBlockPool(64)
		block, b := filled(p, text)
		keep := row.use(b)
		kept := strings.Clone(keep)
		again, other := filled(p, strings.Repeat("#", 64))
		if got := again == block; got != row.reuse {
			t.Errorf("%s: got the memory again %v, want %v", row.name, got, row.reuse)
		}
		if keep != kept || !row.reuse && !strings.Contains(text, keep) {
			t.Errorf("%s: got %q, want %q as it was read", row.name, keep, kept)
		}
		other.Release()
	}
}

func TestBlockPool(t *testing.T) {
	p := NewBlockPool(16)
	b := p.Get()
	b.SetOrigin(Origin{File: "f", Offset: 7, Line: 3})
	if p.Size() != 16 || len(b.Bytes()) != 16 || b.Origin().File != "f" {
		t.Errorf("got size %d, %d bytes, origin %v", p.Size(), len(b.Bytes()), b.Origin())
	}
	b.Release()
	if c := p.Get(); c != b || c.Origin() != (Origin{}) {
		t.Errorf("got origin %v, want the same block without one", c.Origin())
	}
	for size, kept := range map[int]int{1 << 20: pooledBlocks, 4096: 256} {
		p := NewBlockPool(size)
		var many []*Block
		for range 2 * kept {
			many = append(many, p.Get())
		}
		for _, b := range many {
			b.Release()
		}
		if len(p.free) != kept {
			t.Errorf("got %d free blocks of %d bytes kept, want %d", len(p.free), size, kept)
		}
	}
	NewBlock([]byte("own")).Release() // belongs to no pool
}

// TestBlockPool_Goroutines passes blocks between goroutines, as reactors do.
func TestBlockPool_Goroutines(t *testing.T) {
	p := NewBlockPool(32)
	batches := make(chan *Batch, 8)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for b := range batches {
				if b.Len() != 2 || !strings.HasPrefix(string(b.Data()), "x\n") {
					t.Errorf("got %q, want what was written", b.Data())
				}
				b.Release()
			}
		})
	}
	for range 2000 {
		_, b := filled(p, "x\ny\n")
		batches <- b.Share()
		batches <- b
	}
	close(batches)
	wg.Wait()
}
