package pipeline

import (
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// Together is runs of a block for values that are made at once: its stages look at each value
// by itself, know nothing of the block's value but that, and leave no trace in the world, so
// that nobody can tell whether they were started anew for each value.
type Together struct {
	runs  *BlockRuns
	stage *chain // at work; nil before the first values, and after an error
	in    *pipe.Pipe
	out   *microthread.Thread // reads what comes of the values
}

// Together returns what makes the runs at once, nil where that can be told from single ones.
func (f *BlockRuns) Together() *Together {
	if len(f.block.sub.late) > 0 || len(f.block.list.pipelines) != 1 {
		return nil
	}
	for _, u := range f.block.list.pipelines[0].units {
		if s := u.stages[0]; s.Stage == nil || s.Stage.Trait&PerValue == 0 || s.Stage.records || s.parses || s.effect || s.source {
			return nil
		}
	}
	return &Together{runs: f}
}

// Put runs the block for each of vals and puts what comes of it. Ok is false when there is an
// error in one of the runs: then nothing was put, and the caller makes them one by one. The
// running thread is that of j.
func (s *Together) Put(j *Job, vals []value.Value) (ok bool) {
	if s.stage == nil {
		s.start(j)
	}
	b := value.NewValues(len(vals))
	for _, v := range vals {
		b.Add(v)
	}
	if err := s.in.PutBatch(b); err == nil {
		s.stage.settle(j.Thread)
	}
	out := s.stage.take()
	if s.in.Closed() || out.err != nil || len(out.unread) > 0 {
		out.release()
		s.Close()
		return false
	}
	for _, b := range out.batches {
		j.PutBatch(b)
	}
	return true
}

// start starts the stages of the block.
func (s *Together) start(j *Job) {
	s.stage = &chain{}
	run := s.runs.run
	s.in = pipe.New(j.Program().Reactor(), "the values for a block", 1)
	s.stage.join(s.in)
	in := s.in
	for _, u := range s.runs.block.list.pipelines[0].units {
		in = run.start(u, in, s.stage.failed)
		s.stage.join(in)
	}
	s.out = j.Program().Start(microthread.Spec{Name: "the outlet of a block", Stdin: in, Error: s.stage.failed, Run: s.stage.outlet})
}

// Close ends the stages, also those that are at work: nobody wants what they make.
func (s *Together) Close() {
	if s.stage != nil {
		s.in.Close()
		s.out.Terminate()
		s.stage = nil
	}
}
