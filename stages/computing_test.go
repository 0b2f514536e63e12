package stages_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipeline"
	"mtpipe/reactor"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

// endless are stages that compute for ever with the value 2.
var endless = map[string]string{
	"jq":                       `jq 'if . == 2 then (def f: f; f) else . end'`,
	"jq, a list":               `jq 'if . == 2 then [limit(10; repeat(empty))] else . end'`,
	"jq, a reduce":             `jq 'if . == 2 then reduce range(1e15) as $x (0; $x) else . end'`,
	"jq, iterations":           `jq 'if . == 2 then [range(200)] | [.[] as $a | .[] as $b | .[] as $c | .[] as $d | .[] as $e | empty] else . end'`,
	"jq, until":                `jq 'if . == 2 then until(false; .) else . end'`,
	"jq with a variable":       `jq --arg a=x 'if . == 2 then (def f: $a | f; f) else . end'`,
	"map":                      `map "it == 2 ? ENDLESS : it"`,
	"filter":                   `filter "it == 2 ? ENDLESS == 1 : true"`,
	"reject":                   `reject "it == 2 ? ENDLESS == 1 : false"`,
	"take_while":               `take_while "it == 2 ? ENDLESS == 1 : true"`,
	"format":                   `format "{it == 2 ? ENDLESS : it}"`,
	"set":                      `map "{v:it}" | set x="v == 2 ? ENDLESS : v" | get v`,
	"scan":                     `scan 0 "it == 2 ? ENDLESS : it"`,
	"route":                    `route "it == 2 ? ENDLESS == 1 : true" { lines } else { null }`,
	"partition":                `partition "it == 2 ? ENDLESS == 1 : true" { lines } { null }`,
	"a definition":             `def f { map "it == 2 ? ENDLESS : it" }; f`,
	"a block for each value":   `pmap { map "it == 2 ? ENDLESS : it" }`,
	"blocks of the value":      `pmap -j 1 { map "$it == 2 ? ENDLESS : it" }`,
	"one block after another":  `each { jq 'if . == 2 then (def f: f; f) else . end' }`,
	"tee":                      `tee { map "it == 2 ? ENDLESS : it" | null } { lines }`,
	"any of a list":            `map "it == 2 ? any(1..1000000, all(1..1000000, # > 0) == false) : it"`,
	"a reduce over a list":     `map "it == 2 ? reduce(1..1000000, sum(map(1..100000, # * 2))) : it"`,
	"sortBy":                   `map "it == 2 ? len(sortBy(1..1000000, sum(map(1..1000000, # * 2)))) : it"`,
	"count, find and groupBy":  `map "it == 2 ? count(1..1000000, find(1..1000000, # < 0) == 1) : it"`,
	"an error before the loop": `map "it == 2 ? ENDLESS + int(\"x\") : it"`,
}

// endlessLoop takes hours.
const endlessLoop = `count(1..1000000, any(1..1000000, any(1..1000000, # < 0)))`

// oneByOne is what puts 1, and only then 2 and 3.
const oneByOne = "concat { take_from 1 } { take_from 2 3 } | "

// source returns the stage, or the definition and the stage, after oneByOne.
func source(stage string) string {
	if def, rest, ok := strings.Cut(stage, "; f"); ok && strings.HasPrefix(def, "def f {") {
		return def + "; " + oneByOne + "f" + rest
	}
	return oneByOne + stage
}

func endlessText(stage string) string { return strings.ReplaceAll(stage, "ENDLESS", endlessLoop) }

// endlessTotals are stages that do so before they put anything.
var endlessTotals = []string{`sort --by "ENDLESS"`, `group_by "ENDLESS"`, `group_by n=sum("ENDLESS")`, `reduce 0 "ENDLESS"`, `count_by "ENDLESS"`,
	`top 3 "ENDLESS"`, `distinct "ENDLESS"`, `sum "ENDLESS"`, `jq 'def f: f; f' | count`}

// TestComputingStages wants the stage timeout to end what computes and never waits, with what any
// time-out is told as.
func TestComputingStages(t *testing.T) {
	texts := []string{}
	for _, stage := range endless {
		texts = append(texts, endlessText(stage))
	}
	for _, stage := range endlessTotals {
		texts = append(texts, endlessText(stage))
	}
	for _, text := range texts {
		for _, jobs := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, jobs %d", text, jobs), func(t *testing.T) {
				stagetest.LeavesNothing(t)
				got := runErrors(t, "timeout 20ms { "+text+" | null }", "2\n2\n", pipeline.Settings{Jobs: jobs})
				wantOutcome(t, got, "", "timeout: timed out after 20ms")
			})
		}
	}
}

