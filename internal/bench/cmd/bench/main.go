// Command bench measures mtpipe beside the programs that it replaces and prints one table.
//
//	go run ./internal/bench/cmd/bench [-net] [-quick] [-only REGEXP] [-peers REGEXP] [-json]
//
// It makes the data from a seed, builds mtpipe, and runs every job of every program that is
// installed, in turns. It fails when answers differ, or when mtpipe does not know a job. With
// -net the jobs are those of servers, and of clients that fetch and that start programs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"mtpipe/internal/bench"
)

// settings are the flags.
type settings struct {
	rows, seed  int64
	dir, mtpipe string
	modules     string
	only, peers string
	json        bool
	net, quick  bool
	threads     bool
	programs    bool
	load        float64 // of the machine, before the first job
	bench.Options
}

const allRows = 2_000_000 // what the bounds are meant for

func main() {
	var s settings
	flag.Int64Var(&s.rows, "rows", allRows, "how many records the data have")
	flag.BoolVar(&s.quick, "quick", false, "use 200000 rows; of the network, a tenth of the requests")
	flag.Int64Var(&s.seed, "seed", 1, "what the data are made from")
	flag.StringVar(&s.dir, "dir", filepath.Join(os.TempDir(), "mtpipe-bench"), "where the data are kept")
	flag.StringVar(&s.mtpipe, "mtpipe", "", "the program to measure; without it, it is built")
	flag.StringVar(&s.modules, "node-modules", "", "a directory with DuckDB's package for Node, besides NODE_PATH")
	flag.StringVar(&s.only, "only", "", "measure only the jobs whose names match this regular expression")
	flag.StringVar(&s.peers, "peers", "", "measure only the peers whose names match this regular expression")
	flag.IntVar(&s.Runs, "runs", 5, "how often each job runs, besides once to warm up")
	flag.DurationVar(&s.Limit, "limit", 5*time.Minute, "when to give up on one run")
	flag.BoolVar(&s.json, "json", false, "print the rows of the table as lines of JSON")
	flag.BoolVar(&s.net, "net", false, "measure servers, fetching and starting programs instead")
	flag.BoolVar(&s.threads, "threads", false, "measure threads beside those of other languages instead")
	flag.BoolVar(&s.programs, "programs", false, "measure six programs beside the same with goroutines instead")
	c := childFlags()
	flag.Parse()
	if s.quick {
		s.rows = allRows / 10
	}
	s.rows, s.Runs = max(1, s.rows), max(1, s.Runs)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	do := run
	switch {
	case c.wanted():
		do = func(ctx context.Context, _ settings) error { return c.run(ctx) }
	case s.net:
		do = runNetwork
	case s.threads:
		do = runThreads
	case s.programs:
		do = runPrograms
	}
	if err := do(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	setup, err := prepare(ctx, &s)
	if err != nil {
		return err
	}
	only, err := regexp.Compile(s.only)
	if err != nil {
		return err
	}
	peers, err := regexp.Compile(s.peers)
	if err != nil {
		return err
	}
	s.load = bench.Load()
	var report bench.Report
	var missing []string
	for _, job := range bench.Jobs(ctx, setup) {
		if !only.MatchString(job.Name) || ctx.Err() != nil {
			continue
		}
		fmt.Fprintln(os.Stderr, job.Name)
		ours, others := job.Contenders[:1], job.Contenders[1:]
		others = slices.DeleteFunc(others, func(c bench.Contender) bool { return !peers.MatchString(c.Name) })
		job.Contenders = slices.Concat(ours, others)
		for _, c := range others {
			if c.Missing() && !slices.Contains(missing, c.Name) {
				missing = append(missing, c.Name)
			}
		}
		report.Add(job, bench.Measure(ctx, job, s.Options))
	}
	if only.MatchString(bench.LatencyJob) && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, bench.LatencyJob)
		delays, err := bench.MeasureLatency(ctx, setup.MTPipe, 10, 200*time.Millisecond)
		if err != nil {
			report.Problems = append(report.Problems, err.Error())
		} else {
			report.AddLatency(delays)
		}
	}
	return errors.Join(ctx.Err(), show(s, &report, missing))
}

// prepare makes the data and mtpipe.
func prepare(ctx context.Context, s *settings) (setup bench.Setup, err error) {
	setup.NodeModules = s.modules
	for _, p := range []*string{&s.dir, &setup.NodeModules, &s.mtpipe} {
		if *p != "" { // the contenders run in dir
			if *p, err = filepath.Abs(*p); err != nil {
				return setup, err
			}
		}
	}
	s.Dir = s.dir
	if setup.Files, err = bench.MakeFiles(s.dir, s.rows, s.seed); err != nil {
		return setup, err
	}
	setup.MTPipe, err = program(ctx, *s)
	return setup, err
}

// program returns the path of mtpipe, which it builds unless one was given.
func program(ctx context.Context, s settings) (string, error) {
	if s.mtpipe != "" {
		return s.mtpipe, nil
	}
	name := filepath.Join(s.dir, "mtpipe")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", name, "mtpipe/cmd/mtpipe")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("building mtpipe: %w", err)
	}
	return name, nil
}

// show prints the report, and what went wrong on standard error. That is an error; a bound
// that was missed is none, since the machine may be busy.
func show(s settings, r *bench.Report, missing []string) error {
	var err error
	if s.json {
		err = r.JSON(os.Stdout)
	} else {
		introduce(os.Stdout, s)
		err = r.Table(os.Stdout)
	}
	return errors.Join(err, complain(r.Problems, missing))
}

// complain says on standard error what went wrong. It is an error if something did.
func complain(problems, missing []string) error {
	for _, p := range problems {
		fmt.Fprintf(os.Stderr, "\n%s\n", strings.ReplaceAll(p, "\n", "\n  "))
	}
	if len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "\nnot installed, and so left out: %s\n", strings.Join(missing, ", "))
	}
	if n := len(problems); n > 0 {
		return fmt.Errorf("%d contenders have no answer or a wrong one", n)
	}
	return nil
}

func introduce(w io.Writer, s settings) {
	fmt.Fprintf(w, `%d rows, medians of %d runs in turns, %d processors, %s
ratio = mtpipe's time / the peer's, or its memory / the bound; wanted = what the ratio may be at most.
mtpipe -j 2 beside two threads of duckdb and sort. A peer that took 10 s in all is not run again.
mtpipe is charged its whole process, from start to end; duckdb, through Node, only its query, without
start and printing, though its memory is that of the process. Memory is that of the largest process,
and never below the few MB of this program.
`, s.rows, s.Runs, runtime.NumCPU(), runtime.Version())
	tellLoad(w, s.load)
	if s.rows != allRows {
		fmt.Fprintf(w, "What is wanted is meant for %d rows.\n", allRows)
	}
	fmt.Fprintln(w)
}

// tellLoad tells how busy the machine was before, and is.
func tellLoad(w io.Writer, before float64) {
	if before > 0 {
		fmt.Fprintf(w, "The load of the machine was %.1f before and is %.1f now.\n", before, bench.Load())
	}
}
