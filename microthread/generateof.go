package microthread

import (
	"io"
	"iter"

	"mtpipe/pipe"
	"mtpipe/reactor"
)

// PipeOf is the pipe of a generator of Go values: GenerateOf. It has one writer, the
// generator, and one reader, the first thread that reads it, whose end closes it.
type PipeOf[T any] struct {
	c        *Chan[T]
	g        *Thread // the generator
	reader   *Thread
	capacity int
}

// GenerateOf is Generate for a Go program's own values: fn is given the pipe to Put into, which
// is what GenerateOf returns for reading in another thread. What fn returns comes through the
// pipe after the values; when nobody reads it, it goes to the handler. When the reader leaves,
// the generator ends at once.
//
//go:noinline
func GenerateOf[T any](t *Thread, fn func(*Thread, *PipeOf[T]) error, settings ...Setting) *PipeOf[T] {
	p := &PipeOf[T]{capacity: pipe.DefaultCapacity}
	p.c = &Chan[T]{p: t.p, site: callerPC(), capacity: 1}
	p.g = &Thread{body: function(func(g *Thread) error { return fn(g, p) }), kind: parallel, parent: t, site: p.c.site}
	t.p.launch(p.g, settings)
	t.adopt(p.g)
	p.g.d.OnFinish(func(reactor.Outcome) { p.c.Close() })
	p.c.namer = func() string { return "the pipe of " + p.g.Name() }
	return p
}

// SetCapacity changes how many values the pipe holds; the default is pipe.DefaultCapacity. It
// gets to hold so many as its reader asks for more.
func (p *PipeOf[T]) SetCapacity(n int) {
	p.capacity = max(n, 1)
	p.c.capacity = min(p.c.capacity, p.capacity)
}

// Put gives v to the reader, suspending t, the generator, while the pipe is full. When the
// reader has left, the thread ends: silently, its deferred functions run.
func (p *PipeOf[T]) Put(t *Thread, v T) {
	switch {
	case t != p.g:
		t.put(pipe.ErrSecondWriter)
	case p.c.Send(t, v) != nil:
		t.put(pipe.ErrReaderGone)
	}
}

// Next returns the next value, suspending t until there is one; at the end the error that the
// generator ended with, once, then io.EOF.
func (p *PipeOf[T]) Next(t *Thread) (v T, err error) {
	if err := p.setReader(t); err != nil {
		return v, err
	}
	v, ok := p.c.TryRecv()
	if !ok {
		p.c.capacity = min(2*p.c.capacity, p.capacity) // as long as little is asked for, little is made
		v, ok = p.c.Recv(t)
	}
	if ok {
		return v, nil
	}
	if !p.g.finished { // t may not wait any more
		return v, ErrTerminated
	}
	t.disown(p.g)
	if p.g.waited || p.g.Err() == nil || p.g.Err() == ErrTerminated {
		return v, io.EOF
	}
	p.g.waited = true
	return v, p.g.Err()
}

// All iterates over the values, then over the error that the generator ended with, if any.
// Leaving the loop early closes the pipe.
func (p *PipeOf[T]) All(t *Thread) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		defer p.Close()
		for {
			v, err := p.Next(t)
			if err == io.EOF || !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Close says that nothing more will be read, which ends the generator at once. An error of it
// that was not read goes to the handler. The reader's end does so, too.
func (p *PipeOf[T]) Close() {
	p.c.Close()
	if p.g.parent != nil {
		p.g.parent.disown(p.g)
	}
	if p.g.finished {
		p.g.reportLost()
	} else {
		p.g.cutOff()
	}
}

// setReader makes t the one reader, who answers for the generator from now on.
func (p *PipeOf[T]) setReader(t *Thread) error {
	switch {
	case p.reader == t:
		return nil
	case t == p.g:
		return pipe.ErrOwnStdout
	case p.reader != nil:
		return pipe.ErrSecondReader
	}
	p.reader = t
	p.g.parent.disown(p.g)
	p.g.parent = t
	p.g.set(isRead, true)
	t.adopt(p.g)
	return nil
}

// cutOff ends a generator whose reader has left. What fails then is told as nobody waits for it.
func (t *Thread) cutOff() {
	t.kind, t.parent = forget, nil
	t.countCutOff(false)
	t.terminate(nil)
}
