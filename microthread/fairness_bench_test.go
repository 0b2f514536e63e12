//go:build linux

package microthread_test

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// spin computes for d.
func spin(d time.Duration) {
	for at := time.Now(); time.Since(at) < d; {
	}
}

// neighbours are threads that compute flat out and pass on what they compute.
var neighbours = []struct {
	name  string
	start func(t *microthread.Thread) *pipe.Pipe
}{
	{"none", func(t *microthread.Thread) *pipe.Pipe {
		return microthread.Generate(t, func(g *microthread.Thread) error {
			g.Sleep(time.Hour)
			return nil
		})
	}},
	{"batches-of-0.2ms", func(t *microthread.Thread) *pipe.Pipe { return computedBatches(t, 200*time.Microsecond) }},
	{"batches-of-2ms", func(t *microthread.Thread) *pipe.Pipe { return computedBatches(t, 2*time.Millisecond) }},
	{"values-of-20us", func(t *microthread.Thread) *pipe.Pipe {
		src := microthread.Generate(t, func(g *microthread.Thread) error {
			for {
				g.Put(value.Null)
			}
		})
		return microthread.Generate(t, func(g *microthread.Thread) error {
			for v, err := range g.In() {
				if err != nil {
					return err
				}
				spin(20 * time.Microsecond)
				g.Put(v)
			}
			return nil
		}, microthread.Stdin(src))
	}},
}

// computedBatches is a pipeline of three threads, two of which compute for cost on each batch; main
// is the third.
func computedBatches(t *microthread.Thread, cost time.Duration) *pipe.Pipe {
	src := microthread.Generate(t, func(g *microthread.Thread) error {
		for {
			spin(cost)
			b := value.NewValues(1)
			b.Add(value.Null)
			g.PutBatch(b)
		}
	})
	return microthread.Generate(t, func(g *microthread.Thread) error {
		for b, err := range g.Batches() {
			if err != nil {
				return err
			}
			spin(cost)
			g.PutBatch(b)
		}
		return nil
	}, microthread.Stdin(src))
}

// BenchmarkLatencyRatio prints how late a timer of a millisecond pops, and how long a line
// takes to a thread and back over a socket, beside neighbours on the same reactor that
// compute flat out, with the reactor's slice and without.
func BenchmarkLatencyRatio(b *testing.B) {
	for _, n := range neighbours {
		for _, slice := range []time.Duration{reactor.DefaultSlice, reactor.NoSlice} {
			b.Run(fmt.Sprintf("neighbour=%s/slice=%v", n.name, max(slice, 0)), func(b *testing.B) {
				timer, echo := latencies(b, slice, n.start, 2*time.Second)
				b.ReportMetric(0, "ns/op")
				for _, row := range []struct {
					name string
					took []time.Duration
				}{{"timer", timer}, {"echo", echo}} {
					b.ReportMetric(percentile(row.took, 50), row.name+"-p50-ms")
					b.ReportMetric(percentile(row.took, 99), row.name+"-p99-ms")
				}
			})
		}
	}
}

// percentile returns the nearest one, in milliseconds.
func percentile(took []time.Duration, p int) float64 {
	slices.Sort(took)
	return took[(len(took)-1)*p/100].Seconds() * 1000
}

// latencies measures for about as long as asked beside what start starts.
func latencies(b *testing.B, slice time.Duration, start func(*microthread.Thread) *pipe.Pipe, long time.Duration) (timer, echo []time.Duration) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		b.Skip(err)
	}
	_ = syscall.SetNonblock(fds[0], true)
	client := os.NewFile(uintptr(fds[1]), "client")
	defer client.Close()
	end := time.Now().Add(long)
	echoed := make(chan []time.Duration)
	go func() { echoed <- asks(client, end) }()
	err = microthread.Run(func(t *microthread.Thread) error {
		t.Program().Reactor().System().SetSlice(slice)
		microthread.StartAndForget(t, func(c *microthread.Thread) error {
			for at := time.Now(); at.Before(end); at = time.Now() {
				c.Sleep(time.Millisecond)
				timer = append(timer, time.Since(at)-time.Millisecond)
			}
			return nil
		})
		served := microthread.StartInParallel(t, func(c *microthread.Thread) (int, error) { return 0, serve(c, fds[0]) })
		microthread.StartAndForget(t, func(c *microthread.Thread) error {
			in := start(c)
			defer in.CloseRead()
			for !served.Finished() {
				if _, err := in.NextBatch(); err != nil {
					return err
				}
			}
			return nil
		})
		_, err := served.Wait(t)
		t.Program().Abort(time.Second)
		return err
	})
	if err != nil && err != microthread.ErrTerminated {
		b.Error(err)
	}
	return timer, <-echoed
}

// asks sends a line and waits for it to come back, a millisecond later again, until end.
func asks(client *os.File, end time.Time) (took []time.Duration) {
	line := []byte("ping\n")
	for at := time.Now(); at.Before(end); at = time.Now() {
		_, _ = client.Write(line)
		for n := 0; n < len(line); {
			m, err := client.Read(line[n:])
			if err != nil {
				return took
			}
			n += m
		}
		took = append(took, time.Since(at))
		time.Sleep(time.Millisecond)
	}
	_ = client.Close()
	return took
}

// serve sends lines back until the other side closes.
func serve(t *microthread.Thread, fd int) error {
	defer syscall.Close(fd)
	var b [messageSize]byte
	for {
		n, err := syscall.Read(fd, b[:])
		switch {
		case err == syscall.EAGAIN:
			if err := await(t, fd, false); err != nil {
				return err
			}
		case err != nil || n == 0:
			return err
		default:
			if _, err := syscall.Write(fd, b[:n]); err != nil {
				return err
			}
		}
	}
}
