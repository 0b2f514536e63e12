package aggregate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestTable compares with a map, over keys of all lengths that share much.
func TestTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var table Table
	want := make(map[string]int)
	for range 200_000 {
		key := bytes.Repeat([]byte("ab"), 20)[:rng.IntN(40)]
		for range rng.IntN(3) {
			if len(key) > 0 {
				key[rng.IntN(len(key))] = byte(rng.IntN(256))
			}
		}
		tag := uint32(rng.IntN(2))
		name := fmt.Sprint(tag) + string(key)
		i, ok := want[name]
		if !ok {
			i = len(want)
			want[name] = i
		}
		if got := table.Find(key, tag); got != i {
			t.Fatalf("key %q: got %d, want %d", name, got, i)
		}
	}
	if table.Len() != len(want) {
		t.Fatalf("got %d keys, want %d", table.Len(), len(want))
	}
	for name, i := range want {
		if key, tag := table.Key(i); fmt.Sprint(tag)+string(key) != name {
			t.Fatalf("key %d: got %q and %d, want %q", i, key, tag, name)
		}
	}
}

func BenchmarkTableFind(b *testing.B) {
	for _, n := range []int{50, 5000, 500_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			keys := make([][]byte, 1<<16)
			for i := range keys {
				keys[i] = fmt.Appendf(nil, "10.%d.%d", rng.IntN(n)/250, rng.IntN(n)%250)
			}
			var table Table
			sum, i := 0, 0
			for b.Loop() {
				sum += table.Find(keys[i&(len(keys)-1)], 't')
				i++
			}
		})
	}
}
