package microthread_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

var (
	seed   = flag.Uint64("seed", 0, "replay this random graph alone")
	graphs = flag.Uint64("graphs", 300, "how many random graphs to run")
)

// ends is what a node's body works with: its inputs, its output, and ways to suspend.
type ends interface {
	next(input int) (int64, error)
	put(v int64)
	sleep(d time.Duration)
	call(fn func() int64) int64
}

// node is one thread of a random graph. What comes out of a graph does not depend on the
// order in which its threads get their turns.
type node struct {
	kind, n  int
	naps     int  // sleeps every so many values, or never
	calls    bool // computes its values in children
	fails    int  // 0: not, 1: with an error, 2: with a panic
	inputs   []*node
	capacity int
}

func (n *node) String() string {
	return fmt.Sprint([]string{"source ", "head ", "map ", "zip ", "concat "}[n.kind], n.n, " ", n.inputs)
}

func graph(r *rand.Rand, depth int) *node {
	n := &node{kind: r.IntN(5), n: r.IntN(40), calls: r.IntN(8) == 0, naps: r.IntN(2) * r.IntN(4),
		fails: max(0, r.IntN(6)-3), capacity: []int{1, 1, 2, 7, 64, 1024}[r.IntN(6)]}
	if depth == 0 {
		n.kind = 0
	}
	for range (n.kind + 1) / 2 {
		n.inputs = append(n.inputs, graph(r, depth-1))
	}
	return n
}

// body does the work of a node, on threads as on goroutines.
func (n *node) body(e ends) error {
	err := n.work(e)
	switch {
	case err != nil && err != io.EOF:
		return err
	case n.fails == 1:
		return fmt.Errorf("error of %v", n)
	case n.fails == 2:
		panic(fmt.Sprintf("panic of %v", n))
	}
	return nil
}

func (n *node) work(e ends) error {
	for i := 0; ; i++ {
		if n.naps > 0 && i%n.naps == 0 {
			e.sleep(time.Duration(n.n) * time.Millisecond)
		}
		if n.kind < 2 && i == n.n {
			return nil
		}
		v, err := n.value(e, i)
		if err != nil {
			return err
		}
		if n.calls {
			v = e.call(func() int64 { return 2 * v })
		}
		e.put(v)
	}
}

func (n *node) value(e ends, i int) (int64, error) {
	switch n.kind {
	case 0:
		return int64(i), nil
	case 3:
		a, err := e.next(0)
		if err != nil {
			return 0, err
		}
		b, err := e.next(1)
		return a - b, err
	case 4:
		v, err := e.next(0)
		if err == io.EOF {
			v, err = e.next(1)
		}
		return v, err
	}
	v, err := e.next(0)
	return v + 1, err
}

// threadEnds are the ends of a micro-thread. Op is called before everything that may
// suspend.
type threadEnds struct {
	t   *microthread.Thread
	ins []*pipe.Pipe
	op  func(*microthread.Thread)
}

func (e *threadEnds) next(i int) (int64, error) {
	e.op(e.t)
	v, err := e.ins[i].Next()
	if err != nil {
		return 0, err
	}
	return v.AsInt(), nil
}

func (e *threadEnds) put(v int64)           { e.op(e.t); e.t.Put(value.Int(v)) }
func (e *threadEnds) sleep(d time.Duration) { e.op(e.t); e.t.Sleep(d) }
func (e *threadEnds) call(fn func() int64) int64 {
	e.op(e.t)
	v, _ := microthread.StartInParallel(e.t, func(*microthread.Thread) (int64, error) { return fn(), nil }).Wait(e.t)
	return v
}

// start starts the threads of a graph and returns the stdout of its root. Began and ended
// count the threads whose function began and whose deferred functions ran.
func (n *node) start(t *microthread.Thread, op func(*microthread.Thread), began, ended *int) *pipe.Pipe {
	e := &threadEnds{op: op}
	for _, in := range n.inputs {
		e.ins = append(e.ins, in.start(t, op, began, ended))
	}
	return microthread.Generate(t, func(g *microthread.Thread) error {
		*began++
		defer func() { *ended++ }()
		e.t = g
		return n.body(e)
	}, microthread.Capacity(n.capacity), microthread.Reading(e.ins...), microthread.Named(n.String()))
}

// item is what goes through a channel of the oracle.
type item struct {
	v   int64
	err error
}

// channelEnds are the ends of a goroutine of the oracle.
type channelEnds struct {
	ins  []chan item
	out  chan item
	gone chan bool // closed when the reader has gone
}

func (e *channelEnds) next(i int) (int64, error) {
	it, ok := <-e.ins[i]
	if !ok {
		return 0, io.EOF
	}
	return it.v, it.err
}

func (e *channelEnds) put(v int64) {
	select {
	case e.out <- item{v: v}:
	case <-e.gone:
		runtime.Goexit()
	}
}

func (e *channelEnds) sleep(time.Duration)        { runtime.Gosched() }
func (e *channelEnds) call(fn func() int64) int64 { return fn() }

