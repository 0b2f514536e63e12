package bench

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Contender is one way to do a job.
type Contender struct {
	Name   string
	Argv   []string
	Env    []string // besides the environment
	Needs  []string // programs that have to be there besides the first of Argv
	Format Format   // of its rows
	Out    string   // the file that its answer is in; without it, standard output
	Wanted float64  // at most this part of its time mtpipe is to take; 0: no bound

	// TimesItself says that its time is what it says on standard error, "query N s".
	TimesItself bool
}

// Job is a question with several ways to answer it, the first of them mtpipe's.
type Job struct {
	Name       string
	Contenders []Contender
	Runs       int    // 0: as many as the caller wants
	Answer     Answer // what has to agree
	Piped      bool   // output goes through a pipe while the time runs, otherwise to a file
	Memory     int64  // at most so many bytes mtpipe is to use; 0: no bound
}

// Options say how jobs are measured.
type Options struct {
	Dir   string        // where contenders run, write and keep their temporary files
	Runs  int           // how often each one runs, besides once to warm up
	Limit time.Duration // of one run; 0: none
}

// Sample is what one run took.
type Sample struct {
	Time   time.Duration
	Peak   int64 // largest resident memory of one of its processes, in bytes; 0 when unknown
	Answer string
}

// Status says what became of a contender.
type Status string

// What may become of a contender.
const (
	Done     Status = ""
	NotThere Status = "not there" // mtpipe does not know the stage or the flag
	Failed   Status = "failed"
	Wrong    Status = "WRONG" // its answer differs from the first one
)

// Result is the samples of one contender, in the order of the runs.
type Result struct {
	Contender Contender
	Samples   []Sample
	Status    Status
	Note      string // why, unless Done

	spent  time.Duration // in all of its runs
	read   bool          // an answer was read, from a file with this checksum
	sum    uint32
	answer string
}

// enough is how long the runs of a peer may take together before it is left at those.
const enough = 10 * time.Second

// Missing reports whether a program of the contender is not installed.
func (c Contender) Missing() bool {
	return slices.ContainsFunc(append(c.Needs, c.Argv[0]), func(name string) bool {
		_, err := exec.LookPath(name)
		return err != nil
	})
}

// Measure runs every contender of the job whose programs are installed, once to warm up and
// then as often as wanted, taking turns. A peer that took ten seconds in all is not run
// again, so that one that is slow runs only once. The first result is mtpipe's.
func Measure(ctx context.Context, job Job, o Options) []Result {
	var results []Result
	for i, c := range job.Contenders {
		if i == 0 || !c.Missing() {
			results = append(results, Result{Contender: c})
		}
	}
	var want *Result // whose answer the others are to have
	for run := range cmp.Or(job.Runs, o.Runs) + 1 {
		for i := range results {
			r := &results[i]
			if r.Status == NotThere || r.Status == Failed || i > 0 && r.spent > enough {
				continue
			}
			s, err := r.measure(ctx, job, o)
			if err != nil {
				r.fail(err, r.Contender.Argv[0] == job.Contenders[0].Argv[0])
				continue
			}
			if run == 1 {
				r.Samples = nil // that of the warming up
			}
			r.Samples = append(r.Samples, s)
			r.spent += s.Time
			if want == nil {
				want = r
			}
			if first := want.Samples[0].Answer; s.Answer != first && r.Status == Done {
				r.Status = Wrong
				got, other := difference(s.Answer, first)
				r.Note = fmt.Sprintf("has %s\n%s has %s", got, want.Contender.Name, other)
			}
		}
	}
	return results
}

// difference returns two answers, long ones only from shortly before the place where they
// begin to differ.
func difference(a, b string) (string, string) {
	const before, after = 60, 120
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	clip := func(s string) string {
		from, to := max(0, i-before), min(len(s), i+after)
		text := strings.ToValidUTF8(s[from:to], "")
		if from > 0 {
			text = "… " + text
		}
		if to < len(s) {
			text += " …"
		}
		return text
	}
	return clip(a), clip(b)
}

// fail notes that a run failed. Exit status 2 of mtpipe says that nothing ran, since the
// pipeline or the command line is wrong.
func (r *Result) fail(err error, ours bool) {
	r.Status, r.Note = Failed, err.Error()
	var exit *exec.ExitError
	if ours && errors.As(err, &exit) && exit.ExitCode() == 2 {
		r.Status = NotThere
	}
}

// measure runs the contender once. Its answer is read while it runs when the job is piped,
// otherwise from its file and after the time was taken.
func (r *Result) measure(ctx context.Context, job Job, o Options) (s Sample, err error) {
	c := r.Contender
	if o.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.Limit, fmt.Errorf("took more than %v", o.Limit))
		defer cancel()
	}
	cmd := command(ctx, c, o.Dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	file := cmp.Or(c.Out, filepath.Join(o.Dir, "out"))
	if job.Piped {
		s.Answer, s.Time, err = runPiped(cmd, job.Answer, c.Format)
	} else {
		defer os.Remove(file)
		s.Time, err = runIntoFile(cmd, file, c.Out != "")
	}
	if ctx.Err() != nil {
		return s, context.Cause(ctx)
	}
	if err != nil {
		return s, fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	s.Peak = peak(cmd.ProcessState)
	if c.TimesItself {
		if s.Time, err = ownTime(stderr.String()); err != nil {
			return s, err
		}
	}
	if !job.Piped {
		s.Answer, err = r.readAnswer(file, job.Answer)
	}
	return s, err
}

func command(ctx context.Context, c Contender, dir string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if dir != "" {
		cmd.Env = append(cmd.Env, "TMPDIR="+dir)
	}
	cmd.Env = append(cmd.Env, c.Env...)
	cmd.WaitDelay = time.Second
	return cmd
}

func runPiped(cmd *exec.Cmd, answer Answer, format Format) (string, time.Duration, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", 0, err
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return "", 0, err
	}
	text, err := answer(out, format)
	err = errors.Join(cmd.Wait(), err)
	return text, time.Since(begin), err
}

// runIntoFile runs the command with the file as its standard output, unless it writes the
// file itself.
func runIntoFile(cmd *exec.Cmd, name string, itself bool) (time.Duration, error) {
	if !itself {
		f, err := os.Create(name)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		cmd.Stdout = f
	}
	begin := time.Now()
	err := cmd.Run()
	return time.Since(begin), err
}

var queryTime = regexp.MustCompile(`(?m)^query ([0-9.]+) s$`)

func ownTime(stderr string) (time.Duration, error) {
	m := queryTime.FindStringSubmatch(stderr)
	if m == nil {
		return 0, fmt.Errorf("it does not say how long its query took: %s", stderr)
	}
	return time.ParseDuration(m[1] + "s")
}

// readAnswer returns the answer in the file. One with the bytes of the run before has its answer.
func (r *Result) readAnswer(name string, answer Answer) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := crc32.NewIEEE()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	if r.read && h.Sum32() == r.sum {
		return r.answer, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	text, err := answer(f, r.Contender.Format)
	r.read, r.sum, r.answer = err == nil, h.Sum32(), text
	return text, err
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
