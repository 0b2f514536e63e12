package microthread

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// look is one look of a watchdog in a made-up world, in milliseconds, and what comes of it.
type look struct {
	at, cpu, began int
	short          bool // the turn began at began or some short turns later
	alive, asleep  bool
	found          finding
	want           string
}

const ms = time.Millisecond

// see lets v have a look and says what it made of it.
func (v *vigil) see(l look) string {
	s := sight{now: time.Duration(l.at) * ms, cpu: time.Duration(l.cpu) * ms, alive: l.alive, asleep: l.asleep,
		began: time.Duration(l.began) * ms, exact: l.began > 0 && !l.short}
	if l.began == 0 {
		s.began = -1
	}
	if l.cpu < 0 {
		s.cpu = -1
	}
	switch v.judge(s) {
	case ask:
		return "ask"
	case inspect:
		l.found.watchedFrom *= ms
		if elapsed, yes := v.convict(s, l.found); yes {
			return fmt.Sprint(elapsed)
		}
		return "acquit"
	}
	return ""
}

// TestK3_Vigil is a catalogue of what a watchdog with a limit of 100 ms must report and what
// it must not, on a made-up clock.
func TestK3_Vigil(t *testing.T) {
	computes, sleeps := finding{}, finding{state: "sleep"}
	for _, row := range []struct {
		name  string
		looks []look
	}{
		{"computes", []look{
			{at: 25, began: 20, want: "ask"},
			{at: 50, cpu: 25, began: 20}, {at: 75, cpu: 50, began: 20}, {at: 100, cpu: 75, began: 20},
			{at: 125, cpu: 100, began: 20, want: "105ms"}}},
		{"once in a turn, again in the next", []look{
			{at: 25, began: 20, want: "ask"},
			{at: 50, cpu: 25, began: 20}, {at: 75, cpu: 50, began: 20}, {at: 100, cpu: 75, began: 20},
			{at: 125, cpu: 100, began: 20, want: "105ms"},
			{at: 150, cpu: 125, began: 20}, {at: 175, cpu: 150, began: 20}, {at: 300, cpu: 275, began: 20},
			{at: 325, cpu: 300, began: 310, alive: true, want: "ask"},
			{at: 350, cpu: 325, began: 310}, {at: 375, cpu: 350, began: 310}, {at: 400, cpu: 375, began: 310},
			{at: 425, cpu: 400, began: 310, want: "115ms"}}},
		{"in time", []look{
			{at: 25, began: 20, want: "ask"},
			{at: 50, cpu: 25, began: 20}, {at: 75, cpu: 50, began: 20}, {at: 100, cpu: 75, began: 20},
			{at: 125, cpu: 100, began: 119, alive: true, want: "ask"},
			{at: 150, cpu: 125, began: 149, alive: true, want: "ask"}}},
		{"many short turns", []look{
			{at: 25, began: 24, want: "ask"}, {at: 50, cpu: 25, began: 49, alive: true, want: "ask"},
			{at: 75, cpu: 50, began: 74, alive: true, want: "ask"}, {at: 100, cpu: 75, began: 99, alive: true, want: "ask"},
			{at: 125, cpu: 100, began: 124, alive: true, want: "ask"}}},
		{"when the turn began is not known exactly", []look{ // then only what is certain convicts
			{at: 25, began: 5, short: true, want: "ask"},
			{at: 50, cpu: 25, began: 5, short: true}, {at: 75, cpu: 50, began: 5, short: true},
			{at: 100, cpu: 75, began: 5, short: true},
			{at: 125, cpu: 100, began: 5, short: true, want: "120ms"}}},
		{"when the turn began is not known", []look{
			{at: 25, want: "ask"}, {at: 50, cpu: 25}, {at: 75, cpu: 50}, {at: 100, cpu: 75},
			{at: 125, cpu: 100, want: "100ms"}}},
		{"what the process computes is not known", []look{
			{at: 25, cpu: -1, began: 20, want: "ask"},
			{at: 50, cpu: -1, began: 20}, {at: 75, cpu: -1, began: 20}, {at: 100, cpu: -1, began: 20},
			{at: 125, cpu: -1, began: 20, want: "105ms"}}},
		{"sleeps without the reactor", []look{ // in a blocking call, which needs no processor
			{at: 25, began: 20, want: "ask"},
			{at: 50, began: 20}, {at: 75, began: 20}, {at: 100, began: 20},
			{at: 125, began: 20, found: sleeps, want: "105ms"}}},
		{"the machine stood still in the midst of a turn", []look{
			{at: 25, began: 20, want: "ask"}, {at: 50, cpu: 25, began: 20},
			{at: 10_075, cpu: 50, began: 20}, {at: 10_100, cpu: 75, began: 20, found: sleeps},
			{at: 10_125, cpu: 100, began: 20, found: computes, want: "105ms"}}},
		{"the machine stood still in a short turn", []look{
			{at: 25, began: 20, want: "ask"}, {at: 50, cpu: 25, began: 20}, {at: 10_075, cpu: 50, began: 20},
			{at: 10_100, cpu: 75, began: 10_080, alive: true, want: "ask"}}},
		{"the machine stood still before the watchdog had asked", []look{
			{at: 25, began: 24, want: "ask"},
			{at: 10_050, cpu: 25, began: 45, alive: true, want: "ask"}, // stopped at 50
			{at: 10_075, cpu: 50, began: 45}, {at: 10_100, cpu: 75, began: 45},
			{at: 10_125, cpu: 100, began: 45}, {at: 10_150, cpu: 125, began: 45, want: "105ms"}}},
		{"stopped again and again", []look{
			{at: 25, began: 20, want: "ask"}, {at: 1025, cpu: 5, began: 20}, {at: 2025, cpu: 10, began: 20},
			{at: 3025, cpu: 15, began: 3024, alive: true, want: "ask"}}},
		{"computes in a process that does not", []look{ // it is itself kept waiting
			{at: 25, began: 20, want: "ask"}, {at: 50, cpu: 1, began: 20}, {at: 75, cpu: 2, began: 20}, {at: 100, cpu: 3, began: 20},
			{at: 125, cpu: 4, began: 20, want: "acquit"}, {at: 150, cpu: 5, began: 20}, {at: 175, cpu: 6, began: 20},
			{at: 200, cpu: 7, began: 20}, {at: 225, cpu: 8, began: 20, want: "acquit"}}},
		{"computes on an overloaded machine", []look{
			{at: 25, began: 20, want: "ask"}, {at: 50, cpu: 10, began: 20}, {at: 75, cpu: 20, began: 20}, {at: 100, cpu: 30, began: 20},
			{at: 125, cpu: 40, began: 20, want: "acquit"}, {at: 150, cpu: 50, began: 20}, {at: 175, cpu: 60, began: 20},
			{at: 200, cpu: 70, began: 20}, {at: 225, cpu: 80, began: 20, want: "205ms"}}},
		{"the reactor waits for events", []look{
			{at: 25, asleep: true}, {at: 50, asleep: true}, {at: 500, asleep: true}, {at: 1000, asleep: true},
			{at: 1025, began: 1024, want: "ask"}, {at: 1050, alive: true, asleep: true}, {at: 1300, alive: true, asleep: true}}},
		{"unwatched", []look{
			{at: 25, began: 20, want: "ask"}, {at: 50, cpu: 25, began: 20}, {at: 75, cpu: 50, began: 20}, {at: 100, cpu: 75, began: 20},
			{at: 125, cpu: 100, began: 20, found: finding{unwatched: true}, want: "acquit"},
			{at: 150, cpu: 125, began: 20}, {at: 200, cpu: 175, began: 20},
			{at: 225, cpu: 200, began: 20, found: finding{unwatched: true}, want: "acquit"}}},
		{"unwatched until a while ago", []look{
			{at: 25, began: 20, want: "ask"}, {at: 50, cpu: 25, began: 20}, {at: 75, cpu: 50, began: 20}, {at: 100, cpu: 75, began: 20},
			{at: 125, cpu: 100, began: 20, found: finding{watchedFrom: 60}, want: "acquit"},
			{at: 150, cpu: 125, began: 20, found: finding{watchedFrom: 60}, want: "acquit"},
			{at: 175, cpu: 150, began: 20, found: finding{watchedFrom: 60}, want: "115ms"}}},
	} {
		t.Run("K3 "+row.name, func(t *testing.T) {
			v := &vigil{limit: 100 * ms, step: 25 * ms}
			v.begin(0)
			for _, l := range row.looks {
				if got := v.see(l); got != l.want {
					t.Errorf("at %d ms: got %q, want %q", l.at, got, l.want)
				}
			}
		})
	}
}

