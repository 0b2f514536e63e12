package microthread_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// settling puts n values, settles, notes that, and puts another one.
func settling(n int, note func(string)) func(*microthread.Thread) error {
	return func(g *microthread.Thread) error {
		defer note("writer ends")
		for i := range n {
			g.Put(value.Int(int64(i)))
		}
		err := g.Stdout().Settle()
		note(fmt.Sprint("settled ", err))
		g.Put(value.Int(int64(n)))
		return err
	}
}

// TestE6_Settle lets a writer wait until its reader has worked on all that was put.
func TestE6_Settle(t *testing.T) {
	for _, test := range []struct {
		name string
		main func(t0 *microthread.Thread, note func(string)) error
		want string
	}{
		{"the reader wants more", func(t0 *microthread.Thread, note func(string)) error {
			for v, err := range microthread.Generate(t0, settling(3, note)).All() {
				if err != nil {
					return err
				}
				t0.Sleep(time.Second) // at work
				note(fmt.Sprint("read ", v.AsInt()))
			}
			return nil
		}, "read 0, read 1, read 2, settled <nil>, writer ends, read 3"},
		{"by the batch", func(t0 *microthread.Thread, note func(string)) error {
			for b, err := range microthread.Generate(t0, settling(3, note)).Batches() {
				if err != nil {
					return err
				}
				t0.Sleep(time.Second)
				for v := range b.All() {
					note(fmt.Sprint("read ", v.AsInt()))
				}
			}
			return nil
		}, "read 0, read 1, read 2, settled <nil>, writer ends, read 3"},
		{"a batch that was put as one", func(t0 *microthread.Thread, note func(string)) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				b := value.NewValues(2)
				b.Add(value.Int(0))
				b.Add(value.Int(1))
				g.PutBatch(b)
				err := g.Stdout().Settle()
				note("settled")
				return err
			})
			for v, err := range out.All() {
				if err != nil {
					return err
				}
				t0.Yield()
				note(fmt.Sprint("read ", v.AsInt()))
			}
			return nil
		}, "read 0, read 1, settled"},
		{"nothing was put and the reader waits", func(t0 *microthread.Thread, note func(string)) error {
			_, err := read(microthread.Generate(t0, settling(0, note)))
			return err
		}, "settled <nil>, writer ends"},
		{"nothing was put and the reader is elsewhere", func(t0 *microthread.Thread, note func(string)) error {
			out := microthread.Generate(t0, settling(0, note))
			t0.Sleep(time.Second)
			note("reader comes")
			_, err := read(out)
			return err
		}, "reader comes, settled <nil>, writer ends"},
		{"several times", func(t0 *microthread.Thread, note func(string)) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				for i := range 3 {
					g.Put(value.Int(int64(i)))
					for range 2 {
						if err := g.Stdout().Settle(); err != nil {
							return err
						}
					}
					note(fmt.Sprint("settled ", i))
				}
				return nil
			})
			for v, err := range out.All() {
				if err != nil {
					return err
				}
				t0.Yield()
				note(fmt.Sprint("read ", v.AsInt()))
			}
			return nil
		}, "read 0, settled 0, read 1, settled 1, read 2, settled 2"},
		{"the reader takes from any of several", func(t0 *microthread.Thread, note func(string)) error {
			pipes := []*pipe.Pipe{microthread.Generate(t0, settling(2, note)),
				microthread.Generate(t0, func(g *microthread.Thread) error { g.Sleep(time.Hour); return nil })}
			for n := 0; n < 3; {
				i, err := pipe.Any(pipes, -1)
				if err != nil {
					return err
				}
				b, err := pipes[i].NextBatch()
				if err != nil {
					return err
				}
				t0.Sleep(time.Second)
				for v := range b.All() {
					note(fmt.Sprint("read ", v.AsInt()))
					n++
				}
			}
			return nil
		}, "read 0, read 1, settled <nil>, writer ends, read 2"},
		{"the reader closes", func(t0 *microthread.Thread, note func(string)) error {
			for range microthread.Generate(t0, settling(3, note)).All() {
				t0.Sleep(time.Second)
				break
			}
			note("reader goes on")
			return nil
		}, "reader goes on, writer ends"},
		{"the reader ends", func(t0 *microthread.Thread, note func(string)) error {
			out := microthread.Generate(t0, settling(3, note))
			microthread.StartAndForget(t0, func(r *microthread.Thread) error {
				_, err := r.Next()
				r.Sleep(time.Second)
				note("reader ends")
				return err
			}, microthread.Stdin(out))
			return nil
		}, "reader ends, writer ends"},
		{"the reader fails", func(t0 *microthread.Thread, note func(string)) error {
			out := microthread.Generate(t0, settling(3, note))
			reader := microthread.StartInParallel(t0, func(r *microthread.Thread) (int, error) {
				_, _ = r.Next()
				r.Sleep(time.Second)
				panic("no more")
			}, microthread.Stdin(out))
			if _, err := reader.Wait(t0); err == nil {
				return errors.New("got no error of the reader")
			}
			return nil
		}, "writer ends"},
		{"the reader of one that is no stdout closes", func(t0 *microthread.Thread, note func(string)) error {
			p := pipe.New(t0.Program().Reactor(), "p", 8)
			microthread.StartAndForget(t0, func(w *microthread.Thread) error {
				if err := p.Put(value.Null); err != nil {
					return err
				}
				note(fmt.Sprint("settled ", p.Settle()))
				note(fmt.Sprint("again ", p.Settle()))
				return nil
			})
			t0.Sleep(time.Second)
			p.CloseRead()
			return nil
		}, "settled <nil>, again <nil>"},
		{"the writer is terminated", func(t0 *microthread.Thread, note func(string)) error {
			out := microthread.Generate(t0, settling(3, note))
			if _, err := out.Next(); err != nil {
				return err
			}
			t0.Sleep(time.Second)
			out.Writer().Owner().(*microthread.Thread).Terminate()
			t0.Sleep(time.Second)
			got, err := read(out)
			note(fmt.Sprint("rest ", got))
			return err
		}, "writer ends, rest [1 2]"},
		{"the program drains", func(t0 *microthread.Thread, note func(string)) error {
			out := microthread.Generate(t0, settling(1, note))
			t0.Yield()
			t0.Program().Drain()
			got, err := read(out)
			note(fmt.Sprint("read ", got))
			return err
		}, "writer ends, read [0]"},
		{"readers in turn", func(t0 *microthread.Thread, note func(string)) error {
			out := microthread.Generate(t0, settling(1, note))
			out.Share()
			for range out.All() {
				break
			}
			t0.Sleep(time.Second)
			note("next reader")
			got, err := read(out)
			out.Unshare()
			note(fmt.Sprint("read ", got))
			return err
		}, "next reader, settled <nil>, writer ends, read [1]"},
		{"by another thread", func(t0 *microthread.Thread, note func(string)) error {
			out := microthread.Generate(t0, settling(1, note))
			t0.Yield()
			other := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { return 0, out.Settle() })
			_, err := other.Wait(t0)
			note(fmt.Sprint(errors.Is(err, pipe.ErrSecondWriter)))
			_, err = read(out)
			return err
		}, "true, settled <nil>, writer ends"},
		{"behind the end", func(t0 *microthread.Thread, note func(string)) error {
			p := pipe.New(t0.Program().Reactor(), "p", 8)
			p.SetWriter(t0.Deferred(), nil)
			p.Close()
			note(fmt.Sprint(p.Settle()))
			return nil
		}, "put after close of p"},
	} {
		t.Run("E6 "+test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var steps []string
				err := run(t, func(t0 *microthread.Thread) error {
					return test.main(t0, func(s string) { steps = append(steps, s) })
				})
				wantErr(t, "run", err, nil)
				if got := strings.Join(steps, ", "); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
			})
		})
	}
}

// TestG12_Settle wants a writer that nobody will read to be named.
func TestG12_Settle(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		microthread.Generate(t0, settling(1, func(string) {}), microthread.Named("the writer"))
		return nil
	})
	var dead *reactor.DeadlockError
	if want := "deadlock: the writer is waiting until no thread has read the stdout of the writer"; !errors.As(err, &dead) || dead.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
