package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"mtpipe/pipeline"
)

// plan compiles the pipeline in the first argument, or the script.
func (a *app) plan(args []string) (*pipeline.Plan, error) {
	src, name, rest, err := a.source(args)
	if err != nil {
		return nil, err
	}
	scope := pipeline.Scope{Registry: a.registry}
	if err := a.sandboxed(&scope, rest); err != nil {
		return nil, err
	}
	settings := pipeline.Settings{Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr, In: a.in, Out: a.out,
		Jobs: int(a.jobs), OnError: a.onError.choice, MaxErrors: int64(a.maxErrors), ErrorsTo: a.errorsTo, JSONMessages: a.messages == "json", Messages: a.look(), Colours: a.colours(a.stdout, false), MaxMemory: int64(a.maxMemory), MaxLine: int64(a.maxLine), WantSome: a.wantSome, Timeout: time.Duration(a.timeout)}
	a.seeing.set(&settings)
	if err := a.showResults(&settings); err != nil {
		return nil, err
	}
	if settings.Watchdog, err = watchdogLimit(); err != nil {
		return nil, err
	}
	if name == "" {
		settings.Files = rest
	} else {
		scope.Args = rest
	}
	if scope.Lookup, err = a.variables(); err != nil {
		return nil, err
	}
	return pipeline.Compile(src, name, scope, settings)
}

// run runs the pipeline in the first argument, or the script.
func (a *app) run(args []string) error {
	defer a.guardTime()()
	defer a.guardMemory()()
	plan, err := a.plan(args)
	if err != nil {
		return err
	}
	if a.dryRun {
		return a.showEffects(plan)
	}
	a.running.Store(plan)
	signals := make(chan os.Signal, 2)
	for _, s := range endings() {
		signal.Notify(signals, s)
	}
	defer signal.Stop(signals)
	defer a.guardSignals()()
	defer watchQuit(signals)()
	defer a.watchSnapshots(plan)()
	if err := a.seeing.begin(); err != nil {
		return err
	}
	paged, err := a.page()
	if err != nil {
		return err
	}
	err = a.seeing.end(plan.Run(signals))
	return cmp.Or(err, paged())
}

// watchdogLimit returns what the variable MTPIPE_WATCHDOG of the environment says: for how
// long a stage may keep the others from having a turn before a message names it. Without
// it there is no watchdog: that a sort computes for seconds is no news.
func watchdogLimit() (time.Duration, error) {
	text := os.Getenv("MTPIPE_WATCHDOG")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, usageError{fmt.Errorf("MTPIPE_WATCHDOG must be a duration such as 100ms, not %q", text)}
	}
	return d, nil
}

// source returns the text of the pipeline, its script's name if it comes from one, and the
// arguments behind it.
func (a *app) source(args []string) (src, name string, rest []string, err error) {
	switch {
	case a.script == "-":
		text, err := io.ReadAll(a.stdin)
		return string(text), "-", args, err
	case a.script != "":
		text, err := os.ReadFile(a.script)
		if err != nil {
			return "", "", nil, unread(err)
		}
		return string(text), a.script, args, nil
	case len(args) == 0:
		return "", "", nil, usageError{errors.New("a pipeline is missing; try mtpipe help")}
	}
	return args[0], "", args[1:], nil
}

// unread returns the error of a script that cannot be read: one of the command line when the file is not
// there or may not be read, and of the run when the system has no room or fails.
func unread(err error) error {
	for _, told := range []error{os.ErrNotExist, os.ErrPermission, syscall.EISDIR, syscall.ENOTDIR, syscall.ENAMETOOLONG, syscall.EINVAL, syscall.ELOOP} {
		if errors.Is(err, told) {
			return usageError{fileError(err)}
		}
	}
	return &pipeline.RunError{Causes: []error{fileError(err)}}
}

func fileError(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", p.Path, p.Err)
	}
	return err
}
