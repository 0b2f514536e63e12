package microthread

import "mtpipe/reactor"

// Recv receives from a channel of Go's, which goroutines send to, and suspends t until there is
// a value or the channel is closed (ok is false). As long as it waits, threads that wait are no
// deadlock. A value that came when t was terminated is kept for the next Recv of the program
// from that channel. Running thread only.
func Recv[T any](t *Thread, ch <-chan T) (v T, ok bool) {
	charge(&t.d, 1)
	if left := t.p.goChans[ch]; left != nil {
		if kept, found := left.take(t, ch); found {
			v, _ = kept.(T) // a nil is no T
			return v, true
		}
	}
	select {
	case v, ok = <-ch:
		return v, ok
	default:
	}
	x := &transfer{what: "waiting to receive from a Go channel"}
	came := false // a value did
	var of *leftInGoChan
	x.abandoned = func() {
		of = t.p.leftIn(ch)
		of.leaving++
	}
	x.start(t, ch == nil, func() {
		select {
		case v, ok = <-ch:
			came = ok
		case <-x.stop:
		}
	}, func() {
		if came {
			t.p.leftIn(ch).keep(v)
		}
		if of != nil {
			of.answered(t.p, ch)
		}
	})
	if !x.wait(t) {
		var none T
		return none, false
	}
	return v, ok
}

// Send sends to a channel of Go's, from which goroutines receive, and suspends t until one does
// or the channel has room for v. As long as it waits, threads that wait are no deadlock. It
// panics when the channel is closed, as Go does. Running thread only.
func Send[T any](t *Thread, ch chan<- T, v T) {
	charge(&t.d, 1)
	select {
	case ch <- v:
		return
	default:
	}
	x := &transfer{what: "waiting to send to a Go channel"}
	var failed any
	x.start(t, ch == nil, func() {
		defer func() { failed = recover() }()
		select {
		case ch <- v:
		case <-x.stop:
		}
	}, func() {})
	if x.wait(t) && failed != nil {
		panic(failed)
	}
}

// transfer is what a thread waits in while a goroutine sends or receives for it.
type transfer struct {
	what      string
	stop      chan struct{}
	abandoned func() // is called when t leaves before the goroutine is done, or nil
	left      func() // is called when the goroutine is done and t has not had what it did
	done      bool   // the goroutine is
	over      bool   // t waits no more
	finished  bool   // and it has what it waited for
}

// start has a goroutine make the transfer, unless it will never end because there is no channel.
func (x *transfer) start(t *Thread, never bool, do, left func()) {
	t.must()
	x.stop, x.left = make(chan struct{}), left
	if never {
		return
	}
	p := t.p
	p.r.Hold()
	go func() {
		do()
		p.Post(func() {
			p.r.Unhold()
			if x.done = true; !x.over {
				t.d.Wake()
				return
			}
			left := x.left
			x.left = nil
			left()
		})
	}()
}

// wait suspends t until the transfer is made, and reports whether it was.
func (x *transfer) wait(t *Thread) bool {
	defer func() {
		x.over = true
		if left := x.left; !x.finished && x.done && left != nil {
			x.left = nil
			left()
		}
	}()
	_, err := t.d.Await(x)
	x.finished = err == nil
	return x.finished
}

// Cancel tells the goroutine that nobody waits. It may have a value by then.
func (x *transfer) Cancel(*reactor.Deferred) {
	if !x.over && !x.done {
		x.over = true
		close(x.stop)
		if x.abandoned != nil {
			x.abandoned()
		}
	}
}

// Describe says what is waited for.
func (x *transfer) Describe(*reactor.Deferred) string { return x.what }

// leftInGoChan is what threads that were terminated have left of a Go channel that they were
// receiving from.
type leftInGoChan struct {
	values  []any // that came for nobody
	leaving int   // goroutines that were told to stop and have not said what came
	changed Cond
}

func (p *Program) leftIn(ch any) *leftInGoChan {
	l := p.goChans[ch]
	if l == nil {
		if p.goChans == nil {
			p.goChans = make(map[any]*leftInGoChan)
		}
		l = &leftInGoChan{}
		p.goChans[ch] = l
	}
	return l
}

func (l *leftInGoChan) keep(v any) { l.values = append(l.values, v) }

// answered notes that a goroutine has said what came.
func (l *leftInGoChan) answered(p *Program, ch any) {
	l.leaving--
	l.changed.Broadcast()
	l.forget(p, ch)
}

// take returns a value that came for nobody, if there is one, in the order in which they came.
func (l *leftInGoChan) take(t *Thread, ch any) (v any, found bool) {
	for l.leaving > 0 && len(l.values) == 0 {
		l.changed.Wait(t, "waiting for what came out of a Go channel")
	}
	if len(l.values) > 0 {
		v, found = l.values[0], true
		l.values = l.values[1:]
	}
	l.forget(t.p, ch)
	return v, found
}

// forget forgets l when nothing is left.
func (l *leftInGoChan) forget(p *Program, ch any) {
	if l.leaving == 0 && len(l.values) == 0 && p.goChans[ch] == l {
		delete(p.goChans, ch)
	}
}
