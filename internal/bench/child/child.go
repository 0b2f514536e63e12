// Package child holds the programs that benchmarks of the network run as processes of their
// own: servers on the runtime's threads and on Go's net, and a client written by hand.
//
// A server writes "listening on ADDRESS" to standard error when it can be connected to. At
// SIGUSR1 it gives back the memory that it does not need and writes "freed"; at SIGTERM it
// ends.
package child

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/pprof"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// BufferSize is what each connection of an echo server reads into.
const BufferSize = 4096

// Options say how a server runs.
type Options struct {
	Address string // to listen at; without it, any port of the loopback interface
	Profile string // a file for a profile of the processor, written at the end; may be empty
}

// serving returns the server of the given name, which announces its address and does not
// return.
func serving(name string) (func(address string) error, error) {
	switch name {
	case "microthread":
		return echoThreads, nil
	case "microthread-upper":
		return func(address string) error { return threads(address, upperThread) }, nil
	case "stackless":
		return stackless, nil
	case "gonet":
		return func(address string) error { return goroutines(address, echo) }, nil
	case "gonet-upper":
		return func(address string) error { return goroutines(address, upper) }, nil
	case "http":
		return serveHTTP, nil
	case "web":
		return serveWeb, nil
	}
	return nil, fmt.Errorf("there is no server %s", name)
}

// Serve runs the server of the given name until the process ends.
func Serve(name string, o Options) error {
	serve, err := serving(name)
	if err != nil {
		return err
	}
	end := func() {}
	if o.Profile != "" {
		f, err := os.Create(o.Profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		end = pprof.StopCPUProfile
	}
	obey(end)
	return serve(cmp.Or(o.Address, "127.0.0.1:0"))
}

func announce(a net.Addr) { fmt.Fprintf(os.Stderr, "listening on %s\n", a) }

// goroutines serves every connection in a goroutine.
func goroutines(address string, serve func(io.ReadWriter) error) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	announce(l.Addr())
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			_ = serve(c) // the other side sees that
		}()
	}
}

// Body is what the HTTP server answers to a request for the path.
func Body(path string) string { return "this is " + path + ", and no other\n" }

// answer is the handler of both HTTP servers.
func answer(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, Body(r.URL.Path)) }

func serveHTTP(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	announce(l.Addr())
	return http.Serve(l, http.HandlerFunc(answer))
}

func serveWeb(address string) error {
	return microthread.Run(func(t *microthread.Thread) error {
		l, err := microthread.Listen(t, "tcp", address)
		if err != nil {
			return err
		}
		announce(l.Addr())
		return web.Serve(t, l, http.HandlerFunc(answer))
	})
}

// Fetch writes the bodies of url/1 to url/n to out, in this order, with so many requests at a
// time: what one writes by hand when it has to be fast.
func Fetch(ctx context.Context, out io.Writer, url string, n, parallel int) error {
	transport := &http.Transport{MaxIdleConns: parallel, MaxIdleConnsPerHost: parallel}
	return fetchAll(ctx, &http.Client{Transport: transport}, out, url, n, parallel)
}
