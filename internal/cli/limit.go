package cli

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"mtpipe/internal/atend"
	"mtpipe/internal/tempfile"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

// patience is how long the orderly end of a run may take after a time-out or a second signal. Then
// programs that were started are killed, temporary files are removed, and the status is that of the
// orderly end. The process has to be gone within a second, also where much memory is given back.
const patience = 700 * time.Millisecond

// guardTime ends the process when --timeout has passed and the orderly end takes longer than
// patience: while the pipeline is bound, or because a stage computes and never waits. The result
// takes that back.
func (a *app) guardTime() (stop func()) {
	if a.timeout == 0 {
		return func() {}
	}
	limit := time.Duration(a.timeout)
	timer := time.AfterFunc(limit+patience, func() {
		a.quit(&pipeline.RunError{Causes: []error{&syntax.Error{Err: pipeline.TimedOut(limit)}}})
	})
	return func() { timer.Stop() }
}

// guardSignals does so after the second signal.
func (a *app) guardSignals() (stop func()) {
	over, signals := make(chan struct{}), make(chan os.Signal, 2)
	for _, s := range endings() {
		signal.Notify(signals, s)
	}
	go func() {
		var first os.Signal
		for {
			select {
			case <-over:
				return
			case s := <-signals:
				if first == nil {
					first = s
					continue
				}
				select {
				case <-over:
				case <-time.After(patience):
					a.quit(&pipeline.SignalError{Signal: first})
				}
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(over)
	}
}

// endings returns the signals that end a run, but for those that are ignored, as nohup has it,
// and a shell for what it runs in the background.
func endings() (list []os.Signal) {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			list = append(list, s)
		}
	}
	return list
}

// surviveBroken makes writing to a standard stream whose reader has gone an error, as of any other
// file, where the process would be ended by a signal before it has cleaned up. Programs that it
// starts are ended by the signal as ever. One that was told to ignore it still does.
func surviveBroken() {
	if !signal.Ignored(syscall.SIGPIPE) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	}
}

// quit ends the process at once.
func (a *app) quit(err error) {
	atend.Run()
	tempfile.RemoveOwn()
	os.Exit(a.report(err))
}
