package microthread_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"mtpipe/microthread"
)

// network is senders and workers joined by channels: a sender sends its numbers into one
// channel or, by selection, into several; a worker receives from some and sends what it makes
// of a number into the last channel. Which worker gets which number does not show in what
// comes out.
type network struct {
	capacities []int
	senders    []netNode
	workers    []netNode
}

type netNode struct {
	n, naps int
	chans   []int // that it selects among, if they are several
}

func randomNetwork(r *rand.Rand) network {
	var n network
	for range 2 + r.IntN(3) {
		n.capacities = append(n.capacities, []int{0, 0, 1, 2, 7, 64}[r.IntN(6)])
	}
	ins := len(n.capacities) - 1
	node := func() netNode {
		return netNode{n: r.IntN(30), naps: r.IntN(2) * r.IntN(5), chans: r.Perm(ins)[:1+r.IntN(ins)]}
	}
	for range 1 + r.IntN(5) {
		n.senders = append(n.senders, node())
	}
	for i := range ins + r.IntN(4) {
		w := node()
		if i < ins {
			w.chans = append(w.chans, i) // each channel has a worker
			slices.Sort(w.chans)
			w.chans = slices.Compact(w.chans)
		}
		n.workers = append(n.workers, w)
	}
	return n
}

// netEnds are channels of threads, or of goroutines.
type netEnds interface {
	send(chans []int, v int)
	recv(chans []int) (from, v int, ok bool)
	nap()
}

func (n netNode) send(e netEnds, id int) {
	for i := range n.n {
		if n.naps > 0 && i%n.naps == 0 {
			e.nap()
		}
		e.send(n.chans, id*1000+i)
	}
}

func (n netNode) work(e netEnds, out int) {
	open := slices.Clone(n.chans)
	for i := 0; len(open) > 0; i++ {
		if n.naps > 0 && i%n.naps == 0 {
			e.nap()
		}
		from, v, ok := e.recv(open)
		if !ok {
			open = slices.DeleteFunc(open, func(c int) bool { return c == from })
			continue
		}
		e.send([]int{out}, 2*v)
	}
}

// goNet is the oracle's.
type goNet []chan int

func (g goNet) nap() { runtime.Gosched() }

func (g goNet) send(chans []int, v int) {
	var cases []reflect.SelectCase
	for _, c := range chans {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(g[c]), Send: reflect.ValueOf(v)})
	}
	reflect.Select(cases)
}

func (g goNet) recv(chans []int) (from, v int, ok bool) {
	var cases []reflect.SelectCase
	for _, c := range chans {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(g[c])})
	}
	i, got, ok := reflect.Select(cases)
	return chans[i], int(got.Int()), ok
}

func (n network) expected() (got []int) {
	var g goNet
	for _, c := range n.capacities {
		g = append(g, make(chan int, c))
	}
	out := len(g) - 1
	var senders, workers sync.WaitGroup
	for id, s := range n.senders {
		senders.Go(func() { s.send(g, id) })
	}
	for _, w := range n.workers {
		workers.Go(func() { w.work(g, out) })
	}
	go func() {
		senders.Wait()
		for _, c := range g[:out] {
			close(c)
		}
		workers.Wait()
		close(g[out])
	}()
	for v := range g[out] {
		got = append(got, v)
	}
	slices.Sort(got)
	return got
}

// threadNet is that of one thread. Op is called before everything that may suspend; balance
// counts what was sent and not received.
type threadNet struct {
	t       *microthread.Thread
	chans   []*microthread.Chan[int]
	op      func()
	balance map[int]int
}

func (n threadNet) nap() { n.op(); n.t.Sleep(time.Millisecond) }

func (n threadNet) send(chans []int, v int) {
	n.op()
	n.balance[v]++ // if it is terminated now, it may have been sent
	var err error
	if len(chans) == 1 {
		err = n.chans[chans[0]].Send(n.t, v)
	} else {
		var cases []microthread.Case
		for _, c := range chans {
			cases = append(cases, n.chans[c].SendCase(v))
		}
		_, err = microthread.Select(n.t, 0, cases...)
	}
	if err != nil {
		panic(err)
	}
	n.op()
}

func (n threadNet) recv(chans []int) (from, v int, ok bool) {
	n.op()
	if len(chans) == 1 {
		from = chans[0]
		v, ok = n.chans[from].Recv(n.t)
	} else {
		var cases []microthread.Case
		for _, c := range chans {
			cases = append(cases, n.chans[c].RecvCase(&v, &ok))
		}
		i, err := microthread.Select(n.t, 0, cases...)
		if err != nil {
			panic(err)
		}
		from = chans[i]
	}
	if ok {
		n.balance[v]--
	}
	return from, v, ok
}

