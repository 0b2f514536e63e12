package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// collect returns what a loop over the plan's values is given.
func collect(ctx context.Context, plan *pipeline.Plan) (got []string, err error) {
	for v, e := range plan.Values(ctx) {
		if err != nil {
			return got, errors.New("something came after the error")
		}
		if err = e; e == nil {
			got = append(got, v.String())
		}
	}
	return got, err
}

func TestValues(t *testing.T) {
	for _, row := range []struct {
		name, text string
		settings   pipeline.Settings
		want       string
		err        string
	}{
		{"numbers", "seq 3", pipeline.Settings{}, "1 2 3", ""},
		{"none", "seq 0", pipeline.Settings{}, "", ""},
		{"lines", "lines", pipeline.Settings{Stdin: strings.NewReader("b\na")}, "b a", ""},
		{"records", "csv | filter 'a > 1'", pipeline.Settings{Stdin: strings.NewReader("a,b\n1,x\n2,y\n")}, `{"a":2,"b":"y"}`, ""},
		{"several pipelines", "seq 2; seq 1", pipeline.Settings{}, "1 2 1", ""},
		{"an error behind values", "seq 3 | map '6 / (it - 3)'", pipeline.Settings{Capacity: 1}, "-3 -6", "9: map: division by zero: 3"},
		{"two errors", "interleave { seq 2 | map '1 / 0' } { seq 2 | map '2 / 0' }", pipeline.Settings{Jobs: 1}, "", "22: map: division by zero: 1"},
		{"skipped", "seq 3 | map '6 / (it - 2)'", pipeline.Settings{OnError: pipeline.Skip}, "-6 6", ""},
		{"kept", "seq 3 | map '6 / (it - 2)'", pipeline.Settings{OnError: pipeline.Keep}, "-6 division by zero: 2 6", ""},
		{"a time limit", "repeat x | map it | null", pipeline.Settings{Timeout: time.Millisecond}, "", "timed out after 1ms"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantNoMore(t)
			plan := compile(t, row.text, row.settings)
			got, err := collect(t.Context(), plan)
			if s := strings.Join(got, " "); s != row.want || (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("got %q, %v, want %q, %s", s, err, row.want, row.err)
			}
			var all *pipeline.RunError
			if err != nil && !errors.As(err, &all) {
				t.Errorf("got %T, want a RunError", err)
			}
		})
	}
}

// TestValuesAreLeft leaves the loop early. All that the pipeline has begun is ended by then.
func TestValuesAreLeft(t *testing.T) {
	for _, text := range []string{
		"repeat x",
		"repeat x | map 'upper(it)' | enumerate",
		"seq 100000 | count_by it | lines",
		"exec yes | grep y",
		"exec sh -c 'echo a; exec sleep 1000'",
		"seq 1000000 | pmap --jobs 50 { map 'it + 1' }",
		"concat { seq 1 } { pmap { exec sleep 1000 } }",
	} {
		t.Run(text, func(t *testing.T) {
			plan := compile(t, text, pipeline.Settings{})
			wantNoMore(t)
			for range 2 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				n := 0
				for _, err := range plan.Values(ctx) {
					if err != nil {
						t.Error(err)
					}
					n++
					break
				}
				if cancel(); n != 1 {
					t.Errorf("got %d values, want 1", n)
				}
			}
		})
	}
}

// TestValuesAreLeftByAPanic wants the pipeline to end before the panic goes on.
func TestValuesAreLeftByAPanic(t *testing.T) {
	wantNoMore(t)
	plan := compile(t, "exec sh -c 'while echo a; do :; done'", pipeline.Settings{})
	defer func() {
		if p := recover(); p != "enough" {
			t.Errorf("got %v, want the panic of the loop", p)
		}
	}()
	for range plan.Values(t.Context()) {
		panic("enough")
	}
}

// TestValuesCancelled ends the context of a loop.
func TestValuesCancelled(t *testing.T) {
	wantNoMore(t)
	why := errors.New("the user has left")
	for _, row := range []struct {
		name, text string
		before     bool
	}{
		{"before", "repeat x", true},
		{"in the middle", "repeat x", false},
		{"while it waits", "concat { seq 1 } { exec sleep 1000 }", false},
		{"beside a read", "concat { seq 1 } { lines - }", false},
		{"while copies work", "repeat 5 | map 'it + 1'", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, w := io.Pipe()
			defer w.Close()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if row.before {
				cancel(why)
			}
			var err error
			n := 0
			for _, err = range compile(t, row.text, pipeline.Settings{Stdin: r}).Values(ctx) {
				if n++; n == 1 {
					cancel(why)
				}
			}
			if !errors.Is(err, why) || row.before != (n == 1) {
				t.Errorf("got %v after %d values, want %v", err, n, why)
			}
		})
	}
}

