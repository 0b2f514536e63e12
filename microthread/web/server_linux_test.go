package web_test

import (
	"bytes"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"mtpipe/microthread/web"
)

// TestServeWithoutDescriptors has a client that comes when the process may have no more
// descriptors: the server says so, tries again, and serves it later.
func TestServeWithoutDescriptors(t *testing.T) {
	var said bytes.Buffer
	s := startServing(t, &web.Server{ErrorLog: log.New(&said, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "served")
	})})
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) }()
	var c net.Conn
	var err error
	s.in(func() { // before the server can look
		if c, err = net.Dial("tcp", s.address); err == nil {
			none := limit
			none.Cur = 1
			err = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s.await(t, "the server to try twice", func() bool { return strings.Count(said.String(), "retrying in") > 1 })
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(said.String(), "http: Accept error: accept tcp 127.0.0.1:") {
		t.Errorf("got the log %q", said.String())
	}
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	var got bytes.Buffer
	if _, err := got.ReadFrom(c); err != nil || !strings.HasSuffix(got.String(), "served") {
		t.Errorf("got %q, %v, want an answer", got.String(), err)
	}
}