// run does the same with threads. Op is told of every operation, and of all threads.
func (n network) run(t0 *microthread.Thread, balance map[int]int, op func([]*microthread.Thread)) (got []int) {
	var chans []*microthread.Chan[int]
	for i, c := range n.capacities {
		chans = append(chans, microthread.NewChan[int](t0, c, microthread.Named(fmt.Sprint("c", i))))
	}
	out := len(chans) - 1
	var threads []*microthread.Thread
	start := func(g *microthread.Group, body func(netEnds)) {
		threads = append(threads, g.Go(func(t *microthread.Thread) error {
			body(threadNet{t, chans, func() { op(threads) }, balance})
			return nil
		}))
	}
	senders, workers := microthread.NewGroup(t0), microthread.NewGroup(t0)
	for id, s := range n.senders {
		start(senders, func(e netEnds) { s.send(e, id) })
	}
	for _, w := range n.workers {
		start(workers, func(e netEnds) { w.work(e, out) })
	}
	drain := microthread.StartInParallel(t0, func(t *microthread.Thread) (int, error) {
		for v := range chans[out].All(t) {
			balance[v]--
			got = append(got, v)
		}
		return 0, nil
	})
	if err := senders.Wait(); err != nil {
		panic(err)
	}
	for _, c := range chans[:out] {
		c.Close()
	}
	if err := workers.Wait(); err != nil {
		panic(err)
	}
	for _, c := range chans[:out] { // what terminated workers have left
		for v, ok := c.TryRecv(); ok; v, ok = c.TryRecv() {
			balance[v]--
		}
	}
	chans[out].Close()
	_, _ = drain.Wait(t0)
	slices.Sort(got)
	return got
}

func eachNetwork(t *testing.T, count uint64, test func(t *testing.T, r *rand.Rand, n network)) {
	first, last := uint64(1), count
	if *seed != 0 {
		first, last = *seed, *seed
	}
	for s := first; s <= last && !t.Failed(); s++ {
		t.Run(fmt.Sprint("seed=", s), func(t *testing.T) {
			r := rand.New(rand.NewPCG(s, 11))
			test(t, r, randomNetwork(r))
		})
	}
}

// TestK11_RandomNetworks compares what comes out of random networks with what goroutines and
// channels make of them.
func TestK11_RandomNetworks(t *testing.T) {
	eachNetwork(t, 200, func(t *testing.T, _ *rand.Rand, n network) {
		noLeaks(t)
		want := n.expected()
		bubble(t, func(t *testing.T) {
			wantErr(t, "run", run(t, func(t0 *microthread.Thread) error {
				got := n.run(t0, map[int]int{}, func([]*microthread.Thread) {})
				equal(t, "received", got, want)
				return nil
			}), nil)
		})
	})
}

// TestE9_RandomNetworksWithTerminations terminates threads of random networks at every k-th
// operation: each number is received once, or not at all when the thread that was sending it
// was terminated; what was received by a terminated thread was its own.
func TestE9_RandomNetworksWithTerminations(t *testing.T) {
	eachNetwork(t, 100, func(t *testing.T, r *rand.Rand, n network) {
		bubble(t, func(t *testing.T) {
			for k := 1; k < 60; k += 1 + r.IntN(5) {
				ops, ended := 0, 0
				balance := map[int]int{}
				wantErr(t, "run", run(t, func(t0 *microthread.Thread) error {
					n.run(t0, balance, func(threads []*microthread.Thread) {
						if ops++; ops%k != 0 {
							return
						}
						i := r.IntN(len(threads))
						if first := i - len(n.senders); first >= 0 && first < len(n.capacities)-1 {
							return // each channel keeps a worker
						}
						if th := threads[i]; th != t0.Program().Current() && !th.Finished() {
							th.Terminate()
							ended++
						}
					})
					return nil
				}), nil)
				inHand := 0
				for v, b := range balance {
					if b < 0 || b > 1 {
						t.Errorf("k=%d: got %d of %d too many sent or received", k, b, v)
					}
					inHand += b
				}
				if inHand > ended {
					t.Errorf("k=%d: got %d numbers lost with %d terminations", k, inHand, ended)
				}
			}
		})
	})
}
