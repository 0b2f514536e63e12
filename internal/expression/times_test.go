package expression

import (
	"strings"
	"testing"

	"mtpipe/value"
)

// TestDate_Zone reads times with the abbreviation of a zone: each is right, or an error.
func TestDate_Zone(t *testing.T) {
	t.Setenv("TZ", "UTC")
	const layout = "2006-01-02 15:04 MST"
	for _, row := range []struct{ text, want string }{
		{"2026-01-05 10:00 UTC", "2026-01-05T10:00:00Z"},
		{"2026-01-05 10:00 GMT", "2026-01-05T10:00:00Z"},
		{"2026-01-05 10:00 CET", "2026-01-05T10:00:00+01:00"},
		{"2026-07-05 10:00 CEST", "2026-07-05T10:00:00+02:00"},
		{"2026-01-05 10:00 EST", "2026-01-05T10:00:00-05:00"},
		{"2026-07-05 10:00 EDT", "2026-07-05T10:00:00-04:00"},
		{"2026-07-05 10:00 PDT", "2026-07-05T10:00:00-07:00"},
		{"2026-01-05 10:00 CEST", ""}, // there is no summer time then
		{"2026-01-05 10:00 IST", ""},
		{"2026-01-05 10:00 CST", ""},
		{"2026-01-05 10:00 XYZ", ""},
	} {
		v, err := date([]value.Value{value.String(row.text), value.String(layout)})
		switch {
		case row.want == "" && (err == nil || !strings.Contains(err.Error(), row.text[len(row.text)-3:])):
			t.Errorf("%s: got %v, %v, want an error that names the zone", row.text, v, err)
		case row.want != "" && (err != nil || v.String() != row.want):
			t.Errorf("%s: got %v, %v, want %s", row.text, v, err, row.want)
		}
	}
	v, err := date([]value.Value{value.String("2026-01-05 10:00"), value.String("2006-01-02 15:04"), value.String("Europe/Berlin")})
	if err != nil || v.String() != "2026-01-05T10:00:00+01:00" {
		t.Errorf("in Berlin: got %v, %v", v, err)
	}
}
