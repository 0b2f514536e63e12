package pipeline

import (
	"mtpipe/microthread"
	"mtpipe/pipe"
)

// Try is a block at work whose failure need not be one of the run.
type Try struct {
	*microthread.Thread // of the block
	run, of             *run
}

// Try runs a block as Start does, but what its threads fail with besides the error that
// comes through out is not the run's until Keep.
func (j *Job) Try(s *Sub, in, out *pipe.Pipe) *Try {
	apart := *j.run
	apart.outcome = new(outcome)
	return &Try{Thread: apart.startBlock(j, j.stage.block(s), in, out), run: &apart, of: j.run}
}

// Keep makes the outcome of the try, which has ended, the run's.
func (t *Try) Keep() {
	for _, err := range t.run.failures {
		_ = t.of.failed(nil, err)
	}
}

// Failed is what a thread that belongs to the try does with an error that nobody reads.
func (t *Try) Failed(th *microthread.Thread, err error) error { return t.run.failed(th, err) }
