package microthread

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"unicode/utf8"

	"mtpipe/pipe"
)

// tracing writes what the threads of one program do into a trace. All of it is for the
// program's goroutine.
type tracing struct {
	file    *traceFile
	p       *Program
	pid     int
	buf     []byte
	threads map[*Thread]*track
	pipes   map[*pipe.Pipe]*flow
	tids    int // given to threads
	pids    int // given to pipes
}

// track is a thread in the trace.
type track struct {
	id      int
	since   int64  // nanoseconds since the trace began: of the slice under way
	waiting string // for what, while it does
	putting bool   // that is to put
}

// flow is a pipe in the trace.
type flow struct {
	number int
	id     uint64 // of the arrow that has begun and not ended; 0 when none has
	fill   int    // that was told last
}

// Trace writes to w what the program's threads do, in the form of Chrome's trace events, which
// Perfetto (https://ui.perfetto.dev) opens: a track for each thread with slices for its turns
// and its waits, arrows for what goes through pipes, what is in each pipe, and marks where a
// thread was terminated, ended with an error, or put into a pipe that its reader had closed.
// Several programs that have the same option write one trace, each as a process of its own.
// It is whole when the last of them is closed; Close tells errors of w, to which a goroutine
// writes in pieces while the programs run.
func Trace(w io.Writer) Option {
	file := newTraceFile(w)
	return func(p *Program) {
		tr := &tracing{file: file, p: p, threads: make(map[*Thread]*track), pipes: make(map[*pipe.Pipe]*flow)}
		p.trace = tr
		if p.observer == nil {
			p.observer = &observer{}
		}
		tr.pid = file.attach()
		tapOf(p.r).Took = func(of any, rows int) { tr.took(of.(*pipe.Pipe)) }
	}
}

// end ends the program's part of the trace.
func (tr *tracing) end() error {
	if tr == nil {
		return nil
	}
	for t, k := range tr.threads { // that were cut off
		tr.slice(k, "cut off", "end", tr.file.now())
		delete(tr.threads, t)
	}
	tapOf(tr.p.r).Took = nil
	tr.p.trace = nil
	return tr.file.detach(tr.buf)
}

// track returns the track of t, which begins with it.
func (tr *tracing) track(t *Thread) *track {
	k := tr.threads[t]
	if k == nil {
		tr.tids++
		k = &track{id: tr.tids, since: tr.file.now()}
		tr.threads[t] = k
		tr.metadata("thread_name", k.id, t.Name())
	}
	return k
}

// begins notes that t has its first turn.
func (tr *tracing) begins(t *Thread) { tr.track(t).since = tr.file.now() }

// parked notes that t has suspended itself.
func (tr *tracing) parked(t *Thread) {
	k := tr.track(t)
	now := tr.file.now()
	for out := range t.outs {
		tr.filled(k, out, now)
	}
	for _, out := range t.rest.feeds {
		tr.filled(k, out, now)
	}
	tr.slice(k, tr.turn(t), "turn", now)
	k.waiting, k.putting = t.reason(), t.writing()
}

// turns notes that t, which runs, is about to do something else.
func (tr *tracing) turns(t *Thread) {
	if k := tr.track(t); t.started && !t.finished {
		tr.slice(k, tr.turn(t), "turn", tr.file.now())
	}
}

// turn returns what the slice of a turn of t is called.
func (tr *tracing) turn(t *Thread) string {
	if what := tr.p.observer.doing[t]; what != "" {
		return "running " + what
	}
	return "running"
}

// reason returns what t, which is about to park, waits for.
func (t *Thread) reason() string {
	if !t.d.Waiting() { // it yields
		return turn{}.Describe(nil)
	}
	return whatItDoes(&t.d)
}

// resumed notes that t goes on.
func (tr *tracing) resumed(t *Thread) {
	k := tr.track(t)
	tr.slice(k, k.waiting, "wait", tr.file.now())
	k.waiting, k.putting = "", false
}

// ended notes that t has ended.
func (tr *tracing) ended(t *Thread) {
	k := tr.track(t)
	now := tr.file.now()
	if t.Err() != nil && t.Err() != ErrTerminated {
		tr.instant(t, "error", t.Err())
	}
	for _, out := range t.written() {
		tr.filled(k, out, now)
		tr.dropIfOver(out)
	}
	for _, in := range slices.Concat(t.rest.ins, []*pipe.Pipe{t.stdin}) {
		if in != nil {
			tr.dropIfOver(in)
		}
	}
	if t.started {
		tr.slice(k, tr.turn(t), "turn", now)
	}
	delete(tr.threads, t)
}

// filled notes what t has put into out since it was asked last.
func (tr *tracing) filled(k *track, out *pipe.Pipe, now int64) {
	n := out.Fill()
	f := tr.pipes[out]
	if n == 0 && f == nil {
		return
	}
	f = tr.flow(out)
	if n > 0 && f.id == 0 && !out.Closed() {
		f.id = tr.file.nextFlow()
		tr.arrow('s', k, out, f.id, max(now-1, k.since)) // within the slice that ends now
	}
	tr.counter(out, f, n, now)
}

