package ordering_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"mtpipe/internal/ordering"
	"mtpipe/value"
)

// resident returns how many bytes of the process are in memory.
func resident(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		t.Skip(err)
	}
	m := regexp.MustCompile(`(?m)^Rss: +([0-9]+) kB$`).FindSubmatch(b)
	if m == nil {
		t.Skip("the kernel does not say what is resident")
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}

// TestFewRows has many sorters with a few rows each, as the connections of a server may have.
// Each takes little memory, though there is room for many rows.
func TestFewRows(t *testing.T) {
	const sorters, most = 200, 256 << 10
	before := resident(t)
	for range sorters {
		s := ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{Mode: ordering.Plain}}})
		defer s.Close()
		for _, text := range []string{"b", "a"} {
			if err := s.Add(value.TextOf(text), 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := (resident(t) - before) / sorters; got > most {
		t.Errorf("got %d bytes for each sorter, want at most %d", got, most)
	}
}
