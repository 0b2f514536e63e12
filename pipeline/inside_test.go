package pipeline_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// inProgram runs main as the main thread of a program and wants the error want in what it ends
// with, or none.
func inProgram(t *testing.T, want error, main func(*microthread.Thread) error, opts ...microthread.Option) {
	t.Helper()
	wantNoMore(t)
	if err := microthread.Run(main, opts...); (err == nil) != (want == nil) || want != nil && !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// all returns what comes out of a pipe, and the error.
func all(in *pipe.Pipe) (got []string, err error) {
	for v, e := range in.All() {
		if err = e; e == nil {
			got = append(got, v.String())
		}
	}
	return got, err
}

func numbers(n int) func(*microthread.Thread) error {
	return func(t *microthread.Thread) error {
		for i := range n {
			t.Put(value.Int(int64(i)))
		}
		return nil
	}
}

// TestStart runs plans as threads of a program.
func TestStart(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "in.csv")
	if err := os.WriteFile(file, []byte("a,b\n1,x\n2,y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, text string
		settings   pipeline.Settings
		in         func(*microthread.Thread) error
		want       string
		err        string
	}{
		{"a source", "seq 3", pipeline.Settings{}, nil, "1 2 3", ""},
		{"an input", "filter 'it > 1' | map 'it * it'", pipeline.Settings{}, numbers(4), "4 9", ""},
		{"standard input", "grep b", pipeline.Settings{Stdin: strings.NewReader("ab\nc\nb")}, nil, "ab b", ""},
		{"a file", "csv | map b", pipeline.Settings{Files: []string{file}}, nil, "x y", ""},
		{"text", "csv | map b", pipeline.Settings{Stdin: strings.NewReader("not this")}, func(t *microthread.Thread) error {
			t.TakeFrom(func(yield func(value.Value) bool) {
				_ = yield(value.String("a,b")) && yield(value.String("1,x")) && yield(value.String("2,z"))
			})
			return nil
		}, "x z", ""},
		{"copies", "filter 'it % 1000 == 0' | count", pipeline.Settings{Jobs: 2}, numbers(100_000), "100", ""},
		{"in turns", "take 1; take 1; count", pipeline.Settings{}, numbers(9), "0 1 7", ""},
		{"an input for a source", "seq 3 | count", pipeline.Settings{}, numbers(3), "", "1: seq: reads no input, so what comes before it would be lost"},
		{"an error", "map '1 / it'", pipeline.Settings{}, numbers(3), "", "1: map: division by zero: 0"},
		{"an error in front", "map 'it + 1' | count", pipeline.Settings{}, func(t *microthread.Thread) error { return errors.New("no more") }, "", "no more"},
		{"an error of the feed", "count", pipeline.Settings{Files: []string{filepath.Join(dir, "none")}}, nil, "", "none: no such file or directory"},
		{"a time limit", "map it | null", pipeline.Settings{Timeout: time.Millisecond}, func(t *microthread.Thread) error {
			t.Sleep(time.Hour)
			return nil
		}, "", "timed out after 1ms"},
	} {
		t.Run(row.name, func(t *testing.T) {
			plan := compile(t, row.text, row.settings)
			inProgram(t, nil, func(t0 *microthread.Thread) error {
				var in *pipe.Pipe
				if row.in != nil {
					in = microthread.Generate(t0, row.in)
				}
				got, err := all(plan.Start(t0, in))
				if s := strings.Join(got, " "); s != row.want || (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
					t.Errorf("got %q, %v, want %q, %s", s, err, row.want, row.err)
				}
				var causes *pipeline.RunError
				if err != nil && !errors.As(err, &causes) {
					t.Errorf("got %T, want a RunError", err)
				}
				return nil
			})
		})
	}
}

// TestStartMany runs plans at once in one program, one behind another and with its own threads.
func TestStartMany(t *testing.T) {
	const n = 20
	square, odd := compile(t, "map 'it * it'", pipeline.Settings{}), compile(t, "filter 'it % 2 == 1' | map 'it + 1'", pipeline.Settings{Jobs: 2})
	inProgram(t, nil, func(t0 *microthread.Thread) error {
		g := microthread.NewGroup(t0)
		for i := range n {
			g.Go(func(t1 *microthread.Thread) error {
				out := odd.Start(t1, square.Start(t1, microthread.Generate(t1, numbers(1000+i))))
				got, err := all(out)
				last := (999+i-1)/2*2 + 1 // the last odd number
				if err != nil || len(got) != (1000+i)/2 || got[len(got)-1] != fmt.Sprint(last*last+1) {
					t.Errorf("got %d values, %v, want %d", len(got), err, (1000+i)/2)
				}
				return err
			})
		}
		return g.Wait()
	})
}

// TestStartIsLeft closes the pipe of a plan, and ends the thread that has started it: the plan
// ends, and what it has begun outside.
func TestStartIsLeft(t *testing.T) {
	texts := []string{
		"repeat x",
		"repeat x | map 'upper(it)' | enumerate",
		"exec yes | grep y",
		"exec sh -c 'echo a; exec sleep 1000'",
		"seq 1000000 | pmap --jobs 50 { map 'it + 1' }",
		"concat { seq 1 } { tcp_listen 127.0.0.1:0 { lines } }",
	}
	for _, text := range texts {
		t.Run(text, func(t *testing.T) {
			plan := compile(t, text, pipeline.Settings{})
			inProgram(t, nil, func(t0 *microthread.Thread) error {
				for _, err := range plan.Start(t0, nil).All() {
					if err != nil {
						return err
					}
					break
				}
				t1 := microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
					for range plan.Start(t1, nil).All() {
						t1.Sleep(time.Hour)
					}
					return nil
				})
				for range 10 {
					t0.Yield()
				}
				t1.Terminate()
				return nil
			})
		})
	}
}

