package microthread

import (
	"bytes"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"mtpipe/reactor"
)

// dumpPatience is how long Dump waits for the program to let it look.
const dumpPatience = 2 * time.Second

// Dump writes what the program is at: its threads as a tree by who started whom, each with its
// age, what it waits for and since when; its pipes with what is in them and who has their ends;
// timers, notifiers, and cycles of threads that wait for each other. Times are known to within
// some milliseconds. When the program lets nobody look for two seconds, because a thread
// computes or is in a blocking call, the dump says which one that is, if there is a Roster or
// a watchdog, with its stack.
//
// Any goroutine while the program runs; otherwise the one that owns the program. A thread of
// another program only if this one has a Roster.
func (p *Program) Dump(w io.Writer) error { return p.dumpTo(w, dumpPatience) }

func (p *Program) dumpTo(w io.Writer, patience time.Duration) error {
	var text []byte
	if p.here() {
		text = p.look()
	} else {
		text = p.askForDump(patience)
	}
	_, err := w.Write(text)
	return err
}

// DumpOnDeadlock makes the program Dump to w when its threads wait for each other, before it
// ends them.
func DumpOnDeadlock(w io.Writer) Option { return func(p *Program) { p.deadlock = w } }

// askForDump lets the program's goroutine write the dump.
func (p *Program) askForDump(patience time.Duration) []byte {
	var late atomic.Bool
	answer := make(chan []byte, 1)
	if !p.Post(func() {
		if !late.Load() {
			answer <- p.look()
		}
	}) {
		return fmt.Appendf(nil, "%s has ended\n", p.name())
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case text := <-answer:
		return text
	case <-limit.C:
		late.Store(true)
		return p.unanswered(patience)
	}
}

// unanswered says what keeps the program from answering.
func (p *Program) unanswered(patience time.Duration) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s has not answered for %v: ", p.name(), patience)
	if p.observer == nil || p.observer.roster == nil {
		b.WriteString("one of its threads has not suspended; without a roster it is not known which\n")
		return b.Bytes()
	}
	switch t, g := p.observer.roster.running(allStacks()); {
	case g == nil:
		b.WriteString("its goroutine is not to be found\n")
	case t == nil:
		fmt.Fprintf(&b, "the reactor is at this\n%s\n", g.text)
	default:
		fmt.Fprintf(&b, "%s, started at %s, has not suspended; it is at this\n%s\n", t.Name(), t.Site(), g.text)
	}
	return b.Bytes()
}

// look returns the dump. Only where here is true.
func (p *Program) look() (text []byte) {
	d := newDump(p)
	defer func() {
		if failed := recover(); failed != nil { // a Waiter of somebody else could not describe itself
			text = fmt.Appendf(d.Bytes(), "the dump failed: %v\n", failed)
		}
	}()
	d.head()
	d.threads()
	d.pipes()
	d.timers()
	d.notifiers()
	d.cycles()
	return d.Bytes()
}

func (p *Program) name() string {
	if p.title == "" {
		return "the program"
	}
	return p.title
}

// atHome notes which goroutine runs the program, until the result is called.
func (p *Program) atHome() (leave func()) {
	p.running = true
	p.home.Store(currentG())
	unseen := func() {}
	if s := p.observer; s != nil {
		unseen = s.start(p)
	}
	return func() {
		unseen()
		p.running = false
		p.home.Store(0)
	}
}

// tick is a time since the reactor was made, coarse and short; it comes round after 208 days.
type tick uint32

const tickBits = 22 // of nanoseconds: 4.2 ms

func ticks(d time.Duration) tick { return tick(d >> tickBits) }

// until returns the time from k to now.
func (k tick) until(now time.Duration) time.Duration {
	return time.Duration(ticks(now)-k) << tickBits
}

// stamp returns the time as a new thread notes it.
func (p *Program) stamp() tick {
	if p.r.Current() == nil {
		return ticks(p.r.Age()) // it may have slept since it read the clock
	}
	return ticks(p.r.LastRead())
}

// rough returns d as short as it is known.
func rough(d time.Duration) string {
	if d < time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(threeDigits(d)).String()
}

// waitsOn returns the thread that t cannot go on without, or nil.
func (t *Thread) waitsOn() *Thread {
	if !t.d.Waiting() {
		return nil
	}
	w, ok := t.d.Waiter().(reactor.Blocked)
	if !ok {
		return nil
	}
	if d := w.BlockedBy(&t.d); d != nil {
		on, _ := d.Owner().(*Thread)
		return on
	}
	return nil
}

// BlockedBy returns the thread that is to end, or to give back a lock.
func (w *waiter) BlockedBy(*reactor.Deferred) *reactor.Deferred {
	switch what := w.what.(type) {
	case theEnd:
		return &what.of.d
	case heldLock:
		if holder := what.l.holder; holder != nil {
			return &holder.d
		}
	}
	return nil
}
