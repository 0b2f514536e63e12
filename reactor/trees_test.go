package reactor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The tests in this file run random trees of calls twice: on a Deferred, and on a model that
// keeps its callbacks as the proposal describes them, in a queue with a place to insert at.
// Both must call the same callbacks with the same results in the same order.

// result is an outcome of either.
type result struct {
	value     int
	err       error
	suspended bool
}

func (o result) String() string {
	switch {
	case o.suspended:
		return "suspended"
	case o.err != nil:
		return "error " + o.err.Error()
	}
	return fmt.Sprint(o.value)
}

type continuation func(result) result

// machine is what a tree runs on.
type machine interface {
	// suspend begins a suspension that ends with what wake says.
	suspend(wake int) result
	// add registers; it reports whether fn was accepted.
	add(caller, called string, fn continuation) bool
	// outcome is what the suspension under way is now.
	outcome() result
}

// tree is one random program. Its choices come from rng, in the order in which the program
// asks for them; when both machines do the same, they get the same ones.
type tree struct {
	rng   *rand.Rand
	m     machine
	tr    trace
	names int
	calls map[string]int // how often each accepted callback was called
	depth int
	lost  []string // who panicked while being told of a failure
}

func newTree(seed uint64, m machine) *tree {
	return &tree{rng: rand.New(rand.NewPCG(seed, 1)), m: m, calls: make(map[string]int)}
}

func (p *tree) name() string {
	p.names++
	return fmt.Sprint("f", p.names)
}

// call is one function: it may call others, suspend, and end in any way.
func (p *tree) call(self string, depth int) result {
	if depth == 0 || p.rng.IntN(4) == 0 {
		return p.leaf(self)
	}
	child := p.name()
	o := p.call(child, depth-1)
	if !o.suspended {
		return p.end(o)
	}
	return p.pass(self, child, depth, o)
}

// pass is what a function does with the suspension of its callee.
func (p *tree) pass(self, child string, depth int, o result) result {
	called := child
	switch p.rng.IntN(12) {
	case 0:
		called = "unaware"
	case 1:
		return o // it does not register
	}
	if p.register(self, called, depth) {
		return p.afterwards(o)
	}
	p.tr.add("%s refused", self)
	switch p.rng.IntN(3) {
	case 0:
		return result{value: 5} // the error is dealt with
	case 1:
		return p.suspend(self, depth)
	}
	return p.m.outcome()
}

// afterwards mostly returns the suspension o.
func (p *tree) afterwards(o result) result {
	switch p.rng.IntN(16) {
	case 0:
		return result{value: 6} // swallowed
	case 1:
		return result{err: errTest}
	case 2:
		panic("after suspending")
	}
	return o
}

func (p *tree) leaf(self string) result {
	if p.rng.IntN(3) > 0 {
		return p.suspend(self, 1)
	}
	return p.end(result{value: p.rng.IntN(100)})
}

func (p *tree) suspend(self string, depth int) result {
	o := p.m.suspend(p.rng.IntN(5))
	if !o.suspended {
		return o
	}
	called := ""
	if p.rng.IntN(16) == 0 {
		called = "nobody"
	}
	if !p.register(self, called, depth) {
		p.tr.add("%s refused", self)
		return p.m.outcome()
	}
	return p.afterwards(o)
}

func (p *tree) end(o result) result {
	switch p.rng.IntN(8) {
	case 0:
		return result{err: errTest}
	case 1:
		panic("boom")
	case 2:
		return result{value: 7}
	}
	return o
}

// register registers a callback that counts its calls and then does what a function may do.
func (p *tree) register(self, called string, depth int) bool {
	if p.rng.IntN(8) == 0 {
		return p.m.add(self, called, nil)
	}
	id := self + "'" + fmt.Sprint(len(p.calls))
	p.calls[id] = 0
	accepted := p.m.add(self, called, func(o result) result {
		p.calls[id]++
		p.tr.add("%s %v", id, o)
		if p.rng.IntN(3) == 0 && p.depth > 0 {
			p.depth--
			return p.call(self, depth)
		}
		return p.end(o)
	})
	if !accepted {
		p.calls[id] = -1
	}
	return accepted
}

// real runs a tree on a Deferred.
type real struct {
	d    *Deferred
	lost []string // whose panics came out of Run
}

// note notes the panics in err, which may be nothing else.
func (m *real) note(t *testing.T, seed uint64, err error) {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, err := range list {
		p, ok := err.(*PanicError)
		if !ok {
			t.Fatalf("seed %d: got %v from Run, want panics", seed, err)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(p.Place, "the callback of "), ",")
		m.lost = append(m.lost, name)
	}
}

