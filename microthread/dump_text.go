package microthread

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mtpipe/pipe"
	"mtpipe/reactor"
)

// dump is the text of a dump in the making.
type dump struct {
	bytes.Buffer
	p         *Program
	state     reactor.Snapshot
	live      []*Thread // the oldest first
	stackless []*reactor.Deferred
	children  map[*Thread][]*Thread // that have not ended, and zombies
	circles   [][]*Thread
}

// maxIndent is how many steps of the tree are indented.
const maxIndent = 20

func newDump(p *Program) *dump {
	d := &dump{p: p, state: p.r.Snapshot(), children: make(map[*Thread][]*Thread)}
	p.r.EachLive(func(x *reactor.Deferred) {
		if t, ok := x.Owner().(*Thread); ok {
			d.live = append(d.live, t)
		} else {
			d.stackless = append(d.stackless, x)
		}
	})
	slices.Reverse(d.live)
	slices.Reverse(d.stackless)
	for _, t := range d.live {
		if t.parent != nil {
			d.children[t.parent] = append(d.children[t.parent], t)
		}
		for _, c := range t.rest.children {
			if c.Zombie() {
				d.children[t] = append(d.children[t], c)
			}
		}
	}
	d.circles = circles(d.live)
	return d
}

// head writes one line about all.
func (d *dump) head() {
	fmt.Fprintf(d, "%s: up %s, %s", d.p.name(), rough(d.state.Age), count(len(d.live), "thread"))
	if n := len(d.stackless); n > 0 {
		fmt.Fprintf(d, " and %d without a stack", n)
	}
	if n := len(d.circles); n > 0 {
		fmt.Fprintf(d, ", %s of waiting", count(n, "cycle"))
	}
	if n := d.p.cutOff; n > 0 {
		fmt.Fprintf(d, ", %d cut off because nobody read what they put", n)
	}
	d.WriteByte('\n')
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// threads writes the tree of threads.
func (d *dump) threads() {
	d.WriteString("threads\n")
	for _, t := range d.live {
		if t.parent == nil || t.parent.finished {
			d.thread(t, 1)
		}
	}
	for _, x := range d.stackless {
		fmt.Fprintf(d, "  %s, without a stack: %s%s\n", whoIs(x), d.stateOf(x), d.limit(x))
	}
}

// thread writes t and those that it has started.
func (d *dump) thread(t *Thread, depth int) {
	d.WriteString(strings.Repeat("  ", min(depth, maxIndent)))
	fmt.Fprintf(d, "%s (%s)", t.named(), shortSite(t))
	if o := d.p.observer; o != nil && o.doing[t] != "" {
		fmt.Fprintf(d, ", at %s", o.doing[t])
	}
	if !t.finished && d.state.Clocked {
		fmt.Fprintf(d, ", %s old", rough(t.born.until(d.state.Age)))
	}
	if p := t.parent; p != nil && p.finished {
		fmt.Fprintf(d, ", started by %s, which has ended", p.named())
	}
	fmt.Fprintf(d, ": %s", d.stateOf(&t.d))
	if t.finished {
		d.WriteString(zombieText(t))
	} else {
		d.WriteString(d.limit(&t.d) + d.marks(t))
	}
	d.WriteByte('\n')
	for _, c := range d.children[t] {
		d.thread(c, depth+1)
	}
}

// named returns the thread's name, which is no site: that is told beside it.
func (t *Thread) named() string {
	if t.rest.name == "" {
		return "a thread"
	}
	return t.rest.name
}

// shortSite returns where t was started: the file with its directory, and the line.
func shortSite(t *Thread) string {
	site := filepath.ToSlash(t.Site())
	dir, file := filepath.Split(site)
	return filepath.Base(dir) + "/" + file
}

func zombieText(t *Thread) string {
	if t.Err() != nil {
		return fmt.Sprintf("a zombie: it has failed (%s), and nobody has waited for it", t.Err().Error())
	}
	return "a zombie: it has ended, and nobody has waited for it"
}

// stateOf says what x is at.
func (d *dump) stateOf(x *reactor.Deferred) string {
	t, stack := x.Owner().(*Thread)
	switch {
	case stack && t.finished:
		return ""
	case x == d.p.r.Current():
		return "running"
	case !x.Waiting():
		if stack && !t.started {
			return "has not begun: waiting for its turn"
		}
		return "waiting for its turn"
	}
	text := whatItDoes(x)
	if stack && !t.has(isStackless) && d.state.Clocked { // one without a stack has not noted when
		text += fmt.Sprintf(", for %s now", rough(t.since.until(d.state.Age)))
	}
	return text
}

// limit says when a wait ends by itself.
func (d *dump) limit(x *reactor.Deferred) string {
	left, ok := timerOf(x)
	if !ok || strings.HasPrefix(whatItDoes(x), "sleeping") {
		return ""
	}
	return ", at most another " + rough(left)
}

// marks says what else there is to know about a thread.
func (d *dump) marks(t *Thread) string {
	var list []string
	for i, circle := range d.circles {
		if slices.Contains(circle, t) {
			list = append(list, fmt.Sprintf("in cycle %d", i+1))
		}
	}
	if t.has(isKilled) {
		list = append(list, "terminated")
	}
	if t.has(isDraining) {
		list = append(list, "drained")
	}
	if t.exiting {
		list = append(list, "its deferred functions run")
	}
	if t.critical > 0 {
		list = append(list, "in a critical section")
	}
	if t.kind == handling {
		list = append(list, "a handler of errors")
	}
	if len(list) == 0 {
		return ""
	}
	return " [" + strings.Join(list, ", ") + "]"
}

// pipes writes the pipes that the threads have.
func (d *dump) pipes() {
	seen := make(map[*pipe.Pipe]bool)
	for _, t := range d.live {
		for _, p := range slices.Concat(t.written(), []*pipe.Pipe{t.stdin}, t.rest.ins) {
			if p == nil || seen[p] {
				continue
			}
			if len(seen) == 0 {
				d.WriteString("pipes\n")
			}
			seen[p] = true
			d.pipe(p)
		}
	}
}

func (d *dump) pipe(p *pipe.Pipe) {
	fmt.Fprintf(d, "  %s: %d of %s", p.Name(), p.Fill(), count(p.Capacity(), "value"))
	fmt.Fprintf(d, "; %s writes, %s reads", d.owner(p.Writer()), d.owner(p.Reader()))
	if p.Ended() {
		d.WriteString("; its writer has closed it")
	}
	if p.Closed() {
		d.WriteString("; its reader has closed it")
	}
	d.WriteByte('\n')
}

// owner returns the name of the thread at an end of a pipe.
func (d *dump) owner(x *reactor.Deferred) string {
	if x == nil {
		return "no thread"
	}
	if t, ok := x.Owner().(*Thread); ok {
		return t.Name()
	}
	return whoIs(x)
}

func (d *dump) timers() {
	for i, t := range d.state.Timers {
		if i == 0 {
			d.WriteString("timers\n")
		}
		fmt.Fprintf(d, "  in %s: %s\n", rough(t.In), whoIs(t.Thread))
	}
}

// notifiers writes who waits for events, and what keeps the program from ending besides.
func (d *dump) notifiers() {
	var lines []string
	for _, n := range d.state.Notifiers {
		names := make([]string, len(n.Waiting))
		for i, x := range n.Waiting {
			names[i] = whoIs(x)
		}
		if len(names) > 0 {
			lines = append(lines, n.Name+": "+strings.Join(names, ", "))
		}
	}
	if d.state.Held > 0 {
		lines = append(lines, "another goroutine has promised to call, "+count(d.state.Held, "time"))
	}
	if len(lines) > 0 {
		fmt.Fprintf(d, "notifiers\n  %s\n", strings.Join(lines, "\n  "))
	}
}

func (d *dump) cycles() {
	for i, circle := range d.circles {
		if i == 0 {
			d.WriteString("cycles\n")
		}
		names := make([]string, 0, len(circle)+1)
		for _, t := range append(circle, circle[0]) {
			names = append(names, t.Name())
		}
		fmt.Fprintf(d, "  %d: %s waits for %s\n", i+1, names[0], strings.Join(names[1:], ", which waits for "))
	}
}

// circles returns the cycles of threads of which each cannot go on without the next.
func circles(live []*Thread) (found [][]*Thread) {
	round := make(map[*Thread]int) // in which walk a thread was met
	for i, from := range live {
		t := from
		for t != nil && round[t] == 0 {
			round[t] = i + 1
			t = t.waitsOn()
		}
		if t == nil || round[t] != i+1 {
			continue
		}
		circle := []*Thread{t}
		for next := t.waitsOn(); next != t; next = next.waitsOn() {
			circle = append(circle, next)
		}
		found = append(found, circle)
	}
	return found
}
