package microthread_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// suspending are the functions that may suspend the thread that they are given. Each returns
// the error that it gives; some panic instead.
var suspending = []struct {
	name string
	call func(t *microthread.Thread, x *stuff) error
}{
	{"Sleep", func(t *microthread.Thread, _ *stuff) error { t.Sleep(time.Hour); return nil }},
	{"Yield", func(t *microthread.Thread, _ *stuff) error { t.Yield(); return nil }},
	{"Put", func(t *microthread.Thread, _ *stuff) error { t.Put(value.Int(1)); return nil }},
	{"PutTo", func(t *microthread.Thread, _ *stuff) error { t.PutTo(t.Stdout(), value.Int(1)); return nil }},
	{"PutBatch", func(t *microthread.Thread, _ *stuff) error { t.PutBatch(value.NewValues(1)); return nil }},
	{"PutBatchTo", func(t *microthread.Thread, _ *stuff) error { t.PutBatchTo(t.Stdout(), value.NewValues(1)); return nil }},
	{"TryPut", func(t *microthread.Thread, _ *stuff) error { return t.TryPut(value.Int(1)) }},
	{"TakeFromPipe", func(t *microthread.Thread, x *stuff) error { return t.TakeFromPipe(x.pipe) }},
	{"Next", func(t *microthread.Thread, _ *stuff) error { _, err := t.Next(); return err }},
	{"In", func(t *microthread.Thread, _ *stuff) error { return first(t.In()) }},
	{"Batches", func(t *microthread.Thread, _ *stuff) error { return first(t.Batches()) }},
	{"Task.Wait", func(t *microthread.Thread, x *stuff) error { _, err := x.task.Wait(t); return err }},
	{"Task.WaitFor", func(t *microthread.Thread, x *stuff) error { _, err := x.task.WaitFor(t, time.Hour); return err }},
	{"Wait", func(t *microthread.Thread, x *stuff) error { return x.task.Thread.Wait(t, 0) }},
	{"Cond.Wait", func(t *microthread.Thread, x *stuff) error {
		for !x.happened { // which computes for ever when Wait does nothing
			x.cond.Wait(t, "waiting in vain")
		}
		return nil
	}},
	{"Cond.WaitFor", func(t *microthread.Thread, x *stuff) error {
		x.cond.WaitFor(t, "waiting in vain", time.Hour)
		return nil
	}},
	{"Lock.Together", func(t *microthread.Thread, x *stuff) error { return x.lock.Together(t, func() error { return nil }) }},
	{"Group.Wait", func(_ *microthread.Thread, x *stuff) error { return x.group.Wait() }},
	{"Blocking", func(t *microthread.Thread, _ *stuff) error {
		_, err := t.Blocking(func() (any, error) { return nil, nil })
		return err
	}},
	{"WaitProcess", func(t *microthread.Thread, _ *stuff) error {
		_, err := t.WaitProcess(&os.Process{Pid: os.Getpid()}, time.Hour)
		return err
	}},
	{"Critical", func(t *microthread.Thread, _ *stuff) error { t.Critical(func() {}); return nil }},
	{"Conn.Read", func(t *microthread.Thread, x *stuff) error { _, err := x.conn.Read(t, make([]byte, 1)); return err }},
	{"Conn.Write", func(t *microthread.Thread, x *stuff) error { return x.conn.Write(t, make([]byte, 1)) }},
	{"Listener.Accept", func(t *microthread.Thread, x *stuff) error { _, err := x.listener.Accept(t); return err }},
	{"Dial", func(t *microthread.Thread, x *stuff) error {
		_, err := microthread.Dial(t, "tcp", x.listener.Addr().String(), 0)
		return err
	}},
	{"File.Read", func(t *microthread.Thread, x *stuff) error { _, err := x.file.Read(t, make([]byte, 1)); return err }},
	{"File.Write", func(t *microthread.Thread, x *stuff) error { return x.file.Write(t, make([]byte, 1)) }},
	{"Chan.Send", func(t *microthread.Thread, x *stuff) error { return x.full.Send(t, 1) }},
	{"Chan.Recv", func(t *microthread.Thread, x *stuff) error { x.empty.Recv(t); return nil }},
	{"Select", func(t *microthread.Thread, x *stuff) error {
		_, err := microthread.Select(t, 0, x.empty.RecvCase(new(int), new(bool)))
		return err
	}},
	{"Semaphore.Acquire", func(t *microthread.Thread, x *stuff) error { return x.semaphore.Acquire(t, 1) }},
	{"First", func(t *microthread.Thread, x *stuff) error { _, _, err := microthread.First(t, x.task); return err }},
	{"ParallelMap", func(t *microthread.Thread, x *stuff) error {
		return first(microthread.ParallelMap(t, func(func(int) bool) {}, func(*microthread.Thread, int) (int, error) { return 0, nil }))
	}},
}

