package pipeline

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline/syntax"
	"mtpipe/reactor"
)

// SignalError says that a signal ended the run, and what else went wrong in it.
type SignalError struct {
	Signal os.Signal
	Causes []error
}

func (e *SignalError) Error() string { return "ended by signal: " + e.Signal.String() }

// stopping is what ends a run before its stages do.
type stopping struct {
	signal os.Signal
	asked  bool                           // it is the program that is drained, which is no error
	begun  atomic.Pointer[time.Time]      // when the signal came
	endNow func()                         // as the second one does; any goroutine, after begun
	pauses map[*reactor.Deferred]struct{} // of stages, which a signal ends
	drains []*drain                       // what else to do at the first signal

	mu    sync.Mutex
	units map[*unit]int // that are at work, and how often, outside of blocks for values
}

func newStopping() *stopping {
	return &stopping{pauses: make(map[*reactor.Deferred]struct{}), units: make(map[*unit]int)}
}

// drain is a function to be called when a signal drains the run.
type drain struct{ fn func(os.Signal) }

// OnDrain makes fn be called, on the reactor, when a signal begins to drain the run; at once
// when one has. The result takes that back.
func (j *Job) OnDrain(fn func(os.Signal)) (forget func()) {
	o := j.run.stopping
	if o.signal != nil {
		fn(o.signal)
		return func() {}
	}
	d := &drain{fn}
	o.drains = append(o.drains, d)
	return func() {
		if i := slices.Index(o.drains, d); i >= 0 {
			o.drains = slices.Delete(o.drains, i, i+1)
		}
	}
}

const (
	tellLimit    = 100 * time.Millisecond // after which a run that an interrupt has not ended says what it is at
	computeLimit = 500 * time.Millisecond // for what computes with one value after a signal
	abortLimit   = 5 * time.Second        // for the clean-up of threads after a second signal
	writeLimit   = 300 * time.Millisecond // for the output of what was put before a time-out
)

// watchSignals drains the program at the first signal and aborts it at the second.
func (r *run) watchSignals(signals <-chan os.Signal) (stop func()) {
	if signals == nil {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		var tell <-chan time.Time // what is being finished, once
		for first := true; ; {
			select {
			case <-done:
				return
			case <-tell:
				tell = nil
				r.tellDump(r.ending())
			case s := <-signals:
				if s == syscall.SIGQUIT {
					r.tellDump(r.seen.dump())
					continue
				}
				r.program.Post(func() { r.interrupt(s) })
				tell = nil
				if first && s == os.Interrupt && isTerminal(r.streams.errFile) {
					tell = time.After(tellLimit)
				}
				first = false
			}
		}
	}()
	return func() { close(done) }
}

// tellDump writes what a run is at.
func (r *run) tellDump(text []byte) {
	if r.settings.JSONMessages {
		text = MessageJSON("note", errors.New(string(text)), 0)
	}
	_ = r.streams.tell(text)
}

// ending says what the run is still at after an interrupt from a terminal, whose echo of the key
// stands on the same line. Any goroutine.
func (r *run) ending() []byte {
	names := r.atWork()
	if len(names) == 0 {
		names = []string{"the output"}
	}
	return []byte("\nmtpipe: interrupted: finishing " + strings.Join(names, ", ") + "; Ctrl-C again ends at once\n")
}

// works notes that the unit u is at work until end is called.
func (o *stopping) works(u *unit) (end func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.units[u]++
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.units[u]--; o.units[u] == 0 {
			delete(o.units, u)
		}
	}
}

// AtWork returns the names of the stages that are at work in the run that began last, in the
// order of the text. Any goroutine.
func (p *Plan) AtWork() []string {
	if o := p.last.Load(); o != nil {
		return o.atWork()
	}
	return nil
}

