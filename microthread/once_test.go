package microthread_test

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// number is the one that v is.
func number(v value.Value) int { return int(v.String()[0] - '0') }

// oneByOne are ways from a sending thread to the one that starts it, with room for one value.
var oneByOne = []struct {
	name  string
	start func(t *microthread.Thread, body func(t *microthread.Thread, send func(int)) error) (next func() (int, bool))
}{
	{"E9 pipe", func(t *microthread.Thread, body func(*microthread.Thread, func(int)) error) func() (int, bool) {
		p := microthread.Generate(t, func(g *microthread.Thread) error {
			return body(g, func(i int) { g.Put(value.Int(int64(i))) })
		}, microthread.Capacity(1))
		return func() (int, bool) {
			v, err := p.Next()
			if err != nil {
				return 0, false
			}
			return number(v), true
		}
	}},
	{"E9 typed pipe", func(t *microthread.Thread, body func(*microthread.Thread, func(int)) error) func() (int, bool) {
		p := microthread.GenerateOf(t, func(g *microthread.Thread, p *microthread.PipeOf[int]) error {
			p.SetCapacity(1)
			return body(g, func(i int) { p.Put(g, i) })
		})
		return func() (int, bool) {
			v, err := p.Next(t)
			return v, err == nil
		}
	}},
	{"E9 channel", func(t *microthread.Thread, body func(*microthread.Thread, func(int)) error) func() (int, bool) {
		c := microthread.NewChan[int](t, 1)
		microthread.StartAndForget(t, func(g *microthread.Thread) error {
			defer c.Close()
			return body(g, func(i int) { _ = c.Send(g, i) })
		})
		return func() (int, bool) { return c.Recv(t) }
	}},
	{"E9 selection", func(t *microthread.Thread, body func(*microthread.Thread, func(int)) error) func() (int, bool) {
		c := microthread.NewChan[int](t, 1)
		microthread.StartAndForget(t, func(g *microthread.Thread) error {
			defer c.Close()
			return body(g, func(i int) { _, _ = microthread.Select(g, 0, c.SendCase(i)) })
		})
		return func() (v int, ok bool) {
			_, _ = microthread.Select(t, 0, c.RecvCase(&v, &ok))
			return v, ok
		}
	}},
}

// TestE9_TimeoutOfAPut has a value taken in the moment in which the time for putting it is over:
// it was put then, so that nobody puts it a second time.
func TestE9_TimeoutOfAPut(t *testing.T) {
	for _, row := range oneByOne {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				err := run(t, func(t0 *microthread.Thread) error {
					next := row.start(t0, func(g *microthread.Thread, send func(int)) error {
						send(0)
						err := g.WithTimeout(time.Second, func(g *microthread.Thread) error { send(1); return nil })
						wantErr(t, "the put in the last moment", err, nil)
						err = g.WithTimeout(time.Second, func(g *microthread.Thread) error { send(2); return nil })
						wantErr(t, "the one after it", err, reactor.ErrTimeout)
						send(2)
						return nil
					})
					t0.Sleep(time.Second) // is over before the second of the put
					for i := range 3 {
						if v, ok := next(); !ok || v != i {
							t.Errorf("got %d, %t, want %d", v, ok, i)
						}
						if i == 0 {
							t0.Sleep(time.Hour)
						}
					}
					if v, ok := next(); ok {
						t.Errorf("got %d more", v)
					}
					return nil
				})
				wantErr(t, "run", err, nil)
			})
		})
	}
}

// TestE9_TimeoutOfAGoChannel sends to and receives from a goroutine with time limits that end at
// any moment, and tries again what was not done in time: each value comes through once.
func TestE9_TimeoutOfAGoChannel(t *testing.T) {
	const n = 1000
	for _, capacity := range []int{0, 1} {
		there, back := make(chan int, capacity), make(chan int, capacity)
		go func() { // gives back what comes, at its leisure
			defer close(back)
			for i := range there {
				runtime.Gosched()
				back <- i
			}
		}()
		inTime := func(t0 *microthread.Thread, limit int, fn func(*microthread.Thread)) {
			err := reactor.ErrTimeout
			for err != nil {
				err = t0.WithTimeout(time.Duration(1+limit%20)*time.Microsecond, func(t1 *microthread.Thread) error { fn(t1); return nil })
			}
		}
		wantErr(t, "run", run(t, func(t0 *microthread.Thread) error {
			microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
				defer close(there)
				for i := range n {
					inTime(t1, i, func(t2 *microthread.Thread) { microthread.Send(t2, there, i) })
				}
				return nil
			})
			for i, ok, v := 0, true, 0; ok; i++ {
				inTime(t0, i, func(t1 *microthread.Thread) { v, ok = microthread.Recv(t1, back) })
				if ok && v != i || !ok && i != n {
					t.Errorf("got %d, %t as number %d of %d", v, ok, i, n)
				}
			}
			return nil
		}), nil)
	}
}

// TestC5_LimitInCleanUp has a time limit of its own in the clean-up after another one.
func TestC5_LimitInCleanUp(t *testing.T) {
	inRun(t, []row{{"C5 limit in a clean-up", func(t *testing.T, t0 *microthread.Thread) error {
		start := time.Now()
		err := t0.WithTimeout(time.Second, func(t1 *microthread.Thread) error {
			defer func() {
				err := t1.WithTimeout(time.Minute, func(t1 *microthread.Thread) error {
					defer t1.Sleep(time.Minute)
					t1.Sleep(time.Hour)
					return nil
				})
				wantErr(t, "the limit in the clean-up", err, reactor.ErrTimeout)
			}()
			t1.Sleep(time.Hour)
			return nil
		})
		wantErr(t, "the limit around it", err, reactor.ErrTimeout)
		if took := time.Since(start); took != time.Second+2*time.Minute {
			t.Errorf("got %v, want 2m1s", took)
		}
		return nil
	}}})
}

