package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"

	"mtpipe/internal/bench"
	"mtpipe/internal/bench/child"
	"mtpipe/internal/bench/network"
	"mtpipe/internal/bench/programs"
)

// runNetwork measures servers and clients.
func runNetwork(ctx context.Context, s settings) error {
	o := network.Options{Sizes: network.Full, Options: s.Options, Tell: func(job string) { fmt.Fprintln(os.Stderr, job) }}
	if s.quick {
		o.Sizes = o.Divided(10)
	}
	var err error
	if o.Only, err = regexp.Compile(s.only); err != nil {
		return err
	}
	if o.Peers, err = regexp.Compile(s.peers); err != nil {
		return err
	}
	for _, p := range []*string{&s.dir, &s.mtpipe} {
		if *p != "" {
			if *p, err = filepath.Abs(*p); err != nil {
				return err
			}
		}
	}
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return err
	}
	o.Dir = s.dir
	var setup network.Setup
	if setup.MTPipe, err = program(ctx, s); err != nil {
		return err
	}
	if setup.Self, err = os.Executable(); err != nil {
		return err
	}
	s.load = bench.Load()
	r, err := network.Run(ctx, setup, o)
	if r == nil {
		return err
	}
	return errors.Join(err, showNetwork(s, r))
}

func showNetwork(s settings, r *network.Report) error {
	var err error
	if s.json {
		err = r.JSON(os.Stdout)
	} else {
		introduceNetwork(os.Stdout, s)
		err = r.Table(os.Stdout)
	}
	return errors.Join(err, complain(slices.Concat(r.Problems, r.Clients.Problems), r.Missing))
}

func introduceNetwork(w io.Writer, s settings) {
	fmt.Fprintf(w, `medians of %d runs in turns, %d processors, %s, loopback only
CPU = how long processors worked for the server, in its code and in the kernel, for each line that it
answered, or request of HTTP; load = the same of the one thread that sent them and checked the answers;
bytes = resident memory that each connection adds, without the kernel's; threads, stackless, mtpipe = what
that server of ours takes / what this one takes, of processor or of memory; wanted = what the ratio may be
at most. Each connection has one line of 64 bytes under way, or one request. A peer that took 20 s in all is
not run again.
threads and stackless are programs on the runtime alone, which have a buffer only while there is something
to read; Go's net has a goroutine and a buffer of 4 KB for each connection; asyncio uses protocols.
web.Serve is package microthread/web with the handler that net/http has.
`, s.Runs, runtime.NumCPU(), runtime.Version())
	tellLoad(w, s.load)
	if s.quick {
		fmt.Fprintln(w, "What is wanted is meant for ten times as many requests.")
	}
	fmt.Fprintln(w)
}

// children are the flags of the processes that -net starts.
type children struct {
	serve, fetch       string
	server             child.Options
	requests, parallel int
	thread, program    string
}

func childFlags() *children {
	var c children
	flag.StringVar(&c.serve, "serve", "", "be this server of -net: microthread, stackless, gonet, microthread-upper, gonet-upper, http, web")
	flag.StringVar(&c.server.Address, "listen", "", "where that server listens, instead of at any port of the loopback interface")
	flag.StringVar(&c.server.Profile, "cpuprofile", "", "a file for that server's profile, written when it is terminated")
	flag.StringVar(&c.fetch, "fetch", "", "be the client of -net that fetches URL/1, URL/2 and so on")
	flag.StringVar(&c.thread, "thread", "", "do a job of -threads with this kind of threads; arguments are the job and how often")
	flag.StringVar(&c.program, "program", "", "run this program of -programs, such as chat/threads; the argument is its own")
	flag.IntVar(&c.requests, "requests", network.Full.Fetches, "how many that client fetches")
	flag.IntVar(&c.parallel, "parallel", 1000, "how many at a time")
	return &c
}

func (c *children) wanted() bool {
	return c.serve != "" || c.fetch != "" || c.thread != "" || c.program != ""
}

func (c *children) run(ctx context.Context) error {
	switch {
	case c.serve != "":
		return child.Serve(c.serve, c.server)
	case c.thread != "":
		return doThreads(c.thread)
	case c.program != "":
		return c.profiled(func() error { return programs.Do(c.program, flag.Arg(0), os.Stdout) })
	}
	return child.Fetch(ctx, os.Stdout, c.fetch, c.requests, c.parallel)
}
