package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mtpipe/internal/format"
	"mtpipe/internal/memory"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/reactor"
	"mtpipe/stages"
)

// Exit statuses.
const (
	exitFailed = 1   // the run failed
	exitUsage  = 2   // the pipeline or the command line is wrong
	exitSignal = 128 // and the signal's number
)

// app is one invocation of the program.
type app struct {
	stdin, stdout, stderr *os.File
	registry              *pipeline.Registry
	script                string
	in, out               string
	define                []string
	jobs                  jobs
	onError               onError
	maxMemory             size
	timeout               timeLimit
}

// Main runs the program and returns its exit status.
func Main(args []string, stdin, stdout, stderr *os.File) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, registry: pipeline.NewRegistry(stages.All()...)}
	cmd := a.root()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	return a.report(cmd.Execute())
}

// jobs is the value of -j.
type jobs int

func (j *jobs) String() string { return "" }
func (j *jobs) Type() string   { return "N" }

func (j *jobs) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return errors.New("it must be a whole number from 1")
	}
	*j = jobs(n)
	return nil
}

// onError is the value of --on-error.
type onError struct{ choice pipeline.OnError }

func (o *onError) String() string { return o.choice.String() }
func (o *onError) Type() string   { return "fail|skip|keep" }

func (o *onError) Set(text string) (err error) {
	o.choice, err = pipeline.ParseOnError(text)
	return err
}

// size is a number of bytes: 64K, 500MB, 2GiB. The units are powers of 1024.
type size int64

// baseMemory is what the program needs besides the data that stages keep.
const baseMemory = 8 << 20

func (s *size) String() string { return "" }
func (s *size) Type() string   { return "SIZE" }

func (s *size) Set(text string) error {
	n, err := memory.ParseSize(text)
	if err != nil {
		return fmt.Errorf("it %w", err)
	}
	*s = size(n)
	if *s < 1<<20 {
		return errors.New("it must be at least 1M")
	}
	return nil
}

// timeLimit is the value of --timeout.
type timeLimit time.Duration

func (l *timeLimit) String() string { return "" }
func (l *timeLimit) Type() string   { return "DURATION" }

func (l *timeLimit) Set(text string) error {
	d, err := pipeline.ParseDuration(text)
	if err != nil || d == 0 {
		return errors.New("it must be a duration such as 200ms, 5s or 1h30m")
	}
	*l = timeLimit(d)
	return nil
}

// usageError is a mistake in the command line.
type usageError struct{ error }

// report prints what went wrong and returns the exit status.
func (a *app) report(err error) int {
	var run *pipeline.RunError
	var sig *pipeline.SignalError
	var wrong *syntax.Error
	switch {
	case errors.As(err, &run):
		for _, cause := range run.Causes {
			a.print(cause)
		}
		return exitFailed
	case err == nil || errors.Is(err, syscall.EPIPE):
		return 0
	case errors.As(err, &sig):
		for _, cause := range sig.Causes {
			a.print(cause)
		}
		if s, ok := sig.Signal.(syscall.Signal); ok {
			return exitSignal + int(s)
		}
		return exitFailed
	case errors.As(err, &wrong):
		a.print(err)
		if caret := wrong.Caret(); caret != "" {
			fmt.Fprintln(a.stderr, caret)
		}
		return exitUsage
	default:
		a.print(err)
		var file *os.PathError
		if errors.As(err, &file) && file.Op == "write" {
			return exitFailed // of help and the like
		}
		return exitUsage
	}
}

func (a *app) print(err error) {
	fmt.Fprintf(a.stderr, "mtpipe: %s\n", syntax.Printable(err.Error()))
	var p *reactor.PanicError
	if errors.As(err, &p) {
		fmt.Fprintf(a.stderr, "This is a mistake in mtpipe itself; it happened here:\n%s", p.Stack)
	}
}

func (a *app) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "mtpipe [flags] PIPELINE [FILE...]",
		Short:         "Run shell-like pipelines inside one process",
		Long:          rootLong,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(_ *cobra.Command, args []string) error { return a.run(args) },
	}
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.StringVarP(&a.script, "file", "f", "", "run the pipeline in `SCRIPT`; the arguments are $1, $2 …")
	p := cmd.PersistentFlags()
	p.StringVarP(&a.in, "in", "i", "", "how to read FILEs and standard input: `FORMAT` is the name of a reader stage")
	p.StringVarP(&a.out, "out", "o", "", "how to write results: `FORMAT` is "+strings.Join(format.Names(), ", "))
	p.StringArrayVarP(&a.define, "define", "D", nil, "set the variable `name=value`")
	p.Var(&a.onError, "on-error", "a record that is wrong ends the run, is left out, or becomes an error value")
	p.Var(&a.maxMemory, "max-memory", "how much stages may keep in memory, such as 500MB; beyond it they use files in TMPDIR")
	p.Var(&a.timeout, "timeout", "how long the run may take; then it is aborted, and fails")
	p.VarP(&a.jobs, "jobs", "j", "how many reactors may work at a time; without it, one for each processor")
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SetHelpCommand(a.helpCommand())
	cmd.AddCommand(a.stagesCommand(), a.explainCommand(), a.completionCommand(), a.versionCommand())
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	return cmd
}

const rootLong = `mtpipe runs shell-like pipelines inside one process.

  mtpipe PIPELINE [FILE...]     FILEs or standard input feed the first stage
  mtpipe -f SCRIPT [ARG...]     run a script; its arguments are $1, $2 …`

// run runs the pipeline in the first argument, or the script.
func (a *app) run(args []string) error {
	src, name, rest, err := a.source(args)
	if err != nil {
		return err
	}
	scope := pipeline.Scope{Registry: a.registry}
	settings := pipeline.Settings{Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr, In: a.in, Out: a.out,
		Jobs: int(a.jobs), OnError: a.onError.choice, MaxMemory: int64(a.maxMemory), Timeout: time.Duration(a.timeout)}
	if settings.Watchdog, err = watchdogLimit(); err != nil {
		return err
	}
	if a.maxMemory > 0 {
		ballast = nil
		debug.SetMemoryLimit(int64(a.maxMemory) + baseMemory)
	}
	if name == "" {
		settings.Files = rest
	} else {
		scope.Args = rest
	}
	if scope.Lookup, err = a.variables(); err != nil {
		return err
	}
	plan, err := pipeline.Compile(src, name, scope, settings)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // as nohup has it, and a shell for what it runs in the background
			signal.Notify(signals, s)
		}
	}
	defer signal.Stop(signals)
	return plan.Run(signals)
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
			return "", "", nil, usageError{fileError(err)}
		}
		return string(text), a.script, args, nil
	case len(args) == 0:
		return "", "", nil, usageError{errors.New("a pipeline is missing; try mtpipe help")}
	}
	return args[0], "", args[1:], nil
}

func fileError(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", p.Path, p.Err)
	}
	return err
}

// variables returns the lookup of -D variables, then the environment.
func (a *app) variables() (func(string) (string, bool), error) {
	set := make(map[string]string)
	for _, d := range a.define {
		name, val, ok := strings.Cut(d, "=")
		if !ok || name == "" {
			return nil, usageError{fmt.Errorf("-D takes name=value, not %q", d)}
		}
		set[name] = val
	}
	return func(name string) (string, bool) {
		if v, ok := set[name]; ok {
			return v, true
		}
		return os.LookupEnv(name)
	}, nil
}
