package microthread_test

import (
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

const limit = microthread.DefaultWatchdogLimit

// barks collects what a watchdog reports.
type barks struct {
	mu   sync.Mutex
	list []microthread.Starvation
}

func (b *barks) add(s microthread.Starvation) {
	b.mu.Lock()
	b.list = append(b.list, s)
	b.mu.Unlock()
}

func (b *barks) texts() (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.list {
		list = append(list, fmt.Sprintf("%s: %s for %v", s.Thread, s.State, s.Elapsed))
	}
	return list
}

// The looks of these watchdogs are 25 ms apart, from 0. A thread behind others that had short
// turns at the same time is convicted a look later, since it is not known which of them it
// was that began then.
//
// TestK3_BlockedThreads has threads that block without suspending, in virtual time: what is
// reported, and what is not.
func TestK3_BlockedThreads(t *testing.T) {
	for _, row := range []struct {
		name string
		main func(t *microthread.Thread) error
		want []string
	}{
		{"K3 sleeps", func(t *microthread.Thread) error { time.Sleep(10 * limit); return nil }, []string{"main: sleep for 100ms"}},
		{"K3 sleeps not quite so long", func(t *microthread.Thread) error { time.Sleep(limit - 1); t.Yield(); time.Sleep(limit - 1); return nil }, nil},
		{"K3 suspended", func(t *microthread.Thread) error { t.Sleep(time.Minute); return nil }, nil},
		{"K3 in a blocking call that is moved off", func(t *microthread.Thread) error {
			_, err := t.Blocking(func() (any, error) { time.Sleep(time.Minute); return nil, nil })
			return err
		}, nil},
		{"K3 receives", func(t *microthread.Thread) error {
			<-time.After(time.Minute)
			return nil
		}, []string{"main: chan receive for 100ms"}},
		{"K3 once in each turn", func(t *microthread.Thread) error {
			for range 3 {
				time.Sleep(3 * limit)
				t.Yield()
			}
			return nil
		}, []string{"main: sleep for 100ms", "main: sleep for 100ms", "main: sleep for 100ms"}},
		{"K3 began between two looks", func(t *microthread.Thread) error {
			t.Sleep(60 * time.Millisecond)
			time.Sleep(10 * limit)
			return nil
		}, []string{"main: sleep for 115ms"}},
		{"K3 unwatched", func(t *microthread.Thread) error {
			t.Unwatched(func() { time.Sleep(10 * limit) })
			time.Sleep(limit - 1)
			t.Yield()
			return nil
		}, nil},
		{"K3 unwatched, twice", func(t *microthread.Thread) error {
			t.Unwatched(func() {
				t.Unwatched(func() { time.Sleep(10 * limit) })
				time.Sleep(10 * limit)
			})
			return nil
		}, nil},
		{"K3 unwatched, then not", func(t *microthread.Thread) error {
			t.Unwatched(func() { time.Sleep(10 * limit) })
			time.Sleep(10 * limit)
			return nil
		}, []string{"main: sleep for 100ms"}},
		{"K3 suspends while unwatched", func(t *microthread.Thread) error {
			microthread.StartAndForget(t, func(c *microthread.Thread) error { time.Sleep(2 * limit); return nil }, microthread.Named("other"))
			t.Unwatched(func() { t.Sleep(10 * limit) })
			return nil
		}, []string{"other: sleep for 125ms"}},
		{"K3 continued by another thread", handedOn, []string{"reader: sleep for 125ms"}},
		{"K3 on a stack that another has left", func(t *microthread.Thread) error {
			first := microthread.StartInParallel(t, func(*microthread.Thread) (int, error) { return 0, nil }, microthread.Named("first"))
			if _, err := first.Wait(t); err != nil {
				return err
			}
			second := microthread.StartInParallel(t, func(*microthread.Thread) (int, error) { time.Sleep(2 * limit); return 0, nil }, microthread.Named("second"))
			_, err := second.Wait(t)
			return err
		}, []string{"second: sleep for 125ms"}},
		{"K3 in a coroutine of its own", func(t *microthread.Thread) error {
			next, stop := iter.Pull(func(yield func(int) bool) { time.Sleep(2 * limit); yield(1) })
			defer stop()
			next()
			return nil
		}, []string{"main: sleep for 100ms"}},
		{"K3 no thread", func(t *microthread.Thread) error {
			t.Program().Post(func() { time.Sleep(2 * limit) })
			t.Yield()
			return nil
		}, []string{": sleep for 100ms"}},
		{"K3 no thread for a while, and none for long", func(t *microthread.Thread) error {
			t.Program().Reactor().Hold()
			go func() {
				time.Sleep(time.Minute)
				t.Program().Post(func() {
					time.Sleep(limit - 1)
					t.Program().Reactor().Unhold()
				})
			}()
			return nil
		}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var b barks
				err := run(t, row.main, microthread.Watchdog(limit, b.add))
				wantErr(t, "run", err, nil)
				equal(t, "reports", b.texts(), row.want)
			})
		})
	}
}