// TestPlanAtOnce runs one plan several times at once, by each way there is.
func TestPlanAtOnce(t *testing.T) {
	wantNoMore(t)
	file := filepath.Join(t.TempDir(), "in.csv")
	var text strings.Builder
	text.WriteString("k,n\n")
	for i := range 20_000 {
		fmt.Fprintf(&text, "%d,%d\n", i%7, i)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{
		"csv | filter 'n > 10' | map '{k: k, n: n + 1}' | sort --by n | tail 5",
		"csv | group_by k total=sum(n) | sort --by k",
		"csv | map k | pmap --jobs 4 { map 'it + \"x\"' } | count_by | sort",
		"def big { filter 'n > 19990' | map n }; csv | big",
	} {
		plan := compile(t, p, pipeline.Settings{Files: []string{file}})
		want, err := collect(t.Context(), plan)
		if err != nil || len(want) == 0 {
			t.Fatal(p, want, err)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				got, err := collect(t.Context(), plan)
				if fmt.Sprint(got) != fmt.Sprint(want) || err != nil {
					t.Errorf("%s: got %v, %v, want %v", p, got, err, want)
				}
			})
		}
		all.Wait()
	}
}

// TestLostErrors wants what fails after the loop was left to be written.
func TestLostErrors(t *testing.T) {
	wantNoMore(t)
	type none struct{}
	fails := pipeline.Define(pipeline.Doc{Name: "fails_late", Trait: pipeline.Source}, func(j *pipeline.Job, _ *none) error {
		pipeline.Shared(j, none{}, func() io.Closer { return closer{} })
		for {
			j.Put(value.String("x"))
		}
	})
	var messages strings.Builder
	plan, err := pipeline.Compile("fails_late", "", pipeline.Scope{Registry: pipeline.NewRegistry(pipeline.Family{Stages: []*pipeline.Stage{fails}})}, pipeline.Settings{Stderr: &messages})
	if err != nil {
		t.Fatal(err)
	}
	for range plan.Values(t.Context()) {
		break
	}
	if messages.String() != "mtpipe: the cleaning failed\n" {
		t.Errorf("got the messages %q, want what Close returned", messages.String())
	}
}

type closer struct{}

func (closer) Close() error { return errors.New("the cleaning failed") }

// A loop over the values of a pipeline ends with its error, or ends it.
func ExamplePlan_Values() {
	plan, err := pipeline.Compile("csv | filter 'price > 1' | map '{name: name, twice: 2 * price}'", "", pipeline.Scope{Registry: builtIn},
		pipeline.Settings{Stdin: strings.NewReader("name,price\nfig,3\npear,1\nplum,x\n")})
	if err != nil {
		fmt.Println(err)
		return
	}
	for v, err := range plan.Values(context.Background()) {
		if err != nil {
			fmt.Println("error:", err)
			break
		}
		fmt.Println(v)
	}
	// Output:
	// {"name":"fig","twice":6}
	// error: 7: filter: line 4: "x" is not a number (price): "plum,x"
}

// TestI4_OneTraceOfOneRun wants a plan with a trace to run once, whichever way it is run: two runs
// in one file would be no trace.
func TestI4_OneTraceOfOneRun(t *testing.T) {
	trace := new(bytes.Buffer)
	plan, err := pipeline.Compile("range 3", "", pipeline.Scope{}, pipeline.Settings{Trace: trace, Stdout: io.Discard, Stderr: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Run(nil); err != nil {
		t.Fatal(err)
	}
	first := trace.String()
	if !json.Valid([]byte(first)) {
		t.Errorf("got the trace %q, want JSON", first)
	}
	if err := plan.Run(nil); !errors.Is(err, pipeline.ErrTraced) {
		t.Errorf("got %v from Run, want %v", err, pipeline.ErrTraced)
	}
	for v, err := range plan.Values(t.Context()) {
		if !errors.Is(err, pipeline.ErrTraced) {
			t.Errorf("got %v, %v from Values, want %v", v, err, pipeline.ErrTraced)
		}
	}
	err = microthread.Run(func(t0 *microthread.Thread) error {
		for _, err := range plan.Start(t0, nil).All() {
			return err
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "cannot run inside a program") {
		t.Errorf("got %v from Start, want an error", err)
	}
	if trace.String() != first {
		t.Errorf("got more in the trace: %q", trace.String()[len(first):])
	}
}
