package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

const (
	fanThreads  = 1000
	fanRequests = 10_000
	serverEnv   = "WEB_BENCH_SERVER"
)

func TestMain(m *testing.M) {
	if os.Getenv(serverEnv) != "" {
		serveBench()
		return
	}
	os.Exit(m.Run())
}

// serveBench is the server of the benchmark, a process of its own so that its time is not
// counted. It ends with its standard input.
func serveBench() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "a small body\nof two lines\n")
	}))
}

func startBenchServer(b *testing.B) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return "http://" + addr[:len(addr)-1] + "/x"
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFanOut makes 10,000 requests, 1,000 at a time, with this package and with
// net/http, in turns. It reports this process's CPU time for each request, and the ratio.
func BenchmarkFanOut(b *testing.B) {
	url := startBenchServer(b)
	var ours, theirs, oursWall, theirsWall time.Duration
	measure := func(total, wall *time.Duration, fn func(*testing.B, string)) {
		cpu, start := cpuTime(b), time.Now()
		fn(b, url)
		*total += cpuTime(b) - cpu
		*wall += time.Since(start)
	}
	n := 0
	for b.Loop() {
		measure(&ours, &oursWall, fanOutThreads)
		measure(&theirs, &theirsWall, fanOutGoroutines)
		n += fanRequests
	}
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(n) / 1000 }
	b.ReportMetric(per(ours), "µs-CPU/req")
	b.ReportMetric(per(theirs), "µs-CPU/req-net/http")
	b.ReportMetric(per(ours)/per(theirs), "ratio-CPU")
	b.ReportMetric(per(oursWall)/per(theirsWall), "ratio-time")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkFanOutThreads is the half of BenchmarkFanOut that is this package, for profiles.
func BenchmarkFanOutThreads(b *testing.B) {
	url := startBenchServer(b)
	b.ReportAllocs()
	for b.Loop() {
		fanOutThreads(b, url)
	}
}

func fanOutThreads(b *testing.B, text string) {
	transport := web.NewTransport()
	left := fanRequests
	err := microthread.Run(func(t0 *microthread.Thread) error {
		g := microthread.NewGroup(t0)
		for range fanThreads {
			g.Go(func(t *microthread.Thread) error {
				client := transport.Client(t, web.Usual())
				for ; left > 0; left-- {
					u, err := web.ParseURL(text)
					if err != nil {
						return err
					}
					resp, err := client.Do(&http.Request{Method: "GET", URL: u, Header: http.Header{}})
					if err != nil {
						return err
					}
					if body, ok := web.Bytes(resp, 26); !ok || len(body) != 26 {
						return fmt.Errorf("got %q", body)
					}
					resp.Body.Close()
				}
				return nil
			})
		}
		err := g.Wait()
		transport.Close()
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

func fanOutGoroutines(b *testing.B, url string) {
	transport := &http.Transport{MaxIdleConns: fanThreads, MaxIdleConnsPerHost: fanThreads, DisableCompression: true}
	client := &http.Client{Transport: transport}
	defer transport.CloseIdleConnections()
	todo := make(chan struct{}, fanRequests)
	for range fanRequests {
		todo <- struct{}{}
	}
	close(todo)
	var wg sync.WaitGroup
	for range fanThreads {
		wg.Go(func() {
			for range todo {
				resp, err := client.Get(url)
				if err != nil {
					b.Error(err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || len(body) != 26 {
					b.Errorf("got %q, %v", body, err)
				}
			}
		})
	}
	wg.Wait()
}
