package stages_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

// way is one of the ways in which a pipeline may be run. None of them changes a byte.
type way struct {
	jobs, capacity int
	fused          bool
}

func (w way) String() string {
	return fmt.Sprintf("-j %d, capacity %d, fused: %v", w.jobs, w.capacity, w.fused)
}

// plainWay is the one that the others are compared with.
var plainWay = way{1, 1024, false}

// otherWays returns all of them but the plain one, those with several jobs first.
func otherWays() (list []way) {
	for _, jobs := range []int{2, 5, 1} {
		for _, capacity := range []int{1024, 1, 2} {
			for _, fused := range []bool{true, false} {
				if w := (way{jobs, capacity, fused}); w != plainWay {
					list = append(list, w)
				}
			}
		}
	}
	return list
}

// wayRunner runs pipelines in all ways.
type wayRunner struct {
	t              *testing.T
	fused, unfused *pipeline.Registry
	out, null      *os.File
	inputs         []string
	runs           int
}

func newWayRunner(t *testing.T) *wayRunner {
	t.Helper()
	r := &wayRunner{t: t, fused: pipeline.NewRegistry(stages.All()...), unfused: pipeline.NewRegistry(withoutFusions(stages.All())...)}
	exampleFiles(t)
	rows := manyRows()
	r.inputs = slices.Sorted(maps.Keys(rows))
	for name, text := range rows {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []struct {
		file **os.File
		name string
	}{{&r.out, "the output"}, {&r.null, os.DevNull}} {
		file, err := os.OpenFile(f.name, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		*f.file = file
	}
	return r
}

// withoutFusions returns the families with no two of their stages run as one.
func withoutFusions(families []pipeline.Family) []pipeline.Family {
	for i := range families {
		families[i].Fusions = nil
	}
	return families
}

// manyRows has inputs of more rows than a batch holds.
func manyRows() map[string]string {
	const rows = 1200
	rng := rand.New(rand.NewPCG(1, 2))
	var text, numbers, records, values strings.Builder
	records.WriteString("name,n,when,status\n")
	names := []string{"ada", "bo", "ada b", "", "Zoë", "7"}
	for i := range rows {
		name := names[rng.IntN(len(names))]
		fmt.Fprintf(&text, "%s %d a=%d /x/%d\n", name, rng.IntN(100), i%7, rng.IntN(5))
		fmt.Fprintf(&numbers, "%d.%d\n", rng.IntN(2000)-1000, rng.IntN(10))
		fmt.Fprintf(&records, "%s,%d,2026-01-02T03:04:%02dZ,%d\n", name, rng.IntN(1000), i%60, 100*rng.IntN(6))
		fmt.Fprintf(&values, `{"name":%q,"n":[%d,{"a":%d}],"tags":"x,%d","b":%v}`+"\n", name, i, i%3, i%5, i%2 == 0)
	}
	return map[string]string{"text.txt": text.String(), "numbers.txt": numbers.String(), "records.csv": records.String(), "values.jsonl": values.String()}
}

// run runs a pipeline in one way and returns what it writes and what it ends with.
func (r *wayRunner) run(w way, text, input string, how pipeline.OnError) (string, string) {
	r.t.Helper()
	registry := r.unfused
	if w.fused {
		registry = r.fused
	}
	r.runs++
	if err := r.out.Truncate(0); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.out.Seek(0, 0); err != nil {
		r.t.Fatal(err)
	}
	plan, err := pipeline.Compile(text, "", scopeOf(registry), pipeline.Settings{Stdin: r.null, Stdout: r.out, Stderr: r.null,
		Files: []string{input}, Jobs: w.jobs, Capacity: w.capacity, OnError: how})
	if err != nil {
		return "", "cannot be compiled: " + err.Error()
	}
	err = runToEnd(plan, func() string { return fmt.Sprintf("%s on %s, %v", text, input, w) })
	if unwanted(err) != nil {
		r.t.Errorf("%s on %s, %v: %v", text, input, w, unwanted(err))
	}
	return stagetest.ReadFile(r.t, r.out.Name()), lastCause(err)
}

// compare runs a pipeline on an input in the plain way and in some of the others: every step-th,
// from a place that n says.
func (r *wayRunner) compare(text, input string, n, step int) {
	r.t.Helper()
	how := pipeline.OnError(n % 3)
	want, wantErr := r.run(plainWay, text, input, how)
	if strings.HasPrefix(wantErr, "cannot be compiled") {
		return
	}
	ways := otherWays()
	for i := n % step; i < len(ways); i += step {
		got, err := r.run(ways[i], text, input, how)
		if got != want || err != wantErr {
			r.t.Errorf("%s on %s with --on-error %v, %v:\ngot  %s, %s\nwant %s, %s", text, input, how, ways[i],
				around(got, want), err, around(want, got), wantErr)
		}
	}
}

// around returns a piece of s from shortly before where it differs from other.
func around(s, other string) string {
	i := 0
	for i < len(s) && i < len(other) && s[i] == other[i] {
		i++
	}
	from := max(0, i-40)
	return fmt.Sprintf("%d bytes, …%.120q", len(s), s[from:])
}

// copying returns the calls of the stages that may be copied.
func copying(list []calls) (copying []calls) {
	for _, c := range list {
		if c.stage.Copies() {
			copying = append(copying, c)
		}
	}
	return copying
}

// TestCopiesOfAllStages runs each stage that may be copied, alone and beside others of them,
// in all ways: the bytes and the error are the same.
func TestCopiesOfAllStages(t *testing.T) {
	r := newWayRunner(t)
	list := copying(callsOfStages(t, r.fused))
	if len(list) < 30 {
		t.Errorf("got %d stages that may be copied, want many more", len(list))
	}
	n := 0
	for i, c := range list {
		for k, call := range c.all() {
			for _, input := range r.inputs {
				r.compare(call, input, n, 5)
				n++
			}
			beside := list[(i+7*k+1)%len(list)]
			for _, text := range []string{beside.least + " | " + call, call + " | " + beside.all()[k%len(beside.all())]} {
				r.compare(text, r.inputs[n%len(r.inputs)], n, 4)
				n++
			}
		}
	}
	t.Logf("%d runs of %d stages", r.runs, len(list))
}

// TestFusionsOfAllStages runs each pair of stages that are run as one where it is possible, in
// all ways, fused and not.
func TestFusionsOfAllStages(t *testing.T) {
	r := newWayRunner(t)
	byName := make(map[string]calls)
	for _, c := range callsOfStages(t, r.fused) {
		byName[c.stage.Name] = c
	}
	n := 0
	for _, f := range r.fused.Families() {
		for _, fusion := range f.Fusions {
			for i, a := range byName[fusion.First].all() {
				for k, b := range byName[fusion.Second].all() {
					r.compare(a+" | "+b, r.inputs[(i+k)%len(r.inputs)], n, 3)
					n++
				}
			}
		}
	}
	t.Logf("%d runs", r.runs)
}
