package concurrency

import (
	"errors"
	"time"

	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/reactor"
	"mtpipe/value"
)

// backlog is values on their way through a stage that reads on while its stdout is full.
type backlog struct {
	j    *pipeline.Job
	wait time.Duration // how long each value stays at the least
	most int           // how many values it holds before it reads no more

	held  []kept
	rows  int   // of held
	given int   // of what was put last
	end   error // of the input, once it has come
	full  error // more is held than there may be
}

// kept is a batch of a backlog.
type kept struct {
	*value.Batch
	due time.Time
}

const (
	mostDelayed = 1 << 15 // values that delay holds
	fullBatch   = pipe.DefaultCapacity
)

func delay(j *pipeline.Job, a *delayArgs) error {
	return (&backlog{j: j, wait: a.Duration, most: mostDelayed}).pass()
}

type bufferArgs struct {
	N int `arg:"n" min:"1" help:"how many values wait at the most"`
}

func buffer(j *pipeline.Job, a *bufferArgs) error {
	return (&backlog{j: j, most: a.N}).pass()
}

// pass puts all that comes in, and returns the input's error behind that. It reads on when
// there is nothing to put, so that the first values are not kept for the next.
func (l *backlog) pass() error {
	in := l.j.Input()
	in.ShowLosses()
	for {
		switch {
		case l.full != nil:
			return l.full
		case len(l.held) > 0 && l.j.Taken() && l.untilDue() <= 0:
			l.put()
		case l.end != nil && len(l.held) == 0:
			return notEOF(l.end)
		case l.end == nil && l.hasRoom() && in.Ready():
			l.add(in.NextBatch())
		default:
			if err := l.await(in); err != nil {
				return err
			}
		}
	}
}

// hasRoom reports whether the stage reads on. What was put last counts until it was taken.
func (l *backlog) hasRoom() bool {
	if l.j.Taken() {
		l.given = 0
	}
	return l.rows+l.given < l.most
}

// add takes in a batch, or the end of the input.
func (l *backlog) add(b *value.Batch, err error) {
	if err != nil {
		l.end = err
		return
	}
	b.Own()
	b = b.Kept()
	l.rows += weight(b)
	l.full = l.j.Keep(b.Memory())
	if l.wait == 0 && l.join(b) {
		return
	}
	l.held = append(l.held, kept{b, time.Now().Add(l.wait)})
}

// weight is how many values b counts as: losses are as many values.
func weight(b *value.Batch) int { return b.Len() + len(b.Losses()) }

// join adds the values of b to the last batch, so that they are handed over together.
func (l *backlog) join(b *value.Batch) bool {
	if len(l.held) == 0 || b.Form() != value.FormValues || b.Losses() != nil {
		return false
	}
	last := l.held[len(l.held)-1].Batch
	if last.Losses() != nil || last.Form() != value.FormValues || last.Len()+b.Len() > fullBatch {
		return false
	}
	for _, v := range b.Values() {
		last.Add(v)
	}
	b.Release()
	return true
}

// untilDue returns how long the first batch is to be held still.
func (l *backlog) untilDue() time.Duration {
	if l.j.Interrupted() {
		return 0
	}
	return time.Until(l.held[0].due)
}

// put puts the first batch, which does not suspend the stage.
func (l *backlog) put() {
	b := l.held[0].Batch
	l.held[0] = kept{}
	l.held = l.held[1:]
	l.given = weight(b)
	l.rows -= l.given
	_ = l.j.Keep(-b.Memory())
	l.j.PutBatch(b)
}

// await suspends the stage until it can read or put, or a signal ends the run.
func (l *backlog) await(in *pipe.Pipe) error {
	full, due, wait := !l.hasRoom(), false, time.Duration(0)
	if l.end != nil || full {
		in = nil
	}
	if len(l.held) > 0 {
		wait = max(l.untilDue(), 0)
		due = wait == 0
	}
	var out *pipe.Pipe
	switch {
	case due && l.j.Taken():
		return nil // since a moment
	case (due || full) && !l.j.Taken():
		out = l.j.Stdout()
	}
	err := l.j.Await(in, out, wait)
	if errors.Is(err, reactor.ErrTimeout) || errors.Is(err, pipeline.ErrInterrupted) {
		return nil
	}
	return err
}
