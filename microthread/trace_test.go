package microthread_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
	"mtpipe/value"
)

// traced is an event of a trace.
type traced struct {
	Ph, Name, Cat string
	Pid, Tid, ID  int
	Ts, Dur       float64
	Args          map[string]any
}

// events reads a trace, which has to be whole.
func events(t *testing.T, text []byte) (all []traced) {
	t.Helper()
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatalf("got %v, want JSON:\n%s", err, text)
	}
	return all
}

// named returns the names of processes and threads.
func named(all []traced) (names map[[2]int]string) {
	names = make(map[[2]int]string)
	for _, e := range all {
		if e.Ph == "M" {
			names[[2]int{e.Pid, e.Tid}], _ = e.Args["name"].(string)
		}
	}
	return names
}

// checkTrace wants the slices of each track to follow one another, and each arrow to begin in
// a slice and to end later in a turn.
func checkTrace(t *testing.T, all []traced) {
	t.Helper()
	slicesOf := make(map[[2]int][]traced)
	for _, e := range all {
		if e.Ph == "X" {
			slicesOf[[2]int{e.Pid, e.Tid}] = append(slicesOf[[2]int{e.Pid, e.Tid}], e)
		}
	}
	for track, list := range slicesOf {
		for i, e := range list[1:] {
			if end := list[i].Ts + list[i].Dur; e.Ts < end-0.0005 {
				t.Errorf("track %v: got %q from %v, before %q has ended at %v", track, e.Name, e.Ts, list[i].Name, end)
			}
		}
	}
	within := func(e traced) bool {
		return slices.ContainsFunc(slicesOf[[2]int{e.Pid, e.Tid}], func(s traced) bool {
			return s.Ts <= e.Ts && e.Ts <= s.Ts+s.Dur+0.0005 && (e.Ph == "s" || s.Cat == "turn")
		})
	}
	begun := make(map[int]traced)
	for _, e := range all {
		switch e.Ph {
		case "s":
			begun[e.ID] = e
		case "f":
			if from, ok := begun[e.ID]; !ok || from.Ts > e.Ts || from.Tid == e.Tid {
				t.Errorf("got the arrow %v to %v, want it to go on in time to another thread", from, e)
			}
		}
		if (e.Ph == "s" || e.Ph == "f") && !within(e) {
			t.Errorf("got an end of an arrow outside of slices: %+v", e)
		}
	}
}

