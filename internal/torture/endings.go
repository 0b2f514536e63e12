package torture

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"mtpipe/internal/layer"
	"mtpipe/internal/torture/plain"
	"mtpipe/microthread"
	"mtpipe/pipeline"
	"mtpipe/reactor"
)

var tapOf = layer.Take[func(*reactor.Reactor) *layer.Tap]("reactor.tap")

var endingsFamily = Family{Name: "endings", Short: "pipelines ended at each batch that a stage takes, in four ways", Share: 2, Run: func(c *Case) error {
	e, err := c.ending()
	if err != nil {
		return err
	}
	for _, how := range []string{"close", "terminate", "drain", "abort"} {
		for k := 1; k <= mostEndings; k++ {
			reached, err := c.endAt(e, how, k)
			if err != nil {
				return fmt.Errorf("%v\n-j %d, --max-memory %d, %s at batch %d: %w", e.job, e.jobs, e.memory, how, k, err)
			}
			if !reached {
				break
			}
		}
	}
	return nil
}}

// mostEndings bounds the places at which one pipeline is ended; most have fewer.
const mostEndings = 300

// ending is a pipeline that is ended before its end.
type ending struct {
	job
	jobs   int
	memory int64
	writes string // the file that it writes; "" for none
	old    string // what is in that before
	want   []string
	whole  string          // what the file has at the end
	parts  map[string]bool // what is put and written of each beginning of the input; nil when that is not known
}

// ending returns a random pipeline over little data that runs without an error, and what it puts.
func (c *Case) ending() (e ending, err error) {
	for {
		d := c.data()
		d.Text = firstLines(d.Text, 1+c.IntN(25))
		stages := newGenerator(c, d).pipeline(3)
		r := &plain.Run{}
		out := r.Eval(plain.Readers[d.Format](r, d.Text), stages)
		if out.Failed != nil || out.Maybe {
			continue
		}
		e = ending{job: job{text: plain.Write(stages), in: d}, jobs: pick(c, 1, 1, 2), memory: pick(c, int64(0), 1000)}
		if !strings.Contains(e.text, "{") && d.Format != "csv" {
			if e.parts, err = c.beginnings(e.job); err != nil {
				continue
			}
		}
		if c.oneIn(3) {
			e.writes, e.old = filepath.Join(c.Dir, "out"), pick(c, "", "old\n")
			e.text += " | write " + e.writes
		}
		if e.want, _, err = e.ended(c, "", 0); err != nil {
			continue // such as too little memory
		}
		if e.writes != "" {
			text, err := os.ReadFile(e.writes)
			if err != nil {
				return e, err
			}
			e.whole = string(text)
		}
		return e, nil
	}
}

// beginnings returns what the pipeline puts for each beginning of the input, where its values
// are lines.
func (c *Case) beginnings(j job) (map[string]bool, error) {
	parts := make(map[string]bool)
	text := j.in.Text
	for i := range strings.Count(text, "\n") + 2 {
		j.in.Text = firstLines(text, i)
		o, err := c.run(j, plainWay)
		if err != nil {
			return nil, err
		}
		parts[ended(o.stdout)] = true
	}
	return parts, nil
}

func firstLines(text string, n int) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[:min(n, len(lines))], "")
}

// ended runs the pipeline to its end, or with k > 0 to the batch k, where how ends it, and
// returns what it put and whether it came to that.
func (e *ending) ended(c *Case, how string, k int) (got []string, reached bool, err error) {
	name, err := c.file(e.in, plainWay)
	if err != nil {
		return nil, false, err
	}
	s := pipeline.Settings{Files: []string{name}, Jobs: e.jobs, Capacity: 1, MaxMemory: e.memory}
	if e.in.Format != "lines" {
		s.In = e.in.Format
	}
	plan, err := pipeline.Compile(e.text, "", pipeline.Scope{Registry: c.Env.Registry}, s)
	if err != nil {
		return nil, false, err
	}
	c.Env.runs++
	taken := 0
	var panicked error
	heard := microthread.OnError(func(_ *microthread.Thread, err error) error {
		if p := (*reactor.PanicError)(nil); errors.As(err, &p) {
			panicked = fmt.Errorf("%w\n%s", err, p.Stack())
		}
		return nil // of a thread that was ended
	})
	err = microthread.Run(func(t *microthread.Thread) error {
		out := plan.Start(t, nil)
		closed := false
		tap := tapOf(t.Program().Reactor())
		tap.Took = func(any, int) {
			if taken++; taken != k {
				return
			}
			reached = true
			switch p := t.Program(); how {
			case "drain":
				p.Post(p.Drain)
			case "abort":
				p.Post(func() { p.Abort(time.Minute) })
			case "terminate":
				p.Post(t.Terminate)
			default:
				closed = true
			}
		}
		defer func() { tap.Took = nil }()
		for v, err := range out.All() {
			if err != nil {
				return err
			}
			if closed {
				break
			}
			got = append(got, v.String())
		}
		t.CloseIn(out)
		return nil
	}, heard)
	return got, reached, cmp.Or(panicked, err)
}

