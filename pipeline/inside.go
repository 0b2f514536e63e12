package pipeline

import (
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline/syntax"
	"mtpipe/reactor"
)

// Start runs the plan as threads of the program of t, which goes on, and returns what it puts
// as a pipe that t reads. In, which may be nil, is its input, instead of the files and the
// standard input of its settings; the pipeline reads it from here on. Errors come through the
// pipe that Start returns, after the values, as one *RunError.
//
// When t closes that pipe or ends, so does the pipeline. What had gone wrong after the values that
// t took concerns nobody; what its sinks cannot write then, and a panic, goes to the
// program's handler. Program.Drain ends its sources and lets it work off the rest. Stages that
// run as copies do so on reactors of their own. The running thread only; any number of plans,
// the same one too, may run at a time in one program.
//
// Settings.Stdout, Out and Watchdog have no meaning here. With Settings.Trace it fails: the trace
// is that of the program, by its option microthread.Trace.
func (p *Plan) Start(t *microthread.Thread, in *pipe.Pipe) *pipe.Pipe {
	r := p.newRun()
	r.program = t.Program()
	out := pipe.New(r.program.Reactor(), "the output of a pipeline", p.capacity)
	scope := microthread.NewScope(r.failed)
	if in != nil && in.Reader() == t.Deferred() {
		in.PassOn()
	}
	main := r.program.Start(microthread.Spec{Name: "the pipeline", Stdin: in, Stdout: []*pipe.Pipe{out}, Scope: scope,
		Run: func(main *microthread.Thread) error { return r.inside(main, scope, in, out) }})
	t.Reads(out)
	if p.settings.Timeout > 0 {
		stop := r.program.After(p.settings.Timeout, func() {
			r.noteTimeOut()
			main.Terminate()
		})
		main.Deferred().OnFinish(func(reactor.Outcome) { stop() })
	}
	return out
}

// inside runs the pipelines on the thread t, and returns when all of their threads have ended.
// When t is ended before that, out ends with what has gone wrong, or the program is told.
func (r *run) inside(t *microthread.Thread, scope *microthread.Scope, in, out *pipe.Pipe) error {
	returned := false
	defer func() { r.over = true }()
	defer func() {
		if returned {
			return
		}
		if err := r.finish(t, scope, in); err != nil && out.Closed() {
			r.program.Report(t, err)
		} else if err != nil {
			out.Fail(err)
		}
	}()
	defer r.program.OnDrain(r.drain)()
	list := r.main
	unopened := r.openRecords()
	switch {
	case unopened != nil:
		r.failures = append(r.failures, causes(unopened)...)
		list = &plannedList{}
	case r.settings.Trace != nil:
		r.failures = append(r.failures, &syntax.Error{Err: errTraceInside})
		list = &plannedList{}
	case in != nil && list.source:
		first := list.pipelines[0].units[0].stages[0]
		r.failures = append(r.failures, &syntax.Error{File: first.file, Pos: first.Call.Pos, Stage: first.name, Msg: noInput})
		list = &plannedList{}
	case in != nil:
		list = r.piped()
	default:
		if in = r.startFeed(); in != nil {
			t.Reads(in)
		}
	}
	if err := r.list(t, list, in); err != nil {
		_ = r.failed(t, err)
	}
	_ = out.SettleLosses()
	err := r.finish(t, scope, in)
	returned = true
	return err
}

// noInput says that a stage would not read what it is given.
const noInput = "reads no input, so what comes before it would be lost"

// finish waits until t is the only thread that is left of the run, and returns what has gone
// wrong in it.
func (r *run) finish(t *microthread.Thread, scope *microthread.Scope, in *pipe.Pipe) error {
	if in != nil {
		t.CloseIn(in)
	}
	scope.WaitOthers(t)
	if r.copies {
		_, _ = t.Blocking(func() (any, error) { r.workers.Wait(); return nil, nil })
	}
	r.tellSkips()
	return r.ended(r.shared.close())
}