// took notes that the running thread has taken a batch out of in.
func (tr *tracing) took(in *pipe.Pipe) {
	f := tr.flow(in)
	now := tr.file.now()
	t := tr.p.Current()
	if t == nil {
		return
	}
	if f.id == 0 { // the writer has not suspended itself since it put this
		if w := in.Writer(); w != nil {
			if wt, ok := w.Owner().(*Thread); ok && wt != t && !wt.finished {
				f.id = tr.file.nextFlow()
				k := tr.track(wt)
				tr.arrow('s', k, in, f.id, k.since+1)
			}
		}
	}
	if f.id != 0 {
		tr.arrow('f', tr.track(t), in, f.id, now)
		f.id = 0
	}
	tr.counter(in, f, in.Fill(), now)
}

func (tr *tracing) flow(p *pipe.Pipe) *flow {
	f := tr.pipes[p]
	if f == nil {
		tr.pids++
		f = &flow{number: tr.pids, fill: -1}
		tr.pipes[p] = f
	}
	return f
}

// dropIfOver forgets a pipe that nothing will happen to any more.
func (tr *tracing) dropIfOver(p *pipe.Pipe) {
	if f := tr.pipes[p]; f != nil && (p.Closed() || p.Ended() && p.Fill() == 0) {
		tr.counter(p, f, 0, tr.file.now())
		delete(tr.pipes, p)
	}
}

// cutOff marks that nobody reads any more what t puts; put says that it is putting.
func (tr *tracing) cutOff(t *Thread, put bool) {
	if put || tr.track(t).putting {
		tr.instant(t, "put after close", nil)
	} else {
		tr.instant(t, "its reader has gone", nil)
	}
}

// instant marks that something has happened to t, with what err says.
func (tr *tracing) instant(t *Thread, what string, err error) {
	tr.event('i', "event", what, tr.track(t).id, tr.file.now())
	tr.buf = append(tr.buf, `,"s":"t"`...)
	if err != nil {
		tr.buf = append(tr.buf, `,"args":{"error":`...)
		tr.buf = appendJSON(tr.buf, err.Error())
		tr.buf = append(tr.buf, '}')
	}
	tr.close()
}

// slice ends the slice under way on a track, and begins the next.
func (tr *tracing) slice(k *track, name, category string, now int64) {
	tr.event('X', category, name, k.id, k.since)
	tr.buf = append(tr.buf, `,"dur":`...)
	tr.buf = appendMicros(tr.buf, now-k.since)
	tr.close()
	k.since = now
}

// arrow writes the beginning ('s') or the end ('f') of an arrow.
func (tr *tracing) arrow(phase byte, k *track, p *pipe.Pipe, id uint64, at int64) {
	tr.event(phase, "pipe", p.Name(), k.id, at)
	tr.buf = append(tr.buf, `,"id":`...)
	tr.buf = strconv.AppendUint(tr.buf, id, 10)
	if phase == 'f' {
		tr.buf = append(tr.buf, `,"bp":"e"`...)
	}
	tr.close()
}

// counter writes how much is in a pipe, if that has changed.
func (tr *tracing) counter(p *pipe.Pipe, f *flow, n int, now int64) {
	if n == f.fill {
		return
	}
	f.fill = n
	tr.event('C', "pipe", fmt.Sprintf("%s (pipe %d)", p.Name(), f.number), 0, now)
	tr.buf = append(tr.buf, `,"args":{"rows":`...)
	tr.buf = strconv.AppendInt(tr.buf, int64(n), 10)
	tr.buf = append(tr.buf, '}')
	tr.close()
}

func (tr *tracing) metadata(what string, tid int, name string) {
	tr.event('M', "", what, tid, 0)
	tr.buf = append(tr.buf, `,"args":{"name":`...)
	tr.buf = appendJSON(tr.buf, name)
	tr.buf = append(tr.buf, '}')
	tr.close()
}

// event writes what all events begin with.
func (tr *tracing) event(phase byte, category, name string, tid int, at int64) {
	b := append(tr.buf, ",\n{\"ph\":\""...)
	b = append(b, phase)
	b = append(b, `","pid":`...)
	b = strconv.AppendInt(b, int64(tr.pid), 10)
	b = append(b, `,"tid":`...)
	b = strconv.AppendInt(b, int64(tid), 10)
	if phase != 'M' {
		b = append(b, `,"ts":`...)
		b = appendMicros(b, at)
		b = append(b, `,"cat":"`...)
		b = append(b, category...)
		b = append(b, '"')
	}
	b = append(b, `,"name":`...)
	tr.buf = appendJSON(b, name)
}

// close ends an event, and hands on the buffer when it is full.
func (tr *tracing) close() {
	tr.buf = append(tr.buf, '}')
	if len(tr.buf) >= traceBuffer {
		tr.buf = tr.file.write(tr.buf)
	}
}

// appendMicros appends nanoseconds as microseconds.
func appendMicros(b []byte, ns int64) []byte {
	b = strconv.AppendInt(b, ns/1000, 10)
	return append(b, '.', byte('0'+ns/100%10), byte('0'+ns/10%10), byte('0'+ns%10))
}

// appendJSON appends text as JSON has it.
func appendJSON(b []byte, text string) []byte {
	b = append(b, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = utf8.AppendRune(b, c)
		}
	}
	return append(b, '"')
}
