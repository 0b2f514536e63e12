package network

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// restingServer runs a server whose sessions rest as soon as nothing comes, and returns its
// address, and what stops it and gives what it has told.
func restingServer(t *testing.T, block string) (address string, stop func() string) {
	t.Helper()
	listen := pipeline.Define(pipeline.Doc{Name: "listen", Trait: pipeline.Source | pipeline.Effect},
		func(j *pipeline.Job, a *tcpListenArgs) error {
			return serve(j, "tcp", a.Address, a.Block, a.serverOptions, time.Millisecond)
		})
	mine := pipeline.Family{Name: "mine", Stages: []*pipeline.Stage{listen, linesStage(), numberStage(), upperStage(), prefixStage()}}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pipeline.Compile("listen 127.0.0.1:0 --idle 1h { "+block+" }", "", pipeline.Scope{Registry: pipeline.NewRegistry(mine)}, pipeline.Settings{Stderr: w})
	if err != nil {
		t.Fatal(err)
	}
	signals, ended := make(chan os.Signal, 1), make(chan error)
	go func() {
		err := plan.Run(signals)
		w.Close()
		ended <- err
	}()
	in := bufio.NewReader(r)
	line, err := in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, address, _ = strings.Cut(strings.TrimSpace(line), "listening on ")
	return address, func() string {
		signals <- os.Interrupt
		var told strings.Builder
		_, _ = in.WriteTo(&told)
		r.Close()
		if _, ok := (<-ended).(*pipeline.SignalError); !ok {
			t.Error("the server has not ended by its signal")
		}
		return told.String()
	}
}

// linesStage passes its input on, as lines does.
func linesStage() *pipeline.Stage {
	return pipeline.DefineReader(pipeline.Doc{Name: "pass", Trait: pipeline.PerValue, Role: pipeline.ReadsPlain},
		func(j *pipeline.Job, _ *passArgs) error {
			for b, err := range j.Batches() {
				if err != nil {
					return err
				}
				j.PutBatch(b)
			}
			return nil
		})
}

type passArgs struct {
	Files []string `arg:"files..." help:"none"`
}

func (a *passArgs) WithFiles(files []string) any { return &passArgs{files} }

// each declares a stage that looks at each value by itself.
func each[A any](name string, fn func(a *A, text string) string) *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{Name: name, Trait: pipeline.PerValue}, func(j *pipeline.Job, a *A) error {
		for v, err := range j.In() {
			if err != nil {
				return err
			}
			j.Put(value.String(fn(a, v.String())))
		}
		return nil
	})
}

func upperStage() *pipeline.Stage {
	return each("upper", func(_ *struct{}, text string) string { return strings.ToUpper(text) })
}

type prefixArgs struct {
	Text string `arg:"text" help:"what stands before"`
}

func prefixStage() *pipeline.Stage {
	return each("prefix", func(a *prefixArgs, text string) string { return a.Text + text })
}

// numberStage passes on what it reads with how much that was, which it keeps.
func numberStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{Name: "number", Trait: pipeline.Ordered}, func(j *pipeline.Job, _ *struct{}) error {
		n := 0
		for v, err := range j.In() {
			if err != nil {
				return err
			}
			n++
			j.Put(value.String(fmt.Sprint(n, " ", v)))
		}
		return nil
	})
}

// TestF18_SessionsRest has connections say something again and again, with pauses in which
// their sessions have no stack, or have one.
func TestF18_SessionsRest(t *testing.T) {
	const connections, rounds = 50, 20
	for _, test := range []struct {
		block string
		want  func(round int, line string) string
	}{
		{"pass", func(_ int, line string) string { return line }},
		{"upper", func(_ int, line string) string { return strings.ToUpper(line) }},
		{"pass | upper | prefix $it", func(_ int, line string) string { return "" }},
		{"number", func(round int, line string) string { return fmt.Sprint(round+1, " ", line) }},
	} {
		t.Run(test.block, func(t *testing.T) {
			address, stop := restingServer(t, test.block)
			var all sync.WaitGroup
			for i := range connections {
				all.Go(func() {
					c, err := net.Dial("tcp", address)
					if err != nil {
						t.Error(err)
						return
					}
					defer c.Close()
					in := bufio.NewReader(c)
					for round := range rounds {
						line := fmt.Sprintf("a-b %d %d", i, round)
						want := test.want(round, line)
						if want == "" {
							want = c.LocalAddr().String() + strings.ToUpper(line)
						}
						if round%3 == 0 { // in two pieces, the first of which ends no line
							fmt.Fprint(c, line[:3])
							time.Sleep(time.Duration(round) * 100 * time.Microsecond)
							line = line[3:]
						}
						fmt.Fprintln(c, line)
						if got, err := in.ReadString('\n'); got != want+"\n" || err != nil {
							t.Errorf("got %q, %v, want %q", got, err, want)
							return
						}
						time.Sleep(time.Duration(i%5) * time.Millisecond) // a load, not a measure
					}
				})
			}
			all.Wait()
			if told := stop(); told != "" {
				t.Errorf("the server told %q", told)
			}
		})
	}
}

// TestF18_RestingSessionsHaveNoStack wants the stacks of sessions to go when nothing comes, and
// the sessions to go on and to end as others do.
func TestF18_RestingSessionsHaveNoStack(t *testing.T) {
	const connections = 1500 // more than there are stacks kept for further threads
	for _, test := range []struct {
		block string
		rests bool
	}{{"upper", true}, {"number", false}} {
		t.Run(test.block, func(t *testing.T) {
			address, stop := restingServer(t, test.block)
			var list []net.Conn
			speak := func() {
				for _, c := range list {
					fmt.Fprintln(c, "a")
				}
				b := make([]byte, 64)
				for _, c := range list {
					if n, err := c.Read(b); n == 0 || err != nil {
						t.Fatalf("got %d bytes, %v", n, err)
					}
				}
			}
			for range connections {
				c, err := net.Dial("tcp", address)
				if err != nil {
					t.Skip(err) // there are too few descriptors
				}
				defer c.Close()
				list = append(list, c)
			}
			before := runtime.NumGoroutine()
			for range 2 {
				speak()
				for by := time.Now().Add(time.Minute); test.rests && runtime.NumGoroutine() > before+1100; {
					if time.Now().After(by) {
						t.Fatalf("got %d goroutines, want those of sessions to go", runtime.NumGoroutine())
					}
					time.Sleep(time.Millisecond)
				}
			}
			if n := runtime.NumGoroutine() - before; !test.rests && n < connections {
				t.Errorf("got %d goroutines for %d sessions that keep something", n, connections)
			}
			stop()
			for _, c := range list {
				if n, err := c.Read(make([]byte, 1)); n > 0 || err == nil {
					t.Fatal("a session was not ended by the signal")
				}
			}
		})
	}
}

// TestF18_ErrorsBeforeRest wants an error to be told that was met together with the last that
// came, though nothing more does.
func TestF18_ErrorsBeforeRest(t *testing.T) {
	address, stop := restingServer(t, "pass")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "a\n"+strings.Repeat("x", 1<<20+1)) // a line may have 1 MB
	if got, err := io.ReadAll(c); string(got) != "a\n" || err != nil {
		t.Errorf("got %q, %v, want the line and the end", got, err)
	}
	if told := stop(); !strings.Contains(told, "a line is longer than 1048576 bytes") {
		t.Errorf("the server told %q", told)
	}
}
