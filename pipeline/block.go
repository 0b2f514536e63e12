package pipeline

import (
	"fmt"
	"reflect"
	"slices"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// RunHere runs a block on the stage's own thread: the block reads what is left of the
// stage's input and puts into the stage's stdout.
func (j *Job) RunHere(s *Sub) error { return j.run.list(j.Thread, j.stage.block(s).list, j.in) }

// NewPipe returns a pipe to join blocks with.
func (j *Job) NewPipe(name string) *pipe.Pipe {
	return pipe.New(j.Program().Reactor(), name, j.run.capacity)
}

// Start runs a block on a thread of its own, which reads in and writes out; either may be
// nil. Its error comes through out. Its stages run as copies only if the block is declared to
// run in turn with the others (see Define): which of several blocks that run side by side
// puts first does not depend on how many processors there are.
func (j *Job) Start(s *Sub, in, out *pipe.Pipe) *microthread.Thread {
	return j.run.startBlock(j, j.stage.block(s), in, out)
}

func (r *run) startBlock(j *Job, block *plannedBlock, in, out *pipe.Pipe) *microthread.Thread {
	spec := microthread.Spec{Name: block.name, Stdin: in, Error: r.failed,
		Run: func(t *microthread.Thread) error { return r.list(t, block.list, in) }}
	if out != nil {
		spec.Stdout = []*pipe.Pipe{out}
	}
	return j.Program().Start(spec)
}

// BlockRuns is how a stage runs a block many times, at the same time too.
type BlockRuns struct {
	j     *Job
	block *plannedBlock
	run   run // of the blocks
}

// ForValues prepares runs of a block for one value each. In them an error of one record fails
// the block, whatever --on-error says: it is the stage's affair what that means for the value.
func (j *Job) ForValues(s *Sub) *BlockRuns {
	f := &BlockRuns{j: j, block: j.stage.block(s), run: *j.run}
	f.run.onError, f.run.catch = Fail, nil
	return f
}

// ForStreams prepares runs of a block for a stream of values each. Failed is given the errors
// in them that nobody reads.
func (j *Job) ForStreams(s *Sub, failed func(error)) *BlockRuns {
	f := &BlockRuns{j: j, block: j.stage.block(s), run: *j.run}
	f.run.onFailure, f.run.stream = failed, true
	return f
}

// Start runs the block for v on a thread of its own, which writes out and is the writer of
// it from now on. $it and {} stand for v. A block that reads gets v as its only input: feeder,
// the running thread, puts it. Failed is given the errors in it that nobody reads, before out
// ends. The error is that of words which v does not fit.
func (f *BlockRuns) Start(feeder *microthread.Thread, v value.Value, out *pipe.Pipe, failed func(error)) (*microthread.Thread, error) {
	given, err := f.block.sub.give(v, f.run.given)
	if err != nil {
		return nil, err
	}
	var in *pipe.Pipe
	if !f.block.list.source {
		in = pipe.New(f.j.Program().Reactor(), "the value for a block", 1)
		if err := in.Put(v); err != nil {
			return nil, err
		}
		in.Close()
	}
	return f.start(given, in, out, failed), nil
}

// StartOn runs the block on a thread of its own, which reads in and writes out. $it stands
// for v.
func (f *BlockRuns) StartOn(v value.Value, in, out *pipe.Pipe) (*microthread.Thread, error) {
	given, err := f.block.sub.give(v, f.run.given)
	if err != nil {
		return nil, err
	}
	return f.start(given, in, out, f.run.onFailure), nil
}

func (f *BlockRuns) start(given *given, in, out *pipe.Pipe, failed func(error)) *microthread.Thread {
	r := f.run
	r.given, r.onFailure = given, failed
	return r.startBlock(f.j, f.block, in, out)
}

// PerValue reports whether each stage of the block looks at each value by itself, waits for
// nothing but its input and its reader, and leaves no trace in the world.
func (s *Sub) PerValue() bool {
	for _, p := range s.list.Pipelines {
		for _, b := range p.Stages {
			if b.Stage == nil || b.Stage.Trait&PerValue == 0 && !b.Stage.records || b.hasEffect() || b.IsSource() {
				return false
			}
		}
	}
	return len(s.list.Pipelines) > 0
}

// Forgets reports whether the block is PerValue, and made anew for each value would put the
// same: nothing in it is kept from one to the next.
func (s *Sub) Forgets() bool {
	if len(s.list.Pipelines) != 1 || !s.PerValue() {
		return false
	}
	for _, b := range s.list.Pipelines[0].Stages {
		if b.Stage.records && b.Stage.Role != ReadsPlain { // a header, or half of a record
			return false
		}
	}
	return true
}

// Silent reports whether the block is known to put nothing before it has read something.
func (s *Sub) Silent() bool {
	if len(s.list.Pipelines) == 0 {
		return false
	}
	for i, b := range s.list.Pipelines[0].Stages {
		if b.Stage == nil || b.hasEffect() || i == 0 && b.IsSource() || b.Stage.takesBlocks() {
			return false
		}
	}
	return true
}

// hasEffect reports whether the world sees some stage of the list run, those in blocks among
// them, by more than what the list puts.
func (l *boundList) hasEffect() bool {
	return !l.visit(func(s *boundStage) bool { return !s.hasEffect() })
}

// visit calls f with the stages of the list, those of definitions and in blocks among them, until it returns false, and
// returns whether it never did.
func (l *boundList) visit(f func(*boundStage) bool) bool {
	for _, p := range l.Pipelines {
		for _, s := range p.Stages {
			if !s.visit(f) {
				return false
			}
		}
	}
	return true
}

// visit is visit for a stage, or the call of a definition.
func (b *boundStage) visit(f func(*boundStage) bool) bool {
	if b.Body != nil {
		return b.Body.visit(f)
	}
	return f(b) && !slices.ContainsFunc(b.blocks(), func(s *Sub) bool { return !s.list.visit(f) })
}

// blocks returns the blocks among the arguments of a stage.
func (b *boundStage) blocks() (list []*Sub) {
	for _, p := range b.Stage.tags().args {
		list = append(list, b.blocksOf(p)...)
	}
	return list
}

// blocksOf returns those in one argument.
func (b *boundStage) blocksOf(p *param) []*Sub {
	if p.element() != subType {
		return nil
	}
	switch v := reflect.ValueOf(b.Args).Elem().FieldByIndex(p.field).Interface().(type) {
	case []*Sub:
		return v
	case *Sub:
		if v != nil {
			return []*Sub{v}
		}
	}
	return nil
}

// It returns the value that the block around the stage is run for, and whether it is run
// for one.
func (j *Job) It() (value.Value, bool) {
	if j.run.given == nil {
		return value.Null, false
	}
	return j.run.given.value, true
}

// InStream reports whether the block around the stage is one of ForStreams: a signal ends its
// input, and what has come of that is worked off.
func (j *Job) InStream() bool { return j.run.stream }

// About returns err, which a block that was run for v ended with, as an error that names v.
func About(v value.Value, err error) error {
	list := causes(err)
	for i, cause := range list {
		msg := message(cause)
		var e syntax.Error
		if p, ok := cause.(*syntax.Error); ok {
			e = *p
			if e.Msg != "" {
				msg = e.Msg
			}
		}
		e.Src, e.Err = "", &aboutError{v, cause}
		e.Msg = fmt.Sprintf("%s (for %s)", msg, v.Quote())
		list[i] = &e
	}
	return joined(list)
}
