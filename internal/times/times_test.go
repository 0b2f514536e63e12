package times_test

import (
	"strings"
	"testing"
	"time"

	"mtpipe/internal/times"
	"mtpipe/value"
)

func TestOf(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"2024-02-29T12:00:01Z", "2024-02-29T12:00:01Z"},
		{"2024-02-29T12:00:01.25+01:00", "2024-02-29T11:00:01.25Z"},
		{"2024-02-29T12:00:01+0100", "2024-02-29T11:00:01Z"},
		{"2024-02-29T12:00", "2024-02-29T12:00:00Z"},
		{"2024-02-29 12:00:01", "2024-02-29T12:00:01Z"},
		{"2024-02-29 12:00", "2024-02-29T12:00:00Z"},
		{"2024-02-29 12:00 -0500", "2024-02-29T17:00:00Z"},
		{"2024-02-29", "2024-02-29T00:00:00Z"},
		{"29/Feb/2024:12:00:01 -0130", "2024-02-29T13:30:01Z"},
		{"Thu, 29 Feb 2024 12:00:01 +0000", "2024-02-29T12:00:01Z"},
		{"1 Mar 2024 12:00:01 GMT", "2024-03-01T12:00:01Z"},
		{"Fri, 01 Mar 2024 12:00:01 CET", "2024-03-01T11:00:01Z"},
		{"0", "1970-01-01T00:00:00Z"},
		{"-1", "1969-12-31T23:59:59Z"},
		{"1709208001.5", "2024-02-29T12:00:01.5Z"},
		{"1709208001500", "2024-02-29T12:00:01.5Z"},
		{"1709208001500250", "2024-02-29T12:00:01.50025Z"},
		{"1709208001500250125", "2024-02-29T12:00:01.500250125Z"},
	} {
		got, err := times.Of(value.TextOf(c.in))
		if err != nil || got.UTC().Format(time.RFC3339Nano) != c.want {
			t.Errorf("%s: got %v, %v, want %s", c.in, got, err, c.want)
		}
	}
	for in, want := range map[string]string{
		"2023-02-29": "is not a time", "x": "is not a time", "": "is not a time",
		"1e30": "too far from 1970", "1 Mar 2024 12:00:01 CST": "may be any of several",
	} {
		if got, err := times.Of(value.TextOf(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v, want an error with %q", in, got, err, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"1h30m": 90 * time.Minute, "250ms": 250 * time.Millisecond, "2d": 48 * time.Hour, "1w1d": 192 * time.Hour,
		"-1.5d": -36 * time.Hour, "1d2h3.5s": 26*time.Hour + 3500*time.Millisecond,
		"P1DT2H": 26 * time.Hour, "PT0.5S": 500 * time.Millisecond, "P2W": 336 * time.Hour, "PT1H1M1S": 3661 * time.Second,
	} {
		if got, err := times.ParseDuration(in); got != want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "d", "1dd", "P", "PT", "P1Y", "P1M", "1d 2h", "200000d", "99999999999999999999d", "1d2", "1x"} {
		if got, err := times.ParseDuration(in); err == nil {
			t.Errorf("%q: got %v, want an error", in, got)
		}
	}
}

// TestFractions wants the digits of a second's fraction from the left, with their zeros.
func TestFractions(t *testing.T) {
	at := time.Date(1970, 2, 1, 22, 46, 38, 83_000_000, time.UTC)
	for format, want := range map[string]string{"%S.%3f": "38.083", "%3N": "083", "%N": "083000000", "%f": "083000", "%%3f %9f": "%3f 083000000", "%1N%%N": "0%N"} {
		if got := times.Format(at, format); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
}
