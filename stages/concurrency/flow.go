// Package concurrency holds the family of stages that say when, how often and how far
// ahead others work.
package concurrency

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/reactor"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "concurrency", Stages: append(perValueStages(), flowStages()...)}
}

// flowStages change when values pass, not the values.
func flowStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		tryStage(),
		retryStage(),
		pipeline.Define(pipeline.Doc{
			Name:  "timeout",
			Safe:  true,
			Short: "Ends a block that takes too long",
			Trait: pipeline.Ordered,
			Long: `When DURATION has passed since the beginning, all that the block does is ended and the
stage fails. What the block has put before comes out. The block may read the input.`,
		}, timeout),
		pipeline.Define(pipeline.Doc{
			Name:  "rate",
			Safe:  true,
			Short: "Lets values pass at a steady rate at the most",
			Trait: pipeline.Ordered | pipeline.Passes,
			Long: `The values pass at equal distances: with 10/s there is at least a tenth of a second
between two of them. Time in which no value came is not made up for. At a signal that
ends the run, what is on its way to the stage passes at once.`,
		}, rate),
		pipeline.Define(pipeline.Doc{
			Name:  "delay",
			Safe:  true,
			Short: "Passes each value on a DURATION after it came",
			Trait: pipeline.Ordered | pipeline.Retains | pipeline.Passes,
			Long: fmt.Sprintf(`The values keep their order and their distances. Up to %d of them are held; while there
are as many, no more are read. At a signal that ends the run they pass at once.`, mostDelayed),
		}, delay),
		pipeline.Define(pipeline.Doc{
			Name:  "debounce",
			Safe:  true,
			Short: "Passes a value on when none has followed for DURATION",
			Trait: pipeline.Ordered | pipeline.Passes,
			Long: `Of values that come one soon after another only the last passes, DURATION after it came.
At the end of the input the last value passes at once.`,
		}, debounce),
		pipeline.Define(pipeline.Doc{
			Name:  "buffer",
			Safe:  true,
			Short: "Holds up to N values, so that what is before may run ahead",
			Trait: pipeline.Ordered | pipeline.Retains | pipeline.Passes,
			Long: `What is before it goes on while what is behind it is busy, until N values wait. That holds
for stages such as log and exec, too, which otherwise do no more than is asked for.
Lines of a file come in blocks, and a block is held as a whole. When what waits takes more
than the stage's share of --max-memory, it fails.`,
		}, buffer),
	}
}

type timeoutArgs struct {
	pipeline.OfBlocks
	Duration time.Duration `arg:"duration" help:"how long the block may take"`
	Block    *pipeline.Sub `arg:"list" for:"turn" help:"what to run"`
}

// IsSource reports whether the block reads no input.
func (a *timeoutArgs) IsSource() bool { return a.Block.IsSource() }

// Check refuses a limit that nothing could keep.
func (a *timeoutArgs) Check() error { return pipeline.Positive("duration", a.Duration) }

// timeout ends the block's thread when the time has come, and with it those that it started;
// what it has put is still in the pipe then.
func timeout(j *pipeline.Job, a *timeoutArgs) error {
	out := j.NewPipe("the output of the block of timeout")
	if in := j.Input(); in != nil {
		in.PassOn()
	}
	block := j.Start(a.Block, j.Input(), out)
	late := false
	stop := j.Program().After(a.Duration, func() {
		late = !block.Finished()
		block.Terminate()
	})
	defer stop()
	if err := j.TakeFromPipe(out); err != nil {
		return err
	}
	if late {
		return pipeline.TimedOut(a.Duration)
	}
	return nil
}

type rateArgs struct {
	Rate pace `arg:"rate" help:"how many values in what time, such as 10/s, 5/m, 100/h or 1/500ms"`
}

// pace is a rate: the least time between two values.
type pace struct{ interval time.Duration }

// SetArg reads a number, a slash and a duration, whose number may be left out when it is 1.
func (p *pace) SetArg(text string, _ func(string) (string, bool)) error {
	count, unit, _ := strings.Cut(text, "/")
	n, err := strconv.ParseInt(count, 10, 64)
	d, derr := time.ParseDuration(unit)
	if derr != nil {
		d, derr = time.ParseDuration("1" + unit)
	}
	switch {
	case err != nil || derr != nil || n <= 0 || d <= 0:
		return fmt.Errorf("must be a number of values in a time, such as 10/s, 5/m or 1/500ms, not %s", value.TextOf(text).Quote())
	case time.Duration(n) > d:
		return fmt.Errorf("is too large: %s", value.TextOf(text).Quote())
	}
	p.interval = (d + time.Duration(n) - 1) / time.Duration(n)
	return nil
}

const soon = 10 * time.Millisecond

func rate(j *pipeline.Job, a *rateArgs) error {
	p := &pacer{j: j, interval: a.Rate.interval}
	if in := j.Input(); !in.Shared() { // no more than will pass soon is to wait before the stage
		in.SetCapacity(int(min(soon/a.Rate.interval, pipe.DefaultCapacity)))
	}
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		for i := range b.Len() {
			p.await()
			if b.Form() == value.FormValues {
				j.Put(b.Values()[i])
			} else {
				j.PutBatch(b.Pick([]int32{int32(i)})) // which still knows where it stands in its file
			}
		}
	}
	return nil
}

// pacer says when the next value may pass.
type pacer struct {
	j        *pipeline.Job
	interval time.Duration
	last     time.Time     // when the last value was due; zero before the first
	late     time.Duration // how much later it passed because the stage overslept
}

// mostLate is how much oversleeping is made up for: what a timer cannot help, so that the rate
// is met. Values that come too late do not make up for it.
const mostLate = 10 * time.Millisecond

// await suspends the stage until the next value may pass, or a signal ends the run.
func (p *pacer) await() {
	now := time.Now()
	due := p.last.Add(p.interval)
	if p.last.IsZero() || now.Sub(due) > p.late {
		due, p.late = now, 0
	}
	if due.After(now) {
		p.j.Pause(due.Sub(now))
		if now = time.Now(); now.Sub(due) > mostLate {
			due = now
		}
		p.late = now.Sub(due)
	}
	p.last = due
}

type delayArgs struct {
	Duration time.Duration `arg:"duration" help:"how much later each value passes"`
}

type debounceArgs struct {
	Duration time.Duration `arg:"duration" help:"how long no other value must come"`
}

// Check refuses a time in which no value could follow.
func (a *debounceArgs) Check() error { return pipeline.Positive("duration", a.Duration) }

// debounce holds the last value that came, if it has not passed.
func debounce(j *pipeline.Job, a *debounceArgs) error {
	var held *value.Batch
	put := func() {
		if b := held; b != nil {
			held = nil
			j.PutBatch(b)
		}
	}
	var until time.Time
	for in := j.Input(); ; {
		wait := time.Duration(0)
		if held != nil {
			wait = max(time.Until(until), 1)
		}
		if err := pipe.Either(in, nil, wait); errors.Is(err, reactor.ErrTimeout) {
			put()
			continue
		}
		b, err := in.NextBatch()
		if err != nil {
			put()
			return notEOF(err)
		}
		if n := b.Len(); n > 0 {
			held, until = b.Part(n-1, n).Kept(), time.Now().Add(a.Duration)
		}
	}
}

// notEOF returns the error that the input ended with, nil when it just ended.
func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
