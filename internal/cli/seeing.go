package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mtpipe/pipeline"
)

// seeing is the files that tell what a run does and what it takes.
type seeing struct {
	trace, cpu, mem output
}

// output is a file to write, if it has a name. The file is made when the run begins.
type output struct {
	name string
	*os.File
	begins string // any such file with this
	failed error  // of the first write that has
}

// open makes the file empty, or makes it. What stands there may be of an earlier run; anything
// else is refused, since it might be what the run reads.
func (o *output) open() (err error) {
	if o.File, err = os.OpenFile(o.name, os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		o.File, err = os.OpenFile(o.name, os.O_WRONLY|os.O_CREATE, 0o666) // such as a terminal's
	}
	if err != nil {
		return err
	}
	if info, err := o.Stat(); err != nil || !info.Mode().IsRegular() {
		return err
	}
	found := make([]byte, len(o.begins))
	switch n, err := o.ReadAt(found, 0); {
	case err != nil && err != io.EOF:
		return err
	case n > 0 && string(found[:n]) != o.begins:
		return fmt.Errorf("%s is there, and is no such file of an earlier run: it is not written over", o.name)
	}
	return o.Truncate(0)
}

// same tells whether two are one file.
func (o *output) same(other *output) bool {
	if other.File == nil {
		return false
	}
	a, aerr := o.Stat()
	b, berr := other.Stat()
	return aerr == nil && berr == nil && a.Mode().IsRegular() && os.SameFile(a, b)
}

// Write writes to the file, and keeps the error for those who do not tell it, such as package
// pprof.
func (o *output) Write(b []byte) (int, error) {
	n, err := o.File.Write(b)
	o.failed = cmp.Or(o.failed, err)
	return n, err
}

func (s *seeing) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.trace.name, "trace", "", "write to `FILE` what each stage does when, for Perfetto (ui.perfetto.dev)")
	f.StringVar(&s.cpu.name, "cpuprofile", "", "write to `FILE` what computes, by stage, for go tool pprof")
	f.StringVar(&s.mem.name, "memprofile", "", "write to `FILE` what takes memory, for go tool pprof")
}

// set makes a run tell what the files are for.
func (s *seeing) set(to *pipeline.Settings) {
	if s.trace.name != "" {
		to.Trace = &s.trace
	}
	to.Labels = s.cpu.name != ""
}

// begin makes the files and starts what is to be told from the start.
func (s *seeing) begin() (err error) {
	s.trace.begins, s.cpu.begins, s.mem.begins = "[\n{\"ph\":", "\x1f\x8b", "\x1f\x8b"
	for i, o := range s.outputs() {
		if o.name == "" || err != nil {
			continue
		}
		if err = o.open(); err == nil && slices.ContainsFunc(s.outputs()[:i], o.same) {
			err = fmt.Errorf("%s: two files of one name", o.name)
		}
	}
	if err == nil && s.cpu.File != nil {
		err = pprof.StartCPUProfile(&s.cpu)
	}
	if err != nil {
		_ = s.close()
		return runError(fileError(err))
	}
	return nil
}

func (s *seeing) outputs() []*output { return []*output{&s.trace, &s.cpu, &s.mem} }

// end writes what is to be written after the run, which has ended with err. What has gone
// wrong with the files is added to that.
func (s *seeing) end(err error) error {
	var failed []error
	if s.cpu.File != nil {
		pprof.StopCPUProfile()
		failed = append(failed, s.cpu.failed)
	}
	if s.mem.File != nil {
		runtime.GC() // so that the profile says what is held now
		failed = append(failed, pprof.Lookup("allocs").WriteTo(&s.mem, 0))
	}
	failed = append(failed, s.close())
	told := errors.Join(failed...)
	if told == nil {
		return err
	}
	told = fileError(told)
	var run *pipeline.RunError
	var sig *pipeline.SignalError
	switch {
	case errors.As(err, &sig):
		sig.Causes = append(sig.Causes, told)
		return sig
	case errors.As(err, &run):
		run.Causes = append(run.Causes, told)
		return run
	}
	return runError(told)
}

func (s *seeing) close() error {
	var failed []error
	for _, o := range s.outputs() {
		if o.File != nil {
			failed = append(failed, o.Close())
		}
	}
	return errors.Join(failed...)
}

// runError makes err one of a run that has failed.
func runError(err error) error { return &pipeline.RunError{Causes: []error{err}} }

// quitAgain is how soon a second SIGQUIT is to follow the first to be Go's own, which shows
// all goroutines and ends the program.
const quitAgain = time.Second

// watchQuit hands SIGQUIT on to signals, until stop is called. For some time after each one it
// does what it does by default.
func watchQuit(signals chan<- os.Signal) (stop func()) {
	if signal.Ignored(syscall.SIGQUIT) {
		return func() {}
	}
	quit, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(quit, syscall.SIGQUIT)
	go func() {
		defer signal.Stop(quit)
		for {
			select {
			case <-done:
				return
			case s := <-quit:
				signal.Stop(quit)
				select {
				case signals <- s:
				case <-done:
				}
			}
			select {
			case <-done:
				return
			case <-time.After(quitAgain):
				signal.Notify(quit, syscall.SIGQUIT)
			}
		}
	}()
	return func() { close(done) }
}