// TestC5_LimitThatHasPassed gives limits below 0, as time.Until does of what has passed.
func TestC5_LimitThatHasPassed(t *testing.T) {
	const passed = -time.Second
	inRun(t, []row{{"C5 passed", func(t *testing.T, t0 *microthread.Thread) error {
		s, c := microthread.NewSemaphore(1), new(microthread.Cond)
		wantErr(t, "free", s.AcquireFor(t0, 1, passed), nil)
		wantErr(t, "taken", s.AcquireFor(t0, 1, passed), reactor.ErrTimeout)
		wantErr(t, "part", t0.WithTimeout(passed, func(*microthread.Thread) error { t.Error("runs"); return nil }), reactor.ErrTimeout)
		if c.WaitFor(t0, "waiting", passed) {
			t.Error("got a broadcast that there was not")
		}
		k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) { return 1, nil })
		_, err := k.WaitFor(t0, passed)
		wantErr(t, "thread", err, reactor.ErrTimeout)
		v, err := k.Wait(t0)
		if v != 1 || err != nil {
			t.Errorf("got %d, %v, want 1", v, err)
		}
		return nil
	}}})
}

// TestSelectMisuse tells what no case may be.
func TestSelectMisuse(t *testing.T) {
	panicOf := func(fn func()) (text string) {
		defer func() { text, _ = recover().(string) }()
		fn()
		return ""
	}
	inRun(t, []row{{"misuse", func(t *testing.T, t0 *microthread.Thread) error {
		c := microthread.NewChan[int](t0, 1, microthread.Named("C"))
		once := c.RecvCase(nil, nil)
		for _, row := range []struct {
			want string
			fn   func()
		}{
			{"a case of C is twice in one Select", func() { _, _ = microthread.Select(t0, 0, once, once) }},
			{"a Chan that NewChan did not make", func() { _, _ = microthread.Select(t0, 0, new(microthread.Chan[int]).SendCase(1)) }},
			{"a Chan that NewChan did not make", func() { _ = new(microthread.Chan[int]).Send(t0, 1) }},
			{"-1 of a semaphore", func() { _ = microthread.NewSemaphore(-1) }},
			{"-1 of a semaphore", func() { _ = microthread.NewSemaphore(1).Acquire(t0, -1) }},
			{"-1 of a semaphore", func() { microthread.NewSemaphore(1).TryAcquire(-1) }},
			{"-1 of a semaphore", func() { microthread.NewSemaphore(1).Release(-1) }},
		} {
			if got := panicOf(row.fn); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		}
		waits := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) { return microthread.Select(t1, 0, once) })
		t0.Yield()
		want := "a case of C is in another Select, which waits"
		if got := panicOf(func() { _, _ = microthread.Select(t0, 0, once) }); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		wantErr(t, "send", c.Send(t0, 1), nil)
		i, err := waits.Wait(t0)
		if i != 0 || err != nil {
			t.Errorf("got %d, %v from the one that waited", i, err)
		}
		if i, err = microthread.Select(t0, -1, once, c.SendCase(2)); i != 1 || err != nil {
			t.Errorf("got %d, %v from a case that was used before", i, err)
		}
		return nil
	}}})
}

// TestK4_SelectGivesUpItsTurn has a thread that does nothing but look whether something is there.
func TestK4_SelectGivesUpItsTurn(t *testing.T) {
	wantErr(t, "run", run(t, func(t0 *microthread.Thread) error {
		c, ran := microthread.NewChan[int](t0, 1), false
		microthread.StartAndForget(t0, func(*microthread.Thread) error { ran = true; return nil })
		for !ran {
			_, _ = microthread.Select(t0, -1, c.RecvCase(nil, nil))
		}
		return nil
	}), nil)
}

// TestE15_SecondWriterOfATypedPipe has another thread than the generator put.
func TestE15_SecondWriterOfATypedPipe(t *testing.T) {
	inRun(t, []row{{"E15 second writer", func(t *testing.T, t0 *microthread.Thread) error {
		p := microthread.GenerateOf(t0, func(g *microthread.Thread, p *microthread.PipeOf[int]) error {
			k := microthread.StartInParallel(g, func(c *microthread.Thread) (int, error) { p.Put(c, 1); return 0, nil })
			_, err := k.Wait(g)
			return err
		})
		_, err := p.Next(t0)
		wantErr(t, "the pipe", err, pipe.ErrSecondWriter)
		_, err = p.Next(t0)
		wantErr(t, "its end", err, io.EOF)
		return nil
	}}})
}

// TestB2_SiteOfAHandler names no place in the runtime itself.
func TestB2_SiteOfAHandler(t *testing.T) {
	var got error
	err := run(t, func(t0 *microthread.Thread) error {
		microthread.StartAndForget(t0, func(*microthread.Thread) error { return errBoom },
			microthread.Handler(func(*microthread.Thread, error) error { return io.ErrUnexpectedEOF }))
		return nil
	}, microthread.LastResort(func(e error) { got = e }))
	wantErr(t, "run", err, nil)
	if text := microthread.Traceback(got); strings.Contains(text, "microthread/end.go") || !strings.Contains(text, io.ErrUnexpectedEOF.Error()) {
		t.Errorf("got %s", text)
	}
}
