package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/spf13/cobra"

	"mtpipe/internal/terminal"
	"mtpipe/pipeline"
)

// shownFlags say how results are shown on a terminal.
type shownFlags struct {
	all, pager  bool
	progress    bool
	stats, live bool
	snapshots   chan os.Signal // that ask for what there is so far; nil without --live
	read, write *os.File       // what the pager reads, and the run writes
}

func (s *shownFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&s.all, "all", false, "on a terminal, leave nothing of a table out: all rows, all columns, each number with all its digits")
	f.BoolVar(&s.progress, "progress", false, "say on standard error how far the run is: on a terminal in a line that is renewed, elsewhere in a line every five seconds")
	f.BoolVar(&s.live, "live", false, "show what totals, tables and plots at the end have so far: on a terminal in place, elsewhere on standard error at each signal USR1, or INFO where there is one")
	f.BoolVar(&s.stats, "stats", false, "say on standard error at the end what went through each stage, and how long it waited")
	f.BoolVar(&s.pager, "pager", false, "on a terminal, show the results by the program that PAGER names, or less, with --all")
}

// showResults makes a run show its results so.
func (a *app) showResults(settings *pipeline.Settings) error {
	settings.Progress, settings.Stats = a.shown.progress, a.shown.stats
	settings.All = a.shown.all || a.shown.pager
	if a.shown.live {
		a.shown.snapshots = make(chan os.Signal, 1)
		settings.Snapshots = a.shown.snapshots
		settings.Live = a.redraws()
	}
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

// watchSnapshots hands the signals that ask for what there is so far to the run, until stop is called,
// and says where that is to be seen, or that it is not.
func (a *app) watchSnapshots(plan *pipeline.Plan) (stop func()) {
	if a.shown.snapshots == nil {
		return func() {}
	}
	for _, s := range asking() {
		signal.Notify(a.shown.snapshots, s)
	}
	switch {
	case !plan.Previews():
		a.tell("note", errors.New("--live: no stage of this pipeline is a total or a plot whose result could be seen before its end"), 0)
	case !a.redraws() && asking() != nil:
		a.tell("note", fmt.Errorf("--live: kill -USR1 %d shows here what there is so far", os.Getpid()), 0)
	}
	return func() { signal.Stop(a.shown.snapshots) }
}

// redraws reports whether results can be seen in place while they grow.
func (a *app) redraws() bool {
	return terminal.Is(a.stdout) && !a.shown.pager && os.Getenv("TERM") != "dumb"
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
