package reactor

import (
	"errors"
	"testing"
)

// descend is the function names[0], which calls names[1] and so on; the last one suspends.
// Each registers a callback under its name: its own, or one that notes what it is given.
func descend(d *Deferred, tr *trace, own map[string]Callback, names ...string) Outcome {
	fn, ok := own[names[0]]
	if !ok {
		fn = tr.callback(names[0] + "'")
	}
	if len(names) == 1 {
		return wait(d, place("waiting"), names[0], fn)
	}
	o := descend(d, tr, own, names[1:]...)
	if !o.AddCallback(names[0], names[1], fn) {
		tr.add("%s refused: %s", names[0], text(o))
	}
	return o
}

// start starts the thread names[0]; see descend.
func start(r *Reactor, tr *trace, own map[string]Callback, names ...string) *Deferred {
	return r.Start(names[0], func(d *Deferred) Outcome {
		return descend(d, tr, own, names...)
	}, tr.finish(names[0]))
}

func TestF1_ContinuedOncePerSuspension(t *testing.T) {
	r := newReactor(t)
	var tr trace
	var d *Deferred
	rounds := 0
	var again Callback
	again = func(o Outcome) Outcome {
		tr.add("got %s", text(o))
		if rounds++; rounds == 3 {
			return o
		}
		return wait(d, place("waiting"), "A", again)
	}
	r.Start("A", func(self *Deferred) Outcome {
		d = self
		return wait(d, place("waiting"), "A", again)
	}, tr.finish("A"))
	for i := range 3 {
		if err := r.Schedule(d, i); err != nil {
			t.Errorf("round %d: got %v, want nil", i, err)
		}
		if err := r.Schedule(d, "late"); err != ErrScheduled {
			t.Errorf("round %d: got %v, want ErrScheduled", i, err)
		}
		_ = r.Run()
	}
	if err := r.Schedule(d, 3); err != ErrNotSuspended {
		t.Errorf("got %v, want ErrNotSuspended", err)
	}
	tr.check(t, "got 0", "got 1", "got 2", "A ended: 2")
}

func TestF1_NotTwiceAtATime(t *testing.T) {
	r := newReactor(t)
	var tr trace
	r.Start("A", func(d *Deferred) Outcome {
		o := d.Suspend(place("waiting"))
		tr.add("%s", text(d.Suspend(place("elsewhere"))))
		o.AddCallback("A", "", func(o Outcome) Outcome { return o })
		_ = r.Schedule(d, 1)
		tr.add("%s", text(d.Suspend(place("elsewhere"))))
		return o
	}, tr.finish("A"))
	mustRun(t, r)
	tr.check(t, "error cannot suspend: the thread is suspended already",
		"error cannot suspend: the thread is scheduled already", "A ended: 1")
}

func TestF2_AddCallback(t *testing.T) {
	r := newReactor(t)
	var tr trace
	var accepted bool
	d := r.Start("A", func(d *Deferred) Outcome {
		o := d.Suspend(place("waiting"))
		accepted = o.AddCallback("A", "", func(in Outcome) Outcome { return Done(in.Value().(int) + 1) })
		return o
	}, tr.finish("A"))
	if !accepted || !d.Waiting() {
		t.Errorf("got accepted %t, waiting %t, want both", accepted, d.Waiting())
	}
	_ = r.Schedule(d, 41)
	mustRun(t, r)
	tr.check(t, "A ended: 42")
}

func TestF3_NameMismatch(t *testing.T) {
	for _, test := range []struct {
		name           string
		caller, called string // the second registration; the first is C, which began the suspension
		want           string // "" for none
	}{
		{"F3 the name that the callee used", "A", "C", ""},
		{"F3 a function in between", "A", "B", "deferred execution not implemented by B"},
		{"F3 case counts", "A", "c", "deferred execution not implemented by c"},
		{"F3 not the initiator", "A", "", "deferred execution not implemented by A"},
		{"F3 no name", "", "C", "deferred execution not implemented by C"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newReactor(t)
			var tr trace
			var err error
			d := r.Start("A", func(d *Deferred) Outcome {
				o := wait(d, place("waiting"), "C", nil)
				accepted := o.AddCallback(test.caller, test.called, nil)
				if accepted != (test.want == "") || accepted == d.IsException() {
					t.Errorf("got accepted %t, exception %t, want %t", accepted, d.IsException(), test.want == "")
				}
				return o
			}, func(o Outcome) { err = o.Err() })
			if test.want == "" {
				if !d.Waiting() {
					t.Errorf("got %v, want a thread that waits", err)
				}
				return
			}
			var missing *NotImplementedError
			if !errors.As(err, &missing) || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			tr.check(t)
		})
	}
}

