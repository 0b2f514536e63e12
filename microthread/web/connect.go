package web

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"

	"mtpipe/microthread"
)

// key is what connections have to have in common to be used for one another.
type key struct {
	scheme, host, port string // of the server; empty where a proxy is asked for URLs
	proxy              string // its URL, with who asks
	caFile             string
	insecure           bool
}

// route is how a URL is reached.
type route struct {
	key
	shelf     *shelf   // for the connections along it
	proxyURL  *url.URL // or nil
	proxyAuth string   // the header Proxy-Authorization, or empty
	absolute  bool     // the proxy is asked for the whole URL
}

// route returns how to reach what is asked for.
func (x *exchange) route(req *http.Request) (r route, err error) {
	u, o := x.url, x.o
	if x.tr.Proxy != nil {
		if r.proxyURL, err = x.tr.Proxy(req); err != nil {
			return r, fmt.Errorf("the environment's proxy: %s", clean(err.Error()))
		}
	}
	if p := r.proxyURL; p != nil {
		switch {
		case p.Scheme != "http" && p.Scheme != "https":
			return r, fmt.Errorf("the environment's proxy %s speaks no HTTP", quote(p.String()))
		case p.Hostname() == "" || !isPort(p.Port()):
			return r, fmt.Errorf("the environment's proxy %s has no address", quote(p.String()))
		}
		r.proxy, r.absolute = p.String(), u.Scheme == "http"
		if p.User != nil {
			r.proxyAuth = basicOf(p.User)
		}
	}
	if !r.absolute {
		r.scheme = u.Scheme
		r.host, r.port = address(u)
	}
	if r.scheme == "https" || r.proxyURL != nil && r.proxyURL.Scheme == "https" {
		r.caFile, r.insecure = o.CAFile, o.Insecure
	}
	return r, nil
}

// connect makes a connection along the route, up to TLS.
func (x *exchange) connect(to *route) (made *conn, err error) {
	by := x.by
	if x.o.ConnectTimeout > 0 {
		by = sooner(time.Now().Add(x.o.ConnectTimeout), by)
	}
	host, port := to.host, to.port
	if to.proxyURL != nil {
		host, port = address(to.proxyURL)
	}
	c, err := x.dial(host, port, by)
	if err != nil {
		return nil, to.ofProxy(err)
	}
	k := newConn(x, to, c)
	defer func() {
		if made == nil { // also when the thread was terminated
			k.close()
		}
	}()
	k.setUpBy = by
	c.SetDeadline(false, by)
	c.SetDeadline(true, by)
	if to.proxyURL != nil && to.proxyURL.Scheme == "https" {
		if err := k.startTLS(host); err != nil {
			return nil, to.ofProxy(err)
		}
	}
	if to.proxyURL != nil && !to.absolute {
		if err := k.tunnel(); err != nil {
			return nil, err
		}
	}
	if to.scheme == "https" {
		if err := k.startTLS(to.host); err != nil {
			return nil, err
		}
	}
	k.setUpBy = time.Time{}
	return k, nil
}

// ofProxy returns an error of a connection as one of the proxy, where the route begins with one.
func (r *route) ofProxy(err error) error {
	if r.proxyURL == nil {
		return err
	}
	return fmt.Errorf("the proxy: %w", err)
}

// dial connects to one of the addresses of a host.
func (x *exchange) dial(host, port string, by time.Time) (*microthread.Conn, error) {
	n, _ := strconv.ParseUint(port, 10, 16) // isPort saw to it
	addrs, err := x.tr.names.lookUp(x.t, host, by)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = x.late(true, false)
		}
		return nil, err
	}
	var c *microthread.Conn
	for i, a := range addrs {
		limit := time.Duration(0)
		if !by.IsZero() { // a dead address leaves time for the others
			limit = max(time.Until(by)/time.Duration(len(addrs)-i), 1)
		}
		to := netip.AddrPortFrom(a, uint16(n)).String()
		c, err = microthread.Dial(x.t, "tcp", to, limit)
		if (errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)) && x.tr.pool.clear() {
			c, err = microthread.Dial(x.t, "tcp", to, limit)
		}
		if err == nil {
			return c, nil
		}
	}
	x.tr.names.forget(host)
	k := conn{x: x, setUpBy: time.Now()}
	return nil, k.explain(err)
}

// tunnel asks the proxy for a connection to the server.
func (k *conn) tunnel() error {
	to := k.to.host + ":" + k.to.port
	if a, err := netip.ParseAddr(k.to.host); err == nil && a.Is6() {
		to = "[" + k.to.host + "]:" + k.to.port
	}
	k.out = append(k.out[:0], "CONNECT "+to+" HTTP/1.1\r\nHost: "+to+"\r\nUser-Agent: mtpipe\r\n"...)
	if k.to.proxyAuth != "" {
		k.out = append(k.out, "Proxy-Authorization: "+k.to.proxyAuth+"\r\n"...)
	}
	k.out = append(k.out, "\r\n"...)
	err := k.send()
	var resp *http.Response
	if err == nil {
		resp, err = k.readHead(&http.Request{Method: "CONNECT"})
	}
	switch {
	case err != nil:
		return fmt.Errorf("the proxy: %w", err)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the proxy answers %s", statusText(resp.Status))
	case k.r.Buffered() > 0:
		return errors.New("the proxy sends something before it is asked")
	}
	return nil
}

// startTLS agrees on TLS with the server called host, which the connection leads to.
func (k *conn) startTLS(host string) error {
	config, err := k.x.tr.tls.of(k.x.t, k.to.caFile, k.to.insecure)
	if err != nil {
		return err
	}
	config = config.Clone()
	config.ServerName = host
	over := tls.Client(k.nc, config)
	k.nc, k.agreed = over, new(tls.ConnectionState) // from now on
	err = over.Handshake()
	var cert *tls.CertificateVerificationError
	switch {
	case err == nil:
		*k.agreed = over.ConnectionState()
		return nil
	case errors.As(err, &cert):
		return fmt.Errorf("the server's certificate: %w", cert.Err)
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return errors.New("the server closed the connection before TLS was agreed on")
	}
	return fmt.Errorf("%w", k.explain(err)) // so that http.Client puts no text of its own in its place
}

// tlsConfigs is the settings of TLS, by file of certificates and whether any will do.
type tlsConfigs map[key]*tls.Config

// of returns the settings.
func (m *tlsConfigs) of(t *microthread.Thread, caFile string, insecure bool) (*tls.Config, error) {
	at := key{caFile: caFile, insecure: insecure}
	if config := (*m)[at]; config != nil {
		return config, nil
	}
	config := &tls.Config{InsecureSkipVerify: insecure, NextProtos: []string{"http/1.1"}, ClientSessionCache: tls.NewLRUClientSessionCache(0)}
	if caFile != "" {
		text, err := t.Blocking(func() (any, error) { return os.ReadFile(caFile) })
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text.([]byte)) {
			return nil, fmt.Errorf("%s: has no certificate", caFile)
		}
	}
	if *m == nil {
		*m = tlsConfigs{}
	}
	(*m)[at] = config
	return config, nil
}
