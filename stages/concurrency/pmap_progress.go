package concurrency

import (
	"fmt"
	"time"

	"mtpipe/internal/layout"
	"mtpipe/pipeline"
)

const (
	renewEvery = time.Second      // how often the line on a terminal is renewed
	tellEvery  = 10 * time.Second // and how often one is written elsewhere
)

// tally says on standard error how far a pmap is: a line that is renewed on a terminal, lines that
// follow each other elsewhere. A nil tally says nothing. Reactor only.
type tally struct {
	j      *pipeline.Job
	began  time.Time
	renews bool
	stop   func() // the timer

	begun, done, failed int
	all                 bool // no others begin
}

func newTally(j *pipeline.Job) *tally {
	t := &tally{j: j, began: time.Now(), renews: j.Renews()}
	t.wait()
	return t
}

// wait waits until it is time for the next line.
func (t *tally) wait() {
	every := tellEvery
	if t.renews {
		every = renewEvery
	}
	t.stop = t.j.Program().After(every, func() {
		t.tell()
		t.wait()
	})
}

// begin notes that a block has begun.
func (t *tally) begin() {
	if t != nil {
		t.begun++
	}
}

// end notes that a block has ended, with an error perhaps.
func (t *tally) end(err error) {
	switch {
	case t == nil:
	case err != nil:
		t.failed++
	default:
		t.done++
	}
}

// last notes that no others begin.
func (t *tally) last() {
	if t != nil {
		t.all = true
	}
}

// line returns what is to be said now.
func (t *tally) line() string {
	took := time.Since(t.began)
	ended := t.done + t.failed
	line := fmt.Sprintf("pmap: %d done", t.done)
	if t.failed > 0 {
		line += fmt.Sprintf(", %d failed", t.failed)
	}
	if running := t.begun - ended; running > 0 {
		line += fmt.Sprintf(", %d running", running)
	}
	line += " in " + layout.ShortDuration(took.Round(time.Second/10))
	if seconds := took.Seconds(); ended > 0 && seconds >= 0.001 {
		line += fmt.Sprintf(", %.1f/s", float64(ended)/seconds)
	}
	if left := t.begun - ended; t.all && left > 0 && ended > 0 {
		line += ", " + layout.ShortDuration((took * time.Duration(left) / time.Duration(ended)).Round(time.Second)) + " left"
	}
	return line
}

// tell writes the line. What keeps it from being written is no concern of the blocks.
func (t *tally) tell() {
	if t.renews {
		_ = t.j.Renew(t.line())
		return
	}
	_ = t.j.Stderr([]byte(t.line() + "\n"))
}

// close writes the last line.
func (t *tally) close() {
	if t == nil {
		return
	}
	t.stop()
	t.tell()
	if t.renews {
		_ = t.j.Stderr([]byte{'\n'})
	}
}
