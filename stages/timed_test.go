package stages_test

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

// timedRun is a pipeline that runs in virtual time, with stages to see when values come:
//
//	play WORD...   puts its words; a duration lets that time pass, "!" fails
//	stamp          puts each value with the time since the beginning: a@1s
//	slow DURATION  passes each value on and then lets that time pass
//	endless        puts x for ever, without a pause
//	fails_at TEXT  passes values on until TEXT comes, and fails then, but only the first time
//
// Each says when it ends, in ends.
type timedRun struct {
	text    string
	signals []time.Duration // when they come
	timeout time.Duration   // of the whole run
	jobs    int             // 1 when it is 0
	onError pipeline.OnError
	more    *pipeline.Stage // that the pipeline may name, or nil

	stderr string
	played int           // values that play has put, or was putting when it ended
	got    []string      // the lines of the output
	took   time.Duration // until all had ended
	err    error
	ends   []string // "play 1s", in the order in which they ended
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

func (r *timedRun) stages(begin time.Time) []*pipeline.Stage {
	failed := make(map[string]bool)
	ends := func(name string) { r.ends = append(r.ends, fmt.Sprint(name, " ", time.Since(begin))) }
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
					r.played++
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

// run runs the pipeline. A goroutine that it leaves behind fails the test.
func (r *timedRun) run(t *testing.T) {
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
		if r.more != nil {
			own = append(own, r.more)
		}
		registry := pipeline.NewRegistry(append(stages.All(), pipeline.Family{Name: "test", Stages: own})...)
		plan, err := pipeline.Compile(r.text, "", pipeline.Scope{Registry: registry},
			pipeline.Settings{Stdin: os.Stdin, Stdout: out, Stderr: stderr, Jobs: max(r.jobs, 1), OnError: r.onError, Timeout: r.timeout})
		if err != nil {
			t.Fatalf("%s: %v", r.text, err)
		}
		signals := make(chan os.Signal, len(r.signals))
		for _, at := range r.signals {
			time.AfterFunc(at, func() { signals <- os.Interrupt })
		}
		r.err = plan.Run(signals)
		r.took = time.Since(begin)
	})
	r.stderr = readFile(t, name+".err")
	r.got = strings.Split(strings.TrimSuffix(readFile(t, name), "\n"), "\n")
}

// timedCase is a pipeline in virtual time and what is expected of it.
type timedCase struct {
	name, text string
	want       string // the output, lines joined by blanks
	message    string // of the error, "" when there is none
	takes      time.Duration
	ends       string // what ended when, joined by ", "; "" when it does not matter
}

const second = time.Second

func runTimedCases(t *testing.T, cases []timedCase, signals ...time.Duration) {
	t.Helper()
	for _, c := range cases {
		for _, jobs := range []int{1, 3} {
			t.Run(fmt.Sprint(c.name, ", jobs ", jobs), func(t *testing.T) {
				r := &timedRun{text: c.text, signals: signals, jobs: jobs}
				r.run(t)
				if got := strings.Join(r.got, " "); got != c.want {
					t.Errorf("%s: got %s, want %s", c.text, clip(got), clip(c.want))
				}
				if got := messages(r.err); got != c.message {
					t.Errorf("%s: got the error %q, want %q", c.text, got, c.message)
				}
				if r.took != c.takes {
					t.Errorf("%s: took %v, want %v", c.text, r.took, c.takes)
				}
				if got := strings.Join(r.ends, ", "); c.ends != "" && got != c.ends {
					t.Errorf("%s: got the ends %s, want %s", c.text, got, c.ends)
				}
			})
		}
	}
}

// messages returns all that an error of a run says.
func messages(err error) string {
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
