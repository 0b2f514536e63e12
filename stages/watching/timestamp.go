package watching

import (
	"errors"
	"math"
	"strconv"
	"time"

	"mtpipe/internal/times"
	"mtpipe/pipeline"
	"mtpipe/value"
)

func timestampStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "timestamp",
		Safe:  true,
		Short: "Writes the time before each line, or into each record",
		Trait: pipeline.Ordered,
		Long: `The time is that at which a value comes by: 2026-01-31T12:00:00.000Z, in UTC, or as FORMAT says,
which is that of strftime: '%H:%M:%S'. Text gets it in front, and a blank after it. A record gets it as
the field timestamp, or that of --as, which is its last one unless there is one of that name. With -s
and -i it is a number of seconds.`,
	}, timestamp)
}

type timestampArgs struct {
	Format      string `arg:"format?" help:"how times are written, as strftime has it"`
	Since       bool   `opt:"s,since-start" help:"write the seconds since the stage began"`
	Incremental bool   `opt:"i,incremental" help:"write the seconds since the value before"`
	Zone        string `opt:"zone" default:"UTC" help:"the time zone, such as Asia/Tokyo; Local is the system's"`
	As          string `opt:"as" default:"timestamp" help:"the field of a record"`
}

// Check refuses options that do not go together, and zones that are none.
func (a *timestampArgs) Check() error {
	switch {
	case a.Since && a.Incremental:
		return errors.New("-s and -i do not go together")
	case (a.Since || a.Incremental) && a.Format != "":
		return &pipeline.ArgError{Arg: "format", Err: errors.New("format is that of a time, and -s and -i write seconds")}
	}
	if _, err := times.Zone(a.Zone); err != nil {
		return &pipeline.ArgError{Arg: "zone", Err: err}
	}
	return nil
}

const usualTime = "2006-01-02T15:04:05.000Z07:00"

func timestamp(j *pipeline.Job, a *timestampArgs) error {
	zone, err := times.Zone(a.Zone)
	if err != nil {
		return err
	}
	from := time.Now()
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		now := time.Now()
		stamp := a.stamp(now.In(zone), now.Sub(from))
		if a.Incremental {
			from = now
		}
		if v.Kind() == value.KindRecord {
			j.Put(value.Rec(v.AsRecord().With(a.As, stamp)))
			continue
		}
		if v.Kind() == value.KindError {
			j.Put(v)
			continue
		}
		j.Put(value.Text(v.AppendText(append(stamp.AppendText(nil), ' '))))
	}
	return nil
}

// stamp returns what is written for a time.
func (a *timestampArgs) stamp(now time.Time, passed time.Duration) value.Value {
	switch {
	case a.Since || a.Incremental:
		return value.Number(strconv.FormatFloat(math.Round(passed.Seconds()*1000)/1000, 'f', 3, 64))
	case a.Format != "":
		return value.String(times.Format(now, a.Format))
	}
	return value.String(now.Format(usualTime))
}
