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

// TestProxy has a proxy for two servers and for one that is not there.
func TestProxy(t *testing.T) {
	var urls []string
	for i := range 2 {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			fmt.Fprint(w, i, " ", r.URL.Path, " ", string(body), err, " ", r.Header.Get("X-Forwarded-Host") != "")
		}))
		defer s.Close()
		urls = append(urls, s.URL)
	}
	b, err := parse(append(urls, "http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	address, ended := make(chan string), make(chan error, 1)
	var p *microthread.Program
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
	base := <-address
	c := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
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
	c.CloseIdleConnections()
	p.Post(p.Drain)
	if err := <-ended; err != nil {
		t.Errorf("got %v from the proxy, want no error", err)
	}
	if b, err := parse([]string{"here"}); err == nil {
		t.Errorf("got %v, want an error for what is no URL", b)
	}
}

// TestNobody has a proxy for a server that is not there.
func TestNobody(t *testing.T) {
	b, err := parse([]string{"http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	address := make(chan string)
	var p *microthread.Program
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
	c := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	resp, err := c.Get(<-address)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadGateway || !strings.Contains(string(text), "no server answers") || err != nil {
		t.Errorf("got %s %q, %v, want 502", resp.Status, text, err)
	}
	c.CloseIdleConnections()
	p.Post(p.Drain)
	if err := <-ended; err != nil {
		t.Errorf("got %v from the proxy, want no error", err)
	}
}
