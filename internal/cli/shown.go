package cli

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"mtpipe/internal/terminal"
	"mtpipe/pipeline"
)

// shownFlags say how results are shown on a terminal.
type shownFlags struct {
	all, pager  bool
	progress    bool
	stats       bool
	read, write *os.File // what the pager reads, and the run writes
}

func (s *shownFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&s.all, "all", false, "on a terminal, leave nothing of a table out: all rows, all columns, each number with all its digits")
	f.BoolVar(&s.progress, "progress", false, "say on standard error how far the run is: on a terminal in a line that is renewed, elsewhere in a line every five seconds")
	f.BoolVar(&s.stats, "stats", false, "say on standard error at the end what went through each stage, and how long it waited")
	f.BoolVar(&s.pager, "pager", false, "on a terminal, show the results by the program that PAGER names, or less, with --all")
}

// showResults makes a run show its results so.
func (a *app) showResults(settings *pipeline.Settings) error {
	settings.Progress, settings.Stats = a.shown.progress, a.shown.stats
	settings.All = a.shown.all || a.shown.pager
	if !a.shown.pager || !terminal.Is(a.stdout) {
		return nil
	}
	var err error
	if a.shown.read, a.shown.write, err = os.Pipe(); err != nil {
		return err
	}
	settings.Stdout, settings.Terminal = a.shown.write, a.stdout
	return nil
}

// usualPager is less, which ends by itself when all fits on the screen, and does not wrap lines.
const usualPager = "less -FRSX"

// page starts the pager, if one is asked for and there is a terminal. End waits until its user has
// left it.
func (a *app) page() (end func() error, err error) {
	s := &a.shown
	if s.write == nil {
		return func() error { return nil }, nil
	}
	command := cmp.Or(os.Getenv("PAGER"), usualPager)
	cmd := exec.Command("sh", "-c", command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.read, a.stdout, a.stderr
	err = cmd.Start()
	_ = s.read.Close()
	if err != nil {
		return nil, runError(fmt.Errorf("--pager: %s: %w", command, err))
	}
	return func() error {
		_ = s.write.Close()
		if err := cmd.Wait(); err != nil {
			return runError(fmt.Errorf("--pager: %s: %w", command, err))
		}
		return nil
	}, nil
}