// TestComputingIsLeft wants a reader that has enough to end what computes and never waits.
func TestComputingIsLeft(t *testing.T) {
	for name, stage := range endless {
		if strings.Contains(stage, "tee") { // its other block is read to its end
			continue
		}
		for _, jobs := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, jobs %d", name, jobs), func(t *testing.T) {
				stagetest.LeavesNothing(t)
				wantOutcome(t, runErrors(t, endlessText(source(stage))+" | head 1", "", pipeline.Settings{Jobs: jobs}), "1\n", "")
			})
		}
	}
}

// TestComputingInPrograms wants the bounds that a program sets to a run to end what computes:
// the settings' time-out, a context, a part of a thread with a limit, and a loop that is left.
func TestComputingInPrograms(t *testing.T) {
	for name, stage := range endless {
		for _, jobs := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, jobs %d", name, jobs), func(t *testing.T) {
				stagetest.LeavesNothing(t)
				compile := func(s pipeline.Settings) *pipeline.Plan {
					s.Stdout, s.Stderr, s.Jobs = io.Discard, io.Discard, jobs
					plan, err := pipeline.Compile(endlessText(source(stage)), "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, s)
					if err != nil {
						t.Fatal(err)
					}
					return plan
				}
				if err := compile(pipeline.Settings{Timeout: 20 * time.Millisecond}).Run(nil); !errors.Is(err, reactor.ErrTimeout) {
					t.Errorf("with a time-out: got %v", err)
				}
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				for _, err := range compile(pipeline.Settings{}).Values(ctx) {
					if cancel(); err != nil && !errors.Is(err, context.Canceled) {
						t.Errorf("with a context: got %v", err)
					}
				}
				for range compile(pipeline.Settings{}).Values(context.Background()) {
					break
				}
				wantParts(t, compile(pipeline.Settings{}))
			})
		}
	}
}

// wantParts runs the plan in a part of a thread with a limit, and in one with a context, beside
// another thread that has its turns.
func wantParts(t *testing.T, plan *pipeline.Plan) {
	t.Helper()
	turns := 0
	err := microthread.Run(func(th *microthread.Thread) error {
		th.Program().Start(microthread.Spec{Run: func(other *microthread.Thread) error {
			for ; turns < 10; turns++ {
				other.Sleep(time.Millisecond)
			}
			return nil
		}})
		all := func(th *microthread.Thread) error {
			for _, err := range plan.Start(th, nil).All() {
				if err != nil {
					return err
				}
			}
			return nil
		}
		if err := th.WithTimeout(20*time.Millisecond, all); !errors.Is(err, reactor.ErrTimeout) {
			t.Errorf("in a part with a limit: got %v", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		if err := th.WithContext(ctx, all); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("in a part with a context: got %v", err)
		}
		return nil
	})
	if err != nil || turns != 10 {
		t.Errorf("got %v after %d turns of another thread, want 10", err, turns)
	}
}

// TestComputingIsInterrupted wants one signal to end what computes with one value and never ends.
func TestComputingIsInterrupted(t *testing.T) {
	for _, name := range []string{"jq", "map", "scan", "sortBy", "a block for each value"} { // each takes half a second
		stage := endless[name]
		for _, jobs := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, jobs %d", name, jobs), func(t *testing.T) {
				stagetest.LeavesNothing(t)
				signals := make(chan os.Signal, 1)
				out := firstWrite(func() { signals <- syscall.SIGTERM })
				plan, err := pipeline.Compile(endlessText(source(stage)), "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
					pipeline.Settings{Stdout: &out, Stderr: io.Discard, Jobs: jobs})
				if err != nil {
					t.Fatal(err)
				}
				var ended *pipeline.SignalError
				if err := plan.Run(signals); !errors.As(err, &ended) {
					t.Errorf("got %v, want the end by the signal", err)
				}
			})
		}
	}
}

// firstWrite is a Writer whose first Write calls it.
type firstWrite func()

func (f *firstWrite) Write(p []byte) (int, error) {
	if *f != nil {
		(*f)()
		*f = nil
	}
	return len(p), nil
}
