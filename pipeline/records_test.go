package pipeline

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/value"
)

type fileArg struct {
	File string `arg:"file" help:"x"`
}

type exprArg struct {
	Expr Expr `arg:"expr" help:"x"`
}

type whereArgs struct {
	Expr   Predicate `arg:"expr" help:"x"`
	Negate bool      `opt:"v" help:"x"`
}

type pairArgs struct {
	A Expr `arg:"a" help:"x"`
	B Expr `arg:"b" help:"x"`
}

// recordRegistry has a reader of JSON lines and a stage for each way of dealing with batches.
func recordRegistry() *Registry {
	return NewRegistry(Family{Name: "test", Stages: []*Stage{
		DefineReader(Doc{Name: "open", Trait: Source}, func(j *Job, a *fileArg) error {
			f, err := input.Open(j.Thread, a.File, nil)
			if err != nil {
				return err
			}
			defer f.Close()
			r := input.NewBlocks(input.LongestRecord, input.LongestRecord).Reader(f, a.File, format.ByName("jsonl").Cutter())
			for {
				b, err := r.Next()
				if err != nil {
					return input.NotEnd(err)
				}
				j.PutBatch(b)
			}
		}),
		Define(Doc{Name: "where", Trait: PerValue}, func(j *Job, a *whereArgs) error {
			for b, err := range j.AnyBatches() {
				if err != nil {
					return err
				}
				b.Own()
				if err := j.PutWhere(b, a.Expr, !a.Negate); err != nil {
					return err
				}
			}
			return nil
		}),
		Define(Doc{Name: "one", Trait: PerValue}, func(j *Job, a *exprArg) error {
			for b, err := range j.AnyBatches() {
				if err != nil {
					return err
				}
				if err := j.PutColumn(b, a.Expr); err != nil {
					return err
				}
			}
			return nil
		}),
		Define(Doc{Name: "two", Trait: PerValue}, func(j *Job, a *pairArgs) error {
			for b, err := range j.AnyBatches() {
				if err != nil {
					return err
				}
				cols, end := j.Columns(b, a.A, a.B)
				for i, v := range cols[0].Values {
					j.Put(value.List([]value.Value{v.Clone(), cols[1].Values[i].Clone()}))
				}
				if end != nil {
					return end
				}
			}
			return nil
		}),
		Define(Doc{Name: "values", Trait: PerValue}, func(j *Job, _ *struct{}) error {
			for b, err := range j.Batches() {
				if err != nil {
					return err
				}
				j.PutBatch(b)
			}
			return nil
		}),
		Define(Doc{Name: "tell", Trait: Ordered}, func(j *Job, _ *struct{}) error {
			for v, err := range j.In() {
				if err != nil {
					return err
				}
				j.Put(value.String(v.Kind().String() + " " + string(v.AppendJSON(nil))))
			}
			return nil
		}),
	}}, Family{Name: "readers", Stages: []*Stage{Define(Doc{Name: "lines", Trait: PerValue, Role: ReadsPlain}, nothing[readerArgs])}})
}