func TestK3_Goroutines(t *testing.T) {
	dump := `goroutine 7 [running]:
main.f()
	/src/main.go:1 +0x1

goroutine 18 [chan receive, 2 minutes, locked to thread]:
main.g()
	/src/main.go:2 +0x1
created by main.main in goroutine 1
	/src/main.go:3 +0x1

goroutine 19 [sleep (durable), synctest bubble 4]:
main.h()

goroutine 20 [coroutine]:
main.i()
created by iter.Pull[...] in goroutine 7
	/go/iter.go:271 +0x1
`
	var got []string
	for _, g := range parseGoroutines([]byte(dump)) {
		got = append(got, fmt.Sprintf("%d %s, blocked in %q, made by %d", g.id, g.state, g.blockedIn(), g.parent))
	}
	want := []string{`7 running, blocked in "", made by 0`, `18 chan receive, blocked in "chan receive", made by 0`,
		`19 sleep, blocked in "sleep", made by 0`, `20 coroutine, blocked in "coroutine", made by 7`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := parseGoroutines([]byte("no dump")); len(got) != 0 {
		t.Errorf("got %v of no dump, want nothing", got)
	}
}

func TestK3_Texts(t *testing.T) {
	for _, row := range []struct {
		name string
		s    Starvation
		want string
	}{
		{"K3 computes", Starvation{Thread: "sort", Elapsed: 1234567 * time.Microsecond, CPU: 1230 * ms},
			"sort has computed for 1.23s without suspending"},
		{"K3 CPU not known", Starvation{Thread: "sort", Elapsed: 112345 * time.Microsecond, CPU: -1},
			"sort has computed for 112ms without suspending"},
		{"K3 computes now and then", Starvation{Thread: "sort", Elapsed: 2 * time.Second, CPU: 300 * ms},
			"sort has not suspended for 2s, in which the process computed for 300ms"},
		{"K3 blocked", Starvation{Thread: "sort", Elapsed: 100 * ms, State: "chan receive"},
			"sort has been in a blocking call (chan receive) for 100ms; Blocking would move that off"},
		{"K3 no thread", Starvation{Elapsed: 100 * ms, CPU: 100 * ms},
			"the reactor has computed for 100ms without suspending"},
	} {
		if got := row.s.String(); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
