package stages_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/reactor"
	"mtpipe/stages"
)

// inputs are what the tests that are driven by the registry give to stages that read.
var inputs = map[string]string{
	"text.txt":     "pear fig\n\napple  1 200 x\nfig=1 kiwi=2\nGET /a 500\nlast, without an end",
	"numbers.txt":  "3\n-1\n0.5\n3\n007\n1e3\n99999999999999999999\n",
	"records.csv":  "name,n,when\nada,3,2026-01-02T03:04:05Z\nbo,,x\nada,1.5,2026-01-02T03:05:00Z\n",
	"values.jsonl": `{"name":"ada","n":[1,{"a":2}],"b":true}` + "\n" + `{"n":null,"a":"b"}` + "\n" + `{"name":7}` + "\n",
}

// TestPairs runs every stage before every other one, and before itself, with the arguments of
// its examples and with as few as it allows, on text, numbers and records. Most of that is an
// error; nothing is a panic, a deadlock or a run without an end. Each of a pair's two forms runs
// on one of the inputs, the neighbours of the pair on others, so that the test takes a quarter of
// a minute on one processor; with MTPIPE_ALL_PAIRS in the environment, on all of them.
func TestPairs(t *testing.T) {
	registry := pipeline.NewRegistry(stages.All()...)
	list := callsOfStages(t, registry)
	exampleFiles(t)
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	p := newPairRunner(t, registry)
	for i, a := range list {
		for k, b := range list {
			p.run(a.least, b.least, i+k)
			if len(a.examples) > 0 && len(b.examples) > 0 {
				p.run(a.examples[k%len(a.examples)], b.examples[i%len(b.examples)], i+k+2)
			}
		}
	}
	p.wait()
	t.Logf("%d runs of pairs of %d stages", p.runs, len(list))
}

// pairRunner runs pairs of calls on all inputs, several at the same time: some wait for what
// never comes, until their time is over.
type pairRunner struct {
	t        *testing.T
	registry *pipeline.Registry
	null     *os.File
	names    []string // of the inputs
	all      bool     // each form runs on all of them
	runs     int
	places   chan struct{}
	running  sync.WaitGroup
}

func newPairRunner(t *testing.T, registry *pipeline.Registry) *pairRunner {
	p := &pairRunner{t: t, registry: registry, names: slices.Sorted(maps.Keys(inputs)),
		all: os.Getenv("MTPIPE_ALL_PAIRS") != "", places: make(chan struct{}, 64)}
	var err error
	if p.null, err = os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.null.Close() })
	for name, text := range inputs {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// run runs a before b: on every input when a reads, or alone.
func (p *pairRunner) run(a, b string, n int) {
	text := a + " | " + b
	if p.compile(text, pipeline.Settings{Files: p.names[:1]}) == nil {
		p.start(text, "", n) // when it is right at all, it reads nothing
		return
	}
	for i, name := range p.names {
		if p.all || (n+i)%len(p.names) == 0 {
			p.start(text, name, n/len(p.names))
		}
	}
}

// compile returns the plan of a pipeline, or nil.
func (p *pairRunner) compile(text string, settings pipeline.Settings) *pipeline.Plan {
	defer func() {
		if r := recover(); r != nil {
			p.t.Errorf("%s: compiling panics: %v\n%s", text, r, debug.Stack())
		}
	}()
	plan, err := pipeline.Compile(text, "", scopeOf(p.registry), settings)
	if err != nil {
		return nil
	}
	return plan
}

// start starts one run, when there is a place for it.
func (p *pairRunner) start(text, input string, n int) {
	settings := pipeline.Settings{Stdin: p.null, Stdout: p.null, Stderr: p.null, Jobs: 1 + n%2, OnError: pipeline.OnError(n % 3), Timeout: pairTimeout}
	if input != "" {
		settings.Files = []string{input}
	}
	plan := p.compile(text, settings)
	if plan == nil {
		return
	}
	p.runs++
	p.places <- struct{}{}
	p.running.Go(func() {
		defer func() { <-p.places }()
		name := fmt.Sprintf("%s on %q", text, input)
		if err := unwanted(runToEnd(plan, func() string { return name })); err != nil {
			p.t.Errorf("%s: %v", name, err)
		}
	})
}

func (p *pairRunner) wait() { p.running.Wait() }

// runToEnd runs a plan; what does not end in a minute never does.
func runToEnd(plan *pipeline.Plan, name func() string) error {
	hangs := time.AfterFunc(time.Minute, func() {
		debug.SetTraceback("all")
		panic(name() + ": does not end")
	})
	defer hangs.Stop()
	return plan.Run(nil)
}

// pairTimeout ends what waits for the world. Nothing depends on how long it is.
const pairTimeout = 50 * time.Millisecond

// unwanted returns what must not be among the errors of a run: panics and deadlocks.
func unwanted(err error) error {
	var panicked *reactor.PanicError
	var deadlock *reactor.DeadlockError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &panicked):
		return fmt.Errorf("%w\n%s", err, panicked.Stack())
	case errors.As(err, &deadlock), strings.Contains(err.Error(), "panic: "), strings.Contains(err.Error(), "deadlock"):
		return err
	}
	return nil
}