func TestF3_EmptyForTheInitiator(t *testing.T) {
	r := newReactor(t)
	var tr trace
	r.Start("A", func(d *Deferred) Outcome {
		o := d.Suspend(place("waiting"))
		tr.add("accepted %t", o.AddCallback("A", "B", tr.callback("A'")))
		return o
	}, tr.finish("A"))
	tr.check(t, "accepted false", "A ended: error deferred execution not implemented by B")
}

func TestF4_NilCallback(t *testing.T) {
	r := newReactor(t)
	var tr trace
	d := start(r, &tr, map[string]Callback{"B": nil}, "A", "B", "C")
	_ = r.Schedule(d, 1)
	mustRun(t, r)
	tr.check(t, "C' 1", "A' 1", "A ended: 1")
}

func TestF4_RegistrationMayNotBeLeftOut(t *testing.T) {
	for _, test := range []struct{ name, start string }{
		{"F4 by the outermost function", "A"},
		{"F4 by one without a name", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newReactor(t)
			var missing *NotImplementedError
			r.Start(test.start, func(d *Deferred) Outcome { return d.Suspend(place("waiting")) },
				func(o Outcome) { errors.As(o.Err(), &missing) })
			if missing == nil || missing.Function != test.start {
				t.Errorf("got %v, want one that names %q", missing, test.start)
			}
			mustRun(t, r)
		})
	}
}

func TestF6_AcceptedAreToldOfALaterRefusal(t *testing.T) {
	r := newReactor(t)
	var tr trace
	cancelled := 0
	r.Start("A", func(d *Deferred) Outcome {
		o := d.Suspend(counting{&cancelled})
		o.AddCallback("D", "", tr.callback("D'"))
		o.AddCallback("C", "D", tr.callback("C'"))
		tr.add("accepted %t", o.AddCallback("A", "B", tr.callback("A'")))
		tr.add("accepted %t", o.AddCallback("A", "C", tr.callback("A'")))
		return o
	}, tr.finish("A"))
	const missing = "error deferred execution not implemented by B"
	tr.check(t, "D' "+missing, "C' "+missing, "accepted false", "accepted false", "A ended: "+missing)
	if cancelled != 1 {
		t.Errorf("got %d calls of Cancel, want 1", cancelled)
	}
}

// counting is a place that counts how often it was left.
type counting struct{ left *int }

func (c counting) Cancel(*Deferred)        { *c.left++ }
func (counting) Describe(*Deferred) string { return "waiting" }

func TestF6_NoSuspensionWhileCleaningUp(t *testing.T) {
	r := newReactor(t)
	var tr trace
	r.Start("A", func(d *Deferred) Outcome {
		o := wait(d, place("waiting"), "C", func(Outcome) Outcome {
			o := d.Suspend(place("waiting"))
			tr.add("%s", text(o))
			tr.add("accepted %t", d.AddCallback("C", "", nil))
			return o
		})
		o.AddCallback("A", "B", nil)
		return o
	}, tr.finish("A"))
	tr.check(t, "error cannot suspend: the thread is cleaning up", "accepted false",
		"A ended: error deferred execution not implemented by B")
}

func TestF7_RefusedIsNeverCalled(t *testing.T) {
	r := newReactor(t)
	var tr trace
	d := r.Start("A", func(d *Deferred) Outcome {
		o := wait(d, place("waiting"), "C", nil)
		if o.AddCallback("A", "B", tr.callback("refused")) {
			t.Error("got an accepted callback, want a refused one")
		}
		return wait(d, place("waiting"), "A", tr.callback("A'")) // the error is dealt with
	}, tr.finish("A"))
	_ = r.Schedule(d, 1)
	mustRun(t, r)
	tr.check(t, "A' 1", "A ended: 1")
}

func TestF8_NotMine(t *testing.T) {
	r := newReactor(t)
	failed, done := Failed(errTest), Done(1)
	for _, o := range []Outcome{failed, done, {}} {
		if o.AddCallback("A", "", nil) || !o.IsException() || o.Suspended() {
			t.Errorf("got %s accepted or taken for a suspension, want not mine", text(o))
		}
	}
	r.Start("A", func(d *Deferred) Outcome {
		o := wait(d, place("waiting"), "A", nil)
		if o.IsException() || d.IsException() || o.Err() != nil {
			t.Errorf("got an exception, want a suspension under way")
		}
		o.AddCallback("X", "Y", nil)
		if !o.IsException() || !d.IsException() || o.Err() == nil {
			t.Errorf("got a suspension under way, want an exception")
		}
		return Done(nil)
	}, nil)
	mustRun(t, r)
}

