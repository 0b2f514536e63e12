// Package cli is the command line: its commands, one file each, the flags, what is said of
// errors, and the exit status. It knows stages only by the registry that it is given, so that
// a program with stages of its own is the same program.
package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"mtpipe/internal/format"
	"mtpipe/internal/terminal"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/reactor"
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
	errorsTo              string
	maxErrors             maxErrors
	messages              messages
	colour                colour
	maxMemory             size
	maxLine               lineSize
	timeout               timeLimit
	sandbox               bool
	dryRun, wantSome      bool
	heap                  heap
	running               atomic.Pointer[pipeline.Plan]
	seeing                seeing
	shown                 shownFlags
}

// Main runs the program, for which the process was started, with the stages of registry and
// the arguments of the process, and returns its exit status: see the constants.
func Main(registry *pipeline.Registry) int {
	markClosed()
	surviveBroken()
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, registry: registry}
	a.heap.start()
	cmd := a.root()
	cmd.SetArgs(os.Args[1:])
	cmd.SetOut(terminal.Messages{File: a.stdout})
	cmd.SetErr(a.told())
	return a.report(cmd.Execute())
}

// Command returns the command with its flags and subcommands, for the manual.
func Command(registry *pipeline.Registry) *cobra.Command { return (&app{registry: registry}).root() }

// usageError is a mistake in the command line.
type usageError struct{ error }

// report prints what went wrong and returns the exit status.
func (a *app) report(err error) int {
	var run *pipeline.RunError
	var sig *pipeline.SignalError
	var wrong *syntax.Error
	switch {
	case errors.As(err, &run):
		a.print(exitFailed, run.Causes...)
		return exitFailed
	case err == nil || errors.Is(err, syscall.EPIPE):
		return 0
	case errors.As(err, &sig):
		status := exitFailed
		if s, ok := sig.Signal.(syscall.Signal); ok {
			status = exitSignal + int(s)
		}
		a.print(status, sig.Causes...)
		return status
	case errors.As(err, &wrong):
		status := exitUsage
		if errors.As(err, new(cannotSay)) {
			status = exitFailed
		}
		a.print(status, err)
		if caret := wrong.Caret(); caret != "" && a.messages != "json" {
			fmt.Fprintln(a.told(), a.look().Caret(caret))
		}
		return status
	default:
		status := exitUsage
		var file *os.PathError
		if errors.As(err, &file) && file.Op == "write" {
			status = exitFailed // of help and the like
		}
		a.print(status, err)
		return status
	}
}

// told is standard error as messages are written to it.
func (a *app) told() terminal.Messages { return terminal.Messages{File: a.stderr} }

// print writes messages about the errors that make the exit status what it is.
func (a *app) print(status int, errs ...error) {
	for _, err := range errs {
		a.tell("error", err, status)
		var p *reactor.PanicError
		if errors.As(err, &p) && a.messages != "json" {
			fmt.Fprintf(a.told(), "This is a mistake in mtpipe itself; it happened here:\n%s", p.Stack())
		}
	}
}

// tell prints a message of a kind, for an error with the exit status.
func (a *app) tell(kind string, err error, status int) {
	if a.messages == "json" {
		_, _ = a.told().Write(pipeline.MessageJSON(kind, err, status))
		return
	}
	fmt.Fprint(a.told(), pipeline.MessageText(kind, err, a.look()))
}

func (a *app) root() *cobra.Command {
	var version, interactive bool
	cmd := &cobra.Command{
		Use:           "mtpipe [flags] PIPELINE [FILE...]",
		Short:         "Run shell-like pipelines inside one process",
		Long:          rootLong,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case version:
				return a.writeVersion()
			case interactive:
				return a.interactive(cmd, args)
			}
			return a.run(args)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&a.dryRun, "dry-run", false, "run nothing: name the stages that write files, run programs or talk to others")
	f.BoolVarP(&interactive, "interactive", "I", false, "edit PIPELINE on the terminal and see its first results while you type; Enter prints the command")
	f.BoolVarP(&version, "version", "V", false, "print the version")
	f.VarP(script{&a.script, f.SetInterspersed}, "file", "f", "run the pipeline in `SCRIPT`; the arguments are $1, $2 …")
	f.BoolVarP(&a.wantSome, "exit-status", "e", false, "fail with status 1 when nothing is put")
	a.seeing.flags(cmd)
	a.shown.flags(cmd)
	p := cmd.PersistentFlags()
	p.StringVarP(&a.in, "in", "i", "", "how to read FILEs and standard input: `FORMAT` is the name of a reader stage")
	p.StringVarP(&a.out, "out", "o", "", "how to write results: `FORMAT` is "+strings.Join(format.Names(), ", "))
	p.StringArrayVarP(&a.define, "define", "D", nil, "set the variable `name=value`")
	p.Var(&a.onError, "on-error", "a record that is wrong ends the run, is left out, becomes an error value, or is left out and makes the run fail at its end")
	p.Var(&a.maxErrors, "max-errors", "after how many records that are wrong the run fails, whatever --on-error says")
	p.StringVar(&a.errorsTo, "errors-to", "", "write each record that is wrong to `FILE`, with where and why, as lines of JSON")
	p.Var(&a.messages, "errors", "write messages as text, or each as a line of JSON")
	p.Var(&a.maxMemory, "max-memory", "how much stages may keep in memory, such as 500MB: beyond it they use files in TMPDIR or fail; the program takes 24MB more, and at most half of SIZE")
	p.Var(&a.maxLine, "max-line", "how long a line, a record or a JSON value that is read may be, such as 64MB; without it, an eighth of what stages may keep in memory")
	p.Var(&a.timeout, "timeout", "how long the run may take; then it is aborted, and fails")
	p.BoolVar(&a.sandbox, "sandbox", false, "for a pipeline from a stranger: it reads FILEs and standard input, writes standard output, and reaches nothing else")
	p.Var(endpoint{}, "endpoint", "the service that keeps s3:// objects, such as http://localhost:9000, instead of AWS_ENDPOINT_URL_S3")
	p.Var(&a.colour, "color", "colours in results and messages: auto is on a terminal, unless NO_COLOR is set or TERM is dumb; FORCE_COLOR is for messages elsewhere")
	p.VarP(&a.jobs, "jobs", "j", "how many reactors may work at a time; without it, one for each processor")
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SetHelpCommand(a.helpCommand())
	cmd.AddCommand(a.stagesCommand(), a.explainCommand(), a.graphCommand(), a.fmtCommand(), a.fromCommand(),
		a.completionCommand(), a.completeCommand(), a.versionCommand())
	cmd.AddCommand(a.partsCommands()...)
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	return cmd
}

const rootLong = `mtpipe runs shell-like pipelines inside one process.

  mtpipe PIPELINE [FILE...]     FILEs or standard input feed the first stage
  mtpipe -f SCRIPT [ARG...]     run a script; its arguments are $1, $2 …
  mtpipe -I [PIPELINE [FILE...]]  edit a pipeline and see what it puts while you type`
