// Package web is HTTP/1.1 for micro-threads: a Server for any http.Handler, and an
// http.RoundTripper, under which the client of package net/http does the rest: redirects,
// cookies, passwords of URLs.
//
// Serve runs a handler in the thread of its connection; Server says what a handler may do.
//
// Of the client: the thread that asks writes the request and reads the response itself and is
// suspended meanwhile; nothing runs on another goroutine but the looking up of names. A request is
// sent wholly before its response is read, unless the server refuses it earlier.
//
// A Transport keeps the connections for all threads of a program. On and Client bind it to one
// of them: what they return, and the bodies of responses, are for that thread only while it
// runs. A thread that is terminated leaves no connection behind, as long as it closes the body
// of its response in a deferred call.
//
// What a server sends is taken for hostile: headers, trailers and bodies have limits, and so
// has every wait. Limits of time are those of Options and the deadline of the request's
// context; that a context is cancelled is seen only before a request is sent, because what
// ends a thread is its termination. http.Client.Timeout works, but takes a goroutine, which
// Options.Timeout does not.
package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"mtpipe/microthread"
)

// Transport makes requests for the threads of one program and keeps the connections, which
// they share. Its methods are for running threads of that program; Close may follow their end.
type Transport struct {
	// Proxy says which proxy to use for a request, nil for none; NewTransport takes
	// http.ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)

	MaxIdle     int           // unused connections that are kept
	MaxIdleHost int           // and of those to one host
	IdleTime    time.Duration // how long they are kept

	pool  pool
	names names
	tls   tlsConfigs
}

// NewTransport returns a transport with the usual settings.
func NewTransport() *Transport {
	return &Transport{Proxy: http.ProxyFromEnvironment, MaxIdle: 2000, MaxIdleHost: 1000, IdleTime: time.Minute,
		names: names{resolve: net.DefaultResolver.LookupNetIP}}
}

// Options is how requests are made; limits of 0 are none.
type Options struct {
	Timeout        time.Duration // for all of it with its redirects, until the body has been read
	ConnectTimeout time.Duration // for a connection, with the agreement on TLS
	HeaderTimeout  time.Duration // until the header has come, from the end of the request on
	IdleTimeout    time.Duration // for the next bytes of a body to come, or to be taken
	MinSpeed       int64         // bytes a second of a body that are to come, on the average of MinSpeedTime
	MinSpeedTime   time.Duration // that is waited for them; 0: half a minute
	MaxRedirects   int           // that a Client follows; with 0 a redirect is the answer
	MaxSize        int64         // bytes of a body
	CAFile         string        // certificates to trust instead of the system's
	Insecure       bool          // any certificate will do
	Compressed     bool          // asks for gzip and unpacks it
}

// Usual is the options that hold unless others are asked for.
func Usual() Options {
	return Options{ConnectTimeout: 10 * time.Second, HeaderTimeout: time.Minute, IdleTimeout: time.Minute, MaxRedirects: 10}
}

// On returns the transport for the requests of t. They are sent once more when a connection
// that was used before turns out to be closed, if method and body allow that. The header lines
// "User-Agent: mtpipe" and "Accept: */*" are added unless the request has an entry of that
// name, be it one without values.
func (tr *Transport) On(t *microthread.Thread, o Options) http.RoundTripper {
	return &bound{tr: tr, t: t, o: o}
}

// Client returns a client for t that follows redirects as package net/http does and is more
// careful in this: passwords and cookies are for the scheme, host and port that was asked, no
// page is told where the request comes from, and the text of a redirect is not waited for.
func (tr *Transport) Client(t *microthread.Thread, o Options) *http.Client {
	c := &struct { // in one piece
		http.Client
		bound
	}{bound: bound{tr: tr, t: t, o: o, client: true}}
	c.Transport, c.CheckRedirect = &c.bound, c.o.checkRedirect
	return &c.Client
}

