package microthread

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mtpipe/reactor"
)

// Starvation says that a thread has not suspended for long, so that the others of its
// program, its timers and its sockets waited meanwhile.
type Starvation struct {
	Thread  string        // its name; "" when code of the reactor itself is at work, such as a callback
	Site    string        // where it was started
	Elapsed time.Duration // since its turn began, without the time that the machine stood still
	CPU     time.Duration // that the process has used since; below 0 when it is not known
	State   string        // of a blocking call, as tracebacks show it ("chan receive"); "" when it computes
	Stack   string        // what it is at
	Calls   int           // blocking calls that run, as many as may, and let Waiting others not begin; else 0
	Waiting int           // blocking calls that wait, of which Thread's has waited the longest
}

// DefaultWatchdogLimit is how long a thread may go on before a watchdog reports it, when
// there is no reason for another limit.
const DefaultWatchdogLimit = 100 * time.Millisecond

// String says it in one line, without the stack.
func (s Starvation) String() string {
	who := s.Thread
	if who == "" {
		who = "the reactor"
	}
	s.Elapsed = s.Elapsed.Round(threeDigits(s.Elapsed))
	switch {
	case s.Calls > 0:
		return fmt.Sprintf("%s and %d others wait to begin a blocking call: all %d that may run at a time have gone on for %v; do they wait for those?",
			who, s.Waiting-1, s.Calls, s.Elapsed)
	case s.State != "":
		return fmt.Sprintf("%s has been in a blocking call (%s) for %v; Blocking would move that off", who, s.State, s.Elapsed)
	case s.CPU >= 0 && 2*s.CPU < s.Elapsed:
		return fmt.Sprintf("%s has not suspended for %v, in which the process computed for %v", who, s.Elapsed, s.CPU.Round(time.Millisecond))
	}
	return fmt.Sprintf("%s has computed for %v without suspending", who, s.Elapsed)
}

// Watchdog reports threads that have not suspended for limit: each once in a turn, with the
// time that has really passed. Time in which the machine or the process stood still does not
// count, nor time that an overloaded machine did not give to the process. The default for
// report, which is called on a goroutine of its own, writes to standard error; with a limit
// of 0 there is no watchdog, which is the default.
func Watchdog(limit time.Duration, report func(Starvation)) Option {
	return func(p *Program) {
		p.watch = nil
		if limit <= 0 {
			return
		}
		if report == nil {
			report = printStarvation
		}
		p.enrol()
		p.watch = &watchdog{vigil: vigil{limit: limit, step: max(limit/looksPerLimit, 1)},
			report: report, breaks: make(map[*Thread]unwatching), roster: p.observer.roster}
	}
}

// threeDigits returns the unit in which d has three digits.
func threeDigits(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d >= 1000*unit {
		unit *= 10
	}
	return unit
}

func printStarvation(s Starvation) {
	text := s.String() + "\n"
	if s.Site != "" && !strings.Contains(s.Thread, s.Site) {
		text += s.Thread + " was started at " + s.Site + "\n"
	}
	fmt.Fprintln(os.Stderr, strings.TrimSpace(text+s.Stack))
}

// Unwatched runs fn, in which the thread may go on for as long as it needs: no watchdog
// reports it.
func (t *Thread) Unwatched(fn func()) {
	w := t.p.watch
	if w == nil {
		fn()
		return
	}
	w.unwatch(t, 1)
	defer w.unwatch(t, -1)
	fn()
}

// watchdog asks the reactor from time to time for a sign of life, which it gives when the
// running thread suspends. That costs the threads nothing.
type watchdog struct {
	vigil
	report func(Starvation)
	sign   atomic.Pointer[atomic.Bool] // that the reactor was asked for last
	*roster

	crowd crowd

	mu     sync.Mutex
	breaks map[*Thread]unwatching // of those that were unwatched
}

// unwatching is what a watchdog knows of a thread's calls of Unwatched.
type unwatching struct {
	calls int           // under way
	until time.Duration // the age of the reactor when the last one began or ended
}

// unwatch begins (1) or ends (-1) a call of Unwatched by t.
func (w *watchdog) unwatch(t *Thread, change int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.breaks[t]
	b.calls, b.until = b.calls+change, t.p.r.Age()
	w.breaks[t] = b
}

// unwatched reports whether t is unwatched, and when it was last.
func (w *watchdog) unwatched(t *Thread) (now bool, until time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.breaks[t]
	if b.calls > 0 {
		return true, 0
	}
	return false, b.until
}

// left is called when t has ended.
func (w *watchdog) left(t *Thread) {
	w.mu.Lock()
	delete(w.breaks, t)
	w.mu.Unlock()
}

// start watches over r, whose goroutine calls it, until stop is called.
func (w *watchdog) start(r *reactor.Reactor) (stop func()) {
	w.begin(r.Age())
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		clock := time.NewTicker(w.step)
		defer clock.Stop()
		for looks := 0; ; {
			select {
			case <-quit:
				return
			case <-clock.C:
				w.look(r)
				if looks++; looks%(crowdedFor*looksPerLimit) == 0 {
					r.Post(func() { w.lookAtCalls(r) })
				}
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

// look is what the watchdog does at each step.
func (w *watchdog) look(r *reactor.Reactor) {
	s := sight{now: r.Age(), cpu: cpuTime(), asleep: r.Asleep()}
	s.began, s.exact = r.Turn()
	if sign := w.sign.Load(); sign != nil {
		s.alive = sign.Load()
	}
	switch w.judge(s) {
	case ask:
		sign := new(atomic.Bool)
		w.sign.Store(sign)
		r.Post(func() { sign.Store(true) })
	case inspect:
		t, g := w.running(allStacks())
		if w.sign.Load().Load() || g == nil {
			return // it has suspended meanwhile
		}
		found := finding{state: g.blockedIn()}
		if found.state == "syscall" && 2*w.used(s) >= s.now-w.proven-w.lost {
			found.state = "" // it computes, with short system calls between
		}
		if t != nil {
			found.unwatched, found.watchedFrom = w.unwatched(t)
		}
		if elapsed, yes := w.convict(s, found); yes {
			e := Starvation{Elapsed: elapsed, CPU: w.used(s), State: found.state, Stack: g.text}
			if t != nil {
				e.Thread, e.Site = t.Name(), t.Site()
			}
			w.report(e)
		}
	}
}