func (m *real) suspend(wake int) result {
	r := m.d.r
	if wake == 0 {
		return from(m.d.Sleep(0))
	}
	o := m.d.Suspend(place("waiting"))
	if o.Suspended() {
		_ = r.schedule(m.d, to(wakeWith(wake)))
		if wake == 4 { // and then it is terminated
			m.d.Override(to(wakeWith(3)))
		}
	}
	return from(o)
}

func (m *real) add(caller, called string, fn continuation) bool {
	if fn == nil {
		return m.d.AddCallback(caller, called, nil)
	}
	return m.d.AddCallback(caller, called, func(o Outcome) Outcome {
		back := fn(from(o))
		if back.suspended {
			return Outcome{d: m.d}
		}
		return to(back)
	})
}

func (m *real) outcome() result { return from(Outcome{d: m.d}) }

func from(o Outcome) result {
	n, _ := o.Value().(int)
	return result{value: n, err: o.Err(), suspended: o.Suspended()}
}

func to(o result) Outcome {
	if o.err != nil {
		return Failed(o.err)
	}
	return Done(o.value)
}

// wakeWith is the result of a suspension.
func wakeWith(wake int) result {
	if wake >= 3 {
		return result{err: errors.New("woken with an error")}
	}
	return result{value: 10 * wake}
}

// onDeferred runs the tree of seed on a Deferred.
func onDeferred(t *testing.T, seed uint64) *tree {
	r := New(NewSystem())
	m := &real{}
	p := newTree(seed, m)
	p.depth = 20
	ended := 0
	r.Start("main", func(d *Deferred) Outcome {
		m.d = d
		o := p.call("main", 5)
		if o.suspended {
			return Outcome{d: d}
		}
		return to(o)
	}, func(o Outcome) {
		p.tr.add("ended: %v", from(o))
		ended++
	})
	for err := r.Run(); err != nil; err = r.Run() { // it returns at each panic that nobody takes
		m.note(t, seed, err)
	}
	p.lost = m.lost
	if ended != 1 || r.Live() != 0 || len(r.timers) != 0 {
		t.Errorf("seed %d: ended %d times, %d live, %d timers; want once, none, none", seed, ended, r.Live(), len(r.timers))
	}
	if err := r.Close(); err != nil {
		t.Errorf("seed %d: got %v from Close, want nil", seed, err)
	}
	return p
}

func onModel(seed uint64) *tree {
	m := &model{}
	p := newTree(seed, m)
	p.depth = 20
	o := m.run(func(result) result { return p.call("main", 5) })
	p.tr.add("ended: %v", o)
	p.lost = m.lost
	return p
}

func compareTrees(t *testing.T, seed uint64) {
	got, want := onDeferred(t, seed), onModel(seed)
	if !slices.Equal(got.tr, want.tr) {
		t.Fatalf("seed %d: got\n\t%s\nwant\n\t%s", seed, strings.Join(got.tr, "\n\t"), strings.Join(want.tr, "\n\t"))
	}
	if !slices.Equal(got.lost, want.lost) {
		t.Errorf("seed %d: got panics while cleaning up of %q, want %q", seed, got.lost, want.lost)
	}
	for id, n := range got.calls {
		if n != 1 && n != -1 {
			t.Errorf("seed %d: got %d calls of %s, want 1", seed, n, id)
		}
	}
}

func TestF5_ExactlyOnceInRandomTrees(t *testing.T) {
	callbacks, suspended, refused, longest, lost := 0, 0, 0, 0, 0
	for seed := range uint64(30_000) {
		compareTrees(t, seed)
		p := onModel(seed)
		callbacks += len(p.calls)
		lost += len(p.lost)
		for _, line := range p.tr {
			if strings.HasSuffix(line, "refused") {
				refused++
			}
		}
		if len(p.tr) > 1 {
			suspended++
		}
		longest = max(longest, len(p.tr))
		if t.Failed() {
			return
		}
	}
	t.Logf("%d callbacks, %d trees that suspend, %d refusals, the longest has %d events", callbacks, suspended, refused, longest)
	if suspended < 5_000 || refused < 1_000 || longest < 30 || lost < 100 {
		t.Errorf("got %d trees that suspend, %d refusals, %d events, %d panics while cleaning up; want trees that try more",
			suspended, refused, longest, lost)
	}
}

func FuzzF5_Trees(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(compareTrees)
}
