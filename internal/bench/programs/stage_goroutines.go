package programs

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// stageOnGoroutines finds how often which run has come: one goroutine reads, one counts.
func stageOnGoroutines(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	lengths := make(chan int, 1024)
	var g group
	g.Go(func() error {
		defer close(lengths)
		last, n := "", 0
		in := bufio.NewScanner(f)
		for in.Scan() {
			field, _, _ := strings.Cut(in.Text(), " ")
			if field != last {
				if n >= 2 {
					lengths <- n
				}
				last, n = field, 0
			}
			n++
		}
		if n >= 2 {
			lengths <- n
		}
		return in.Err()
	})
	counts := make(map[int]int)
	for n := range lengths {
		counts[n]++
	}
	var out strings.Builder
	for _, n := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&out, "%d: %d\n", n, counts[n])
	}
	return out.String(), g.Wait()
}
