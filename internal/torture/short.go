package torture

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"mtpipe/internal/torture/plain"
	"mtpipe/pipeline"
)

// ShortFamily gives reads and writes less room than they ask for, as a system may: the pipelines
// of the sweep, and random ones, write and tell the same and end alike.
var ShortFamily = Family{Name: "short", Short: "reads and writes that are short", Run: short, Needs: func(e *Env) string {
	if reason := needsProgram(e); reason != "" {
		return reason
	}
	s := &shortener{Rand: random("short", 1)}
	cmd := exec.Command(e.Mtpipe, "seq 3")
	cmd.SysProcAttr = ownGroup()
	if _, err := s.run(cmd, func() {}); err != nil {
		return "programs cannot be traced: " + err.Error()
	}
	return ""
}}

// shortBound is after how long a run with short calls is one that hangs.
const shortBound = 30 * time.Second

// short compares a run with one that has short calls.
func short(c *Case) error {
	s := &sweeping{Case: c, bound: shortBound}
	if i := int(c.Seed % uint64(2*len(sweptJobs))); i < len(sweptJobs) {
		s.swept = sweptJobs[i]
	} else {
		s.swept = c.sweptAtRandom()
	}
	want, err := s.runWith(s.plainly)
	if err != nil {
		return fmt.Errorf("%v: %w", s, err)
	}
	tracer := &shortener{Rand: c.Rand}
	got, err := s.runWith(func(temporary string) (*sweptRun, error) { return s.start(temporary, nil, tracer.run) })
	if err != nil {
		return fmt.Errorf("%v: %w", s, err)
	}
	if err := s.sameRun(got, want); err != nil {
		return fmt.Errorf("%v: %d short calls: %w", s, tracer.shortened, err)
	}
	if tracer.shortened == 0 {
		return Skip("no call was short")
	}
	return nil
}

// plainly runs the pipeline as it is.
func (s *sweeping) plainly(temporary string) (*sweptRun, error) {
	return s.start(temporary, nil, runPlainly)
}

// String returns the command.
func (s *sweeping) String() string {
	text := s.name + ": mtpipe"
	for _, a := range s.args {
		text += " " + bashQuote(a)
	}
	for name, in := range s.more {
		text += fmt.Sprintf("\nwith %s: printf '%%b' %s", name, bashQuote(in))
	}
	if s.stdin != "" {
		text += " < " + s.stdin
	}
	return text
}

// sweptAtRandom returns a random pipeline over random data.
func (c *Case) sweptAtRandom() swept {
	d := c.data()
	p := program{data: d, stages: newGenerator(c, d).pipeline(5), out: pick(c, "", "", "jsonl", "csv", "table"),
		onError: pick(c, pipeline.Fail, pipeline.Skip, pipeline.Keep)}
	in := "in" + extension(d.Format)
	args := []string{"-j", pick(c, "1", "2"), "--on-error", fmt.Sprint(p.onError)}
	if d.Format != "lines" {
		args = append(args, "-i", d.Format)
	}
	if p.out != "" {
		args = append(args, "-o", p.out)
	}
	if c.oneIn(4) {
		args = append(args, "--max-memory", little)
	}
	s := swept{name: "random", args: append(args, plain.Write(p.stages)), more: map[string]string{in: d.Text}}
	if c.oneIn(2) {
		s.stdin = in
	} else {
		s.args = append(s.args, in)
	}
	return s
}

// passing is what messages say of a time, a number of a process and the like.
var passing = regexp.MustCompile(`127\.0\.0\.1:\d+|\d+(\.\d+)?(ms|µs|s)\b|one of them: .*`)

// told returns the messages of a run, in an order that does not depend on its threads.
func (r *sweptRun) told() []string {
	list := strings.Split(passing.ReplaceAllString(r.stderr, ""), "\n")
	slices.Sort(list)
	return list
}

// sameRun says how a run differs from another one.
func (s *sweeping) sameRun(got, want *sweptRun) error {
	switch {
	case want.hangs:
		return Skip("it takes too long by itself")
	case got.hangs:
		return fmt.Errorf("hangs: %.300q %.300q", got.stdout, got.stderr)
	case s.answer != nil:
		return s.answer
	case got.status != want.status, !s.loose && got.stdout != want.stdout:
		return fmt.Errorf("status %d, want %d\n%s\nmessages %.300q, want %.300q", got.status, want.status, parts(got.stdout, want.stdout), got.stderr, want.stderr)
	case !slices.Equal(got.told(), want.told()):
		return fmt.Errorf("messages %.500q, want %.500q", got.stderr, want.stderr)
	}
	for name, text := range want.files {
		if has, ok := got.files[name]; (!ok || has != text) && !(s.varies && slices.Contains(s.makes, name)) {
			return fmt.Errorf("the file %s (there: %v):\n%s", name, ok, parts(has, text))
		}
	}
	for name := range got.files {
		if _, ok := want.files[name]; !ok {
			return fmt.Errorf("leaves the file %s", name)
		}
	}
	return nil
}

// runPlainly runs a program to its end and returns its status.
func runPlainly(cmd *exec.Cmd, started func()) (status int, err error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	started()
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode(), nil
}
