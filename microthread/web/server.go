package web

import (
	"cmp"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

// Server serves HTTP/1.0 and 1.1 in threads. Its fields have the names and the meaning of
// those of http.Server; zero ones are as there. They are not changed once Serve was called.
// A Server is for one program, and its methods are for running threads of that.
//
// A connection has a thread while a request is under way and for a moment after it. Then it
// waits without a thread and without buffers. So a handler runs in the thread of its
// connection, which Thread returns, and suspends that by reading its request, by writing its
// response, and by whatever it calls with the thread. What holds for threads holds for
// handlers: a call that blocks, such as that of http.Get, of net.Dial, or a select on a
// channel, blocks all that the program does. A handler asks others through Transport.On or
// Transport.RoundTrip, and hands long calls to Thread.Blocking.
//
// The request's body and the response are for the handler's thread alone: another goroutine,
// or another thread, that uses them gets microthread.ErrOtherGoroutine, and nothing happens.
// That is so for http.TimeoutHandler, and for an httputil.ReverseProxy that is asked for an
// upgrade, which do their work in goroutines. The request's context may be used by any
// goroutine; it ends with the handler, and when the connection does.
//
// HTTP/2 is not spoken. Requests that are sent without waiting for the answers are answered
// in their order.
type Server struct {
	Handler           http.Handler  // nil: http.DefaultServeMux
	TLSConfig         *tls.Config   // for ServeTLS
	ReadTimeout       time.Duration // for a request with its body
	ReadHeaderTimeout time.Duration // for its header; 0: ReadTimeout
	WriteTimeout      time.Duration // from the header of a request on
	IdleTimeout       time.Duration // between requests; 0: ReadTimeout
	MaxHeaderBytes    int           // 0: http.DefaultMaxHeaderBytes
	ErrorLog          *log.Logger   // nil: that of package log

	// ConnState is called when a connection changes its state. It must not suspend.
	ConnState func(*microthread.Conn, http.ConnState)

	std       *http.Server // what handlers find in the context
	desks     sync.Pool    // of *desk, those that no thread is at
	scraps    sync.Pool    // of *[]byte, for copying
	listeners []*microthread.Listener
	first     *served // all connections
	conns     int
	changed   microthread.Cond // somebody waits for the end of connections
	ended     bool             // Shutdown or Close was called, or the program drains
	dateOf    int64            // second that date is of
	date      []byte
}

// Serve serves the connections that come to l with h, with no limits of time. See Server.Serve.
func Serve(t *microthread.Thread, l *microthread.Listener, h http.Handler) error {
	return (&Server{Handler: h}).Serve(t, l)
}

// Serve serves the connections that come to l, until Shutdown, Close, or Program.Drain, which
// is as Shutdown. It closes l, waits for the connections to end, and returns nil then; after
// one of the two was called before, http.ErrServerClosed. When t is terminated, the
// connections end at once.
func (s *Server) Serve(t *microthread.Thread, l *microthread.Listener) error {
	return s.serve(t, l, nil)
}

// ServeTLS is Serve for connections with TLS by TLSConfig, which has the certificates.
func (s *Server) ServeTLS(t *microthread.Thread, l *microthread.Listener) error {
	if s.TLSConfig == nil {
		return errors.New("ServeTLS without a TLSConfig")
	}
	config := s.TLSConfig.Clone()
	config.NextProtos = slices.DeleteFunc(slices.Clone(config.NextProtos), func(p string) bool { return p == "h2" })
	if !slices.Contains(config.NextProtos, "http/1.1") {
		config.NextProtos = append(config.NextProtos, "http/1.1")
	}
	return s.serve(t, l, config)
}

func (s *Server) serve(t *microthread.Thread, l *microthread.Listener, config *tls.Config) error {
	if s.ended {
		_ = l.Close()
		return http.ErrServerClosed
	}
	s.begin()
	s.listeners = append(s.listeners, l)
	stop := t.Program().OnDrain(s.drain)
	inOrder := false
	defer func() {
		stop()
		s.forget(l)
		if !inOrder { // also when t was terminated
			s.Close()
		}
	}()
	if err := s.accept(t, l, config); err != nil {
		return err
	}
	err := s.wait(t, 0)
	inOrder = true
	return err
}

// begin prepares what the first call of Serve needs.
func (s *Server) begin() {
	if s.std != nil {
		return
	}
	s.std = &http.Server{Handler: s.Handler, TLSConfig: s.TLSConfig, ReadTimeout: s.ReadTimeout, ReadHeaderTimeout: s.ReadHeaderTimeout,
		WriteTimeout: s.WriteTimeout, IdleTimeout: s.IdleTimeout, MaxHeaderBytes: s.MaxHeaderBytes, ErrorLog: s.ErrorLog}
}

// The time after which it is tried again to accept when the process has no descriptor left.
const (
	firstPause = 5 * time.Millisecond
	mostPause  = time.Second
)

// accept takes connections until the server is to end.
func (s *Server) accept(t *microthread.Thread, l *microthread.Listener, config *tls.Config) error {
	local := l.Addr()
	if a, ok := local.(*net.TCPAddr); ok && a.IP.IsUnspecified() {
		local = nil // each connection has its own
	}
	var pause time.Duration
	for {
		c, err := l.Accept(t)
		var again interface{ Temporary() bool }
		switch {
		case err == nil:
			pause = 0
			s.take(c, local, config)
		case s.ended:
			return nil
		case errors.As(err, &again) && again.Temporary():
			pause = min(max(2*pause, firstPause), mostPause)
			s.logf("http: Accept error: %v; retrying in %v", err, pause)
			t.Sleep(pause)
		default:
			return err
		}
	}
}

func (s *Server) forget(l *microthread.Listener) {
	_ = l.Close()
	s.listeners = slices.DeleteFunc(s.listeners, func(other *microthread.Listener) bool { return other == l })
}

// Shutdown ends the server in good order: it closes the listeners and the connections that
// wait for a request, and suspends t until those with a request under way have answered it,
// with "Connection: close". With limit above 0 that is not waited for any longer, and the result
// is reactor.ErrTimeout; Close ends the rest. Connections that a handler has hijacked are not
// the server's any more.
func (s *Server) Shutdown(t *microthread.Thread, limit time.Duration) error {
	s.drain()
	return s.wait(t, limit)
}

// drain is Shutdown that does not wait.
func (s *Server) drain() {
	s.ended = true
	for _, l := range s.listeners {
		_ = l.Close()
	}
	for _, k := range s.all() {
		k.closeIdle()
	}
}

// wait suspends t until all connections have ended.
func (s *Server) wait(t *microthread.Thread, limit time.Duration) error {
	by := time.Now().Add(limit)
	for s.conns > 0 {
		var left time.Duration
		if limit > 0 {
			if left = time.Until(by); left <= 0 {
				return reactor.ErrTimeout
			}
		}
		s.changed.WaitFor(t, "waiting for the connections of a web server to end", left)
	}
	return nil
}

// Close ends the server at once: it closes the listeners and the connections, and terminates
// the threads of the handlers.
func (s *Server) Close() error {
	s.ended = true
	for _, l := range s.listeners {
		_ = l.Close()
	}
	for _, k := range s.all() {
		k.cut()
	}
	return nil
}

// all returns the connections that there are at the moment.
func (s *Server) all() []*served {
	list := make([]*served, 0, s.conns)
	for k := s.first; k != nil; k = k.next {
		list = append(list, k)
	}
	return list
}

// link makes k one of the connections.
func (s *Server) link(k *served) {
	k.next = s.first
	if s.first != nil {
		s.first.prev = k
	}
	s.first = k
	s.conns++
}

// unlink ends that.
func (s *Server) unlink(k *served) {
	if k.prev != nil {
		k.prev.next = k.next
	} else {
		s.first = k.next
	}
	if k.next != nil {
		k.next.prev = k.prev
	}
	k.prev, k.next = nil, nil
	if s.conns--; s.conns == 0 {
		s.changed.Broadcast()
	}
}

func (s *Server) logf(format string, args ...any) {
	if s.ErrorLog != nil {
		s.ErrorLog.Printf(format, args...)
		return
	}
	log.Printf(format, args...)
}

func (s *Server) maxHeader() int64 {
	return int64(cmp.Or(s.MaxHeaderBytes, http.DefaultMaxHeaderBytes)) + slopHeader
}

// slopHeader is what a header may have beyond MaxHeaderBytes, since a read may bring a part of
// what follows it.
const slopHeader = 4096

func (s *Server) headerTimeout() time.Duration { return cmp.Or(s.ReadHeaderTimeout, s.ReadTimeout) }

func (s *Server) idleTimeout() time.Duration { return cmp.Or(s.IdleTimeout, s.ReadTimeout) }

// handshakeTimeout returns how long the agreement on TLS may take: the shortest of the limits.
func (s *Server) handshakeTimeout() (limit time.Duration) {
	for _, d := range []time.Duration{s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout} {
		if d > 0 && (limit == 0 || d < limit) {
			limit = d
		}
	}
	return limit
}

// dateLine returns the line of a header that says what time it is.
func (s *Server) dateLine() []byte {
	now := time.Now()
	if sec := now.Unix(); sec != s.dateOf {
		s.date = append(s.date[:0], "Date: "...)
		s.date = now.UTC().AppendFormat(s.date, http.TimeFormat)
		s.date = append(s.date, "\r\n"...)
		s.dateOf = sec
	}
	return s.date
}
