package streams_test

import (
	"strings"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages/stagetest"
	"mtpipe/value"
)

func TestTimeslice(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"text", "timeslice 1m it", "2026-01-31T12:00:00Z\n2026-01-31T12:00:59.9Z\n2026-01-31T12:01:00Z\n", "{\"start\":\"2026-01-31T12:00:00Z\",\"values\":[\"2026-01-31T12:00:00Z\",\"2026-01-31T12:00:59.9Z\"]}\n{\"start\":\"2026-01-31T12:01:00Z\",\"values\":[\"2026-01-31T12:01:00Z\"]}\n"},
		{"seconds", "timeslice 60 it | map 'values'", "0\n59.5\n60\n-1\n", "[0,59.5]\n[60]\n[-1]\n"},
		{"the field time", "parse '{time} {v}' | timeslice 1h | map '{start: start, n: len(values)}'", "3600 a\n7199 b\n7200 c\n", "{\"start\":\"1970-01-01T01:00:00Z\",\"n\":2}\n{\"start\":\"1970-01-01T02:00:00Z\",\"n\":1}\n"},
		{"the field ts", "parse '{ts}' | timeslice 1h | get start", "3600\n", "1970-01-01T01:00:00Z\n"},
		{"other zones", "timeslice 24h it | get start", "2026-02-01T00:30:00+01:00\n2026-01-31 23:59:59\n", "2026-01-31T00:00:00Z\n"},
		{"another zone", "timeslice 1h it | get start", "2026-02-01T00:30:00+01:00\n", "2026-01-31T23:00:00Z\n"},
		{"days of a zone", "timeslice 24h it --zone Europe/Berlin | map '{start: start, n: len(values)}'", "2026-03-28T22:59:59Z\n2026-03-28T23:00:00Z\n2026-03-29T00:30:00Z\n2026-03-29T21:59:59Z\n2026-03-29T22:00:00Z\n",
			"{\"start\":\"2026-03-28T00:00:00+01:00\",\"n\":1}\n{\"start\":\"2026-03-29T00:00:00+01:00\",\"n\":3}\n{\"start\":\"2026-03-30T00:00:00+02:00\",\"n\":1}\n"},
		{"a day of 25 hours", "timeslice 24h it --zone Europe/Berlin | map '{start: start, n: len(values)}'", "2026-10-24T22:00:00Z\n2026-10-25T00:59:59Z\n2026-10-25T01:00:00Z\n2026-10-25T22:59:59Z\n2026-10-25T23:00:00Z\n",
			"{\"start\":\"2026-10-25T00:00:00+02:00\",\"n\":4}\n{\"start\":\"2026-10-26T00:00:00+01:00\",\"n\":1}\n"},
		{"the hour that comes twice", "timeslice 1h it --zone Europe/Berlin | get start", "2026-10-25T00:30:00Z\n2026-10-25T01:30:00Z\n", "2026-10-25T02:00:00+02:00\n2026-10-25T02:00:00+01:00\n"},
		{"a zone of half an hour", "timeslice 1h it --zone Asia/Kolkata | get start", "2026-10-25T00:40:00Z\n", "2026-10-25T06:00:00+05:30\n"},
		{"forms of times", "timeslice 1s it | get start | distinct", "2026-01-31 12:00:00\n2026-01-31T12:00:00\n2026-01-31 12:00:00Z\n31/Jan/2026:13:00:00 +0100\n2026-01-31T13:00:00+0100\n2026-01-31 13:00:00 +0100\n1769860800\n1769860800.25\n", "2026-01-31T12:00:00Z\n"},
		{"days", "timeslice 1s it | get start", "2026-01-31\n", "2026-01-31T00:00:00Z\n"},
		{"values with times", "map 'date(it)' | timeslice 1h it | get start", "2026-01-31T12:30:00Z\n", "2026-01-31T12:00:00Z\n"},
		{"times of arrival", "timeslice 1000000h | map 'len(values)'", "a\nb\n", "2\n"},
		{"times of arrival of records", "parse '{a}' | timeslice 1000000h | map 'len(values)'", "a\nb\n", "2\n"},
		{"nothing", "timeslice 1h", "", ""},
		{"over blocks", "timeslice 100s it | map 'len(values)' | count_by", stagetest.Numbered(0, 49_999), "{\"value\":100,\"count\":500}\n"},
		{"no last newline", "timeslice 1000s it | map 'values[0]'", "1", "1\n"},
		{"late ones", "timeslice 60s it --late 30s | map 'values'", "10\n70\n50\n89\n59\n1\n90\n130\n60\n", "[10,50,59,1]\n[70,89,90,60]\n[130]\n"},
		{"late ones, all at the end", "timeslice 60s it --late 1h | map 'values'", "130\n70\n10\n", "[10]\n[70]\n[130]\n"},
		{"late 0s", "timeslice 60s it --late 0s | map 'values'", "10\n5\n60\n", "[10,5]\n[60]\n"},
		{"late ones of a zone", "timeslice 24h it --late 1h --zone Europe/Berlin | map 'len(values)'", "2026-03-29T22:30:00Z\n2026-03-29T21:59:59Z\n2026-03-30T21:59:59Z\n", "1\n2\n"},
		{"late ones, as they come", "timeslice 60s it --late 30s | head 1 | map 'values'", "10\n5\n90\nx\n", "[10,5]\n"},
		{"and head behind it", "repeat 1 | enumerate | timeslice 2s n | head 1 | map 'len(values)'", "", "1\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"no time", "timeslice 1h it", "0\nx\n", "", `1: timeslice: line 2: "x" is not a time`},
		{"null", "timeslice 1h null", "0\n", "", `1: timeslice: line 1: null is not a time: "0"`},
		{"a field that is no time", "parse '{time}' | timeslice 1h", "x\n", "", `18: timeslice: "x" is not a time: {"time":"x"}`},
		{"too many seconds", "timeslice 1h it", "1e19\n", "", `1: timeslice: line 1: "1e19" is not a time: too far from 1970`},
		{"too late", "timeslice 60s it --late 30s | map 'values'", "10\n90\n59\n", "[10]\n", `1: timeslice: line 3: comes too late: its slice, of 1970-01-01T00:00:00Z, was put when 1970-01-01T00:01:30Z had come; --late 30s is too little: "59"`},
		{"late without a time", "timeslice 60s --late 30s", "a\n", "", `1: timeslice: line 1: there is no field time or ts, and with --late a value needs a time: "a"`},
		{"no zone", "timeslice 1h --zone Mars/Base", "", "", `14: timeslice: there is no zone "Mars/Base"`},
		{"no duration", "timeslice 0", "", "", "11: timeslice: duration must be more than 0"},
	})
}

// TestTimesliceDoesNotWait wants a slice of values without times when it is over, though the
// Next value does not come.
func TestTimesliceDoesNotWait(t *testing.T) {
	type none struct{}
	slow := pipeline.Define(pipeline.Doc{Name: "slow", Trait: pipeline.Source}, func(j *pipeline.Job, _ *none) error {
		j.Put(value.String("a"))
		j.Sleep(time.Hour)
		return nil
	})
	if got := stagetest.RunWith(t, slow, "slow | timeslice 5ms | map 'values[0]' | head 1"); got != "a\n" {
		t.Errorf("got %q, want a", got)
	}
}

// TestTimesliceKeepsItsValues wants values that came in other blocks to be what they were.
func TestTimesliceKeepsItsValues(t *testing.T) {
	in := strings.Repeat("1 "+strings.Repeat("x", 100)+"\n", 20_000)
	got, err := stagetest.Run(t, "timeslice 1h 'int(split(it, \" \")[0])' | explode values | count_by values | get count", in)
	if err != nil || got != "20000\n" {
		t.Errorf("got %q, %v, want 20000 equal values", got, err)
	}
}
