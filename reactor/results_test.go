package reactor

import (
	"reflect"
	"testing"
)

func TestF14_LastResult(t *testing.T) {
	for _, test := range []struct {
		name string
		fn   func(*Deferred) Outcome
		want string
	}{
		{"F14 value", func(*Deferred) Outcome { return Done(7) }, "7"},
		{"F14 error", func(*Deferred) Outcome { return Failed(errTest) }, "error no luck"},
		{"F14 panic", func(*Deferred) Outcome { panic("boom") }, "error panic: boom"},
		{"F14 after a suspension", func(d *Deferred) Outcome {
			o := d.Suspend(place("waiting"))
			_ = d.r.Schedule(d, nil)
			o.AddCallback("A", "", func(Outcome) Outcome { return Done("late") })
			return o
		}, "late"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newReactor(t)
			var tr trace
			d := r.Start("A", test.fn, tr.finish("A"))
			d.OnFinish(tr.finish("again"))
			mustRun(t, r)
			d.OnFinish(tr.finish("late"))
			if r.Live() != 0 {
				t.Errorf("got %d live threads, want 0", r.Live())
			}
			ends := trace{"A ended: " + test.want, "again ended: " + test.want, "late ended: " + test.want}
			tr.check(t, ends...)
		})
	}
}

func TestF15_CallbacksOwnError(t *testing.T) {
	r := newReactor(t)
	var tr trace
	d := start(r, &tr, nil, "A")
	other := start(r, &tr, nil, "B")
	if err := d.Callback(Outcome{d: other}); err == nil {
		t.Error("got nil for the suspension of another, want an error")
	}
	if err := d.Callback(Failed(errTest)); err != nil {
		t.Errorf("got %v for a thread that failed, want nil", err)
	}
	if err := d.Callback(Done(1)); err != ErrNotSuspended {
		t.Errorf("got %v for a finished thread, want ErrNotSuspended", err)
	}
	tr.check(t, "A' error no luck", "A ended: error no luck")
	r.Start("C", func(d *Deferred) Outcome {
		o := d.Suspend(place("waiting"))
		if err := d.Callback(Done(1)); err != ErrNotSuspended {
			t.Errorf("got %v before the suspension was complete, want ErrNotSuspended", err)
		}
		o.AddCallback("C", "", nil)
		return o
	}, nil)
}

func TestF16_NoSuspensionAsAnError(t *testing.T) {
	failure := reflect.TypeFor[error]()
	for _, typ := range []reflect.Type{reflect.TypeFor[Deferred](), reflect.TypeFor[*Deferred](),
		reflect.TypeFor[Outcome](), reflect.TypeFor[*Outcome]()} {
		if typ.Implements(failure) {
			t.Errorf("got %v as an error, want it not to be one", typ)
		}
	}
}

func TestF16_Swallowed(t *testing.T) {
	const swallowed = "error began to suspend and then ended: a suspension was swallowed"
	r := newReactor(t)
	var tr trace
	r.Start("A", func(d *Deferred) Outcome {
		descend(d, &tr, nil, "B", "C")
		return Done(1)
	}, tr.finish("A"))
	tr.check(t, "C' "+swallowed, "B' "+swallowed, "A ended: "+swallowed)
}

func TestF16_OfAnotherThread(t *testing.T) {
	r := newReactor(t)
	var tr trace
	d := start(r, &tr, nil, "A")
	r.Start("B", func(b *Deferred) Outcome {
		descend(b, &tr, nil, "C")
		return Outcome{d: d}
	}, tr.finish("B"))
	tr.check(t, "C' error a suspension was swallowed", "B ended: error B returned the suspension of another thread")
	_ = d.Callback(Done(1))
	tr = tr[2:]
	tr.check(t, "A' 1", "A ended: 1")
}

func TestF16_OldOne(t *testing.T) {
	r := newReactor(t)
	var tr trace
	var old Outcome
	d := r.Start("A", func(d *Deferred) Outcome {
		old = wait(d, place("waiting"), "A", func(Outcome) Outcome { return old })
		return old
	}, tr.finish("A"))
	_ = d.Callback(Done(1))
	tr.check(t, "A ended: error A returned a suspension that is over")
}
