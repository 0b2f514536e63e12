package microthread

import "mtpipe/reactor"

// Recv receives from a channel of Go's, which goroutines send to, and suspends t until there is
// a value or the channel is closed (ok is false). As long as it waits, threads that wait are no
// deadlock. A value that came when t was terminated is kept for the next Recv of the program
// from that channel. Running thread only.
func Recv[T any](t *Thread, ch <-chan T) (v T, ok bool) {
	t.must()
	charge(&t.d, 1)
	if kept, found := t.p.takeLeft(ch); found {
		v, _ = kept.(T) // a nil is no T
		return v, true
	}
	select {
	case v, ok = <-ch:
		return v, ok
	default:
	}
	x := &transfer{what: "waiting to receive from a Go channel"}
	x.start(t, ch == nil, func() (made bool) {
		select {
		case v, ok = <-ch:
			return true
		case <-x.stop:
			return false
		}
	})
	x.left = func() {
		if ok {
			t.p.leave(ch, v)
		}
	}
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
	t.must()
	charge(&t.d, 1)
	select {
	case ch <- v:
		return
	default:
	}
	x := &transfer{what: "waiting to send to a Go channel"}
	var failed any
	x.start(t, ch == nil, func() (made bool) {
		defer func() {
			if failed = recover(); failed != nil {
				made = true
			}
		}()
		select {
		case ch <- v:
			return true
		case <-x.stop:
			return false
		}
	})
	if x.wait(t) && failed != nil {
		panic(failed)
	}
}

// transfer is what a thread waits in while a goroutine sends or receives for it.
type transfer struct {
	what string
	stop chan struct{} // is closed when the goroutine is to give up
	did  chan bool     // whether it has made the transfer, once; nil when it never will
	made bool          // it has; t was or will be woken
	over bool          // t waits no more
	left func()        // is called when it was made and t has not had what came of it, or nil
}

// start has a goroutine make the transfer, unless it will never end because there is no channel.
func (x *transfer) start(t *Thread, never bool, do func() (made bool)) {
	if t.has(isInPart) {
		t.leaveOver() // or it might be made all the same
	}
	if never {
		return
	}
	x.stop, x.did = make(chan struct{}), make(chan bool, 1)
	p := t.p
	p.r.Hold()
	go func() {
		x.did <- do()
		p.Post(func() {
			p.r.Unhold()
			if !x.over && x.answer() {
				t.d.Wake()
			}
		})
	}()
}

// answer waits until the goroutine has made the transfer or given up, of which it was told, and
// reports whether it was made.
func (x *transfer) answer() bool {
	if x.did != nil {
		x.made, x.did = <-x.did, nil
	}
	return x.made
}

// wait suspends t until the transfer is made, and reports whether it was.
func (x *transfer) wait(t *Thread) (finished bool) {
	defer func() {
		if x.over = true; x.made && !finished && x.left != nil {
			x.left()
		}
	}()
	_, err := t.d.Await(x)
	return err == nil
}

// Settled makes the goroutine give up, and reports whether it has made the transfer before: t
// will be woken then.
func (x *transfer) Settled() bool {
	if x.did != nil {
		close(x.stop)
	}
	return x.answer()
}

// Cancel makes the goroutine give up. It may have a value by then.
func (x *transfer) Cancel(*reactor.Deferred) {
	if !x.over && !x.made {
		x.Settled()
	}
	x.over = true
}

// Describe says what is waited for.
func (x *transfer) Describe(*reactor.Deferred) string { return x.what }

// leave keeps a value that came out of the Go channel ch for a thread that was terminated.
func (p *Program) leave(ch, v any) {
	if p.goChans == nil {
		p.goChans = make(map[any][]any)
	}
	p.goChans[ch] = append(p.goChans[ch], v)
}

// takeLeft returns a value that was left of ch, if there is one, in the order in which they came.
func (p *Program) takeLeft(ch any) (v any, found bool) {
	left := p.goChans[ch]
	if len(left) == 0 {
		return nil, false
	}
	if p.goChans[ch] = left[1:]; len(left) == 1 {
		delete(p.goChans, ch)
	}
	return left[0], true
}
