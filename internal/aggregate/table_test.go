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

// TestTableProbes wants keys that are alike to be spread over the table.
func TestTableProbes(t *testing.T) {
	for _, form := range []string{"%d", "key%d", "10.0.%d.x", "%08d", "%x00000000", "a long key that ends with %d", "%d at the beginning of a long key", "%[1]d %[1]d"} {
		var table Table
		const n = 100_000
		for i := range n {
			table.Find(fmt.Appendf(nil, form, i), 't')
		}
		far := 0
		for at, s := range table.slots {
			if s != 0 {
				home := uint64(table.entries[uint32(s)-1].hash) & table.mask
				far += int((uint64(at) - home) & table.mask)
			}
		}
		if far > n { // at the load of 0.38 it is 0.3 of them
			t.Errorf("%q: got keys %.2f slots from where they belong on average", form, float64(far)/n)
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
