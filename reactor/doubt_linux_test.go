package reactor

import (
	"testing"
	"time"
)

// TestG13_Doubt has a thread wait for what is there already and was told of before, as after a call
// that says in vain that it would wait: it is found when nothing else has happened for a while.
func TestG13_Doubt(t *testing.T) {
	leaves(t)
	r := newReactor(t, Descriptors)
	read, write := pipe(t)
	send(t, write)
	ds, err := r.Watch(read)
	if err != nil {
		t.Fatal(err)
	}
	var tr trace
	wait := func(name string, limit time.Duration) {
		r.Start(name, func(d *Deferred) Outcome {
			o := ds.Defer(d, false, limit)
			o.AddCallback(name, "", nil)
			return o
		}, tr.finish(name))
		mustRun(t, r)
	}
	wait("told", 0)
	wait("not told", time.Minute)
	_ = take(read)
	wait("nothing there", (doubtAfter+1)*time.Millisecond)
	tr.check(t, "told ended: <nil>", "not told ended: <nil>", "nothing there ended: error timed out")
	ds.Forget()
}
