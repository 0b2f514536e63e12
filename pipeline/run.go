package pipeline

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"mtpipe/internal/format"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline/syntax"
	"mtpipe/reactor"
	"mtpipe/value"
)

// Settings is what a run is given besides the pipeline.
type Settings struct {
	Stdin          *os.File // read when the first stage is no source and there are no files
	Stdout, Stderr *os.File
	Files          []string      // that feed the first stage
	In             string        // how they are read: the name of a reader stage; "" for lines
	Out            string        // how results are written: see package format; "" for text
	Jobs           int           // reactors that may work at a time; 0: one for each processor
	OnError        OnError       // what a record that is wrong does
	MaxMemory      int64         // bytes that all stages together may keep; 0: half of the machine's
	Timeout        time.Duration // after which the run is aborted; 0: never

	// Watchdog makes Stderr say which stage has not let the others have a turn for so long,
	// with its stack; 0: it says nothing.
	Watchdog time.Duration
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

// Plan is a bound list with what a run of it needs.
type Plan struct {
	list       *BoundList
	feed       *Bound // reads standard input or the files; nil when every first stage is a source
	feedParsed bool   // the list begins with the part of feed that finds records
	settings   Settings
	file       string
	jobs       int
	budget     int64 // bytes that each stage which retains its input may keep
}

// NewPlan decides how list will run. File is the script's name for messages, or "". It is
// an error when there are files that no stage would read.
func NewPlan(list *BoundList, file string, registry *Registry, settings Settings) (*Plan, error) {
	p := &Plan{list: list, settings: settings, file: file, jobs: settings.Jobs}
	if p.jobs == 0 {
		p.jobs = runtime.GOMAXPROCS(0)
	}
	if !format.Known(settings.Out) {
		return nil, &syntax.Error{Msg: fmt.Sprintf("there is no output format %s%s", syntax.Quote(settings.Out), syntax.Meant(settings.Out, format.Names()))}
	}
	if len(list.Pipelines) == 0 {
		return nil, &syntax.Error{Msg: "the pipeline is empty"}
	}
	p.budget = budget(settings.MaxMemory) / int64(max(1, retaining(list)))
	if (&Bound{Body: list}).IsSource() {
		if len(settings.Files) > 0 {
			first := list.Pipelines[0].Stages[0]
			return nil, &syntax.Error{File: file, Pos: first.Call.Pos, Stage: first.name,
				Msg: fmt.Sprintf("reads no input, so %s would not be read", syntax.Quote(settings.Files[0]))}
		}
		return p, nil
	}
	if len(settings.Files) == 0 && settings.In == "" && !list.needsFeed() {
		return p, nil
	}
	first := list.Pipelines[0].Stages
	feed, own, err := feedStage(registry, settings, first[0], len(list.Pipelines) > 1)
	if err != nil {
		return nil, err
	}
	p.feed = feed
	if feed.Stage.records && len(list.Pipelines) == 1 { // its records may be found by copies
		if own {
			first = first[1:]
		}
		fed := &BoundPipeline{Stages: append([]*Bound{feed.parser()}, first...)}
		feed.combined = units(fed.Stages, true, p.jobs)[0].combine
		p.list = &BoundList{Pipelines: []*BoundPipeline{fed}}
		p.feedParsed = true
	}
	return p, nil
}

// run is a plan at work, or a part of it that works in another way: on another reactor, or
// without copies.
type run struct {
	*Plan
	*outcome
	*stopping
	program  *microthread.Program
	capacity int
	jobs     int             // reactors that may work at a time
	workers  *sync.WaitGroup // the goroutines of other reactors
	budget   int64           // see Plan; a copy has its part of it
	skips    *skips
	it       *value.Value // that the block is run for; nil outside of such blocks
	stream   bool         // the block has an input of its own, which a drain ends

	onFailure func(error) // takes the errors of this part instead of the outcome
	shared    *shared     // by the stages on the program's reactor
}

// outcome is what has become of a run so far.
type outcome struct{ failures []error }

// Run runs the plan to its end. The error is a *RunError with every root cause, or a
// *SignalError. A reader of standard output that goes away is no error. The first signal
// drains the pipeline, the second aborts it; signals may be nil.
func (p *Plan) Run(signals <-chan os.Signal) error {
	r := &run{Plan: p, outcome: new(outcome), stopping: newStopping(), jobs: p.jobs, capacity: pipe.DefaultCapacity, workers: new(sync.WaitGroup), budget: p.budget, skips: new(skips), shared: new(shared)}
	r.program = microthread.New(reactor.NewDefaultSystem(), microthread.OnError(r.failed),
		microthread.Watchdog(p.settings.Watchdog, p.starved))
	out := pipe.New(r.program.Reactor(), "the output", r.capacity)
	var in *pipe.Pipe
	if p.feed != nil {
		for _, part := range expand([]*Bound{p.feed}) {
			if !part.parses || !p.feedParsed {
				in = r.start(unit{stages: []*Bound{part}}, in, r.failed)
			}
		}
	}
	main := r.program.Start(microthread.Spec{Name: "the pipeline", Stdin: in, Stdout: []*pipe.Pipe{out}, Error: r.failed,
		Run: func(t *microthread.Thread) error { return r.list(t, p.list, in) }})
	r.program.Start(microthread.Spec{Name: "the output", Stdin: out, Error: r.failed, Run: r.write})
	if p.settings.Timeout > 0 {
		r.program.After(p.settings.Timeout, func() { r.timeOut(main) })
	}
	stop := r.watchSignals(signals)
	err := r.program.Run()
	stop()
	r.workers.Wait()
	for _, line := range r.skips.tell() {
		_, _ = io.WriteString(p.settings.Stderr, syntax.Printable(line))
	}
	return r.result(err, r.shared.close(), r.program.Close())
}

func (r *run) result(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			r.failures = append(r.failures, &syntax.Error{Msg: err.Error(), Err: err})
		}
	}
	slices.SortStableFunc(r.failures, func(a, b error) int {
		return errorPos(a).Offset - errorPos(b).Offset
	})
	switch {
	case r.signal != nil:
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

// failed collects an error that no thread took.
func (r *run) failed(_ *microthread.Thread, err error) error {
	if r.onFailure != nil {
		r.onFailure(err)
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
	fmt.Fprintf(p.settings.Stderr, "mtpipe: watchdog: %v\n%s\n", s, s.Stack)
}

// list runs the pipelines of list one after another on the thread t. Each reads what is
// left of in.
func (r *run) list(t *microthread.Thread, list *BoundList, in *pipe.Pipe) error {
	if len(list.Pipelines) > 1 && in != nil {
		in.Share()
		defer in.Unshare()
	}
	for _, p := range list.Pipelines {
		if err := r.pipeline(t, p, in); err != nil {
			return err
		}
		if r.signal != nil { // drained: what has not begun never does
			return nil
		}
	}
	return nil
}

// pipeline runs the stages of p: the last unit on the thread t, the others on threads of
// their own. It returns when all have ended.
func (r *run) pipeline(t *microthread.Thread, p *BoundPipeline, in *pipe.Pipe) error {
	jobs := r.jobs
	if in != nil && in.Shared() {
		jobs = 1 // copies would take more of the input than their pipeline needs
	}
	units := units(p.Stages, in != nil, jobs)
	last := len(units) - 1
	var threads []*microthread.Thread
	for _, u := range units[:last] {
		if in != nil {
			in.PassOn()
		}
		in = r.start(u, in, r.failed)
		threads = append(threads, in.Writer().Owner().(*microthread.Thread))
	}
	err := r.unit(t, units[last], in, last > 0)
	for _, th := range threads {
		_ = th.Wait(t, 0)
	}
	return err
}

// start runs a unit on a thread of its own and returns its stdout. Failed is given an error
// that nobody reads there.
func (r *run) start(u unit, in *pipe.Pipe, failed func(*microthread.Thread, error) error) *pipe.Pipe {
	out := pipe.New(r.program.Reactor(), "the output of "+u.name(), r.capacity)
	if u.stages[0].hasEffect() {
		out.SetCapacity(1)
	}
	r.program.Start(microthread.Spec{Name: u.name(), Stdin: in, Stdout: []*pipe.Pipe{out}, Error: failed,
		Run: func(t *microthread.Thread) error { return r.unit(t, u, in, false) }})
	return out
}

// unit runs a unit on the thread t. Own says that in is read by this unit alone, though it
// is not the thread's stdin.
func (r *run) unit(t *microthread.Thread, u unit, in *pipe.Pipe, own bool) error {
	if in != nil && !u.stages[0].IsSource() {
		defer t.KeepOnDrain(t.KeepOnDrain(true)) // it is no source, also when it has read all
	}
	if u.copies {
		return r.segment(t, u, in)
	}
	return r.stage(t, u.stages[0], in, own)
}

// stage runs one stage on the thread t. Own says that in is read by this stage alone,
// though it is not the thread's stdin.
func (r *run) stage(t *microthread.Thread, s *Bound, in *pipe.Pipe, own bool) error {
	if own {
		t.Reads(in)
		defer t.CloseIn(in)
	}
	if s.Body != nil {
		return r.list(t, s.Body, in)
	}
	if s.IsSource() {
		in = nil
	}
	return r.annotate(s, s.do(&Job{Thread: t, run: r, bound: s, in: in}))
}

// do runs the stage's body.
func (s *Bound) do(j *Job) error {
	if s.parses {
		return caught(func() error { return parseRecords(j) })
	}
	return caught(func() error { return s.Stage.body(j, s.Args) })
}

// caught makes a panic in body an error with its stack.
func caught(body func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = reactor.NewPanicError(p)
		}
	}()
	return body()
}

// annotate adds the place in the text to an error that arose in s. One that has come from
// upstream has its place already.
func (r *run) annotate(s *Bound, err error) error {
	var e *syntax.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return &syntax.Error{File: r.file, Pos: s.Call.Pos, Stage: s.name, Msg: message(err), Err: err}
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
