// Package timing holds the family of stages that put something when a time or an event
// comes.
package timing

import (
	"time"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "time and events", Stages: []*pipeline.Stage{everyStage(), followStage(), watchStage()}}
}

func everyStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "every",
		Safe:  true,
		Short: "Puts the time, again and again",
		Trait: pipeline.Source,
		Long: `The first time is put at once, the next ones DURATION after each other, counted from the
beginning. As long as the reader has not taken the last one, no more are put: what is
missed is left out and never made up for. Without --times it goes on until its reader
has had enough.`,
	}, every)
}

type everyArgs struct {
	Duration time.Duration `arg:"duration" help:"the time from one value to the next"`
	Times    *int64        `opt:"n,times" min:"0" help:"how many values; without it, for ever"`
}

// Check refuses a duration that is none.
func (a *everyArgs) Check() error { return pipeline.Positive("duration", a.Duration) }

// every puts the times at which its ticks were due, though a tick may be late.
func every(j *pipeline.Job, a *everyArgs) error {
	start := time.Now()
	put := int64(0)
	for tick := int64(0); a.Times == nil || put < *a.Times; {
		due := start.Add(time.Duration(tick) * a.Duration)
		if !j.Pause(time.Until(due)) {
			return nil
		}
		if tick == 0 || j.Taken() {
			now := time.Now()
			j.Put(value.Time(now.Round(0).Add(due.Sub(now)))) // by the clock on the wall as it is now
			put++
		}
		tick = int64(time.Since(start)/a.Duration) + 1
	}
	return nil
}
