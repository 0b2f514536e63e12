package expression

import (
	"fmt"
	"time"

	"github.com/itchyny/timefmt-go"

	"mtpipe/internal/times"
	"mtpipe/value"
)

// timeFunctions work on times and durations.
var timeFunctions = []function{
	{entry{"now(zone?)", "the time it is, in UTC or a zone", "now() > date(`2024-01-01`)", "true"}, foreign("now", goData)},
	{entry{"date(zone?, text, format?, zone?)", "the time that a text or a number says, or a text in a format, which is Go's: 2006-01-02 15:04:05", "date(`29/Feb/2024:12:00:01 +0100`).Unix()", "1709204401"}, date},
	{entry{"strftime(time, format, zone?)", "the time, in a zone, as the format of strftime(3) says", "strftime(0, `%Y-%m-%d %H:%M %Z`, `Asia/Tokyo`)", `"1970-01-01 09:00 JST"`}, strftime},
	{entry{"strptime(text, format, zone?)", "the time that a text in the format of strptime(3) says", "strptime(`1 Mar 2024`, `%d %b %Y`).YearDay()", "61"}, strptime},
	{entry{"duration(text)", "the time that passes: 1h30m, 250ms, 2d, P1DT2H", "duration(`1d2h`).Minutes()", "1560"}, duration},
	{entry{"elapsed(duration)", "a duration, or a number of seconds, for people", "[elapsed(93900), elapsed(duration(`90m`))]", `["1d2h5m","1h30m"]`}, elapsed},
	{entry{"iso_duration(duration)", "a duration, or a number of seconds, in the form of ISO 8601", "iso_duration(93600.5)", `"P1DT2H0.5S"`}, isoDuration},
	{entry{"iso_week(time, zone?)", "the year and week that ISO 8601 counts the time to", "iso_week(`2024-12-30`)", `"2025-W01"`}, isoWeek},
	{entry{"timezone(name)", "the zone, for now, date and In", "date(`2024-07-01 12:00`, `2006-01-02 15:04`, timezone(`Asia/Tokyo`)).UTC().Hour()", "3"}, foreign("timezone", goText)},
}

// date is expr-lang's, but for one argument, which is what times.Of reads as well, and for zones
// that have an abbreviation.
func date(args []value.Value) (value.Value, error) {
	if len(args) == 1 {
		if args[0].IsNull() {
			return value.Null, nil
		}
		t, err := times.Of(args[0])
		if err == nil {
			return value.Time(t), nil
		}
		if !args[0].IsText() {
			return value.Null, err
		}
	}
	for i := range args {
		if i > 0 && args[i].Kind() == value.KindAny { // the library takes a zone as its first argument only
			args[i] = value.String(fmt.Sprint(args[i].AsAny()))
		}
	}
	v, err := foreign("date", goText)(args)
	if err != nil || v.Kind() != value.KindTime {
		return v, err
	}
	t, err := times.Known(v.AsTime())
	if err != nil {
		return value.Null, err
	}
	return value.Time(t), nil
}

func duration(args []value.Value) (value.Value, error) {
	if err := wantText(args[0]); err != nil {
		return value.Null, err
	}
	d, err := times.ParseDuration(args[0].Str())
	if err != nil {
		return value.Null, err
	}
	return value.Duration(d), nil
}

// zoneOf returns the zone that an argument is or names.
func zoneOf(v value.Value) (*time.Location, error) {
	if v.Kind() == value.KindAny {
		if loc, ok := v.AsAny().(*time.Location); ok {
			return loc, nil
		}
	}
	if err := wantText(v); err != nil {
		return nil, err
	}
	return times.Zone(v.Str())
}

func strftime(args []value.Value) (value.Value, error) {
	if args[0].IsNull() {
		return value.Null, nil
	}
	t, err := times.Of(args[0])
	if err == nil {
		err = wantText(args[1])
	}
	if err != nil {
		return value.Null, err
	}
	if len(args) > 2 {
		loc, err := zoneOf(args[2])
		if err != nil {
			return value.Null, err
		}
		t = t.In(loc)
	}
	return value.String(times.Format(t, args[1].Str())), nil
}

func strptime(args []value.Value) (value.Value, error) {
	if args[0].IsNull() {
		return value.Null, nil
	}
	if err := wantText(args[:2]...); err != nil {
		return value.Null, err
	}
	loc := time.UTC
	if len(args) > 2 {
		var err error
		if loc, err = zoneOf(args[2]); err != nil {
			return value.Null, err
		}
	}
	t, err := timefmt.ParseInLocation(args[0].Str(), args[1].Str(), loc)
	if err == nil {
		t, err = times.Known(t)
	}
	if err != nil {
		return value.Null, fmt.Errorf("strptime: %w", err)
	}
	return value.Time(t), nil
}
