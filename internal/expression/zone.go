package expression

import (
	"fmt"
	"slices"
	"time"

	"mtpipe/value"
)

// date is expr-lang's, but for zones that have an abbreviation: where the library of Go does not
// know it, it takes the time for that of UTC.
func date(args []value.Value) (value.Value, error) {
	for i := range args {
		if i > 0 && args[i].Kind() == value.KindAny { // the library takes a zone as its first argument only
			args[i] = value.String(fmt.Sprint(args[i].AsAny()))
		}
	}
	v, err := foreign("date", goText)(args)
	if err != nil || v.Kind() != value.KindTime {
		return v, err
	}
	t := v.AsTime()
	name, offset := t.Zone()
	if offset != 0 || t.Location().String() != name || slices.Contains(zonesOfUTC, name) {
		return v, nil
	}
	if t, err = inZone(t, name); err != nil {
		return value.Null, err
	}
	return value.Time(t), nil
}

var zonesOfUTC = []string{"", "UTC", "GMT", "UT", "UCT", "Z", "Zulu", "Local"}

// zoneFiles are the locations whose abbreviations for winter and summer stand for one offset
// wherever they are used, besides those of ambiguous.
var zoneFiles = []string{"CET", "EET", "WET", "MET", "EST5EDT", "MST7MDT", "PST8PDT", "HST"}

// ambiguous are abbreviations that are used in several parts of the world.
var ambiguous = []string{"PST", "MST", "CST", "CDT", "IST", "BST", "AST", "ADT"}

// inZone returns the time that the clock shows in t in the zone that an abbreviation stands for.
func inZone(t time.Time, name string) (time.Time, error) {
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
