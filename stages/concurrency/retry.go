package concurrency

import (
	"errors"
	"io"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

func retryStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "retry",
		Safe:  true,
		Short: "Runs a block again when it fails, up to N times",
		Trait: pipeline.Ordered | pipeline.Retains,
		Long: `N tries may follow the first one; the error of the last is told. What a try puts is held
in memory until it has ended well, and dropped when it fails. What a try has read of the
input is given to the next one again. Before the second try the stage waits as long as
--backoff says, before each further one twice as long, but never more than a minute;
without it, not at all. Where a server has said when to ask again (Retry-After), it waits
until then; if that is more than an hour, there is no other try, and neither is there after
an error that comes with the input.
When what is held takes more than the stage's share of --max-memory, it fails.`,
	}, retry)
}

type retryArgs struct {
	pipeline.OfBlocks
	N       int           `arg:"n" min:"0" help:"how many more tries there are when the first one fails"`
	Block   *pipeline.Sub `arg:"list" for:"turn" help:"what to run"`
	Backoff time.Duration `opt:"backoff" help:"how long to wait before the second try"`
}

// IsSource reports whether the block reads no input.
func (a *retryArgs) IsSource() bool { return a.Block.IsSource() }

const (
	mostBackoff = time.Minute
	mostLater   = time.Hour // that a server may ask for
)

// retrying is the tries of one block.
type retrying struct {
	j     *pipeline.Job
	block *pipeline.Sub

	read   []*value.Batch // what the tries so far have read of the input
	ended  bool           // the input has
	before error          // what it ended with

	results []*value.Batch // of the present try
	held    int64          // bytes of results
	full    error          // what is held is more than there may be
}

func retry(j *pipeline.Job, a *retryArgs) error {
	r := &retrying{j: j, block: a.Block}
	defer func() { release(r.read) }()
	if in := j.Input(); in != nil {
		in.Share() // among the tries
		defer in.Unshare()
	}
	backoff := min(a.Backoff, mostBackoff)
	for left := a.N; ; left-- {
		again, err := r.try(left == 0, backoff)
		if !again {
			return err
		}
		backoff = min(2*backoff, mostBackoff)
	}
}

// try runs the block once. When there is to be another try, that is due when try returns.
func (r *retrying) try(last bool, backoff time.Duration) (again bool, err error) {
	var in *pipe.Pipe
	if r.j.Input() != nil {
		in = r.j.NewPipe("the input of the block of retry")
	}
	out := r.j.NewPipe("the output of the block of retry")
	t := r.j.Try(r.block, in, out)
	defer r.startFeeder(t, in, last)() // behind the block: its input does not end before it
	defer func() {                     // behind the puts: a stage that reads nothing is a source, which a signal ends
		if out.CloseRead(); !last {
			_ = out.Unread() // it is no failure yet
		}
		r.j.CloseIn(out)
	}()
	defer func() {
		release(r.results)
		_ = r.j.Keep(-r.held)
	}()
	r.results, r.held = nil, 0
	err = r.collect(out)
	switch {
	case r.full != nil:
		t.Keep()
		return false, r.full
	case err == nil, r.before != nil && errors.Is(err, r.before):
		t.Keep()
		for i, b := range r.results {
			r.results[i] = nil
			r.j.PutBatch(b)
		}
		return false, err
	case last, later(err) > mostLater, !r.j.Pause(max(backoff, later(err))):
		t.Keep()
		r.passLosses()
		return false, err
	}
	return true, nil
}

// later returns how long a server that was asked, if err is of one, wants to be left alone.
func later(err error) time.Duration {
	var asked interface{ RetryAfter() time.Duration }
	if errors.As(err, &asked) {
		return asked.RetryAfter()
	}
	return 0
}

// release lets go of batches; those that are nil somebody else has.
func release(batches []*value.Batch) {
	for _, b := range batches {
		if b != nil {
			b.Release()
		}
	}
}

// passLosses passes on word of what a try that has failed for good had left out.
func (r *retrying) passLosses() {
	for i, b := range r.results {
		if b.Losses() != nil {
			r.results[i] = nil
			r.j.PutBatch(b)
		}
	}
}

// collect holds what comes out of the block and returns the error that it ends with.
func (r *retrying) collect(out *pipe.Pipe) error {
	out.ShowLosses()
	for {
		b, err := out.NextBatch()
		if err != nil {
			return notEOF(err)
		}
		b.Own()
		b = b.Kept()
		r.results = append(r.results, b)
		r.held += b.Memory()
		if r.full = r.j.Keep(b.Memory()); r.full != nil {
			return r.full
		}
	}
}

// startFeeder starts a thread that gives the block, which reads to, first what the tries before
// have read and then the rest of the input. Stop ends it.
func (r *retrying) startFeeder(t *pipeline.Try, to *pipe.Pipe, last bool) (stop func()) {
	if to == nil {
		return func() {}
	}
	in := r.j.Input()
	in.PassOn()
	feeder := r.j.Program().Start(microthread.Spec{Name: "the feeder of retry", Stdin: in, Stdout: []*pipe.Pipe{to}, Error: t.Failed,
		Run: func(t *microthread.Thread) error { return r.feed(t, last) }})
	return func() {
		feeder.Terminate()
		_ = feeder.Wait(r.j.Thread, 0)
	}
}

func (r *retrying) feed(t *microthread.Thread, last bool) error {
	for _, b := range r.read {
		t.PutBatch(b.Share())
	}
	t.Stdin().ShowLosses()
	for !r.ended {
		b, err := t.Stdin().NextBatch()
		if err != nil {
			r.ended, r.before = true, err
			if err == io.EOF {
				r.before = nil
			}
			break
		}
		b.Own()
		if !last {
			b = b.Kept()
			r.read = append(r.read, b.Share())
			if err := r.j.Keep(b.Memory()); err != nil {
				b.Release()
				r.ended, r.before, r.full = true, err, err
				break
			}
		}
		t.PutBatch(b)
	}
	return r.before
}
