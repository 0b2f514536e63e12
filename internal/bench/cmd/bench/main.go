// Command bench measures mtpipe beside the programs that it replaces and prints one table.
//
//	go run ./internal/bench/cmd/bench [-size 250MB] [-dir DIR] [-runs 5] [-limit 10m]
//
// It makes an access log, builds mtpipe, and runs every job of every program that is
// installed, in turns. It fails when two of them give different answers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"mtpipe/internal/bench"
)

const seed = 1

func main() {
	size := flag.String("size", "250MB", "how large the access log is")
	dir := flag.String("dir", filepath.Join(os.TempDir(), "mtpipe-bench"), "where the data are kept")
	runs := flag.Int("runs", 5, "how often each job runs")
	limit := flag.Duration("limit", 10*time.Minute, "when to give up")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	if err := run(ctx, *size, *dir, max(1, *runs)); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, size, dir string, runs int) error {
	n, err := parseSize(size)
	if err != nil {
		return err
	}
	log := filepath.Join(dir, fmt.Sprintf("access-%d-%d.log", seed, n))
	if err := accessLog(log, n); err != nil {
		return err
	}
	mtpipe := filepath.Join(dir, "mtpipe")
	if runtime.GOOS == "windows" {
		mtpipe += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", mtpipe, "mtpipe/cmd/mtpipe")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building mtpipe: %w", err)
	}
	fmt.Printf("access log of %s, %d runs in turns, %d processors, %s\nratio = peer's time / mtpipe's, median of the pairs\n\n",
		size, runs, runtime.NumCPU(), runtime.Version())
	report := bench.NewReport(os.Stdout)
	for _, job := range bench.Jobs(mtpipe, log) {
		results, err := bench.Measure(ctx, job, runs, dir)
		if err != nil {
			return errors.Join(err, report.Flush())
		}
		report.Job(job.Name, results)
	}
	delays, err := bench.MeasureLatency(ctx, mtpipe, 10, 200*time.Millisecond)
	if err != nil {
		return err
	}
	if err := report.Latencies(delays); err != nil {
		return err
	}
	fmt.Println("\nThe runtime beside channels and goroutines: go test -run '^$' -bench . ./microthread")
	return nil
}

// accessLog makes the file unless it is there: a file that bears the name is complete.
func accessLog(name string, size int64) error {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "access-*.part")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(bench.WriteAccessLog(f, size, seed), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// parseSize reads a number of bytes, perhaps with kB, MB or GB behind it.
func parseSize(s string) (int64, error) {
	unit := int64(1)
	digits := s
	for suffix, n := range map[string]int64{"kB": 1e3, "MB": 1e6, "GB": 1e9} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			digits, unit = rest, n
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > 100e9/unit {
		return 0, fmt.Errorf("the size must be like 250MB, not %q", s)
	}
	return n * unit, nil
}
