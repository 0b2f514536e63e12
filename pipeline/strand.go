package pipeline

import (
	"errors"
	"fmt"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// ForGroups prepares runs of a block for groups of the stage's rows: any number of them may be at
// work at the same time. Each may keep a quarter of what the stage may.
func (j *Job) ForGroups(s *Sub) *BlockRuns {
	f := &BlockRuns{j: j, block: j.stage.block(s), run: *j.run}
	f.run.budget = max(j.Budget()/4, 1)
	return f
}

// Strand is a block at work whose rows the stage puts, and whose results it takes, when the block
// has done all that it can with what it has. It has a thread for each of its stages, and none
// that feeds it. Running thread of the stage only.
type Strand struct {
	chain
	j       *Job
	in      *pipe.Pipe
	puts    *pipe.Pipe // what the last stage puts
	results []*value.Batch
	over    bool
}

// stages returns the stages of the block when it is one pipeline of which each stage has a thread
// of its own.
func (b *plannedBlock) stages() (list []*planned) {
	if len(b.list.pipelines) != 1 {
		return nil
	}
	for _, u := range b.list.pipelines[0].units {
		list = append(list, u.stages[0])
	}
	return list
}

// Strands reports how the block works as a Strand: whether what it keeps is little, however many
// rows it reads, and whether it puts nothing before it has read all of them. A block that sorts,
// or has blocks, or talks to the world, is not little.
func (f *BlockRuns) Strands() (little, atEnd bool) {
	stages := f.block.stages()
	for _, s := range stages {
		if s.Stage == nil || s.source || s.parses || s.Stage.records || len(s.blocks) > 0 || s.Stage.Role == WritesFile ||
			s.Stage.Trait&Global != 0 || s.Stage.Trait&(Effect|Sink) == Effect {
			return false, false
		}
		if s.combines() {
			if s.Stage.Trait&Retains != 0 {
				return false, false
			}
			atEnd = true
		}
	}
	return len(stages) > 0, atEnd
}

// Stages returns how many threads a Strand has.
func (f *BlockRuns) Stages() int { return len(f.block.stages()) }

// Strand starts the block as a Strand, with v as its value. The error is that of words which v
// does not fit.
func (f *BlockRuns) Strand(v value.Value) (*Strand, error) {
	given, err := f.block.sub.give(v, f.run.given)
	if err != nil {
		return nil, err
	}
	s := &Strand{j: f.j}
	run := f.run
	run.given, run.onFailure = given, func(err error) { s.out.unread = append(s.out.unread, err) }
	s.in = pipe.New(f.j.Program().Reactor(), "the rows of a group", 1)
	s.in.SetWriter(f.j.Deferred(), nil)
	in := s.in
	for _, u := range f.block.list.pipelines[0].units {
		s.join(in)
		in = run.start(u, in, s.failed)
	}
	s.puts = in
	s.puts.ShowLosses()
	s.puts.SetSink(s.push, s.end)
	return s, nil
}

// push keeps what the block puts.
func (s *Strand) push(b *value.Batch) bool {
	s.results = append(s.results, b.Share())
	return true
}

// end notes what the block has ended with.
func (s *Strand) end(err error) {
	s.over = true
	s.out.err = errors.Join(s.out.err, err)
	s.settled.Broadcast()
}

// Put gives the block rows, which it takes over, and returns when it waits for more.
func (s *Strand) Put(b *value.Batch) error {
	if s.in.Closed() || s.over {
		b.Release()
	} else if err := s.in.PutBatch(b); err == nil {
		s.in.Flush()
		s.settle(s.j.Thread)
	} else if err != pipe.ErrReaderGone {
		return err
	}
	return s.fault()
}

// Full reports whether the block reads no more.
func (s *Strand) Full() bool { return s.in.Closed() }

// End tells the block that no more rows come, and waits for its end.
func (s *Strand) End() error {
	s.in.Close()
	for !s.over && !s.puts.Closed() {
		s.settled.Wait(s.j.Thread, "waiting for the end of a group")
	}
	return s.fault()
}

// Take returns what the block has put since it was called last; the caller owns it.
func (s *Strand) Take() []*value.Batch {
	list := s.results
	s.results = nil
	return list
}

// fault returns what has gone wrong since it was called last.
func (s *Strand) fault() error {
	out := s.take()
	return joinedOrNil(append(out.unread, out.err))
}

func joinedOrNil(list []error) error {
	var errs []error
	for _, err := range list {
		if err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return joined(errs)
}

// Close ends the block if it has not ended.
func (s *Strand) Close() {
	s.in.Close()
	s.puts.CloseRead()
	for _, b := range s.Take() {
		b.Release()
	}
}

// Totals is runs of a block that is one stage which combines its rows: they need no threads until
// they put their results.
type Totals struct {
	runs *BlockRuns
	job  *Job // of all of them
	seq  int64
}

// Total is one of Totals.
type Total struct {
	of      *Totals
	partial partial
}

// Totals returns what makes the runs, nil where the block is more than a stage that combines its
// rows, or its value can be told from others.
func (f *BlockRuns) Totals() *Totals {
	stages := f.block.stages()
	if len(stages) != 1 || len(f.block.sub.late) > 0 {
		return nil
	}
	s := stages[0]
	if !s.combines() || s.effect || s.source || s.parses {
		return nil
	}
	run := f.run
	return &Totals{runs: f, job: &Job{Thread: f.j.Thread, run: &run, stage: s, in: f.j.in}}
}

// Retains reports whether a run may keep as much as it reads.
func (t *Totals) Retains() bool { return t.job.stage.Stage.Trait&Retains != 0 }

// guarded runs do as the stage of the block.
func (t *Totals) guarded(do func() error) error { return t.job.run.guarded(t.job.stage, do) }

// New returns a run that has read nothing.
func (t *Totals) New() (*Total, error) {
	n := &Total{of: t}
	return n, t.guarded(func() error {
		n.partial = t.job.stage.Stage.partial(t.job, t.job.stage.argsFor(t.job.run.given))
		return nil
	})
}

// See notes the names of fields in rows that are about to be added.
func (t *Totals) See(b *value.Batch) {
	t.seq++
	t.job.SeeBatch(b)
}

// Add adds the rows of b, which it takes over.
func (n *Total) Add(b *value.Batch) error {
	t := n.of
	if t.job.stage.Stage.Trait&Passes != 0 { // rows may stay for long
		b = b.Compact()
	}
	return lend(b, func() error { return t.guarded(func() error { return n.partial.add(t.job, b, t.seq) }) })
}

// End puts the result into a pipe of its own, which the caller reads.
func (n *Total) End() *pipe.Pipe {
	t := n.of
	j := t.runs.j
	out := j.NewPipe("the result of a group")
	job := *t.job
	p := n.partial
	n.partial = nil
	j.Program().Start(microthread.Spec{Name: t.job.stage.name, Stdout: []*pipe.Pipe{out}, Error: t.job.run.failed, Run: func(th *microthread.Thread) error {
		defer p.close()
		job.Thread = th
		return t.guarded(func() error {
			if err := p.finish(&job); err != nil {
				return err
			}
			return p.put(&job)
		})
	}})
	return out
}

// Close lets go of a run that was not ended.
func (n *Total) Close() {
	if n.partial != nil {
		n.partial.close()
		n.partial = nil
	}
}

// Last returns the name of the stage whose results the block puts, and whether that is a total; ""
// where it has several pipelines.
func (s *Sub) Last() (name string, total bool) {
	if len(s.list.Pipelines) != 1 {
		return "", false
	}
	stages := s.list.Pipelines[0].Stages
	last := stages[len(stages)-1]
	return last.name, last.combines()
}

// Alone returns the arguments of the block's only stage, when they are known and it does what it
// does without options of the language.
func (s *Sub) Alone() (args any, ok bool) {
	if len(s.list.Pipelines) != 1 || len(s.list.Pipelines[0].Stages) != 1 {
		return nil, false
	}
	b := s.list.Pipelines[0].Stages[0]
	if b.Stage == nil || b.late != nil || b.onError != nil {
		return nil, false
	}
	return b.Args, true
}

var errNoGroup = fmt.Errorf("the block must read the rows of its group")

// Reads returns an error when the block reads nothing.
func (s *Sub) Reads() error {
	if s.IsSource() {
		return errNoGroup
	}
	return nil
}