// stuff is what those functions are about.
type stuff struct {
	pipe        *pipe.Pipe
	task        *microthread.Task[int]
	cond        microthread.Cond
	lock        microthread.Lock
	group       *microthread.Group
	listener    *microthread.Listener
	conn        *microthread.Conn
	file        *microthread.File
	full, empty *microthread.Chan[int]
	semaphore   *microthread.Semaphore
	happened    bool
}

// first returns the error that seq gives first.
func first[V any](seq iter.Seq2[V, error]) error {
	for _, err := range seq {
		return err
	}
	return nil
}

// setUp makes the stuff of t, a thread that is to be taken for another; done gives it back.
func setUp(t *microthread.Thread) (x *stuff, done func(), err error) {
	x = &stuff{group: microthread.NewGroup(t)}
	x.pipe = microthread.Generate(t, microthread.Bind(count, 3), microthread.Named("numbers"))
	x.task = microthread.StartInParallel(t, func(c *microthread.Thread) (int, error) {
		x.cond.Wait(c, "waiting for the end")
		return 1, nil
	}, microthread.Named("task"))
	x.group.Go(func(c *microthread.Thread) error { x.cond.Wait(c, "waiting for the end"); return nil })
	x.full, x.empty = microthread.NewChan[int](t, 1), microthread.NewChan[int](t, 1)
	x.full.TrySend(1)
	x.semaphore = microthread.NewSemaphore(1)
	x.semaphore.TryAcquire(1)
	if x.listener, err = microthread.Listen(t, "tcp", "127.0.0.1:0"); err != nil {
		return nil, nil, err
	}
	if x.conn, err = microthread.Dial(t, "tcp", x.listener.Addr().String(), 0); err != nil {
		return nil, nil, err
	}
	r, w, err := os.Pipe()
	x.file = microthread.NewFile(r)
	return x, func() {
		x.happened = true
		x.cond.Broadcast()
		x.pipe.CloseRead()
		_, _ = x.task.Wait(t)
		_ = x.group.Wait()
		_ = errors.Join(x.conn.Close(), x.listener.Close(), x.file.Close(t), w.Close())
	}, err
}

// outer runs fn in the thread "outer", which has a stdin and a stdout with room, beside
// what the functions above need.
func outer(t0 *microthread.Thread, fn func(t *microthread.Thread, x *stuff) error) error {
	in := microthread.Generate(t0, microthread.Bind(count, 3), microthread.Named("input"))
	out := microthread.Generate(t0, func(t *microthread.Thread) error {
		x, done, err := setUp(t)
		if err != nil {
			return err
		}
		defer done()
		t.Put(value.Int(1))
		t.Put(value.Int(2)) // there is room for a third in the batch
		return fn(t, x)
	}, microthread.Stdin(in), microthread.Named("outer"))
	_, err := read(out)
	return err
}

// caught runs call and returns its error, or that it panics with.
func caught(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panicked: %w", p.(error))
		}
	}()
	return call()
}

// TestB2_OuterThread calls each function for the outer thread from an inner one: that ends
// with the error, which names both, and nobody else has to do with it.
func TestB2_OuterThread(t *testing.T) {
	for _, row := range suspending {
		t.Run("B2 "+row.name, func(t *testing.T) {
			var handled []error
			err := run(t, func(t0 *microthread.Thread) error {
				return outer(t0, func(t1 *microthread.Thread, x *stuff) error {
					inner := microthread.StartAndForget(t1, func(*microthread.Thread) error { return row.call(t1, x) }, microthread.Named("inner"))
					return inner.Wait(t1, 0)
				})
			}, heard(&handled))
			if !errors.Is(err, microthread.ErrNotRunning) {
				t.Fatalf("got %v, want ErrNotRunning", err)
			}
			checkMisuse(t, err, row.name, "while inner runs, started at ")
		})
	}
}

