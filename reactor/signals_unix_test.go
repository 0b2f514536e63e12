//go:build unix

package reactor

import (
	"errors"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// signalled is leaves for a test of signals: the goroutine that the standard library starts
// for the first signal, and keeps, is there before.
func signalled(t *testing.T) {
	t.Helper()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	kill(t, syscall.SIGUSR1)
	<-c
	signal.Stop(c)
	leaves(t)
}

// kill sends signals to the test.
func kill(t *testing.T, sigs ...syscall.Signal) {
	t.Helper()
	for _, s := range sigs {
		must(t, syscall.Kill(os.Getpid(), s))
	}
}

// signalWatch returns a reactor and a watch.
func signalWatch(t *testing.T, list ...os.Signal) (*Reactor, *SignalWatch) {
	t.Helper()
	r := newReactorOf(t, NewDefaultSystem())
	w, err := r.WatchSignals(list...)
	must(t, err)
	return r, w
}

// caughtAll waits until the reactor has got the signals that were sent.
func caughtAll(t *testing.T, r *Reactor, w *SignalWatch, want ...os.Signal) {
	t.Helper()
	for i := 0; len(w.pending) < len(want); i++ {
		time.Sleep(time.Millisecond)
		mustRun(t, r)
		if i == 10_000 {
			t.Fatalf("got %v, want %v", w.pending, want)
		}
	}
	got := slices.Clone(w.pending)
	slices.SortFunc(got, func(a, b os.Signal) int { return slices.Index(want, a) - slices.Index(want, b) })
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestH11_Signals(t *testing.T) {
	for _, c := range []struct {
		name   string
		reason any
		want   string
	}{
		{"one signal", syscall.SIGUSR1, "A ended: user defined signal 1"},
		{"a list", []os.Signal{syscall.SIGUSR2, syscall.SIGUSR1}, "A ended: user defined signal 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			signalled(t)
			r := newReactorOf(t, NewDefaultSystem())
			var tr trace
			n := r.Notifier(Signals)
			awaiting(n, r, &tr, "A", c.reason, 0)
			awaiting(n, r, &tr, "B", syscall.SIGUSR1, 0)
			d := awaiting(n, r, &tr, "other", syscall.SIGUSR2, 0)
			whenAsleep(t, r, func() { kill(t, syscall.SIGUSR1) })
			r.EachLive(func(e *Deferred) {
				if e != d {
					e.OnFinish(func(Outcome) { d.Override(Done("ended")) })
				}
			})
			mustRun(t, r)
			tr.check(t, c.want, "B ended: user defined signal 1", "other ended: ended")
		})
	}
}

func TestH11_SignalBetweenTwoWaits(t *testing.T) {
	signalled(t)
	r, w := signalWatch(t, syscall.SIGUSR1, syscall.SIGUSR2)
	kill(t, syscall.SIGUSR1)
	caughtAll(t, r, w, syscall.SIGUSR1)
	kill(t, syscall.SIGUSR1, syscall.SIGUSR2)
	caughtAll(t, r, w, syscall.SIGUSR1, syscall.SIGUSR2)
	var tr trace
	for range 2 {
		awaiting(r.Notifier(Signals), r, &tr, "A", w, 0)
		mustRun(t, r)
	}
	awaiting(r.Notifier(Signals), r, &tr, "A", w, time.Millisecond)
	mustRun(t, r)
	tr.check(t, "A ended: user defined signal 1", "A ended: user defined signal 2", "A ended: error timed out")
}

// TestH11_RareSignalAmongMany wants one signal not to be lost among many of another kind.
func TestH11_RareSignalAmongMany(t *testing.T) {
	signalled(t)
	for range 20 {
		r, w := signalWatch(t, syscall.SIGUSR1, syscall.SIGUSR2)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 200 {
					_ = syscall.Kill(os.Getpid(), syscall.SIGUSR1)
				}
			})
		}
		kill(t, syscall.SIGUSR2)
		wg.Wait()
		caughtAll(t, r, w, syscall.SIGUSR1, syscall.SIGUSR2)
		w.Close()
	}
}

