package pipeline

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/internal/spill"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline/syntax"
	"mtpipe/reactor"
)

// Settings is what a run is given besides the pipeline.
type Settings struct {
	// Stdin is read when the first stage is no source and there are no files; nil is empty. An
	// *os.File is waited for as the system allows. Any other reader is read ahead, in large
	// pieces and on another goroutine, but for those of packages strings and bytes. A Read
	// under way when the run ends goes on; what it reads is there for the next run of the plan.
	Stdin io.Reader

	// Stdout is written by the output, and Stderr by messages; nil drops what is written. What
	// is no *os.File, *bytes.Buffer or *strings.Builder is written on another goroutine, one
	// Write at a time, also when both are one writer; Stderr is written in place. A Stdout that
	// fails with EPIPE or io.ErrClosedPipe has lost its reader, which ends the run and is no
	// error; any other error of it is one.
	Stdout, Stderr io.Writer

	Files     []string      // that feed the first stage
	In        string        // how they are read: the name of a reader stage; "" for lines
	Out       string        // how results are written: see package format; "" for text
	Jobs      int           // reactors that may work at a time; 0: one for each processor
	OnError   OnError       // what a record that is wrong does
	MaxMemory int64         // bytes that all stages together may keep; 0: half of what the process may have
	MaxLine   int64         // bytes that a line or a record of the input may have, at most 2 GB; 0: an eighth of MaxMemory, at least 1 MB
	MaxErrors int64         // after so many records that are wrong the run fails; 0: never
	ErrorsTo  string        // the file to which each record that is wrong is written, with why; "": none
	Timeout   time.Duration // after which the run is aborted; 0: never
	Capacity  int           // values that a pipe holds at most; 0: as many as are best
	Sample    *Sample       // how much is read of files; nil: all

	Terminal *os.File // on which what Stdout is given is shown, by another program; nil: Stdout itself, if it is one
	All      bool     // a table on a terminal has all rows, and nothing in it is cut
	Colours  bool     // what is written to Stdout has colours, in formats that have some

	Messages MessageLook // how messages are shown on Stderr

	// JSONMessages makes each message on Stderr a line of JSON; see MessageJSON.
	JSONMessages bool

	// Watchdog makes Stderr say which stage has not let the others have a turn for so long,
	// with its stack; 0: it says nothing.
	Watchdog time.Duration

	// Progress makes Stderr say, while the run goes on, how far it is: on a terminal in one line that is
	// renewed each second, elsewhere in a line in five seconds. Stats makes it say at the end what
	// went through each stage, and how long the stage waited.
	Progress, Stats bool

	// WantSome makes a run fail of which nothing comes out.
	WantSome bool

	// Live makes Stdout, which is a terminal, show what totals, tables and plots have so far, as long as
	// they hold it back, and Snapshots makes Stderr show that each time something comes of it.
	Live      bool
	Snapshots <-chan os.Signal

	// Trace is given a trace of the run, in the form that Perfetto opens; nil: there is none.
	// A plan that has one runs once, since a trace is of one run: any further run is ErrTraced.
	Trace io.Writer

	// Labels gives what computes the pprof labels "stage" and "thread".
	Labels bool
}

// RunError is what went wrong in a run: every root cause, in pipeline order.
type RunError struct{ Causes []error }

