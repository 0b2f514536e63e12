// Command torture runs the families of package torture and prints a table of what they gave.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"time"

	"mtpipe/internal/torture"
)

func main() {
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
	var families []torture.Family
	for _, f := range append(torture.Families(), torture.PlainFamily) {
		if *only == "" && f.Name != "plain" || re.MatchString(f.Name) {
			families = append(families, f)
		}
	}
	dir, err := os.MkdirTemp("", "torture")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv("TMPDIR", dir); err != nil {
		return err
	}
	fmt.Printf("seed %d\n", *seed)
	results := torture.Run(torture.NewEnv(dir, ""), families, torture.Options{Seed: *seed, Runs: *runs, Time: *limit, Most: *most, Report: os.Stdout})
	if n := torture.Table(os.Stdout, results); n > 0 {
		return fmt.Errorf("%d differences", n)
	}
	return nil
}
