package stagetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/value"
)

// TimedRun is a pipeline that runs in virtual time, with stages to see when values come:
//
//	play WORD...   puts its words; a duration lets that time pass, "!" fails
//	stamp          puts each value with the time since the beginning: a@1s
//	slow DURATION  passes each value on and then lets that time pass
//	endless        puts x for ever, without a pause
//	fails_at TEXT  passes values on until TEXT comes, and fails then, but only the first time
//
// Each says when it ends, in ends.
type TimedRun struct {
	Text    string
	Signals []time.Duration // when they come
	Timeout time.Duration   // of the whole run
	Jobs    int             // 1 when it is 0
	OnError pipeline.OnError
	More    *pipeline.Stage // that the pipeline may name, or nil

	Stderr string
	Played int           // values that play has put, or was putting when it ended
	Got    []string      // the lines of the output
	Took   time.Duration // until all had ended
	Err    error
	Ends   []string // "play 1s", in the order in which they ended
}

type playArgs struct {
	Words []string `arg:"word..." help:"what to put and when"`
}

type slowArgs struct {
	Duration time.Duration `arg:"duration" help:"how slow it is"`
}

type noArgs struct{}

type failsAtArgs struct {
	Text string `arg:"text" help:"what it cannot stand"`
}

func (r *TimedRun) stages(begin time.Time) []*pipeline.Stage {
	failed := make(map[string]bool)
	ends := func(name string) { r.Ends = append(r.Ends, fmt.Sprint(name, " ", time.Since(begin))) }
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{Name: "play", Trait: pipeline.Source}, func(j *pipeline.Job, a *playArgs) error {
			defer ends("play")
			for _, w := range a.Words {
				d, err := time.ParseDuration(w)
				switch {
				case w == "!":
					return errors.New("broken")
				case err == nil:
					j.Sleep(d)
				default:
					r.Played++
					j.Put(value.String(w))
				}
			}
			return nil
		}),
		pipeline.Define(pipeline.Doc{Name: "endless", Trait: pipeline.Source}, func(j *pipeline.Job, _ *noArgs) error {
			defer ends("endless")
			for {
				j.Put(value.String("x"))
			}
		}),
		pipeline.Define(pipeline.Doc{Name: "fails_at", Trait: pipeline.Ordered}, func(j *pipeline.Job, a *failsAtArgs) error {
			for v, err := range j.In() {
				if err != nil {
					return err
				}
				if v.String() == a.Text && !failed[a.Text] {
					failed[a.Text] = true
					return errors.New("broken at " + a.Text)
				}
				j.Put(v)
			}
			return nil
		}),
		pipeline.Define(pipeline.Doc{Name: "stamp", Trait: pipeline.Ordered}, func(j *pipeline.Job, _ *noArgs) error {
			for v, err := range j.In() {
				if err != nil {
					return err
				}
				j.Put(value.String(fmt.Sprint(v, "@", time.Since(begin))))
			}
			return nil
		}),
		pipeline.Define(pipeline.Doc{Name: "slow", Trait: pipeline.Ordered}, func(j *pipeline.Job, a *slowArgs) error {
			defer ends("slow")
			for v, err := range j.In() {
				if err != nil {
					return err
				}
				j.Put(v)
				j.Sleep(a.Duration)
			}
			return nil
		}),
	}
}

// Run runs the pipeline. A goroutine that it leaves behind fails the test.
func (r *TimedRun) Run(t *testing.T) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "out")
	synctest.Test(t, func(t *testing.T) {
		out, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		stderr, err := os.Create(name + ".err")
		if err != nil {
			t.Fatal(err)
		}
		defer stderr.Close()
		begin := time.Now()
		own := r.stages(begin)
		if r.More != nil {
			own = append(own, r.More)
		}
		registry := pipeline.NewRegistry(append(stages.All(), pipeline.Family{Name: "test", Stages: own})...)
		plan, err := pipeline.Compile(r.Text, "", pipeline.Scope{Registry: registry},
			pipeline.Settings{Stdin: os.Stdin, Stdout: out, Stderr: stderr, Jobs: max(r.Jobs, 1), OnError: r.OnError, Timeout: r.Timeout})
		if err != nil {
			t.Fatalf("%s: %v", r.Text, err)
		}
		signals := make(chan os.Signal, len(r.Signals))
		for _, at := range r.Signals {
			time.AfterFunc(at, func() { signals <- os.Interrupt })
		}
		r.Err = plan.Run(signals)
		r.Took = time.Since(begin)
	})
	r.Stderr = ReadFile(t, name+".err")
	r.Got = strings.Split(strings.TrimSuffix(ReadFile(t, name), "\n"), "\n")
}

// TimedCase is a pipeline in virtual time and what is expected of it.
type TimedCase = struct {
	Name, Text string
	Want       string // the output, lines joined by blanks
	Message    string // of the error, "" when there is none
	Takes      time.Duration
	Ends       string // what ended when, joined by ", "; "" when it does not matter
}

// RunTimedCases runs each pipeline in virtual time.
func RunTimedCases(t *testing.T, cases []TimedCase, signals ...time.Duration) {
	t.Helper()
	for _, c := range cases {
		for _, jobs := range []int{1, 3} {
			t.Run(fmt.Sprint(c.Name, ", jobs ", jobs), func(t *testing.T) {
				r := &TimedRun{Text: c.Text, Signals: signals, Jobs: jobs}
				r.Run(t)
				if got := strings.Join(r.Got, " "); got != c.Want {
					t.Errorf("%s: got %s, want %s", c.Text, Clip(got), Clip(c.Want))
				}
				if got := Messages(r.Err); got != c.Message {
					t.Errorf("%s: got the error %q, want %q", c.Text, got, c.Message)
				}
				if r.Took != c.Takes {
					t.Errorf("%s: took %v, want %v", c.Text, r.Took, c.Takes)
				}
				if got := strings.Join(r.Ends, ", "); c.Ends != "" && got != c.Ends {
					t.Errorf("%s: got the ends %s, want %s", c.Text, got, c.Ends)
				}
			})
		}
	}
}

// Messages returns all that an error of a run says.
func Messages(err error) string {
	var s *pipeline.SignalError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &s):
		return strings.Join(append([]string{"signal"}, messagesOf(s.Causes)...), "; ")
	}
	return err.Error()
}

func messagesOf(errs []error) (texts []string) {
	for _, err := range errs {
		texts = append(texts, err.Error())
	}
	return texts
}