// TestStartLate wants the errors of a plan that nobody reads to go to the program's handler.
func TestStartLate(t *testing.T) {
	type none struct{}
	stage := pipeline.Define(pipeline.Doc{Name: "fails_late", Trait: pipeline.Source}, func(j *pipeline.Job, _ *none) error {
		pipeline.Shared(j, none{}, func() closer { return closer{} })
		for {
			j.Put(value.String("x"))
		}
	})
	plan, err := pipeline.Compile("fails_late", "", pipeline.Scope{Registry: pipeline.NewRegistry(pipeline.Family{Stages: []*pipeline.Stage{stage}})}, pipeline.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	var told []error
	inProgram(t, nil, func(t0 *microthread.Thread) error {
		plan.Start(t0, nil).CloseRead() // nothing was made
		for range plan.Start(t0, nil).All() {
			break
		}
		return nil
	}, microthread.OnError(func(_ *microthread.Thread, err error) error {
		told = append(told, err)
		return nil
	}))
	if len(told) != 1 || told[0].Error() != "the cleaning failed" {
		t.Errorf("the handler got %v, want what Close returned", told)
	}
}

// TestStartDrained drains the program that a plan runs in, and aborts it.
func TestStartDrained(t *testing.T) {
	for _, text := range []string{
		"repeat x | map 'it' | tee { enumerate } { count }",
		"exec sh -c 'trap exit TERM; while :; do echo x; done' | tee { enumerate } { count }",
		"every 1ms | tee { enumerate } { count }",
	} {
		t.Run(text, func(t *testing.T) {
			plan := compile(t, text, pipeline.Settings{})
			after := func(t0 *microthread.Thread, do func()) (n, counted int64, err error) {
				for v, e := range plan.Start(t0, nil).All() {
					if err = e; err == nil && v.Kind() != value.KindRecord {
						counted += v.AsInt()
					} else if n++; n == 3 {
						do()
					}
				}
				return n, counted, err
			}
			inProgram(t, nil, func(t0 *microthread.Thread) error {
				n, counted, err := after(t0, t0.Program().Drain)
				if counted != n || n < 3 || err != nil {
					t.Errorf("got %d values and the count %d, %v, want that of those before", n, counted, err)
				}
				return nil
			})
			inProgram(t, microthread.ErrTerminated, func(t0 *microthread.Thread) error {
				_, _, err := after(t0, func() { t0.Program().Abort(time.Minute) })
				return err
			})
		})
	}
}

// A plan is threads of the program that starts it, joined to its other threads by pipes.
func ExamplePlan_Start() {
	plan, err := pipeline.Compile("filter 'it % 2 == 1' | map 'it * it'", "", pipeline.Scope{Registry: builtIn}, pipeline.Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = microthread.Run(func(t *microthread.Thread) error {
		numbers := microthread.Generate(t, func(t *microthread.Thread) error {
			for i := range 6 {
				t.Put(value.Int(int64(i)))
			}
			return nil
		})
		for v, err := range plan.Start(t, numbers).All() {
			if err != nil {
				return err
			}
			fmt.Println(v)
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// 1
	// 9
	// 25
	// <nil>
}