// endAt ends the pipeline at the batch k. What it put before is a beginning of what it puts,
// what it writes is there whole or not at all, and nothing is left.
func (c *Case) endAt(e ending, how string, k int) (reached bool, err error) {
	before := resources()
	if e.writes != "" {
		if err := os.WriteFile(e.writes, []byte(e.old), 0o600); err != nil {
			return false, err
		}
	}
	got, reached, err := e.ended(c, how, k)
	if err != nil && how == "drain" && c.failsEarlier(e.job, err) {
		return reached, c.nothingLeft(before)
	}
	if err != nil && !errors.Is(err, microthread.ErrTerminated) {
		return reached, fmt.Errorf("got %w", err)
	}
	written := ""
	if e.writes != "" {
		text, err := os.ReadFile(e.writes)
		if err != nil {
			return reached, err
		}
		written = string(text)
	}
	if err := e.check(how, reached, got, written); err != nil {
		return reached, err
	}
	return reached, c.nothingLeft(before)
}

// failsEarlier reports whether the pipeline, which does not fail over all of its input, fails as err
// says over a beginning of it.
func (c *Case) failsEarlier(j job, err error) bool {
	causes := withoutPlaces(rootCauses(err))
	text := j.in.Text
	for i := range strings.Count(text, "\n") + 1 {
		j.in.Text = firstLines(text, i)
		if o, err := c.run(j, plainWay); err == nil && len(o.causes) > 0 && slices.ContainsFunc(causes, func(s string) bool { return strings.Contains(s, o.causes[0]) }) {
			return true
		}
	}
	return false
}

// check looks at what a run put and wrote that was ended.
func (e *ending) check(how string, reached bool, got []string, written string) error {
	switch {
	case !reached:
		if !slices.Equal(got, e.want) || written != e.whole {
			return fmt.Errorf("nothing ended it; got %q and the file %q, want %q and %q", got, written, e.want, e.whole)
		}
		return nil
	case how != "drain" && !isPrefix(got, e.want):
		return fmt.Errorf("got %q, want a beginning of %q", got, e.want)
	case how != "drain":
		if e.writes != "" && written != e.old && written != e.whole {
			return fmt.Errorf("got the file %q, want %q or %q", written, e.old, e.whole)
		}
		return nil
	case e.parts == nil:
		return nil
	}
	text := written
	if e.writes == "" {
		text = ended(strings.Join(append(slices.Clone(got), ""), "\n"))
	} else if written == e.old {
		return nil
	}
	if !e.parts[ended(text)] {
		return fmt.Errorf("got %q, want what comes of a beginning of the input, one of %q", text, slices.Sorted(maps.Keys(e.parts)))
	}
	return nil
}

func isPrefix(a, b []string) bool {
	if len(a) > len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// resourcesNow is what a run must give back.
type resourcesNow struct{ goroutines, descriptors int }

func resources() (r resourcesNow) {
	r.goroutines = runtime.NumGoroutine()
	if list, err := os.ReadDir("/proc/self/fd"); err == nil {
		r.descriptors = len(list)
	}
	return r
}

// nothingLeft waits until goroutines and descriptors are as they were, and looks for files.
func (c *Case) nothingLeft(before resourcesNow) error {
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		now := resources()
		if now.goroutines <= before.goroutines && now.descriptors <= before.descriptors {
			break
		}
		if time.Now().After(deadline) {
			stack := make([]byte, 1<<16)
			return fmt.Errorf("got %+v, before it %+v\n%s", now, before, stack[:runtime.Stack(stack, true)])
		}
	}
	for _, dir := range []string{c.Dir, os.TempDir()} {
		list, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, f := range list {
			if n := f.Name(); n != "out" && !strings.HasPrefix(n, "in.") && !strings.HasPrefix(n, filepath.Base(c.Dir)) {
				return fmt.Errorf("the file %s is left in %s", n, dir)
			}
		}
	}
	return nil
}
