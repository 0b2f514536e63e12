package order_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// BenchmarkSortRatio sorts random lines, as many as MTPIPE_BENCH_LINES says, with sort on two
// copies and with GNU sort, in turns: whole in memory, and within a quarter of the file's
// size. It reports the medians and what part of the other's time mtpipe takes.
func BenchmarkSortRatio(b *testing.B) {
	if _, err := exec.LookPath("sort"); err != nil {
		b.Skip(err)
	}
	lines := 200_000
	if n, err := strconv.Atoi(os.Getenv("MTPIPE_BENCH_LINES")); err == nil {
		lines = n
	}
	dir := b.TempDir()
	in := filepath.Join(dir, "in")
	size := writeRandomLines(b, in, lines)
	ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
	for _, c := range []struct {
		name   string
		memory int64
		args   []string
	}{
		{"memory", 0, []string{"--parallel=2"}},
		{"quarter", size / 4, []string{"--parallel=2", "-S", fmt.Sprint(size/4, "b")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var ratios, seconds []float64
			for b.Loop() {
				sort := exec.Command("sort", append(c.args, "-o", theirs, in)...)
				sort.Env = append(os.Environ(), "LC_ALL=C")
				start := time.Now()
				if err := sort.Run(); err != nil {
					b.Fatal(err)
				}
				peer := time.Since(start)
				start = time.Now()
				sortTo(b, in, ours, c.memory)
				own := time.Since(start)
				seconds = append(seconds, own.Seconds())
				ratios = append(ratios, own.Seconds()/peer.Seconds())
			}
			x, _ := os.ReadFile(ours)
			if y, _ := os.ReadFile(theirs); !bytes.Equal(x, y) {
				b.Fatal("the two results differ")
			}
			slices.Sort(ratios)
			slices.Sort(seconds)
			b.ReportMetric(ratios[len(ratios)/2], "of-GNU-sort")
			b.ReportMetric(seconds[len(seconds)/2], "s")
		})
	}
}

// sortTo sorts the file in into the file out.
func sortTo(b *testing.B, in, out string, memory int64) {
	f, err := os.Create(out)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	plan, err := pipeline.Compile("sort", "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: os.Stdin, Stdout: f, Stderr: os.Stderr, Files: []string{in}, Jobs: 2, MaxMemory: memory})
	if err == nil {
		err = plan.Run(nil)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// writeRandomLines writes lines of about sixty letters and returns the file's size.
func writeRandomLines(b *testing.B, name string, lines int) int64 {
	rng := rand.New(rand.NewSource(1))
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for range lines {
		line := make([]byte, 20+rng.Intn(80))
		for i := range line {
			line[i] = byte('A' + rng.Intn(58))
		}
		line[len(line)-1] = '\n'
		_, _ = w.Write(line)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}