// oracle starts the goroutines of a graph. Closing gone ends them, all as counted.
func (n *node) oracle(gone chan bool, all *sync.WaitGroup) chan item {
	e := &channelEnds{out: make(chan item, n.capacity), gone: gone}
	mine := make(chan bool)
	for _, in := range n.inputs {
		e.ins = append(e.ins, in.oracle(mine, all))
	}
	all.Go(func() {
		var err error
		defer close(e.out)
		defer close(mine)
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
			if err != nil {
				select {
				case e.out <- item{err: err}:
				case <-gone:
				}
			}
		}()
		err = n.body(e)
	})
	return e.out
}

func (n *node) expected() (want []string) {
	gone := make(chan bool)
	var all sync.WaitGroup
	for it := range n.oracle(gone, &all) {
		want = append(want, fmt.Sprint(it.v, it.err))
	}
	close(gone)
	all.Wait()
	return want
}

// eachGraph runs a test for many random graphs, or for the one that -seed names.
func eachGraph(t *testing.T, n uint64, test func(t *testing.T, seed uint64, root *node)) {
	first, last := uint64(1), n
	if *seed != 0 {
		first, last = *seed, *seed
	}
	for s := first; s <= last && !t.Failed(); s++ {
		r := rand.New(rand.NewPCG(s, 1))
		t.Run(fmt.Sprint("seed=", s), func(t *testing.T) { test(t, s, graph(r, 1+r.IntN(4))) })
	}
}

// TestRandomGraphs compares what comes out of random graphs of threads, pipes, sleeps,
// errors, panics and early closes with what goroutines and channels make of them.
func TestRandomGraphs(t *testing.T) { randomGraphs(t, reactor.DefaultSlice) }

// TestK4_RandomGraphs has threads that give up their turns at every batch.
func TestK4_RandomGraphs(t *testing.T) { randomGraphs(t, 0) }

func randomGraphs(t *testing.T, slice time.Duration) {
	eachGraph(t, *graphs, func(t *testing.T, seed uint64, root *node) {
		noLeaks(t)
		want := root.expected()
		bubble(t, func(t *testing.T) {
			var got []string
			var handled []error
			began, ended := 0, 0
			err := run(t, func(t0 *microthread.Thread) error {
				t0.Program().Reactor().System().SetSlice(slice)
				for v, err := range root.start(t0, func(*microthread.Thread) {}, &began, &ended).All() {
					if err != nil {
						got = append(got, fmt.Sprint(0, errors.New(err.Error())))
						continue
					}
					got = append(got, fmt.Sprint(v.AsInt(), nil))
				}
				return nil
			}, heard(&handled))
			wantErr(t, "run", err, nil)
			equal(t, root.String(), got, want)
			if began != ended {
				t.Errorf("got %d clean-ups of %d threads", ended, began)
			}
		})
	})
}

// TestE9_TerminationAtEverySuspension aborts random graphs at the k-th operation that may
// suspend, for every k: from the thread itself, and from outside when it is suspended.
func TestE9_TerminationAtEverySuspension(t *testing.T) {
	terminations(t, reactor.DefaultSlice)
}

// TestK4_TerminationAtEverySuspension does the same with threads that give up their turns at
// every batch.
func TestK4_TerminationAtEverySuspension(t *testing.T) { terminations(t, 0) }

func terminations(t *testing.T, slice time.Duration) {
	n := min(*graphs, 40)
	if testing.Short() {
		n = min(n, 5)
	}
	eachGraph(t, n, func(t *testing.T, seed uint64, root *node) {
		bubble(t, func(t *testing.T) {
			want := root.expected()
			for k := 1; k <= 150; k++ {
				for _, outside := range []bool{false, true} {
					if !aborted(t, root, k, outside, slice, want) {
						return // the graph has fewer operations
					}
				}
			}
		})
	})
}

// aborted runs a graph, aborts it at its k-th operation and reports whether it had one. Main
// reads a prefix of what is expected, all deferred functions run, and nothing is stuck.
func aborted(t *testing.T, root *node, k int, outside bool, slice time.Duration, want []string) bool {
	t.Helper()
	ops, began, ended := 0, 0, 0
	var got []string
	var handled []error
	err := microthread.Run(func(t0 *microthread.Thread) error {
		t0.Program().Reactor().System().SetSlice(slice)
		op := func(t *microthread.Thread) {
			if ops++; ops != k {
				return
			}
			if p := t.Program(); outside {
				p.Post(func() { p.Abort(time.Minute) })
			} else {
				p.Abort(time.Minute)
			}
		}
		began++
		defer func() { ended++ }()
		for v, err := range root.start(t0, op, &began, &ended).All() {
			if err != nil {
				return err
			}
			got = append(got, fmt.Sprint(v.AsInt(), nil))
		}
		return nil
	}, heard(&handled))
	if ops < k {
		return false
	}
	var own *microthread.Error
	if err != nil && !errors.Is(err, microthread.ErrTerminated) && !errors.As(err, &own) {
		t.Errorf("k=%d outside=%v: got %v, want no more than an error of the graph", k, outside, err)
	}
	if began != ended {
		t.Errorf("k=%d outside=%v: got %d clean-ups of %d threads", k, outside, ended, began)
	}
	if len(got) > len(want) {
		t.Errorf("k=%d outside=%v: got %v, want a prefix of %v", k, outside, got, want)
		return true
	}
	equal(t, fmt.Sprintf("k=%d outside=%v", k, outside), got, want[:len(got)])
	return true
}
