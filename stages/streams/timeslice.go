package streams

import (
	"errors"
	"io"
	"time"

	"mtpipe/internal/times"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

func timesliceStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "timeslice",
		Safe:  true,
		Short: "Puts lists of the values of each DURATION",
		Trait: pipeline.Ordered | pipeline.Retains,
		Long: `Puts records {start, values}: neighbours whose times fall into the same slice, and when it
began, in UTC or in the zone of --zone. Slices are whole multiples of DURATION, counted from Monday, 1 January of the
year 1: those of 5m begin at :00, :05 and so on, those of 24h at midnight of
that zone, also where its clock has changed since. A time that is not in the present slice, be it
later or earlier, ends that. Slices without values are not put.

The time of a value is what EXPR gives; without EXPR it is the field time or ts. It may be
a time, text such as 2026-01-31T12:00:00Z, 2026-01-31 12:00 (UTC),
31/Jan/2026:12:00:00 +0100 or Sat, 31 Jan 2026 12:00:00 +0100, or a number of seconds,
milliseconds or less since 1970: mtpipe help dates. Where there is no such field,
it is the time at which the value arrives, and the slice is put when it is over, without
waiting for the next value.

With --late D, values need not be in order: a slice is put when a value has come that is D later
than its end, so that what comes at most D too late is in its slice, and slices come in order. A value
whose slice was put already is wrong, as --on-error says; so is one without a time. With --late 0s
nothing may come too late.

When the values of a slice take more than the stage's share of --max-memory, it fails.`,
	}, timeslice)
}

type timesliceArgs struct {
	Duration time.Duration  `arg:"duration" help:"how long a slice is"`
	Of       pipeline.Expr  `arg:"expr?" variable:"names" help:"the time of a value; without it, the field time or ts"`
	Zone     string         `opt:"zone" default:"UTC" help:"the time zone of the slices, such as Asia/Tokyo; Local is the system's"`
	Late     *time.Duration `opt:"late" help:"how much later than others a value may come"`
}

// Check refuses slices without a length, and zones that are none.
func (a *timesliceArgs) Check() error {
	if a.Duration <= 0 {
		return &pipeline.ArgError{Arg: "duration", Err: errors.New("duration must be more than 0")}
	}
	if a.Late != nil && *a.Late < 0 {
		return &pipeline.ArgError{Arg: "late", Err: errors.New("late must not be less than 0")}
	}
	if _, err := times.Zone(a.Zone); err != nil {
		return &pipeline.ArgError{Arg: "zone", Err: err}
	}
	return nil
}

// startOf returns when the slice began that t is in.
func startOf(t time.Time, every time.Duration, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	ahead := time.Duration(offset) * time.Second
	wall := t.UTC().Add(ahead).Truncate(every)
	start := wall.Add(-ahead).In(zone)
	if _, then := start.Zone(); then != offset { // the clock has changed in this slice
		start = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), zone)
	}
	return start
}

// NamesAfter returns the names of what a slice is.
func (a *timesliceArgs) NamesAfter([]string) []string { return sliceShape.Names() }

var sliceShape = value.NewShape("start", "values")

// slice is the values of a slice.
type slice struct {
	start  time.Time
	values []value.Value
	held   int64 // bytes of values
}

// add adds a copy of v.
func (s *slice) add(v value.Value) {
	s.values = append(s.values, v.Clone().Terminated())
	s.held += listed + v.Memory()
}

// put puts the slice, and begins another.
func (s *slice) put(j *pipeline.Job) {
	j.Put(value.Rec(value.NewRecord(sliceShape, value.Time(s.start), value.List(s.values))))
	_ = j.Keep(-s.held)
	s.values, s.held = nil, 0
}

// slicing gathers the values of one slice.
type slicing struct {
	j      *pipeline.Job
	args   *timesliceArgs
	zone   *time.Location
	slice             // the present one
	full   error      // there are too many
	clock  *pipe.Pipe // tells that a slice is over, once values come without times
	timed  bool       // the present slice is one of times of arrival
	silent bool       // there is no clock any more
	open   lateSlices // with --late
}

func timeslice(j *pipeline.Job, a *timesliceArgs) error {
	zone, err := times.Zone(a.Zone)
	if err != nil {
		return err
	}
	s := &slicing{j: j, args: a, zone: zone}
	defer s.stop()
	for {
		b, err := s.next()
		switch {
		case err == io.EOF:
			s.put()
			s.open.putBefore(s.j, nil)
			return nil
		case err != nil:
			return err
		case b == nil: // the clock
			if s.timed && !time.Now().Before(s.start.Add(a.Duration)) {
				s.put()
			}
			continue
		}
		if err := s.addAll(b); err != nil {
			return err
		}
	}
}

// next returns the next batch of the input; nil when the clock has struck first.
func (s *slicing) next() (*value.Batch, error) {
	in := s.j.Input()
	if s.clock == nil {
		return in.NextBatch()
	}
	i, err := pipe.Any([]*pipe.Pipe{in, s.clock}, 1)
	if err != nil {
		return nil, err
	}
	if i == 0 {
		return in.NextBatch()
	}
	if _, err := s.clock.NextBatch(); err != nil { // a signal has stopped it
		s.clock, s.silent = nil, true
	}
	return nil, nil
}

func (s *slicing) addAll(b *value.Batch) error {
	s.j.SeeBatch(b)
	i := 0
	for v := range b.All() {
		if err := s.add(v); err != nil {
			if err := s.j.Reject(b, i, err); err != nil {
				return err
			}
		}
		if s.full != nil {
			return s.full
		}
		i++
	}
	return nil
}

// add adds a copy of v to its slice.
func (s *slicing) add(v value.Value) error {
	t, arrival, err := s.timeOf(v)
	if err != nil {
		return err
	}
	if s.args.Late != nil {
		return s.addLate(v, t, arrival)
	}
	start := startOf(t, s.args.Duration, s.zone)
	if len(s.values) > 0 && !start.Equal(s.start) {
		s.put()
	}
	s.start, s.timed = start, arrival
	s.slice.add(v)
	s.full = s.j.Keep(listed + v.Memory())
	if arrival && s.clock == nil && !s.silent {
		s.startClock()
	}
	return nil
}

func (s *slicing) put() {
	if len(s.values) > 0 {
		s.slice.put(s.j)
	}
}

// startClock starts a thread that puts a value when a slice is over.
func (s *slicing) startClock() {
	s.clock = s.j.NewPipe("the clock of timeslice")
	every := s.args.Duration
	s.j.Program().Start(microthread.Spec{Name: "the clock of timeslice", Stdout: []*pipe.Pipe{s.clock},
		Run: func(t *microthread.Thread) error {
			for {
				now := time.Now()
				t.Sleep(max(time.Until(startOf(now, every, s.zone).Add(every)), min(every, time.Second))) // a day may have 25 hours
				t.Put(value.Null)
			}
		}})
}

func (s *slicing) stop() {
	if s.clock != nil {
		s.j.CloseIn(s.clock)
	}
}

// timeOf returns the time of v, and whether that is the time at which it arrived.
func (s *slicing) timeOf(v value.Value) (t time.Time, arrival bool, err error) {
	if s.args.Of.IsSet() {
		if v, err = s.args.Of.Of(v); err == nil {
			t, err = times.Of(v)
		}
		return t, false, err
	}
	if v.Kind() == value.KindRecord {
		for _, name := range []string{"time", "ts"} {
			if field, _ := v.AsRecord().Get(name); !field.IsNull() {
				t, err = times.Of(field)
				return t, false, err
			}
		}
	}
	return time.Now(), true, nil
}