// checkMisuse checks the text of an error.
func checkMisuse(t *testing.T, err error, function, who string) {
	t.Helper()
	if !errors.Is(err, microthread.ErrNotRunning) {
		t.Fatalf("got %v, want ErrNotRunning", err)
	}
	for _, part := range []string{function + " of outer, called at ", "misuse_test.go:", " " + who, ": not the running thread"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("got %q, want %q in it", err, part)
		}
	}
}

// TestB2_OtherGoroutine calls each function for a thread that waits, and for one that is
// running, from another goroutine.
func TestB2_OtherGoroutine(t *testing.T) {
	for _, row := range suspending {
		t.Run("B2 "+row.name, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				return outer(t0, func(t1 *microthread.Thread, x *stuff) error {
					call := func() (any, error) { return nil, caught(func() error { return row.call(t1, x) }) }
					if row.name != "PutTo" && row.name != "Put" && row.name != "Next" { // these look only where they wait
						got := make(chan error)
						go func() { _, err := call(); got <- err }()
						checkMisuse(t, <-got, row.name, "by another goroutine")
					}
					if row.name == "PutTo" || row.name == "Next" || row.name == "Put" && raceDetector {
						return nil // the race detector tells of these itself
					}
					_, err := t1.Blocking(call)
					checkMisuse(t, err, row.name, "by another goroutine")
					return nil
				})
			})
			wantErr(t, "run", err, nil)
		})
	}
}

// TestB2_RunningThreadOfAnotherGoroutine waits for a thread where only its own goroutine may.
func TestB2_RunningThreadOfAnotherGoroutine(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		return outer(t0, func(t1 *microthread.Thread, x *stuff) error {
			for {
				if _, err := t1.Next(); err == io.EOF {
					break
				}
			}
			empty := microthread.Generate(t1, func(g *microthread.Thread) error { g.Sleep(time.Millisecond); return nil })
			got := make(chan error)
			go func() { _, err := empty.Next(); got <- err }()
			if err := <-got; !errors.Is(err, microthread.ErrNotRunning) {
				t.Errorf("got %v, want ErrNotRunning", err)
			}
			_, err := empty.Next() // it is as it was
			wantErr(t, "the read", err, io.EOF)
			return nil
		})
	})
	wantErr(t, "run", err, nil)
}

// TestB2_NoThreadRuns calls for a thread from a function that is no thread's, and for one that
// has not begun or has ended.
func TestB2_NoThreadRuns(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		return outer(t0, func(t1 *microthread.Thread, x *stuff) error {
			var got error
			t1.Program().Post(func() { got = caught(func() error { t1.Sleep(1); return nil }) })
			t1.Sleep(time.Millisecond)
			checkMisuse(t, got, "Sleep", "by a function that is no thread's")
			c := microthread.StartAndForget(t1, func(*microthread.Thread) error { return nil }, microthread.Named("outer"))
			checkMisuse(t, caught(func() error { c.Sleep(1); return nil }), "Sleep", "while outer runs")
			c.Deferred().OnFinish(func(reactor.Outcome) { got = caught(func() error { c.Yield(); return nil }) })
			_ = c.Wait(t1, 0)
			checkMisuse(t, got, "Yield", "after its end")
			checkMisuse(t, caught(func() error { c.Sleep(1); return nil }), "Sleep", "while outer runs")
			return nil
		})
	})
	wantErr(t, "run", err, nil)
}

