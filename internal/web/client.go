// Package web is an HTTP/1.1 client for micro-threads. The thread that asks writes the
// request and reads the response itself and is suspended meanwhile; nothing runs on another
// goroutine but the looking up of names. A request is sent wholly before its response is read.
//
// What a server sends is taken for hostile: headers, trailers and bodies have limits, and so
// has every wait. A thread that is terminated leaves no connection behind, as long as it
// closes its Response in a deferred call.
package web

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"mtpipe/microthread"
)

// Client makes requests for the threads of one program and keeps the connections, which they
// share. Its methods are for running threads of that program; Close may follow their end.
type Client struct {
	// Proxy says which proxy to use for a URL, nil for none; NewClient takes
	// http.ProxyFromEnvironment.
	Proxy func(*url.URL) (*url.URL, error)

	MaxIdle     int           // unused connections that are kept
	MaxIdleHost int           // and of those to one host
	IdleTime    time.Duration // how long they are kept

	pool  pool
	names names
	tls   tlsConfigs
}

// NewClient returns a client with the usual settings.
func NewClient() *Client {
	return &Client{Proxy: proxyFromEnvironment, MaxIdle: 2000, MaxIdleHost: 1000, IdleTime: time.Minute,
		names: names{resolve: net.DefaultResolver.LookupNetIP}}
}

func proxyFromEnvironment(u *url.URL) (*url.URL, error) {
	return http.ProxyFromEnvironment(&http.Request{URL: u})
}

// Options is how requests are made; limits of 0 are none.
type Options struct {
	Header         Header
	Timeout        time.Duration // for all of it, until the body has been read
	ConnectTimeout time.Duration // for a connection, with the agreement on TLS
	HeaderTimeout  time.Duration // until the header has come, from the end of the request on
	IdleTimeout    time.Duration // for the next bytes of a body to come, or to be taken
	MaxRedirects   int           // that are followed; with 0 a redirect is the answer
	MaxSize        int64         // bytes of a body
	CAFile         string        // certificates to trust instead of the system's
	Insecure       bool          // any certificate will do
	Compressed     bool          // asks for gzip and unpacks it
}

// Usual is the options that hold unless others are asked for.
func Usual() Options {
	return Options{ConnectTimeout: 10 * time.Second, HeaderTimeout: time.Minute, IdleTimeout: time.Minute, MaxRedirects: 10}
}

// Do makes a request and returns the response as soon as its header is there, after redirects.
// It is sent once more when a connection that was used before turns out to be closed, if the
// method allows that. The caller closes the response.
func (c *Client) Do(t *microthread.Thread, r *Request, o *Options) (*Response, error) {
	x := &exchange{client: c, t: t, o: o, trusted: true}
	if o.Timeout > 0 {
		x.by = time.Now().Add(o.Timeout)
	}
	for hops := 0; ; hops++ {
		resp, err := x.send(r)
		if err != nil {
			return nil, err
		}
		next, err := r.redirect(resp)
		if next == nil && err == nil || o.MaxRedirects == 0 {
			return resp, nil
		}
		resp.Close()
		if err != nil {
			return nil, err
		}
		if hops == o.MaxRedirects {
			return nil, fmt.Errorf("more than %d redirects", hops)
		}
		x.trusted = x.trusted && sameOrigin(next.URL, r.URL)
		r = next
	}
}

// exchange is a call of Do.
type exchange struct {
	client  *Client
	t       *microthread.Thread
	o       *Options
	by      time.Time // the end of all of it, or zero
	trusted bool      // it has not been redirected to another host
}

// send sends r, which may have to happen twice.
func (x *exchange) send(r *Request) (*Response, error) {
	to, err := x.client.route(r.URL, x.o)
	if err != nil {
		return nil, err
	}
	if k := x.client.pool.take(x.client, &to); k != nil {
		resp, err := x.on(k, r)
		if err == nil || !isDied(err) || !r.repeatable() {
			return resp, err
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
func (x *exchange) on(k *conn, r *Request) (resp *Response, err error) {
	defer func() {
		if resp == nil { // also when the thread was terminated
			k.close()
		}
	}()
	k.begin(x)
	head, err := k.write(r)
	var w *writeError
	if errors.As(err, &w) && head == nil && (!isTimeout(err) || k.hasAnswer()) {
		head, _ = k.readHead(r.Method) // the server may have said why it wants no more
	}
	switch {
	case err != nil && (head == nil || head.StatusCode < 400):
		return nil, k.died(err)
	case head == nil:
		if head, err = k.readHead(r.Method); err != nil {
			return nil, k.died(err)
		}
	}
	return newResponse(k, head, r)
}

// Close closes the connections that nobody uses. Those in use are closed when they are given
// back.
func (c *Client) Close() error {
	c.pool.close()
	return nil
}