// RoundTrip is On for the thread that the request's context belongs to, which is that of a
// request that a Server handles, with the options of Usual. So a Transport is one for all
// handlers, as that of an httputil.ReverseProxy, and of an http.Client that is given requests
// with the context of the handler's.
func (tr *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t := Thread(r.Context())
	if t == nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, errors.New("the context of the request belongs to no thread: see Transport.On")
	}
	return tr.On(t, Usual()).RoundTrip(r)
}

// CloseIdle closes the connections that nobody uses.
func (tr *Transport) CloseIdle() { tr.pool.clear() }

// Close is CloseIdle for good: those in use are closed when they are given back.
func (tr *Transport) Close() error {
	tr.pool.close()
	return nil
}

// bound is a transport for one thread.
type bound struct {
	tr     *Transport
	t      *microthread.Thread
	o      Options
	by     time.Time // the end of the present request with its redirects, or zero
	client bool      // is the one of Client
}

// CloseIdleConnections is what the client's method of that name calls.
func (b *bound) CloseIdleConnections() { b.tr.CloseIdle() }

// RoundTrip sends r and returns the response as soon as its header is there.
func (b *bound) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if b.t.Program().Current() != b.t {
		return nil, fmt.Errorf("a request by another thread than %s, which the client is for", b.t.Name())
	}
	if err := b.begin(r); err != nil {
		return nil, err
	}
	u, err := asked(r.URL)
	switch {
	case r.Method != "" && !isToken(r.Method):
		return nil, fmt.Errorf("%s is no method", quote(r.Method))
	case err != nil && r.Response != nil:
		return nil, badRedirect(r.Response.Header.Get("Location"))
	case err != nil:
		return nil, fmt.Errorf("%s %w", quote(r.URL.String()), err)
	}
	x := &exchange{tr: b.tr, t: b.t, o: &b.o, url: u, by: b.by}
	if d, ok := r.Context().Deadline(); ok {
		x.by = sooner(x.by, d)
	}
	resp, err := x.send(r)
	if err == nil && b.client {
		err = b.o.unfollowed(r, resp)
	}
	if err != nil {
		_ = x.Close()
		return nil, err
	}
	return resp, nil
}

// begin starts the clock for a request that is no redirected one.
func (b *bound) begin(r *http.Request) error {
	if r.Response == nil {
		b.by = time.Time{}
		if b.o.Timeout > 0 {
			b.by = time.Now().Add(b.o.Timeout)
		}
	}
	err := r.Context().Err()
	if err == context.DeadlineExceeded {
		return errLate
	}
	return err
}

// exchange is a request and its response. It is the response's body, too.
type exchange struct {
	tr  *Transport
	t   *microthread.Thread
	o   *Options
	url *url.URL  // what is asked for, its host in ASCII
	by  time.Time // the end of all of it, or zero
	body
}

// send sends r, which may have to happen twice.
func (x *exchange) send(r *http.Request) (*http.Response, error) {
	to, err := x.route(r)
	if err != nil {
		return nil, err
	}
	if k := x.tr.pool.take(&to, x.tr.IdleTime, r); k != nil {
		resp, err := x.on(k, r)
		if err == nil || !isDied(err) || !repeatable(r) {
			return resp, err
		}
		if r, err = again(r); err != nil {
			return nil, err
		}
	}
	k, err := x.connect(&to)
	if err != nil {
		return nil, err
	}
	return x.on(k, r)
}

// on sends r through k and reads the header of the response. When that does not come about,
// k is closed.
func (x *exchange) on(k *conn, r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if resp == nil { // also when the thread was terminated
			k.close()
		}
	}()
	k.begin(x)
	head, err := k.write(r)
	if err != nil && head == nil && isWriteError(err) && (!isTimeout(err) || k.hasAnswer()) {
		k.gone = !isTimeout(err)
		head, _ = k.readHead(r) // the server may have said why it wants no more
	}
	switch {
	case err != nil && (head == nil || head.StatusCode < 400):
		return nil, k.died(err)
	case head == nil:
		if head, err = k.readHead(r); err != nil {
			return nil, k.died(err)
		}
	}
	return x.receive(k, head)
}
