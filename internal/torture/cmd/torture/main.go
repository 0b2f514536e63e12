// Command torture runs the families of package torture and prints a table of what they gave. SIGINT or SIGTERM ends it
// after the case that runs, with the table.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"time"

	"mtpipe/internal/torture"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == torture.MeterFlag {
		os.Exit(torture.Meter(os.Args[2:]))
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

func run() error {
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano())%1_000_000_000, "the first seed; each run takes the next one")
	limit := flag.Duration("time", time.Hour, "for all families together")
	runs := flag.Int("runs", 0, "of each family; 0: as many as there is time for")
	most := flag.Int("most", 1, "differences after which a family ends")
	only := flag.String("only", "", "families, by a regular expression")
	flag.Parse()
	re, err := regexp.Compile("^(" + *only + ")$")
	if err != nil {
		return err
	}
	families := torture.Families()
	if *only != "" {
		families = slices.DeleteFunc(families, func(f torture.Family) bool { return !re.MatchString(f.Name) })
	}
	dir, err := os.MkdirTemp("", "torture")
	if err != nil {
		return err
	}
	defer func(dir string) { os.RemoveAll(dir) }(dir)
	program, err := build(dir)
	if err != nil {
		return err
	}
	dir = filepath.Join(dir, "tmp") // in which nothing is left after a case
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Setenv("TMPDIR", dir)); err != nil {
		return err
	}
	fmt.Printf("seed %d\n", *seed)
	env := torture.NewEnv(dir, program)
	if env.Meter, err = os.Executable(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	results := torture.Run(env, families, torture.Options{Seed: *seed, Runs: *runs, Time: *limit, Most: *most, Report: os.Stdout, Over: func() bool { return ctx.Err() != nil }})
	if n := torture.Table(os.Stdout, results); n > 0 {
		return fmt.Errorf("%d differences", n)
	}
	return nil
}

// build builds mtpipe in dir, for the families that start it.
func build(dir string) (program string, err error) {
	program = filepath.Join(dir, "mtpipe")
	cmd := exec.Command("go", "build", "-o", program, "mtpipe/cmd/mtpipe")
	cmd.Stderr = os.Stderr
	return program, cmd.Run()
}