func TestH11_SignalWaitsEnd(t *testing.T) {
	signalled(t)
	r, w := signalWatch(t, syscall.SIGUSR1)
	_, v := signalWatch(t, syscall.SIGUSR1)
	n := r.Notifier(Signals)
	var tr trace
	for _, c := range []struct {
		name   string
		reason any
	}{
		{"closed", w}, {"second", w}, {"another's", v}, {"none", []os.Signal{}}, {"nil", []os.Signal{nil}},
		{"kill", os.Kill}, {"no signal", 10},
	} {
		awaiting(n, r, &tr, c.name, c.reason, 0)
	}
	sleeping(r, "closer", time.Millisecond, w.Close)
	mustRun(t, r)
	awaiting(n, r, &tr, "too late", w, 0)
	mustRun(t, r)
	tr.check(t, "second ended: error two threads cannot wait for one watch",
		"another's ended: error the deferred belongs to another reactor",
		"none ended: error there is no signal to wait for",
		"nil ended: error the signal <nil> cannot be caught",
		"kill ended: error the signal killed cannot be caught",
		"no signal ended: error the signal notifier takes an os.Signal, a list of them or a *SignalWatch, not a int",
		"closed ended: error the watch is closed",
		"too late ended: error the watch is closed")
	if n := n.(*signals); len(n.watches)+len(n.waits)+len(n.caught) > 0 || n.stop != nil {
		t.Errorf("got %d watches, %d waits, %d signals, want none", len(n.watches), len(n.waits), len(n.caught))
	}
}

// TestH11_SignalsAreGivenBack ignores a signal, catches it for a while, and sends it again.
func TestH11_SignalsAreGivenBack(t *testing.T) {
	signalled(t)
	signal.Ignore(syscall.SIGUSR2)
	defer signal.Reset(syscall.SIGUSR2)
	r, w := signalWatch(t, syscall.SIGUSR2)
	other, err := r.WatchSignals(syscall.SIGUSR2)
	must(t, err)
	other.Close()
	kill(t, syscall.SIGUSR2)
	caughtAll(t, r, w, syscall.SIGUSR2)
	w.Close()
	w.Close()
	kept := make(chan os.Signal, 1)
	signal.Notify(kept, syscall.SIGUSR1)
	defer signal.Stop(kept)
	kill(t, syscall.SIGUSR1)
	<-kept
	if n := r.Notifier(Signals).(*signals); len(n.caught) > 0 {
		t.Errorf("got %d signals caught, want none", len(n.caught))
	}
}

// TestH11_SignalNotifierRemoved removes the notifier from the system while somebody waits, and
// while a watch is open.
func TestH11_SignalNotifierRemoved(t *testing.T) {
	signalled(t)
	r, w := signalWatch(t, syscall.SIGUSR1)
	var tr trace
	awaiting(r.Notifier(Signals), r, &tr, "A", syscall.SIGUSR2, 0)
	must(t, r.System().RemoveNotifier(Signals))
	mustRun(t, r)
	tr.check(t, "A ended: error the notifier signals was removed")
	if !w.closed {
		t.Error("got an open watch, want a closed one")
	}
	if _, err := r.WatchSignals(syscall.SIGUSR1); !errors.Is(err, ErrNoNotifier) {
		t.Errorf("got %v, want %v", err, ErrNoNotifier)
	}
}

// TestG12_SignalsAreNoDeadlock has nothing but a signal that can wake a thread.
func TestG12_SignalsAreNoDeadlock(t *testing.T) {
	signalled(t)
	r := newReactor(t, Signals)
	var tr trace
	awaiting(r.Notifier(Signals), r, &tr, "A", syscall.SIGUSR1, 0)
	whenAsleep(t, r, func() { kill(t, syscall.SIGUSR1) })
	mustRun(t, r)
	tr.check(t, "A ended: user defined signal 1")
}