// story returns what happened in a trace, a line for each event, without times.
func story(all []traced) string {
	names := named(all)
	var b strings.Builder
	for _, e := range all {
		who := names[[2]int{e.Pid, e.Tid}]
		switch e.Ph {
		case "X", "i":
			fmt.Fprintf(&b, "%s: %s", who, e.Name)
			if e.Cat == "wait" {
				fmt.Fprintf(&b, " for %v", time.Duration(e.Dur)*time.Microsecond)
			}
			if e.Args["error"] != nil {
				fmt.Fprintf(&b, " (%v)", e.Args["error"])
			}
		case "s":
			fmt.Fprintf(&b, "%s: puts into %s", who, e.Name)
		case "f":
			fmt.Fprintf(&b, "%s: takes from %s", who, e.Name)
		case "C":
			fmt.Fprintf(&b, "%s holds %v", e.Name, e.Args["rows"])
		default:
			continue
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestI4_Trace tells what three threads do, in virtual time. E5: that a put came after its
// reader had closed the pipe is in it.
func TestI4_E5_Trace(t *testing.T) {
	const want = `
main: running
source: puts into the stdout of source
the stdout of source (pipe 1) holds 1
source: running
reader: running
reader: takes from the stdout of source
the stdout of source (pipe 1) holds 0
reader: running first
main: waiting for its turn for 0s
main: running
source: waiting to put into the stdout of source, which reader reads for 0s
source: puts into the stdout of source
the stdout of source (pipe 1) holds 2
source: running
reader: sleeping for another 1s for 1s
source: put after close
source: terminated
reader: running first
the stdout of source (pipe 1) holds 0
reader: running
source: waiting to put into the stdout of source, which reader reads for 1s
source: running
main: waiting for reader to end for 1s
main: error (no "luck")
main: running
`
	bubble(t, func(t *testing.T) {
		var got bytes.Buffer
		var errs []error
		err := microthread.Run(func(m *microthread.Thread) error {
			out := microthread.Generate(m, func(g *microthread.Thread) error {
				for i := range int64(4) {
					g.Put(value.Int(i))
				}
				return nil
			}, microthread.Named("source"), microthread.Capacity(2))
			reader := microthread.StartInParallel(m, func(r *microthread.Thread) (int, error) {
				return 0, r.Labelled("stage", "first", func() error {
					for range out.All() {
						r.Sleep(time.Second)
						break
					}
					return nil
				})
			}, microthread.Named("reader"), microthread.Reading(out))
			m.Yield()
			if _, err := reader.Wait(m); err != nil {
				return err
			}
			return errors.New(`no "luck"`)
		}, microthread.Trace(&got), microthread.Title(`a "title"`), heard(&errs))
		if err == nil {
			t.Error("got no error, want that of main")
		}
		all := events(t, got.Bytes())
		checkTrace(t, all)
		wantText(t, "the trace", story(all), want)
		if name := named(all)[[2]int{1, 0}]; name != `a "title"` {
			t.Errorf("got a process %q, want the title", name)
		}
	})
}

// TestI4_TraceOfTermination has threads end in other ways, and is whole all the same.
func TestI4_TraceOfTermination(t *testing.T) {
	var got bytes.Buffer
	p := microthread.New(reactor.NewDefaultSystem(), microthread.Trace(&got))
	p.Start(microthread.Spec{Name: "main", Run: func(m *microthread.Thread) error {
		victim := microthread.StartAndForget(m, func(c *microthread.Thread) error { c.Sleep(time.Hour); return nil }, microthread.Named("victim"))
		m.Yield()
		microthread.StartAndForget(m, func(c *microthread.Thread) error { return nil }, microthread.Named("unborn")).Terminate()
		victim.Terminate()
		m.Yield()
		m.Program().Abort(time.Second)
		return nil
	}})
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	p.Start(microthread.Spec{Name: "left over", Run: func(*microthread.Thread) error { return nil }})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	all := events(t, got.Bytes())
	checkTrace(t, all)
	text := story(all)
	for _, want := range []string{"victim: terminated\n", "unborn: terminated\n", "main: terminated\n", "victim: running\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q in it", text, want)
		}
	}
	if strings.Contains(text, "unborn: running") {
		t.Errorf("got\n%s\nwant no turn of a thread that never began", text)
	}
}

// TestI4_TraceOfSeveralPrograms has two programs, on two goroutines, in one trace, which is
// larger than what is gathered before it is written.
func TestI4_TraceOfSeveralPrograms(t *testing.T) {
	noLeaks(t)
	var got bytes.Buffer
	trace := microthread.Trace(&got)
	outer := microthread.New(reactor.NewDefaultSystem(), trace, microthread.Title("outer"))
	outer.Start(microthread.Spec{Name: "main", Run: func(m *microthread.Thread) error {
		_, err := m.Blocking(func() (any, error) {
			return nil, microthread.Run(func(m *microthread.Thread) error {
				for range 1000 {
					m.Yield()
				}
				return nil
			}, trace, microthread.Title("inner"))
		})
		return err
	}})
	if err := errors.Join(outer.Run(), outer.Close()); err != nil {
		t.Fatal(err)
	}
	all := events(t, got.Bytes())
	checkTrace(t, all)
	turns := make(map[string]int)
	for _, e := range all {
		if e.Cat == "turn" {
			turns[named(all)[[2]int{e.Pid, 0}]]++
		}
	}
	if turns["inner"] != 1001 || turns["outer"] < 2 {
		t.Errorf("got turns %v, want 1001 of inner and some of outer", turns)
	}
}

// brokenAfter is a writer that fails after some writes.
type brokenAfter int

func (n *brokenAfter) Write(p []byte) (int, error) {
	if *n--; *n < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

// TestI4_TraceThatCannotBeWritten wants the error once, and the program to run all the same.
func TestI4_TraceThatCannotBeWritten(t *testing.T) {
	for _, whole := range []int{0, 1, 2} {
		noLeaks(t)
		w, ran := brokenAfter(whole), false
		err := microthread.Run(func(m *microthread.Thread) error {
			m.Yield()
			ran = true
			return nil
		}, microthread.Trace(&w))
		if !errors.Is(err, io.ErrClosedPipe) || !strings.HasPrefix(err.Error(), "trace: ") || !ran {
			t.Errorf("%d whole writes: got %v and %v, want the error of the writer, and true", whole, err, ran)
		}
	}
}
