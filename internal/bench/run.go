package bench

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Contender is one way to do a job.
type Contender struct {
	Name string
	Argv []string
	Env  []string // besides the environment
}

// Job is a question with several ways to answer it, the first of them mtpipe's.
type Job struct {
	Name       string
	Contenders []Contender
	Runs       int                                 // 0: as many as the caller wants
	Answer     func(out io.Reader) (string, error) // what has to agree
}

// Sample is what one run took.
type Sample struct {
	Wall   time.Duration
	Peak   int64 // largest resident memory of one of its processes, in bytes; 0 when unknown
	Answer string
}

// Result is the samples of one contender, in the order of the runs.
type Result struct {
	Contender Contender
	Samples   []Sample
}

// Missing reports whether the contender's program is not installed.
func (c Contender) Missing() bool {
	_, err := exec.LookPath(c.Argv[0])
	return err != nil
}

// Measure runs every contender of the job whose program is installed, once to warm up and
// then runs times, taking turns. It is an error when their answers differ.
func Measure(ctx context.Context, job Job, runs int, dir string) ([]Result, error) {
	var results []Result
	for _, c := range job.Contenders {
		if !c.Missing() {
			results = append(results, Result{Contender: c})
		}
	}
	for run := range cmp.Or(job.Runs, runs) + 1 {
		for i := range results {
			s, err := measure(ctx, results[i].Contender, job.Answer, dir)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", job.Name, results[i].Contender.Name, err)
			}
			if first := results[0].Samples; i > 0 && s.Answer != first[len(first)-1].Answer {
				return nil, fmt.Errorf("%s: the answers differ: got %q from %s, want %q", job.Name, s.Answer,
					results[i].Contender.Name, first[len(first)-1].Answer)
			}
			if run == 1 {
				results[i].Samples = nil // those of the warming up
			}
			results[i].Samples = append(results[i].Samples, s)
		}
	}
	return results, nil
}

func measure(ctx context.Context, c Contender, answer func(io.Reader) (string, error), dir string) (s Sample, err error) {
	cmd := command(ctx, c, dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return s, err
	}
	s.Answer, err = answer(out)
	werr := cmd.Wait()
	s.Wall = time.Since(begin)
	if werr != nil {
		return s, fmt.Errorf("%w: %s", werr, bytes.TrimSpace(stderr.Bytes()))
	}
	s.Peak = peak(cmd.ProcessState)
	return s, err
}

func command(ctx context.Context, c Contender, dir string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.WaitDelay = time.Second
	return cmd
}

// Bytes is the answer of a job whose output has to be the same, byte for byte.
func Bytes(out io.Reader) (string, error) {
	h := crc32.NewIEEE()
	n, err := io.Copy(h, out)
	return fmt.Sprintf("%d bytes, %08x", n, h.Sum32()), err
}

// Words is the answer of a job with a short output, in which blanks do not matter.
func Words(out io.Reader) (string, error) {
	b, err := io.ReadAll(out)
	return strings.Join(strings.Fields(string(b)), " "), err
}

// TopCounts is the answer of a job whose output is lines of a name and its count, in either
// order, the largest first: sorted, and without the names that share the last place, of
// which any may be there. A line without a number, such as a header, does not count.
func TopCounts(out io.Reader) (string, error) {
	b, err := io.ReadAll(out)
	type counted struct {
		name string
		n    int
	}
	var list []counted
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) != 2 {
			continue
		}
		if _, err := strconv.Atoi(f[0]); err == nil {
			f[0], f[1] = f[1], f[0]
		}
		if n, err := strconv.Atoi(f[1]); err == nil {
			list = append(list, counted{f[0], n})
		}
	}
	slices.SortFunc(list, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.name, b.name))
	})
	var text []string
	for _, c := range list {
		if c.n == list[len(list)-1].n {
			c.name = "one of those"
		}
		text = append(text, fmt.Sprintf("%s %d", c.name, c.n))
	}
	return strings.Join(text, ", "), err
}

// Median returns the median of a not empty list: of an even number, the mean of the two in
// the middle.
func Median[T ~int64 | ~float64](list []T) T {
	s := slices.Sorted(slices.Values(list))
	m := len(s) / 2
	if len(s)%2 == 0 {
		return (s[m-1] + s[m]) / 2
	}
	return s[m]
}
