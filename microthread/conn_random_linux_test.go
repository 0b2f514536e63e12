package microthread_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"mtpipe/microthread"
)

// TestH1_ReadersComeAndGo has readers of connections terminated at any moment, and deadlines
// set while they wait: what has come is there for the next one, to the last byte.
func TestH1_ReadersComeAndGo(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	soon := func() time.Duration { return time.Duration(rnd.IntN(500)) * time.Microsecond }
	for _, network := range []string{"tcp", "unix"} {
		err := run(t, func(t0 *microthread.Thread) error {
			g := microthread.NewGroup(t0)
			l := listenOn(t, t0, network)
			defer l.Close()
			for range 10 {
				there, err := microthread.Dial(t0, network, l.Addr().String(), time.Minute)
				if err != nil {
					return err
				}
				here, err := l.Accept(t0)
				if err != nil {
					return err
				}
				total := rnd.IntN(100_000)
				g.Go(func(w *microthread.Thread) error {
					defer there.CloseWrite()
					for left := total; left > 0; {
						n := min(left, 1+rnd.IntN(3000))
						if err := there.Write(w, make([]byte, n)); err != nil {
							return err
						}
						if left -= n; rnd.IntN(3) == 0 {
							w.Sleep(soon())
						}
					}
					return nil
				})
				g.Go(func(s *microthread.Thread) error {
					defer here.Close()
					defer there.Close()
					got := 0
					var err error
					for err == nil {
						r := microthread.StartAndForget(s, func(r *microthread.Thread) error {
							b := make([]byte, 1+rnd.IntN(5000))
							for err == nil {
								if rnd.IntN(3) == 0 {
									err = here.AwaitReadable(r)
								}
								if err == nil {
									var n int
									n, err = here.Read(r, b)
									got += n
								}
								if errors.Is(err, os.ErrDeadlineExceeded) {
									here.SetDeadline(false, time.Time{})
									err = nil
								}
							}
							return nil
						})
						s.Sleep(soon())
						if rnd.IntN(3) == 0 {
							here.SetDeadline(false, time.Now().Add(soon()))
							s.Sleep(soon())
						}
						r.Terminate()
						_ = r.Wait(s, 0)
						here.SetDeadline(false, time.Time{})
					}
					if got != total || err != io.EOF {
						t.Errorf("%s: got %d bytes and %v, want %d and the end", network, got, err, total)
					}
					return nil
				})
			}
			return g.Wait()
		})
		wantErr(t, "run", err, nil)
	}
}
