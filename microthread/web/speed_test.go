package web

import (
	"testing"
	"time"
)

// TestSpeed wants a body that comes too slowly to be told when the time is over, and only that.
func TestSpeed(t *testing.T) {
	type read struct {
		n    int
		took time.Duration
	}
	for _, c := range []struct {
		name  string
		reads []read
		want  string // after the last read
	}{
		{"quick", []read{{5000, time.Second}, {5000, 9 * time.Second}}, ""},
		{"not for long", []read{{1, time.Second}, {1, 8 * time.Second}}, ""},
		{"slow", []read{{4000, time.Second}, {5999, 9 * time.Second}}, "less than 1000 bytes a second for 10s"},
		{"just right", []read{{4000, time.Second}, {6000, 9 * time.Second}}, ""},
		{"slow after it was quick", []read{{100_000, 10 * time.Second}, {100, 5 * time.Second}, {100, 5 * time.Second}}, "less than 1000 bytes a second for 10s"},
		{"nothing at all", []read{{0, 10 * time.Second}}, "less than 1000 bytes a second for 10s"},
	} {
		var s speed
		o := &Options{MinSpeed: 1000, MinSpeedTime: 10 * time.Second}
		got := ""
		for _, r := range c.reads {
			if got != "" {
				t.Errorf("%s: got %q before the last read", c.name, got)
			}
			if _, err := s.add(o, r.n, r.took); err != nil {
				got = err.Error()
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
