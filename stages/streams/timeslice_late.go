package streams

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// lateSlices are the slices that values may still come for, in order.
type lateSlices struct {
	slices []*slice
	latest time.Time // of the values so far
	any    bool      // there was one
}

// addLate adds a copy of v to its slice, and puts those that are over since.
func (s *slicing) addLate(v value.Value, t time.Time, arrival bool) error {
	if arrival {
		return errors.New("there is no field time or ts, and with --late a value needs a time")
	}
	o := &s.open
	start := startOf(t, s.args.Duration, s.zone)
	if o.any && start.Before(s.over()) {
		return fmt.Errorf("comes too late: its slice, of %s, was put when %s had come; --late %s is too little",
			start.Format(time.RFC3339Nano), o.latest.In(s.zone).Format(time.RFC3339Nano), value.Duration(*s.args.Late))
	}
	at, found := slices.BinarySearchFunc(o.slices, start, func(s *slice, t time.Time) int { return s.start.Compare(t) })
	if !found {
		o.slices = slices.Insert(o.slices, at, &slice{start: start})
	}
	o.slices[at].add(v)
	s.full = s.j.Keep(listed + v.Memory())
	if !o.any || t.After(o.latest) {
		o.latest, o.any = t, true
		over := s.over()
		o.putBefore(s.j, &over)
	}
	return nil
}

// over returns the beginning of the first slice that values may still come for.
func (s *slicing) over() time.Time {
	return startOf(s.open.latest.Add(-*s.args.Late), s.args.Duration, s.zone)
}

// putBefore puts the slices that begin before a time, all of them for nil.
func (o *lateSlices) putBefore(j *pipeline.Job, bound *time.Time) {
	n := 0
	for n < len(o.slices) && (bound == nil || o.slices[n].start.Before(*bound)) {
		o.slices[n].put(j)
		n++
	}
	o.slices = slices.Delete(o.slices, 0, n)
}
