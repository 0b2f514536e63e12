package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"

	"mtpipe/internal/bench"
	"mtpipe/internal/bench/threads"
)

// doThreads is what a process that -threads starts does.
func doThreads(kind string) error {
	n, err := strconv.Atoi(flag.Arg(1))
	if err != nil {
		return err
	}
	said, err := threads.Do(kind, flag.Arg(0), n)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(said)
}

// runThreads measures threads beside those of other kinds.
func runThreads(ctx context.Context, s settings) error {
	o := threads.Options{Runs: s.Runs, Tell: func(job string) { fmt.Fprintln(os.Stderr, job) }}
	var err error
	if o.Only, err = regexp.Compile(s.only); err != nil {
		return err
	}
	if o.Peers, err = regexp.Compile(s.peers); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	jobs := slices.Clone(threads.Jobs)
	if s.quick {
		for i := range jobs {
			jobs[i].N /= 10
		}
	}
	s.load = bench.Load()
	rows, err := threads.Measure(ctx, threads.Kinds(ctx, self), jobs, o)
	return errors.Join(err, showRows(s, rows, introduceThreads, threads.Table))
}

func introduceThreads(w io.Writer, s settings) {
	fmt.Fprintf(w, `medians of %d runs in turns, each in a process of its own, %d processors, %s
ns = how long processors worked for each, in the program and in the kernel; bytes = resident memory that
each thread adds. Threads take of it = what ours takes / what this kind takes, median of the pairs.
`, s.Runs, runtime.NumCPU(), runtime.Version())
	tellLoad(w, s.load)
	if s.quick {
		fmt.Fprintln(w, "A tenth of the threads and turns was measured.")
	}
	fmt.Fprintln(w)
}
