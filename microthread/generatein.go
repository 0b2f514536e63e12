package microthread

import (
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// GenerateIn is Generate in another program: fn runs as a thread of p, whose reactor has a
// goroutine of its own, and the pipe that GenerateIn returns is of t's program. Values cross by
// whole batches, as they are; one that must not cross, see value.Immutable, fails the pipe with
// a *value.ConfinedError. An error that fn returns comes through the pipe, after the values. When
// the reader closes the pipe, or its program ends, fn's thread ends, even when it sleeps; when p
// ends before fn has, the pipe fails with ErrProgramEnded. P begins fn when it runs: it must have
// threads, or be held (see reactor.Reactor.Hold), until then. The settings are for fn's thread;
// pipe.Pipe.SetCapacity is for the pipe. See Link for waiting and deadlocks.
//
//go:noinline
func GenerateIn(t *Thread, p *Program, fn func(*Thread) error, settings ...Setting) *pipe.Pipe {
	t.starts()
	s := crossing{fn: fn, settings: settings, site: callerPC(), link: NewLink[*value.Batch](p, t.p, 1)}
	out := Generate(t, s.receive, Named("inlet from another program"))
	out.Writer().OnFinish(func(reactor.Outcome) { s.unread(s.link.leave()) })
	s.inlet, _ = out.Writer().Owner().(*Thread)
	p.Post(func() { s.start(p) })
	return out
}

// crossing is a generator in one program whose values are read in another.
type crossing struct {
	fn       func(*Thread) error
	settings []Setting
	site     uintptr
	link     *Link[*value.Batch]
	inlet    *Thread // in the program that reads
	failed   error   // of fn; the program of fn only
	whole    bool    // all that came was sent; the program of fn only
}

// start starts the generator and the thread that sends what it puts. On the goroutine of p.
func (s *crossing) start(p *Program) {
	if s.link.over || s.link.gone.Load() {
		return
	}
	in := pipe.New(p.r, "", pipe.DefaultCapacity)
	g := &Thread{body: function(s.fn), kind: generate, site: s.site, stdout: in}
	p.launch(g, s.settings)
	in.SetNamer(func() string { return "the stdout of " + g.Name() })
	outlet := p.Start(Spec{Name: "outlet to another program", Stdin: in, Run: s.send, site: s.site})
	s.link.stop = outlet.Terminate
	outlet.d.OnFinish(func(reactor.Outcome) {
		end := s.failed
		if end == nil && !s.whole {
			end = ErrProgramEnded
		}
		if lost := s.link.end(end); lost != nil && lost != ErrProgramEnded {
			outlet.handle(lost)
		}
	})
}

// send is the body of the outlet.
func (s *crossing) send(t *Thread) error {
	for b, err := range t.Batches() {
		if err == nil {
			b.Own()
			err = b.MayCross()
		}
		if err != nil {
			if b != nil {
				b.Release()
			}
			s.failed = err
			return nil // the reader is told
		}
		if s.link.Send(t, b) != nil {
			b.Release()
			return nil // it has gone
		}
	}
	s.whole = true
	return nil
}

// receive is the body of the inlet.
func (s *crossing) receive(t *Thread) error {
	for b, err := range s.link.All(t) {
		if err != nil {
			return err
		}
		t.PutBatch(b)
	}
	return nil
}

// unread tells of an error of fn that came too late for the reader.
func (s *crossing) unread(err error) {
	if err != nil {
		s.inlet.handle(err)
	}
}
