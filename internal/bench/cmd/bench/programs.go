package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"

	"mtpipe/internal/bench"
	"mtpipe/internal/bench/programs"
)

// profiled writes a profile of what do does, if that is wanted.
func (c *children) profiled(do func() error) error {
	if c.server.Profile == "" {
		return do()
	}
	f, err := os.Create(c.server.Profile)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	err = do()
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}

// runPrograms measures programs on threads beside the same on goroutines.
func runPrograms(ctx context.Context, s settings) error {
	o := programs.Options{Dir: s.dir, Runs: s.Runs, Divide: 1, Limit: s.Limit, Tell: func(name string) { fmt.Fprintln(os.Stderr, name) }}
	if s.quick {
		o.Divide = 10
	}
	var err error
	if o.Only, err = regexp.Compile(s.only); err != nil {
		return err
	}
	if o.Self, err = os.Executable(); err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return err
	}
	s.load = bench.Load()
	rows, err := programs.Measure(ctx, o)
	return errors.Join(err, showRows(s, rows, introducePrograms, programs.Table))
}

// showRows prints rows as JSON, one a line, or as a table with an introduction.
func showRows[R any](s settings, rows []R, introduce func(io.Writer, settings), table func(io.Writer, []R) error) error {
	if !s.json {
		introduce(os.Stdout, s)
		return table(os.Stdout, rows)
	}
	e := json.NewEncoder(os.Stdout)
	for _, r := range rows {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

func introducePrograms(w io.Writer, s settings) {
	fmt.Fprintf(w, `medians of %d runs in turns, each in a process of its own, %d processors, %s
Each program first on the runtime's threads and then, as the other, with goroutines, channels and net/http.
Ratio = the first / the other, median of the pairs; CPU = in the program and in the kernel; MB = the largest
resident memory. The crawler's site and the members of the chat are in another process.
`, s.Runs, runtime.NumCPU(), runtime.Version())
	tellLoad(w, s.load)
	if s.quick {
		fmt.Fprintln(w, "The programs had a tenth to do.")
	}
	fmt.Fprintln(w)
}
