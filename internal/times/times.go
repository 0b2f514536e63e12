// Package times reads times and durations, wherever text or numbers stand for them.
package times

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mtpipe/value"
)

// layouts are the forms of text besides those that begin with a day's name.
var layouts = []string{
	time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05",
	"02/Jan/2006:15:04:05 -0700", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST", "2006-01-02",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02 15:04 -0700",
	"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04 -0700",
}

// Of returns the time that v is: a time, seconds since 1970, milliseconds, microseconds or
// nanoseconds since then where seconds would be beyond the year 5000, or a text in one of these
// forms: RFC 3339, also with a blank for the T, without seconds, colon or zone, which is UTC
// then, a date alone, RFC 2822 with or without the day's name, and that of web servers' logs.
func Of(v value.Value) (time.Time, error) {
	if v.Kind() == value.KindTime {
		return v.AsTime(), nil
	}
	if n, ok := v.Numeric(); ok {
		return sinceEpoch(v, n)
	}
	if v.IsText() {
		if t, ok := parse(v.Str()); ok {
			return Known(t)
		}
	}
	return time.Time{}, &NotTimeError{v}
}

// NotTimeError says that a value is no time.
type NotTimeError struct{ Value value.Value }

// Error names the value.
func (e *NotTimeError) Error() string { return e.Value.Quote() + " is not a time" }

const farSeconds = 1e11 // in the year 5138

// sinceEpoch returns the time so many seconds after the beginning of 1970, or parts of them.
func sinceEpoch(v, n value.Value) (time.Time, error) {
	x := value.FloatOf(n)
	if math.Abs(x) < farSeconds {
		whole, part := math.Modf(x)
		return time.Unix(int64(whole), int64(math.Round(part*1e6))*1e3).UTC(), nil
	}
	if math.Abs(x) < math.MaxInt64 {
		switch i := int64(x); {
		case math.Abs(x) < farSeconds*1e3:
			return time.UnixMicro(int64(math.Round(x * 1e3))).UTC(), nil
		case math.Abs(x) < farSeconds*1e6:
			return time.UnixMicro(i).UTC(), nil
		case n.Kind() == value.KindInt:
			return time.Unix(0, n.AsInt()).UTC(), nil
		default:
			return time.Unix(0, i).UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is not a time: too far from 1970", v.Quote())
}

func parse(text string) (time.Time, bool) {
	if day, rest, ok := strings.Cut(text, ", "); ok && len(day) <= len("Wednesday") {
		text = rest
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

var zonesOfUTC = []string{"", "UTC", "GMT", "UT", "UCT", "Z", "Zulu", "Local"}

// zoneFiles are the locations whose abbreviations for winter and summer stand for one offset
// wherever they are used, besides those of ambiguous.
var zoneFiles = []string{"CET", "EET", "WET", "MET", "EST5EDT", "MST7MDT", "PST8PDT", "HST"}

// ambiguous are abbreviations that are used in several parts of the world.
var ambiguous = []string{"PST", "MST", "CST", "CDT", "IST", "BST", "AST", "ADT"}

// Known returns t, which was parsed. Where its zone is an abbreviation that the library of Go does
// not know, it has taken the time for that of UTC: then it is the time in the zone that the
// abbreviation stands for everywhere, or an error.
func Known(t time.Time) (time.Time, error) {
	name, offset := t.Zone()
	if offset != 0 || t.Location().String() != name || slices.Contains(zonesOfUTC, name) {
		return t, nil
	}
	if !slices.Contains(ambiguous, name) {
		for _, file := range append([]string{name}, zoneFiles...) {
			loc, err := time.LoadLocation(file)
			if err != nil {
				continue
			}
			there := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc)
			if abbreviation, _ := there.Zone(); abbreviation == name {
				return there, nil
			}
		}
	}
	return t, fmt.Errorf("the zone %s may be any of several, or none: an offset such as +0100, UTC or a zone as the third argument says which", value.TextOf(name).Quote())
}