// atWork returns the names of the stages that are at work, in the order of the text. Any goroutine.
func (o *stopping) atWork() (names []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var stages []*planned
	for u := range o.units {
		stages = append(stages, u.stages...)
	}
	slices.SortStableFunc(stages, func(a, b *planned) int { return a.Call.Pos.Offset - b.Call.Pos.Offset })
	for _, s := range stages {
		if name := syntax.Printable(s.label()); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// interrupt drains the run at the first signal: stages that hold something outside of the
// program, such as a child or a listener, end that in a function of OnDrain, sources end,
// pauses end, and what is in the pipes is worked off. A further signal aborts it.
func (r *run) interrupt(s os.Signal) {
	if r.signal == nil {
		r.endNow = func() { r.program.Post(func() { r.program.Abort(abortLimit) }) }
		now := time.Now()
		r.begun.Store(&now)
		r.drainFor(s, r.program.Drain)
		return
	}
	r.program.Abort(abortLimit)
}

// since reports whether it is longer than d since a signal began to drain the run. Any goroutine.
func (o *stopping) since(d time.Duration) bool {
	begun := o.begun.Load()
	return begun != nil && time.Since(*begun) > d
}

// drain drains a run that is part of a program which is drained.
func (r *run) drain() {
	if r.signal == nil {
		r.asked = true
		r.drainFor(syscall.SIGTERM, func() {})
	}
}

// drainFor drains the run; sources ends the sources.
func (r *run) drainFor(s os.Signal, sources func()) {
	r.signal = s
	for _, d := range slices.Clone(r.drains) {
		d.fn(s)
	}
	sources()
	r.program.Reactor().EachLive(func(d *reactor.Deferred) {
		if _, ok := r.pauses[d]; ok {
			d.Override(reactor.Failed(ErrInterrupted))
		}
	})
}

// timeOut aborts the run: main, the thread of the pipeline, ends, and with it all that feed
// it, sinks before their sources. The output writes what was put before.
func (r *run) timeOut(main *microthread.Thread) {
	r.noteTimeOut()
	main.Terminate()
	r.program.After(writeLimit, func() { r.program.Abort(abortLimit) })
}

func (r *run) noteTimeOut() {
	r.failures = append(r.failures, &syntax.Error{Err: TimedOut(r.settings.Timeout)})
}

// TimedOut returns the error of what has taken longer than limit.
func TimedOut(limit time.Duration) error {
	text := limit.String()
	for _, zero := range []string{"m0s", "h0m"} { // 1h0m0s is 1h
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return fmt.Errorf("%w after %s", reactor.ErrTimeout, text)
}

// Interrupted reports whether a signal ends the run: an input that ends then is not whole.
func (j *Job) Interrupted() bool { return j.run.signal != nil }

// ErrInterrupted ends a wait at the signal that ends the run.
var ErrInterrupted = errors.New("interrupted by a signal")

// Pause suspends the stage for d and reports whether that time has passed: the signal that
// ends the run ends the pause, and after it there is none.
func (j *Job) Pause(d time.Duration) bool {
	if j.Interrupted() {
		return false
	}
	return j.UntilSignal(func() error {
		if out := j.Deferred().Sleep(d); !out.Suspended() {
			return out.Err()
		}
		_, err := j.Deferred().Parked()
		return err
	}) == nil
}

// Await suspends the stage until in has something to read or all that was put into out was
// taken; see pipe.Either. It ends with reactor.ErrTimeout when maxWait (0: no limit) has
// passed, and with ErrInterrupted at the signal that ends the run. Of the pipes that the stage
// does not wait for it gives nil.
func (j *Job) Await(in, out *pipe.Pipe, maxWait time.Duration) error {
	if in == nil && out == nil {
		if !j.Pause(maxWait) {
			return ErrInterrupted
		}
		return reactor.ErrTimeout
	}
	return j.UntilSignal(func() error { return pipe.Either(in, out, maxWait) })
}

// UntilSignal calls wait, in which the stage is suspended; the first signal ends that with
// ErrInterrupted.
func (j *Job) UntilSignal(wait func() error) error {
	d, s := j.Deferred(), j.run.stopping
	s.pauses[d] = struct{}{}
	defer delete(s.pauses, d)
	return wait()
}

// Taken reports whether all that the stage has put was taken by its reader.
func (j *Job) Taken() bool {
	out := j.Stdout()
	return out == nil || out.Empty()
}
