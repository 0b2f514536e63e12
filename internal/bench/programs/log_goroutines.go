package programs

import (
	"bufio"
	"context"
	"os"
)

// logOnGoroutines reads a log, parses its lines, and reports who got the most bytes.
func logOnGoroutines(name string) (string, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var g group
	lines, entries := make(chan string, 1024), make(chan entry, 1024)
	g.Go(func() error {
		defer close(lines)
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in := bufio.NewScanner(f)
		for in.Scan() {
			select {
			case lines <- in.Text():
			case <-ctx.Done():
				return nil
			}
		}
		return in.Err()
	})
	g.Go(func() error {
		defer close(entries)
		defer cancel()
		for line := range lines {
			e, err := parse(line)
			if err != nil {
				return err
			}
			entries <- e
		}
		return nil
	})
	sums := make(totals)
	for e := range entries {
		sums.add(e)
	}
	return sums.report(), g.Wait()
}
