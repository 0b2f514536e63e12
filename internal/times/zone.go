package times

import (
	"fmt"
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

// Format returns t as the format of strftime(3) says.
func Format(t time.Time, format string) string { return timefmt.Format(t, format) }