func TestF9_ResultsFeedTheNext(t *testing.T) {
	r := newReactor(t)
	var tr trace
	own := map[string]Callback{
		"E": func(o Outcome) Outcome { tr.add("E' %s", text(o)); return Failed(errTest) },
		"C": func(o Outcome) Outcome { tr.add("C' %s", text(o)); return Done("mended") },
		"B": func(o Outcome) Outcome { tr.add("B' %s", text(o)); panic("boom") },
	}
	d := start(r, &tr, own, "A", "B", "C", "D", "E")
	if err := d.Callback(Done(1)); err != nil {
		t.Errorf("got %v from Callback, want nil", err)
	}
	tr.check(t, "E' 1", "D' error no luck", "C' error no luck", "B' mended", "A' error panic: boom",
		"A ended: error panic: boom")
}

func TestF9_ErrorIn(t *testing.T) {
	r := newReactor(t)
	var tr trace
	d := start(r, &tr, nil, "A", "B")
	_ = r.ScheduleError(d, errTest)
	mustRun(t, r)
	tr.check(t, "B' error no luck", "A' error no luck", "A ended: error no luck")
}

func TestF10_Order(t *testing.T) {
	r := newReactor(t)
	var tr trace
	var d *Deferred
	own := map[string]Callback{"C": func(o Outcome) Outcome {
		tr.add("C' %s", text(o))
		o = descend(d, &tr, nil, "E", "F")
		o.AddCallback("C", "E", tr.callback("C''"))
		return o
	}}
	d = start(r, &tr, own, "A", "B", "C", "D")
	_ = r.Schedule(d, 1)
	_ = r.Run()
	tr.check(t, "D' 1", "C' 1")
	_ = r.Schedule(d, 2)
	mustRun(t, r)
	tr.check(t, "D' 1", "C' 1", "F' 2", "E' 2", "C'' 2", "B' 2", "A' 2", "A ended: 2")
}

func TestF11_SuspendingStopsTheChain(t *testing.T) {
	r := newReactor(t)
	var tr trace
	var d *Deferred
	own := map[string]Callback{"B": func(o Outcome) Outcome {
		return wait(d, place("waiting"), "B", tr.callback("B''"))
	}}
	d = start(r, &tr, own, "A", "B")
	_ = d.Callback(Done(1))
	tr.check(t)
	self := Outcome{d: d}
	if err := d.Callback(self); err != nil || !d.Waiting() {
		t.Errorf("got %v, waiting %t, want the deferred itself to run nothing", err, d.Waiting())
	}
	tr.check(t)
	_ = d.Callback(Done(2))
	tr.check(t, "B'' 2", "A' 2", "A ended: 2")
}

func TestF12_NameCheckAfterASecondSuspension(t *testing.T) {
	r := newReactor(t)
	var tr trace
	var d *Deferred
	own := map[string]Callback{"B": func(o Outcome) Outcome {
		return descend(d, &tr, nil, "E", "F") // and B does not register again
	}}
	d = start(r, &tr, own, "A", "B")
	_ = d.Callback(Done(1))
	const missing = "error deferred execution not implemented by B"
	tr.check(t, "F' "+missing, "E' "+missing, "A' "+missing, "A ended: "+missing)
}

func TestF13_SuspendedThenFailed(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func() Outcome
		want string
	}{
		{"F13 with an error", func() Outcome { return Failed(errTest) }, "no luck"},
		{"F13 with a panic", func() Outcome { panic(errTest) }, "panic: no luck"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newReactor(t)
			var tr trace
			var d *Deferred
			var told error
			own := map[string]Callback{"B": func(o Outcome) Outcome {
				wait(d, place("waiting"), "B", func(o Outcome) Outcome { told = o.Err(); return o })
				return test.end()
			}}
			d = start(r, &tr, own, "A", "B")
			_ = d.Callback(Done(1))
			tr.check(t, "A' error "+test.want, "A ended: error "+test.want)
			var sys *SystemError
			if !errors.As(told, &sys) || !errors.Is(told, errTest) || told.Error() != "began to suspend and then ended: "+test.want {
				t.Errorf("got %v, want a SystemError caused by %s", told, test.want)
			}
		})
	}
}
