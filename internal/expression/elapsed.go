package expression

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"mtpipe/internal/times"
	"mtpipe/value"
)

// durationOf returns the duration that v is: one, a number of seconds, or a text that is read as
// one.
func durationOf(v value.Value) (time.Duration, error) {
	if v.Kind() == value.KindDuration {
		return v.AsDuration(), nil
	}
	if n, ok := v.Numeric(); ok {
		seconds := value.FloatOf(n)
		if math.Abs(seconds) >= math.MaxInt64/1e9 || math.IsNaN(seconds) {
			return 0, fmt.Errorf("%s is too long for a duration", v.Quote())
		}
		whole, part := math.Modf(seconds)
		return time.Duration(whole)*time.Second + time.Duration(math.Round(part*1e9)), nil
	}
	if v.IsText() {
		if d, err := times.ParseDuration(v.Str()); err == nil {
			return d, nil
		}
	}
	return 0, fmt.Errorf("%s is not a duration", v.Quote())
}

// seconds writes less than a minute, without zeros at the end.
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
}

// written is a duration as its sign and its parts.
type written struct {
	sign                 string
	days, hours, minutes int64
	rest                 time.Duration
}

func writtenOf(d time.Duration) (w written) {
	if d < 0 {
		w.sign = "-"
		if d = -d; d < 0 {
			d = math.MaxInt64
		}
	}
	w.days, d = int64(d/(24*time.Hour)), d%(24*time.Hour)
	w.hours, d = int64(d/time.Hour), d%time.Hour
	w.minutes, w.rest = int64(d/time.Minute), d%time.Minute
	return w
}

// elapsed writes a duration for people: 1d2h5m.
func elapsed(args []value.Value) (value.Value, error) {
	return writeDuration(args[0], func(w written) string {
		var b strings.Builder
		for i, n := range []int64{w.days, w.hours, w.minutes} {
			if n > 0 {
				fmt.Fprintf(&b, "%d%c", n, "dhm"[i])
			}
		}
		if w.rest > 0 || b.Len() == 0 {
			b.WriteString(seconds(w.rest) + "s")
		}
		return w.sign + b.String()
	})
}

// isoDuration writes a duration in the form of ISO 8601: P1DT2H.
func isoDuration(args []value.Value) (value.Value, error) {
	return writeDuration(args[0], func(w written) string {
		var b strings.Builder
		if w.days > 0 {
			fmt.Fprintf(&b, "%dD", w.days)
		}
		days := b.Len()
		for i, n := range []int64{w.hours, w.minutes} {
			if n > 0 {
				fmt.Fprintf(&b, "%d%c", n, "HM"[i])
			}
		}
		if w.rest > 0 || b.Len() == 0 {
			b.WriteString(seconds(w.rest) + "S")
		}
		text := b.String()
		if len(text) > days {
			text = text[:days] + "T" + text[days:]
		}
		return w.sign + "P" + text
	})
}

func writeDuration(v value.Value, write func(w written) string) (value.Value, error) {
	if v.IsNull() {
		return value.Null, nil
	}
	d, err := durationOf(v)
	if err != nil {
		return value.Null, err
	}
	return value.String(write(writtenOf(d))), nil
}

// isoWeek returns the year and the week of a time.
func isoWeek(args []value.Value) (value.Value, error) {
	if args[0].IsNull() {
		return value.Null, nil
	}
	t, err := times.Of(args[0])
	if err != nil {
		return value.Null, err
	}
	if len(args) > 1 {
		loc, err := zoneOf(args[1])
		if err != nil {
			return value.Null, err
		}
		t = t.In(loc)
	}
	year, week := t.ISOWeek()
	return value.String(fmt.Sprintf("%04d-W%02d", year, week)), nil
}
