package network

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtpipe/internal/bench"
)

func self(t *testing.T) Setup {
	t.Helper()
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Setup{MTPipe: "mtpipe", Self: name}
}

// script returns a shell script as a server.
func script(t *testing.T, name, text string, ours bool) Server {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	return Server{Ours: ours, Contender: bench.Contender{Name: name, Argv: []string{file}}}
}

// TestMeasure has servers of every kind that are right, wrong, not there and silent.
func TestMeasure(t *testing.T) {
	s := self(t)
	for _, c := range []struct {
		name   string
		server Server
		upper  bool
		status bench.Status
		note   string // a part of it
	}{
		{"threads", s.child("", "microthread", true), false, bench.Done, ""},
		{"stackless", s.child("", "stackless", true), false, bench.Done, ""},
		{"Go's net", s.child("", "gonet", false), false, bench.Done, ""},
		{"threads, upper case", s.child("", "microthread-upper", true), true, bench.Done, ""},
		{"Go's net, upper case", s.child("", "gonet-upper", false), true, bench.Done, ""},
		{"HTTP, web.Serve", s.child("", "web", true), false, bench.Done, ""},
		{"HTTP, net/http", s.child("", "http", false), false, bench.Done, ""},
		{"HTTP with another answer", s.child("", "gonet", false), false, bench.Failed, `want "this is /`},
		{"another answer", s.child("", "gonet-upper", false), false, bench.Failed, `got the answer "THE QUICK`},
		{"another answer in upper case", s.child("", "gonet", false), true, bench.Failed, `want "THE QUICK`},
		{"there is no such server", s.child("", "none", true), false, bench.Failed, "exit status 1: there is no server none"},
		{"mtpipe does not know it", script(t, "a", "echo no stage >&2; exit 2", true), false, bench.NotThere, "exit status 2: no stage"},
		{"a peer with status 2", script(t, "a", "exit 2", false), false, bench.Failed, "exit status 2"},
		{"one that ends", script(t, "a", "", true), false, bench.Failed, "it ended"},
		{"one that does not listen", script(t, "a", "exec sleep 60", true), false, bench.Failed, "took more than 200ms"},
		{"no address", script(t, "a", "echo listening on here >&2; exec sleep 60", true), false, bench.Failed, "not an ip:port"},
		{"nobody at the address", script(t, "a", "echo listening on 127.0.0.1:1 >&2; exec sleep 60", true), false, bench.Failed, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			job := Job{Name: "job", Servers: []Server{c.server}, Connections: 250, Requests: 1000, Upper: c.upper, HTTP: strings.Contains(c.name, "HTTP")}
			limit := time.Minute
			if strings.HasPrefix(c.note, "took more") {
				limit = 200 * time.Millisecond
			}
			r := measure(context.Background(), job, bench.Options{Runs: 2, Limit: limit})[0]
			if r.Status != c.status || !strings.Contains(r.Note, c.note) {
				t.Fatalf("got %q, %q, want %q, %q", r.Status, r.Note, c.status, c.note)
			}
			if c.status != bench.Done {
				return
			}
			f := r.Medians()
			if len(r.Samples) != 2 || f.CPU <= 0 || f.Load <= 0 || f.Rate <= 0 || f.P50 <= 0 || f.P99 < f.P50 {
				t.Errorf("got %v, want two samples with all figures", r.Samples)
			}
		})
	}
}

// TestMeasureIdle wants a figure for the memory of connections.
func TestMeasureIdle(t *testing.T) {
	s := self(t)
	job := Job{Name: "job", Connections: 500, Servers: []Server{s.child("threads", "microthread", true), s.child("net", "gonet", false)}}
	for _, r := range measure(context.Background(), job, bench.Options{Runs: 1}) {
		if f := r.Medians(); r.Status != bench.Done || f.Memory < 500 || f.Memory > 100_000 {
			t.Errorf("%s: got %q, %q, %v bytes, want some thousands", r.Server.Name, r.Status, r.Note, f.Memory)
		}
	}
}

// TestPeers lets every server in Python that is installed answer.
func TestPeers(t *testing.T) {
	s := self(t)
	for _, upper := range []bool{false, true} {
		for _, c := range s.servers(context.Background(), upper) {
			if c.Ours || c.Frees {
				continue
			}
			name := c.Name
			if upper {
				name += ", upper case"
			}
			t.Run(name, func(t *testing.T) {
				if c.Missing() {
					t.Skip("not installed")
				}
				job := Job{Name: "job", Servers: []Server{c}, Connections: 50, Requests: 200, Upper: upper}
				r := measure(context.Background(), job, bench.Options{Runs: 1, Limit: time.Minute})[0]
				if r.Status != bench.Done || r.Medians().CPU <= 0 {
					t.Errorf("got %q, %q, %v, want that it works", r.Status, r.Note, r.Samples)
				}
			})
		}
	}
}

// TestMeasureEnds has the measurement given up in its midst.
func TestMeasureEnds(t *testing.T) {
	s := self(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server, err := start(ctx, s.child("", "gonet", false).Contender)
	if err != nil {
		t.Fatal(err)
	}
	defer server.stop()
	l, err := connect(ctx, server.address, 10, lines(echoed))
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	ended := make(chan error)
	go func() {
		_, err := l.run(ctx, 1<<30)
		ended <- err
	}()
	cancel()
	if err := <-ended; err == nil {
		t.Error("got the end of many requests, want an error")
	}
}

// TestFetch has the client by hand fetch from the server, and its answer read.
func TestFetch(t *testing.T) {
	s := self(t)
	server, err := start(context.Background(), s.child("", "http", false).Contender)
	if err != nil {
		t.Fatal(err)
	}
	defer server.stop()
	job := s.fetchJobs(Sizes{Fetches: 200, FewFetches: 10}, server.address.String())[0]
	job.Contenders = job.Contenders[1:]
	r := bench.Measure(context.Background(), job, bench.Options{Dir: t.TempDir(), Runs: 1})[0]
	if r.Status != bench.Done || !strings.HasPrefix(r.Samples[0].Answer, "200 bodies, ") {
		t.Errorf("got %q, %q, %v, want 200 bodies", r.Status, r.Note, r.Samples)
	}
}