// Error returns the causes, one a line.
func (e *RunError) Error() string {
	lines := make([]string, len(e.Causes))
	for i, c := range e.Causes {
		lines[i] = c.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the causes.
func (e *RunError) Unwrap() []error { return e.Causes }

// run is a plan at work, or a part of it that works in another way: on another reactor, or
// without copies.
type run struct {
	*Plan
	*outcome
	*stopping
	seen      *seeing
	program   *microthread.Program
	workers   *sync.WaitGroup // the goroutines of other reactors
	budget    int64           // see Plan; a copy has its part of it
	onError   OnError
	catch     *catcher // which gets the errors of records; nil for none
	skips     *skips
	record    *badRecords
	limit     *limit
	documents *format.Documents // what JSON was read as
	told      *told
	noted     *noted
	given     *given // nil outside of blocks for values
	stream    bool   // the block has an input of its own, which a drain ends

	onFailure func(error) // takes the errors of this part instead of the outcome
	shared    *shared     // by the stages on the program's reactor
	seq       *int64      // which batch of its input a copy works on; nil in what is no copy
	meters    *meters     // of the pipes that join the stages; nil when nobody wants to know
	touched   *touched
	live      *live // nil when nobody wants to see
	silent    bool  // it tells nothing
}

// outcome is what has become of a run so far.
type outcome struct {
	failures []error
	copies   bool // there were copies on other reactors
	over     bool // nobody looks at failures any more
}

// Run runs the plan to its end. The error is a *RunError with every root cause, or a
// *SignalError. A reader of standard output that goes away is no error. The first signal
// drains the pipeline, the second aborts it, but for SIGQUIT, which makes the run write to
// Stderr what it is at, and go on; signals may be nil. Any goroutine may call it, several at a
// time too.
func (p *Plan) Run(signals <-chan os.Signal) error {
	if err := p.takeTrace(); err != nil {
		return err
	}
	r := p.newRun()
	r.meters = p.newMeters()
	if err := r.openRecords(); err != nil {
		return err
	}
	p.last.Store(r.stopping)
	if p.settings.Live || p.settings.Snapshots != nil {
		r.live = &live{run: r, begun: time.Now()}
	}
	r.prepare(r.write)
	stop, told, shown := r.watchSignals(signals), r.tellProgress(), r.showLive()
	return r.toEnd(func() { stop(); shown(); told() })
}

func (p *Plan) newRun() *run {
	return &run{Plan: p, outcome: new(outcome), stopping: newStopping(), workers: new(sync.WaitGroup),
		budget: p.budget, onError: p.settings.OnError, skips: new(skips), limit: &limit{most: p.settings.MaxErrors}, told: new(told), noted: new(noted), shared: new(shared), touched: new(touched), documents: new(format.Documents), seen: newSeeing(p.settings)}
}

// prepare makes a program of the plan. Output is the body of the thread that reads what it
// puts.
func (r *run) prepare(output func(*microthread.Thread) error) {
	p := r.Plan
	r.program = r.seen.program("the main reactor", microthread.OnError(r.failed),
		microthread.Watchdog(p.settings.Watchdog, p.starved))
	out := pipe.New(r.program.Reactor(), "the output", p.capacity)
	r.meters.ofOutput(out)
	in := r.startFeed()
	main := r.program.Start(microthread.Spec{Name: "the pipeline", Stdin: in, Stdout: []*pipe.Pipe{out}, Error: r.failed,
		Run: func(t *microthread.Thread) error { return r.list(t, p.main, in) }})
	r.program.Start(microthread.Spec{Name: "the output", Stdin: out, Error: r.failed, Run: output})
	if p.settings.Timeout > 0 {
		r.program.After(p.settings.Timeout, func() { r.timeOut(main) })
	}
}

// startFeed starts what reads the files or standard input and returns what comes of that; nil
// when nothing is to be read.
func (r *run) startFeed() (in *pipe.Pipe) {
	for _, u := range r.feed {
		in = r.start(u, in, r.failed)
	}
	return in
}

// toEnd runs the program that was prepared. Stop is called when its threads have ended.
func (r *run) toEnd(stop func()) error {
	err := r.program.Run()
	stop()
	r.workers.Wait()
	r.tellSkips()
	return r.ended(err, r.shared.close(), r.program.Close())
}

// tellSkips says how many records were left out.
func (r *run) tellSkips() {
	for _, note := range r.skips.tell() {
		r.tell("note", note)
	}
	if err := r.skips.failed(); err != nil {
		r.failures = append(r.failures, err)
	}
	if end := r.limit.reached(); end != nil && !slices.Contains(r.failures, end) {
		r.failures = append(r.failures, end)
	}
}

// ended returns the error of the run, or tells what there is to tell of one without.
func (r *run) ended(errs ...error) error {
	err := r.result(errs...)
	if err == nil {
		for _, text := range r.noted.tell(r.seats) {
			r.note(text)
		}
	}
	return err
}

func (r *run) result(errs ...error) error {
	for _, err := range r.failures {
		r.record.add(err)
	}
	errs = append(errs, r.record.close())
	for _, err := range errs {
		if err != nil {
			r.failures = append(r.failures, &syntax.Error{Msg: err.Error(), Err: err})
		}
	}
	slices.SortStableFunc(r.failures, func(a, b error) int {
		return errorPos(a).Offset - errorPos(b).Offset
	})
	switch {
	case r.signal != nil && !r.asked:
		return &SignalError{r.signal, r.failures}
	case len(r.failures) > 0:
		return &RunError{r.failures}
	}
	return nil
}

func errorPos(err error) syntax.Pos {
	var e *syntax.Error
	if errors.As(err, &e) {
		return e.Pos
	}
	return syntax.Pos{}
}

// failed collects an error that no thread took, unless it is nobody's. One that comes when the
// run is over is for the program's handler.
func (r *run) failed(t *microthread.Thread, err error) error {
	if isNobodys(t, err) {
		return nil
	}
	if r.onFailure != nil {
		r.onFailure(err)
		return nil
	}
	if r.over {
		r.program.Report(t, err)
		return nil
	}
	for _, cause := range causes(err) {
		if !slices.Contains(r.failures, cause) {
			r.failures = append(r.failures, cause)
		}
	}
	return nil
}

// causes returns the errors in err that have a place in the text, or err itself when none
// has. Several may be joined.
func causes(err error) []error {
	if e, ok := err.(*syntax.Error); ok {
		return []error{e}
	}
	var inner []error
	switch x := err.(type) {
	case interface{ Unwrap() []error }:
		for _, e := range x.Unwrap() {
			inner = append(inner, causes(e)...)
		}
		return inner
	case interface{ Unwrap() error }:
		if e := x.Unwrap(); e != nil {
			inner = causes(e)
		}
	}
	if slices.ContainsFunc(inner, func(e error) bool { _, ok := e.(*syntax.Error); return ok }) {
		return inner
	}
	return []error{err}
}

// joined is errors.Join that leaves a single error as it is.
func joined(list []error) error {
	if len(list) == 1 {
		return list[0]
	}
	return errors.Join(list...)
}

// starved reports a stage that does not let the others have a turn.
func (p *Plan) starved(s microthread.Starvation) {
	p.tell("note", &syntax.Error{Msg: fmt.Sprintf("watchdog: %v\n%s", s, s.Stack)})
}

// list runs the pipelines of list one after another on the thread t. Each reads what is
// left of in.
func (r *run) list(t *microthread.Thread, list *plannedList, in *pipe.Pipe) error {
	if list.shares && in != nil {
		in.Share()
		defer in.Unshare()
	}
	for _, p := range list.pipelines {
		if err := r.pipeline(t, p, in); err != nil {
			return err
		}
		if r.signal != nil { // drained: what has not begun never does
			return nil
		}
	}
	return nil
}

// pipeline runs the units of p: the last one on the thread t, the others on threads of
// their own. It returns when all have ended.
func (r *run) pipeline(t *microthread.Thread, p *plannedPipeline, in *pipe.Pipe) error {
	if p.units[0].stages[0].source { // what others read is nothing to it
		own := *r
		own.documents = &format.Documents{Within: r.documents}
		r = &own
	}
	last := len(p.units) - 1
	var threads []*microthread.Thread
	for _, u := range p.units[:last] {
		if in != nil {
			in.PassOn()
		}
		in = r.start(u, in, r.failed)
		threads = append(threads, in.Writer().Owner().(*microthread.Thread))
	}
	err := r.unit(t, p.units[last], in, last > 0)
	for _, th := range threads {
		_ = th.Wait(t, 0)
	}
	return err
}

// start runs a unit on a thread of its own and returns its stdout. Failed is given an error
// that nobody reads there.
func (r *run) start(u *unit, in *pipe.Pipe, failed func(*microthread.Thread, error) error) *pipe.Pipe {
	out := pipe.New(r.program.Reactor(), u.output, u.capacity)
	r.meters.of(u, out)
	r.program.Start(microthread.Spec{Name: u.name, Stdin: in, Stdout: []*pipe.Pipe{out}, Error: failed,
		Run: func(t *microthread.Thread) error { return r.unit(t, u, in, false) }})
	return out
}

// unit runs a unit on the thread t. Own says that in is read by this unit alone, though it
// is not the thread's stdin.
func (r *run) unit(t *microthread.Thread, u *unit, in *pipe.Pipe, own bool) error {
	if in != nil && !u.stages[0].source {
		defer t.KeepOnDrain(t.KeepOnDrain(true)) // it is no source, also when it has read all
	}
	if r.given == nil {
		defer r.works(u)()
	}
	if u.copies > 0 {
		return r.segment(t, u, in)
	}
	return r.stage(t, u.stages[0], in, own)
}

// under returns r with a policy of its own; nil is that of r.
func (r *run) under(policy *OnError) *run {
	if policy == nil {
		return r
	}
	own := *r
	own.onError, own.catch = *policy, nil
	return &own
}

// stage runs one stage on the thread t. Own says that in is read by this stage alone,
// though it is not the thread's stdin.
func (r *run) stage(t *microthread.Thread, s *planned, in *pipe.Pipe, own bool) error {
	if own {
		t.Reads(in)
		defer t.CloseIn(in)
	}
	if s.body != nil {
		return r.under(s.onError).list(t, s.body, in)
	}
	if s.source {
		in = nil
	}
	if in != nil && s.Stage.Trait&Sink != 0 {
		in.TellLosses()
	}
	return t.Labelled("stage", s.label(), func() error {
		err := r.guarded(s, func() error { return s.do(&Job{Thread: t, run: r, stage: s, in: in}) })
		if err == nil && in != nil && !in.ReadToEnd() {
			r.noted.leave(s.boundStage)
		}
		return err
	})
}

// do runs the stage's body.
func (s *planned) do(j *Job) error {
	if s.parses {
		return parseRecords(j)
	}
	return s.Stage.body(j, s.argsOn(j))
}

// guarded runs body, which is of the stage s: a panic becomes an error with its stack, but for
// memory that the system has refused, which is no fault of the program, and an error has the place
// of s in the text. When body was left by the Goexit of a thread that is ended, and
// one of its deferred functions panics, the Goexit goes on and nobody is there to be given the
// error: it is a panic again, so that the thread ends with it.
func (r *run) guarded(s *planned, body func() error) error {
	var panicked error
	returned := false
	defer func() {
		if !returned && panicked != nil {
			panic(r.annotate(s.boundStage, panicked))
		}
	}()
	err := func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				if panicked = reactor.NewPanicError(p); p == any(spill.ErrNoMemory) {
					panicked = spill.ErrNoMemory
				}
				err = panicked
			}
		}()
		return body()
	}()
	returned = true
	return r.annotate(s.boundStage, err)
}

// annotate adds the place in the text to an error that arose in s. One that has come from
// upstream has its place already.
func (r *run) annotate(s *boundStage, err error) error {
	var e *syntax.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	if long, ok := err.(*input.TooLongError); ok {
		err = (&Job{run: r}).placeOfLong(long)
	}
	msg := message(err)
	if s.Stage != nil && s.Stage.Trait&Sink != 0 {
		err = &sinkError{err}
	}
	return &syntax.Error{File: s.file, Pos: s.Call.Pos, Stage: s.name, Msg: msg, Err: err}
}

// message returns an error's text as it stands behind a stage's name.
func message(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		if p.Path == "" {
			return `"": ` + p.Err.Error()
		}
		return p.Path + ": " + p.Err.Error()
	}
	return err.Error()
}