// runRecords runs a pipeline and returns what it prints, what it says, and its error.
func runRecords(t *testing.T, text string, jobs int, on OnError) (stdout, stderr string, err error) {
	t.Helper()
	dir := t.TempDir()
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	said, err := os.Create(filepath.Join(dir, "err"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	plan, err := Compile(text, "", Scope{Registry: recordRegistry()}, Settings{Stdin: os.Stdin, Stdout: out, Stderr: said, Jobs: jobs, OnError: on})
	if err != nil {
		t.Fatal(err)
	}
	err = plan.Run(nil)
	for _, f := range []struct {
		name string
		text *string
	}{{out.Name(), &stdout}, {said.Name(), &stderr}} {
		b, rerr := os.ReadFile(f.name)
		if rerr != nil {
			t.Fatal(rerr)
		}
		*f.text = string(b)
	}
	return stdout, stderr, err
}

func inFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// cause returns the message of the only error of a run.
func cause(t *testing.T, err error) string {
	t.Helper()
	var e *RunError
	if err == nil {
		return ""
	}
	if !errors.As(err, &e) || len(e.Causes) != 1 {
		t.Fatalf("got the error %v, want a run with one cause", err)
	}
	return e.Causes[0].Error()
}

// TestOnError wants the good records to come in their order whatever becomes of the bad ones,
// and the bad ones to be told with their places, in each way of dealing with batches.
func TestOnError(t *testing.T) {
	in := inFile(t, "{\"a\":1}\n{\"a\":oops}\n\n{\"a\":\"x\"}\n{ \"a\" : 3 }\n{\"a\":\"y\"}\n")
	const (
		oops = `FILE:2:6: this is no value: "{\"a\":oops}"`
		x    = `FILE:4: "x" is not a number (a): "{\"a\":\"x\"}"`
		y    = `FILE:6: "y" is not a number (a): "{\"a\":\"y\"}"`
	)
	quote := func(s string) string { return string(value.Error(errors.New(s)).AppendJSON(nil)) }
	for _, row := range []struct {
		text             string
		first            string // what comes before the first mistake
		rest             []string
		mistakes         []string
		firstStage       string
		skipped, oneSkip string
	}{
		{"open FILE", `{"a":1}`, []string{`{"a":"x"}`, `{ "a" : 3 }`, `{"a":"y"}`}, []string{oops, "", "", ""}, "1: open", "", ""},
		{"open FILE | where 'a > 0'", `{"a":1}`, []string{"", `{ "a" : 3 }`, ""}, []string{oops, x, "", y}, "1: open", "", ""},
		{"open FILE | where -v 'a < 0'", `{"a":1}`, []string{"", `{ "a" : 3 }`, ""}, []string{oops, x, "", y}, "1: open", "", ""},
		{"open FILE | one 'a + 1'", `2`, []string{"", `4`, ""}, []string{oops, x, "", y}, "1: open", "", ""},
		{"open FILE | two a 'a + 1'", `[1,2]`, []string{"", `[3,4]`, ""}, []string{oops, x, "", y}, "1: open", "", ""},
	} {
		for _, jobs := range []int{1, 3} {
			text := strings.ReplaceAll(row.text, "FILE", in)
			got, _, err := runRecords(t, text, jobs, Fail)
			if want := row.first + "\n"; got != want || cause(t, err) != row.firstStage+": "+strings.ReplaceAll(oops, "FILE", in) {
				t.Errorf("%s, fail: got %q, %v, want %q and the first mistake", row.text, got, err, want)
			}
			good, all := row.first+"\n", row.first+"\n"
			for i, m := range row.mistakes {
				if m != "" {
					all += quote(strings.ReplaceAll(m, "FILE", in)) + "\n"
				}
				if i < len(row.rest) && row.rest[i] != "" {
					good += row.rest[i] + "\n"
					all += row.rest[i] + "\n"
				}
			}
			got, said, err := runRecords(t, text, jobs, Skip)
			if got != good || err != nil || !strings.Contains(said, "mtpipe: open: 1 skipped; one of them: ") || strings.Contains(text, "|") != strings.Contains(said, ": 2 skipped; one of them: ") {
				t.Errorf("%s, skip: got %q, %v, and it says %q, want %q", row.text, got, err, said, good)
			}
			got, said, err = runRecords(t, text, jobs, Keep)
			if got = asJSON(got, in); got != all && strings.Contains(row.text, "two") {
				// Columns puts the errors of a batch before what its caller makes of the others.
				if strings.Count(got, "\n") != strings.Count(all, "\n") {
					t.Errorf("%s, keep: got %q, want the lines of %q", row.text, got, all)
				}
			} else if got != all || said != "" || err != nil {
				t.Errorf("%s, keep: got %q, %v, and it says %q, want %q", row.text, got, err, said, all)
			}
		}
	}
}

// asJSON writes the lines of an output that are error messages as errors.
func asJSON(out, file string) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, file) {
			line = string(value.Error(errors.New(strings.TrimSuffix(line, "\n"))).AppendJSON(nil)) + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

// TestManyBadRecords wants files in which every other record is bad to be read in no time, with
// the right lines told.
func TestManyBadRecords(t *testing.T) {
	const n = 30_000
	in := inFile(t, strings.Repeat("{\"a\":1}\n{\"a\":\"x\"}\n!\n", n))
	for _, text := range []string{"open %s", "open %s | where 'a > 0'", "open %s | one 'a + 0'", "open %s | values | where 'a > 0'"} {
		for _, on := range []OnError{Skip, Keep} {
			got, said, err := runRecords(t, fmt.Sprintf(text, in), 2, on)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			lines := strings.Count(got, "\n")
			want := n
			if !strings.Contains(text, "|") {
				want = 2 * n
			}
			if on == Keep {
				want = 3 * n
				if last := fmt.Sprintf(":%d:1: this is no value", 3*n); !strings.Contains(got, last) {
					t.Errorf("%s: got no error with the place %s", text, last)
				}
			} else if count := fmt.Sprintf("open: %d skipped", n); !strings.Contains(said, count) {
				t.Errorf("%s: it says %q, want %q", text, said, count)
			}
			if lines != want {
				t.Errorf("%s, %s: got %d lines, want %d", text, on, lines, want)
			}
		}
	}
}

// withoutPlaces has one word for each error: values do not know where they come from.
func withoutPlaces(out string) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		if strings.Contains(line, " is not a") || strings.Contains(line, " has no field ") || strings.Contains(line, " is null: ") || strings.Contains(line, "this is no value") {
			line = "error\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

// TestRecordsOrValues wants a stage to do the same with records as they were read and as values,
// and with one reactor and several.
func TestRecordsOrValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 3 {
		var b strings.Builder
		for range rng.IntN(8_000) {
			b.WriteString([]string{`{"a":1,"b":"x"}`, `{"b":2}`, `{"a":"x"}`, `7`, `{"a":[1,{"c":2}]}`, ` { "a" : 0.10 } `, "{}", "nonsense", ""}[rng.IntN(9)] + "\n")
		}
		in := inFile(t, b.String())
		for _, text := range []string{"where 'a > 0'", "where -v 'b == \"x\" or a == null'", "one 'a + 1'", "one a", "one it", "where 'a != 1' | tell", "two a b | tell"} {
			for _, on := range []OnError{Fail, Skip, Keep} {
				want, _, wantErr := runRecords(t, "open "+in+" | "+text, 1, on)
				for _, way := range []string{"open " + in + " | values | " + text, "open " + in + " | " + text} {
					got, _, err := runRecords(t, way, 1+rng.IntN(4), on)
					if got, want := withoutPlaces(got), withoutPlaces(want); got != want || (err == nil) != (wantErr == nil) {
						t.Fatalf("%s, %s: got %.300q, %v, want %.300q, %v", way, on, got, err, want, wantErr)
					}
				}
			}
		}
	}
}
