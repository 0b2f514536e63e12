// Package threads measures what a thread costs beside goroutines and channels, greenlet, gevent,
// asyncio, the tasklets of PyPy and the generators of Python: each way in a process of its own,
// which says itself what it took.
package threads

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"
)

// Job is something that threads of all kinds do.
type Job struct {
	Name string // as the table has it
	Key  string // for the processes
	Unit string // of what is measured
	N    int    // how often, or how many threads
}

// The names of jobs for the processes.
const (
	switching = "switch"
	single    = "value1"
	batched   = "value1024"
	starting  = "start"
	waiting   = "memory"
	timing    = "timers"
)

// Jobs are all of them.
var Jobs = []Job{
	{"switch from one thread to the other, which yield in turns", switching, "ns", 1_000_000},
	{"a value from thread to thread, capacity 1", single, "ns", 300_000},
	{"the same, capacity 1024", batched, "ns", 1_000_000},
	{"start a thread and wait for its result", starting, "ns", 50_000},
	{"memory of a thread that waits, of 20,000", waiting, "bytes", 20_000},
	{"start a thread that sleeps, and wake it, of 10,000", timing, "ns", 10_000},
}

// Said is what a process says of itself.
type Said struct {
	Seconds float64 `json:"seconds"` // of processor
	Bytes   float64 `json:"bytes"`   // of resident memory, for each thread
	Answer  string  `json:"answer"`
	Late    int     `json:"late"` // timers that woke after one due later; turns after one's own
}

// figure returns what the job is about.
func (j Job) figure(s Said) float64 {
	if j.Key == waiting {
		return s.Bytes
	}
	return s.Seconds * 1e9 / float64(j.N)
}

// way is a kind of threads in Go: what it does for each job, and how many processors it has.
type way struct {
	processors int // 0: all
	jobs       map[string]func(n int, s *Said)
}

var ways = map[string]way{
	"threads":                  {0, onThreads},
	"goroutines":               {0, onGoroutines},
	"goroutines-one-processor": {1, onOneProcessor},
}

// Do does a job in this process and returns what it took.
func Do(kind, job string, n int) (Said, error) {
	do := ways[kind].jobs[job]
	if do == nil {
		return Said{}, fmt.Errorf("there is no way %s to do %s", kind, job)
	}
	if p := ways[kind].processors; p > 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(p))
	}
	var s Said
	before := cpuTime()
	do(n, &s)
	s.Seconds = (cpuTime() - before).Seconds()
	return s, nil
}

// remember notes how much memory each of n threads takes that wait now.
func (s *Said) remember(before int64, n int) {
	s.Bytes = float64(resident()-before) / float64(n)
}

// inUse returns the resident memory without what the last collection would free.
func inUse() int64 {
	debug.FreeOSMemory()
	return resident()
}

// turns counts turns, and those in which a thread came after itself.
type turns struct{ n, again, last int }

func (t *turns) take(who int) {
	t.n++
	if who == t.last {
		t.again++
	}
	t.last = who
}

// taken says how many turns were taken, and how many of them in the wrong order.
func (s *Said) taken(t turns) { s.Answer, s.Late = fmt.Sprintf("%d turns", t.n), t.again }

// due returns when the i-th of n timers is due, in an order that is none, after a time in which
// they have been set for sure.
func due(i, n int) time.Duration {
	return 50*time.Millisecond + time.Duration(n)*100*time.Microsecond + time.Duration(i*7919%n)*20*time.Microsecond
}

// popped says how many timers have popped, and in what order.
func (s *Said) popped(order []time.Duration) {
	s.Answer = fmt.Sprintf("%d timers", len(order))
	for i := 1; i < len(order); i++ {
		if order[i] < order[i-1] {
			s.Late++
		}
	}
}