// handedOn has a writer that continues its reader itself, which then does not suspend.
func handedOn(t *microthread.Thread) error {
	out := microthread.Generate(t, func(g *microthread.Thread) error { return count(g, 1000) }, microthread.Capacity(1))
	reader := microthread.StartInParallel(t, func(c *microthread.Thread) (int, error) {
		for v := range out.All() {
			if v.AsInt() == 500 {
				time.Sleep(2 * limit)
			}
		}
		return 0, nil
	}, microthread.Named("reader"))
	_, err := reader.Wait(t)
	return err
}

// TestK3_Several has two programs at a time: each watchdog names the thread of its own.
func TestK3_Several(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var all [2]barks
		var both sync.WaitGroup
		for i := range all {
			both.Go(func() {
				err := microthread.Run(func(t0 *microthread.Thread) error {
					k := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { time.Sleep(2 * limit); return 0, nil },
						microthread.Named(fmt.Sprint("thread ", i)))
					_, err := k.Wait(t0)
					return err
				}, microthread.Watchdog(limit, all[i].add))
				wantErr(t, "run", err, nil)
			})
		}
		both.Wait()
		for i := range all {
			equal(t, fmt.Sprint("reports of program ", i), all[i].texts(), []string{fmt.Sprintf("thread %d: sleep for 125ms", i)})
		}
	})
}

func TestK3_Off(t *testing.T) {
	bubble(t, func(t *testing.T) {
		goroutines := 0
		err := run(t, func(t *microthread.Thread) error {
			t.Unwatched(func() { time.Sleep(limit) })
			goroutines = runtime.NumGoroutine()
			return nil
		}, microthread.Watchdog(limit, nil), microthread.Watchdog(0, nil))
		wantErr(t, "run", err, nil)
		with := 0
		err = run(t, func(t *microthread.Thread) error {
			with = runtime.NumGoroutine()
			return nil
		}, microthread.Watchdog(limit, nil))
		wantErr(t, "run", err, nil)
		if with != goroutines+1 {
			t.Errorf("got %d goroutines with a watchdog and %d without, want one more", with, goroutines)
		}
	})
}

// computing does not suspend until enough says so.
//
//go:noinline
func computing(enough func() bool) {
	for i := 0; i&1023 != 0 || !enough(); i++ {
	}
}

// TestK3_NamesTheComputingThread has threads that really compute, beside one that waits.
func TestK3_NamesTheComputingThread(t *testing.T) {
	const limit = 20 * time.Millisecond
	var b barks
	var barked atomic.Int32
	var began time.Time
	var took time.Duration
	site := ""
	err := run(t, func(t0 *microthread.Thread) error {
		for i := range 3 { // turns of microseconds, so that the clock is seldom read
			out := microthread.Generate(t0, func(g *microthread.Thread) error { return count(g, 10_000) }, microthread.Capacity(1+i))
			if _, err := read(out); err != nil {
				return err
			}
		}
		k := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) {
			began = time.Now()
			computing(func() bool { return barked.Load() > 0 || time.Since(began) > time.Minute })
			took = time.Since(began)
			more := time.Now()
			computing(func() bool { return time.Since(more) > 4*limit })
			return 0, nil
		}, microthread.Named("stage"))
		site = k.Site()
		_, err := k.Wait(t0)
		return err
	}, microthread.Watchdog(limit, func(s microthread.Starvation) {
		if b.add(s); s.Thread == "stage" {
			barked.Add(1)
		}
	}))
	wantErr(t, "run", err, nil)
	for _, s := range b.list {
		if s.Thread != "stage" {
			continue // a loaded machine may hold up the others for as long
		}
		if s.Site != site || s.State != "" || !strings.Contains(s.Stack, "microthread_test.computing") {
			t.Errorf("got %+v, want the thread made at %s that computes", s, site)
		}
		if s.Elapsed < limit || s.Elapsed > took+limit {
			t.Errorf("got %v, want between %v and %v", s.Elapsed, limit, took+limit)
		}
		return
	}
	t.Errorf("got %v, want a report of the thread that computes", b.texts())
}

// TestK3_PipelinesAreNotReported has a pipeline that computes all the time in short turns.
func TestK3_PipelinesAreNotReported(t *testing.T) {
	var b barks
	bubble(t, func(t *testing.T) {
		err := run(t, func(t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				for i := range 1000 {
					time.Sleep(limit / 10) // computes
					g.Put(value.Int(int64(i)))
				}
				return nil
			}, microthread.Capacity(pipe.DefaultCapacity))
			_, err := read(out)
			return err
		}, microthread.Watchdog(limit, b.add))
		wantErr(t, "run", err, nil)
	})
	equal(t, "reports", b.texts(), nil)
}
