package reactor

import (
	"errors"
	"testing"
)

func TestF17_Combine(t *testing.T) {
	all, any, first := (*Reactor).All, (*Reactor).Any, (*Reactor).First
	other := errors.New("other")
	for _, test := range []struct {
		name    string
		combine func(*Reactor, ...*Deferred) *Deferred
		wake    []int // the order in which 0, 1 and 2 end
		failing map[int]error
		want    string
	}{
		{"F17 all, in the order of the arguments", all, []int{2, 0, 1}, nil, "[0 1 2]"},
		{"F17 all, with the first error", all, []int{2, 1, 0}, map[int]error{0: other, 1: errTest}, "error no luck"},
		{"F17 any, the first value", any, []int{1, 2, 0}, map[int]error{1: errTest}, "2"},
		{"F17 any, all errors in the order of the arguments", any, []int{2, 1, 0},
			map[int]error{0: errTest, 1: other, 2: errTest}, "error no luck\nother\nno luck"},
		{"F17 first, a value", first, []int{1, 0, 2}, map[int]error{0: errTest}, "1"},
		{"F17 first, an error", first, []int{1, 0, 2}, map[int]error{1: errTest}, "error no luck"},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaves(t)
			r := newReactor(t)
			var tr trace
			var ds []*Deferred
			for range 3 {
				ds = append(ds, r.Start("part", func(d *Deferred) Outcome {
					return wait(d, place("waiting"), "part", nil)
				}, nil))
			}
			d := test.combine(r, ds...)
			d.OnFinish(tr.finish("combination"))
			for _, i := range test.wake {
				if err := test.failing[i]; err != nil {
					_ = r.ScheduleError(ds[i], err)
				} else {
					_ = r.Schedule(ds[i], i)
				}
			}
			mustRun(t, r)
			tr.check(t, "combination ended: "+test.want)
		})
	}
}

func TestF17_OfFinishedOnes(t *testing.T) {
	r := newReactor(t)
	var tr trace
	done := func(o Outcome) *Deferred { return r.Start("done", func(*Deferred) Outcome { return o }, nil) }
	one, two, bad := done(Done(1)), done(Done(2)), done(Failed(errTest))
	r.All(one, two).OnFinish(tr.finish("all"))
	r.Any(bad, two).OnFinish(tr.finish("any"))
	r.First(bad, two).OnFinish(tr.finish("first"))
	mustRun(t, r)
	tr.check(t, "all ended: [1 2]", "any ended: 2", "first ended: error no luck")
}

func TestF17_OfNone(t *testing.T) {
	r := newReactor(t)
	var tr trace
	r.All().OnFinish(tr.finish("all"))
	r.Any().OnFinish(tr.finish("any"))
	r.First().OnFinish(tr.finish("first"))
	mustRun(t, r)
	tr.check(t, "all ended: []", "any ended: error no deferreds to wait for", "first ended: error no deferreds to wait for")
}

func TestF17_Terminated(t *testing.T) {
	r := newReactor(t)
	var tr trace
	part := start(r, &tr, nil, "A")
	d := r.All(part)
	d.OnFinish(tr.finish("all"))
	d.Override(Failed(errTest))
	_ = r.Run()
	_ = r.Schedule(part, 1)
	mustRun(t, r)
	tr.check(t, "all ended: error no luck", "A' 1", "A ended: 1")
}
