package times

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/itchyny/timefmt-go"

	"mtpipe/value"
)

// Zone returns the time zone of that name, such as Asia/Tokyo; Local is the system's.
func Zone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("there is no zone %s", value.String(name).Quote())
	}
	return loc, nil
}

// Format returns t as the format of strftime(3) says. Besides, %N is the nanoseconds, as date of GNU
// has it, and %3f or %3N so many digits of the second's fraction.
func Format(t time.Time, format string) string {
	if strings.ContainsAny(format, "fN") {
		format = fractions().ReplaceAllStringFunc(format, func(of string) string {
			digits := 9
			switch c := of[1]; {
			case c == '%' || of == "%f":
				return of
			case c != 'N':
				digits = int(c - '0')
			}
			return fmt.Sprintf("%09d", t.Nanosecond())[:digits]
		})
	}
	return timefmt.Format(t, format)
}

var fractions = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`%%|%f|%[1-9]f|%[1-9]?N`) })
