package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
)

// started starts a proxy for b, and returns its program, a client and its URL. At the end of the
// test it is drained and has to end without an error.
func started(t *testing.T, b *balancer) (p *microthread.Program, c *http.Client, url string) {
	t.Helper()
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- microthread.Run(func(t0 *microthread.Thread) error {
			l, err := microthread.Listen(t0, "tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			p = t0.Program()
			address <- "http://" + l.Addr().String()
			return serve(t0, l, b)
		})
	}()
	select {
	case url = <-address:
	case err := <-ended:
		t.Fatal(err)
	}
	c = &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	t.Cleanup(func() {
		c.CloseIdleConnections()
		p.Post(p.Drain)
		if err := <-ended; err != nil {
			t.Errorf("got %v from the proxy, want no error", err)
		}
	})
	return p, c, url
}

// TestProxy has a proxy for two servers and for one that is not there.
func TestProxy(t *testing.T) {
	var urls []string
	for i := range 2 {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			fmt.Fprint(w, i, " ", r.URL.Path, " ", string(body), err, " ", r.Header.Get("X-Forwarded-Host") != "")
		}))
		t.Cleanup(s.Close) // after the proxy
		urls = append(urls, s.URL)
	}
	b, err := parse(append(urls, "http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	p, c, base := started(t, b)
	got := make(map[string]int)
	for range 10 {
		resp, err := c.Get(base + "/path")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		got[string(text)]++
	}
	if one, two := got["0 /path <nil> true"], got["1 /path <nil> true"]; one+two != 10 || one == 0 || two == 0 {
		t.Errorf("got %v, want answers of both servers", got)
	}
	known := make(chan struct{})
	p.Post(func() { b.servers[2].until = time.Now().Add(time.Hour); close(known) })
	<-known
	resp, err := c.Post(base+"/post", "a/b", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.HasSuffix(string(text), " /post body<nil> true") || err != nil {
		t.Errorf("got %q, %v, want the body to be handed on", text, err)
	}
	if b, err := parse([]string{"ftp://here"}); err == nil {
		t.Errorf("got %v, want an error for what is no URL", b)
	}
}

// TestNobody has a proxy for a server that is not there.
func TestNobody(t *testing.T) {
	b, err := parse([]string{"http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	_, c, base := started(t, b)
	resp, err := c.Get(base)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadGateway || !strings.Contains(string(text), "no server answers") || err != nil {
		t.Errorf("got %s %q, %v, want 502", resp.Status, text, err)
	}
}
