package microthread_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

// gui is a toolkit's loop, which owns a thread of the operating system, and the notifier that
// lets micro-threads wait for its events. Events come by Post, so nobody has to poll.
type gui struct {
	calls   chan func() // what the loop is to call on its thread
	r       *reactor.Reactor
	waiters map[*reactor.Deferred]string
}

func (g *gui) run() {
	runtime.LockOSThread()
	for fn := range g.calls {
		fn()
	}
}

// fire is called by the loop when an event has happened.
func (g *gui) fire(event string) {
	g.r.Post(func() {
		for d, name := range g.waiters {
			if name == event {
				_ = g.r.Schedule(d, event)
			}
		}
	})
}

func (g *gui) SelfWaking()                                     {}
func (g *gui) Cancel(d *reactor.Deferred)                      { delete(g.waiters, d) }
func (g *gui) Describe(d *reactor.Deferred) string             { return "waiting for " + g.waiters[d] }
func (g *gui) TimedWait(time.Duration) (reactor.Status, error) { return reactor.CannotWait, nil }
func (g *gui) WaitForever() (reactor.Status, error)            { return reactor.CannotWait, nil }
func (g *gui) Close() error                                    { return nil }
func (g *gui) Timeout(d *reactor.Deferred) error               { return g.r.ScheduleError(d, reactor.ErrTimeout) }
func (g *gui) Deregister(d *reactor.Deferred, o reactor.Outcome) error {
	d.Override(o)
	return nil
}

func (g *gui) Register(d *reactor.Deferred, event any, maxWait time.Duration) error {
	g.waiters[d] = event.(string)
	if maxWait > 0 {
		g.r.SetTimer(g, d, maxWait)
	}
	return nil
}

func (g *gui) Poll() (reactor.Status, error) {
	if len(g.waiters) == 0 {
		return reactor.NoWaiters, nil
	}
	return reactor.Polled, nil
}

// TestA10_GUI has threads wait for clicks of a loop on a locked thread, and call it.
func TestA10_GUI(t *testing.T) {
	g := &gui{calls: make(chan func(), 16), waiters: make(map[*reactor.Deferred]string)}
	go g.run()
	defer close(g.calls)
	class := &reactor.NotifierClass{Name: "gui", New: func(r *reactor.Reactor) (reactor.Notifier, error) { g.r = r; return g, nil }}
	clicks := 0
	err := run(t, func(t0 *microthread.Thread) error {
		t0.Program().Reactor().System().AddNotifier(class)
		for range 3 {
			if _, err := t0.DeferTo(class, "never", time.Millisecond); err != reactor.ErrTimeout {
				t.Errorf("got %v, want a time-out", err)
			}
			g.calls <- func() { g.fire("click") }
			got, err := t0.DeferTo(class, "click", time.Minute)
			if err != nil || got != "click" {
				t.Errorf("got %v, %v, want a click", got, err)
			}
			clicks++
		}
		return nil
	})
	wantErr(t, "run", err, nil)
	if clicks != 3 {
		t.Errorf("got %d clicks, want 3", clicks)
	}
}

// TestA2_OrdinaryGo runs ordinary Go beside a program: a server and client of net/http, a
// goroutine that is locked to its thread, and channels.
func TestA2_OrdinaryGo(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a")) }))
	defer s.Close()
	served := make(chan int)
	go func() {
		runtime.LockOSThread()
		n := 0
		for range 20 {
			if res, err := s.Client().Get(s.URL); err == nil && res.StatusCode == 200 {
				n++
				res.Body.Close()
			}
		}
		served <- n
	}()
	var n int
	err := run(t, func(t0 *microthread.Thread) error {
		v, err := t0.Blocking(func() (any, error) { return <-served, nil })
		n, _ = v.(int)
		return err
	})
	wantErr(t, "run", err, nil)
	if n != 20 {
		t.Errorf("got %d answers, want 20", n)
	}
	s.Client().CloseIdleConnections()
}
