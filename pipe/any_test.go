package pipe_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// takeAny reads pipes as their batches come, until all have ended: "1:7" is a 7 from pipes[1].
func takeAny(pipes []*pipe.Pipe) (got []string) {
	index := make(map[*pipe.Pipe]int)
	for i, p := range pipes {
		index[p] = i
	}
	open := slices.Clone(pipes)
	for i := -1; len(open) > 0; {
		var err error
		if i, err = pipe.Any(open, i); err != nil {
			return append(got, err.Error())
		}
		b, err := open[i].NextBatch()
		n := index[open[i]]
		if err != nil {
			if open = slices.Delete(open, i, i+1); err != io.EOF {
				got = append(got, fmt.Sprintf("%d:%v", n, err))
			}
			i--
			continue
		}
		for v := range b.All() {
			got = append(got, fmt.Sprintf("%d:%v", n, v))
		}
	}
	return got
}

func TestAny(t *testing.T) {
	cause := errors.New("cause")
	for _, c := range []struct {
		name  string
		write []func(w *thread, p *pipe.Pipe)
		want  string
	}{
		{"one", []func(*thread, *pipe.Pipe){
			func(_ *thread, p *pipe.Pipe) { put(p, 2) },
		}, "[0:0 0:1]"},
		{"in turn", []func(*thread, *pipe.Pipe){
			func(_ *thread, p *pipe.Pipe) { put(p, 3) },
			func(_ *thread, p *pipe.Pipe) { put(p, 3) },
		}, "[0:0 1:0 0:1 1:1 0:2 1:2]"},
		{"an idle one does not hold up the others", []func(*thread, *pipe.Pipe){
			func(w *thread, p *pipe.Pipe) {
				for range 20 {
					w.pause()
				}
				put(p, 1)
			},
			func(_ *thread, p *pipe.Pipe) { put(p, 3) },
		}, "[1:0 1:1 1:2 0:0]"},
		{"ends", []func(*thread, *pipe.Pipe){
			func(*thread, *pipe.Pipe) {},
			func(_ *thread, p *pipe.Pipe) { put(p, 1) },
			func(*thread, *pipe.Pipe) {},
		}, "[1:0]"},
		{"an error", []func(*thread, *pipe.Pipe){
			func(_ *thread, p *pipe.Pipe) { put(p, 1); p.Fail(cause) },
			func(w *thread, p *pipe.Pipe) { w.pause(); w.pause(); w.pause(); put(p, 1) },
		}, "[0:0 0:cause 1:0]"},
	} {
		r := reactor.New(reactor.NewSystem())
		var pipes []*pipe.Pipe
		for i, write := range c.write {
			p := pipe.New(r, fmt.Sprint("p", i), 1)
			pipes = append(pipes, p)
			start(r, fmt.Sprint("writer ", i), func(w *thread) { write(w, p) }, p)
		}
		start(r, "reader", func(*thread) { want(t, c.name, takeAny(pipes), c.want) })
		want(t, c.name+", the run", errors.Join(r.Run(), r.Close()), nil)
	}
}

// TestAnyBetweenOtherReads reads one of the pipes alone between two waits for any.
func TestAnyBetweenOtherReads(t *testing.T) {
	r := reactor.New(reactor.NewSystem())
	p, q := pipe.New(r, "p", 1), pipe.New(r, "q", 1)
	start(r, "p's writer", func(w *thread) { w.pause(); put(p, 2) }, p)
	start(r, "q's writer", func(w *thread) { w.pause(); w.pause(); put(q, 1) }, q)
	start(r, "reader", func(*thread) {
		i, err := pipe.Any([]*pipe.Pipe{p, q}, -1)
		want(t, "the first that is ready", fmt.Sprint(i, err), "0 <nil>")
		want(t, "q", all(q), upTo(1))
		want(t, "p", all(p), upTo(2))
	})
	want(t, "the run", errors.Join(r.Run(), r.Close()), nil)
}

func TestAnyErrors(t *testing.T) {
	r := reactor.New(reactor.NewSystem())
	p, q := pipe.New(r, "p", 1), pipe.New(r, "q", 1)
	_, err := pipe.Any([]*pipe.Pipe{p}, -1)
	want(t, "without a thread", err, pipe.ErrNoThread)
	start(r, "owner", func(*thread) { all(q) })
	start(r, "writer", func(*thread) { put(q, 1) }, q)
	start(r, "reader", func(*thread) {
		_, err := pipe.Any([]*pipe.Pipe{p, q}, -1)
		want(t, "a pipe that another reads", err, pipe.ErrSecondReader)
	})
	want(t, "the run", errors.Join(r.Run(), r.Close()), nil)
}

func TestAnyDeadlock(t *testing.T) {
	r := reactor.New(reactor.NewSystem())
	p, q := pipe.New(r, "p", 1), pipe.New(r, "q", 1)
	start(r, "reader", func(*thread) {
		if _, err := pipe.Any([]*pipe.Pipe{p, q}, -1); err == nil {
			t.Error("got a value from pipes that nobody writes, want an error")
		}
		if err := p.Put(value.Null); err == nil {
			t.Error("got no error for the reader's put, want one")
		}
	})
	err := r.Run()
	if err == nil || !strings.Contains(err.Error(), "reader is waiting for a value from any of no thread, no thread") {
		t.Errorf("got %v, want a deadlock that names what is waited for", err)
	}
	_ = r.Close()
}
