// Command proxy is a reverse proxy: it hands requests on to several servers in turns, and passes
// over those that do not answer.
//
//	go run ./examples/proxy -listen 127.0.0.1:8000 http://127.0.0.1:8080 http://127.0.0.1:8081
//
// The proxy is that of net/http/httputil, as it is. It runs in the threads of package web's
// server, and asks by package web's transport. At an interrupt, requests under way are answered
// first.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"syscall"
	"time"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
	"mtpipe/reactor"
)

func main() {
	address := flag.String("listen", "127.0.0.1:8000", "host:port")
	flag.Parse()
	b, err := parse(flag.Args())
	if err != nil {
		log.Fatal(err)
	}
	err = microthread.Run(func(t *microthread.Thread) error {
		l, err := microthread.Listen(t, "tcp", *address)
		if err != nil {
			return err
		}
		fmt.Println("listening on", l.Addr())
		microthread.StartAndForget(t, func(t *microthread.Thread) error {
			_, err := t.DeferTo(reactor.Signals, []os.Signal{os.Interrupt, syscall.SIGTERM}, 0)
			t.Program().Drain()
			return err
		})
		return serve(t, l, b)
	})
	if err != nil {
		log.Fatal(err)
	}
}

// serve is a proxy for the servers, until it is drained.
func serve(t *microthread.Thread, l *microthread.Listener, b *balancer) error {
	defer b.transport.Close()
	s := web.Server{
		Handler:           &httputil.ReverseProxy{Rewrite: b.rewrite, Transport: b, ErrorHandler: refuse},
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
	}
	return s.Serve(t, l)
}

// balancer chooses servers.
type balancer struct {
	transport *web.Transport
	servers   []*server
	turn      int
}

// server is one that requests are handed on to.
type server struct {
	url   *url.URL
	until time.Time // it is passed over
}

// rest is how long a server is passed over that did not answer.
const rest = 5 * time.Second

func parse(servers []string) (*balancer, error) {
	b := &balancer{transport: web.NewTransport()}
	for _, text := range servers {
		u, err := web.ParseURL(text)
		if err != nil {
			return nil, fmt.Errorf("%q %w", text, err)
		}
		b.servers = append(b.servers, &server{url: u})
	}
	if len(b.servers) == 0 {
		return nil, errors.New("which servers?")
	}
	return b, nil
}

// rewrite is what the proxy does with each request; the server is chosen later.
func (b *balancer) rewrite(r *httputil.ProxyRequest) { r.SetXForwarded() }

// RoundTrip asks one server after another, as long as the request may be sent once more.
func (b *balancer) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	for range b.servers {
		b.turn++
		s := b.servers[b.turn%len(b.servers)]
		if time.Now().Before(s.until) {
			continue
		}
		r.URL.Scheme, r.URL.Host = s.url.Scheme, s.url.Host
		if resp, err = b.transport.RoundTrip(r); err == nil || r.Body != nil {
			return resp, err
		}
		s.until = time.Now().Add(rest)
	}
	return nil, errors.Join(errors.New("no server answers"), err)
}

func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, err.Error(), http.StatusBadGateway)
}