// TestB2_StartedForAnother starts threads for the outer one: any thread may, no goroutine.
func TestB2_StartedForAnother(t *testing.T) {
	started := 0
	body := func(*microthread.Thread) error { started++; return nil }
	starts := map[string]func(t *microthread.Thread, g *microthread.Group){
		"StartAndForget": func(t *microthread.Thread, _ *microthread.Group) { microthread.StartAndForget(t, body) },
		"StartInParallel": func(t *microthread.Thread, _ *microthread.Group) {
			microthread.StartInParallel(t, func(c *microthread.Thread) (int, error) { return 0, body(c) })
		},
		"Generate": func(t *microthread.Thread, _ *microthread.Group) { microthread.Generate(t, body) },
		"Group.Go": func(_ *microthread.Thread, g *microthread.Group) { g.Go(body) },
	}
	err := run(t, func(t0 *microthread.Thread) error {
		return outer(t0, func(t1 *microthread.Thread, x *stuff) error {
			for name, start := range starts {
				inner := microthread.StartAndForget(t1, func(*microthread.Thread) error { start(t1, x.group); return nil })
				wantErr(t, name+" in an inner thread", inner.Wait(t1, 0), nil)
				t1.Program().Post(func() { start(t1, x.group) })
				got := make(chan error)
				go func() { got <- caught(func() error { start(t1, x.group); return nil }) }()
				checkMisuse(t, <-got, name, "by another goroutine")
			}
			return nil
		})
	})
	wantErr(t, "run", err, nil)
	if started != 8 {
		t.Errorf("got %d threads, want those of inner threads and posted functions, 8", started)
	}
}

// TestB2_AnotherProgram calls for a thread of another program.
func TestB2_AnotherProgram(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector tells of this itself")
	}
	err := run(t, func(t0 *microthread.Thread) error {
		return outer(t0, func(t1 *microthread.Thread, x *stuff) error {
			_, err := t1.Blocking(func() (any, error) {
				return nil, microthread.Run(func(*microthread.Thread) error { t1.Sleep(1); return nil })
			})
			checkMisuse(t, err, "Sleep", "by a thread of another program")
			return nil
		})
	})
	wantErr(t, "run", err, nil)
}

// TestB2_CustomWaiter suspends the outer thread by its Deferred alone.
func TestB2_CustomWaiter(t *testing.T) {
	var handled []error
	err := run(t, func(t0 *microthread.Thread) error {
		return outer(t0, func(t1 *microthread.Thread, x *stuff) error {
			c := microthread.StartAndForget(t1, func(*microthread.Thread) error {
				_, err := t1.Deferred().Await(t1.Deferred().Waiter())
				return err
			}, microthread.Named("inner"))
			err := c.Wait(t1, 0)
			if !errors.Is(err, microthread.ErrNotRunning) {
				t.Errorf("got %v, want ErrNotRunning", err)
			}
			return nil
		})
	}, heard(&handled))
	wantErr(t, "run", err, nil)
}

// TestK10_PulledInAThread suspends where iter.Pull runs a part of the thread.
func TestK10_PulledInAThread(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		next, stop := iter.Pull2(microthread.Generate(t0, func(g *microthread.Thread) error {
			for i := range 3 {
				g.Sleep(1)
				g.Put(value.Int(int64(i)))
			}
			return nil
		}).All())
		defer stop()
		for i := range 3 {
			v, err, ok := next()
			if v.AsInt() != int64(i) || err != nil || !ok {
				t.Errorf("got %v, %v, %v, want %d", v, err, ok, i)
			}
		}
		sleep, stopped := iter.Pull(func(yield func(int) bool) { t0.Sleep(1); t0.Yield(); yield(7) })
		defer stopped()
		if v, ok := sleep(); v != 7 || !ok {
			t.Errorf("got %d, %v, want 7", v, ok)
		}
		return nil
	})
	wantErr(t, "run", err, nil)
}

// TestA12_NamesTheLines breaks a critical section in several ways.
func TestA12_NamesTheLines(t *testing.T) {
	var begin, broken int
	suspend := func(c *microthread.Thread) {
		broken = here() + 1
		c.Sleep(1)
	}
	err := run(t, func(t0 *microthread.Thread) error {
		t0.Critical(func() {
			begin = here() + 1
			t0.Critical(func() { suspend(t0) })
		})
		return nil
	})
	wantErr(t, "run", err, microthread.ErrCritical)
	want := fmt.Sprintf("suspended in a critical section: Sleep at FILE:%d, in the one that begins at FILE:%d", broken, begin)
	if got := withoutPath(err.Error(), "misuse_test.go"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// withoutPath puts FILE for the path of a file in text.
func withoutPath(text, file string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		if _, rest, ok := strings.Cut(w, file); ok {
			words[i] = "FILE" + rest
		}
	}
	return strings.Join(words, " ")
}
