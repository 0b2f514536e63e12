package reactor

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// Signals is the class of the notifier for signals: a reason is an os.Signal, a list of them
// ([]os.Signal), or a *SignalWatch, and the waiting thread is continued with the os.Signal
// that came. While somebody waits for a signal or watches for it, it does not do what it does by
// default; everybody who waits for it gets it. A signal that comes between two waits is
// there for the second one only with a SignalWatch.
var Signals = &NotifierClass{Name: "signals", Priority: 25, New: newSignals}

// SignalWatch catches signals also while nobody waits for them, as the system does: of each one
// it holds one. One thread at a time may wait for a watch. Its methods are for the goroutine
// of its reactor only.
type SignalWatch struct {
	s       *signals
	list    []os.Signal
	pending []os.Signal // that came and nobody has taken, the oldest first
	waiting *Deferred
	once    bool // it is there for one wait
	closed  bool
}

// WatchSignals returns a watch that catches the signals in list from now on, until it is
// closed. Reactor only.
func (r *Reactor) WatchSignals(list ...os.Signal) (*SignalWatch, error) {
	s, ok := r.Notifier(Signals).(*signals)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoNotifier, Signals.Name)
	}
	return s.watch(list)
}

// Close gives the signals back: what they do by default they do again, if nobody else catches
// them. Who waits for the watch gets ErrWatchClosed. Closing twice is fine.
func (w *SignalWatch) Close() {
	if w.closed {
		return
	}
	w.closed = true
	w.s.watches = slices.DeleteFunc(w.s.watches, func(o *SignalWatch) bool { return o == w })
	w.s.drop(w.list)
	if d := w.waiting; d != nil {
		_ = d.r.schedule(d, Failed(ErrWatchClosed))
	}
}

// signals belongs to the reactor's goroutine; the relay only Posts to it.
type signals struct {
	passive
	r       *Reactor
	watches []*SignalWatch
	waits   map[*Deferred]*SignalWatch
	caught  map[os.Signal]*caught
	stop    chan struct{} // ends the relay; nil when there is none
	stopped chan struct{}

	mu   sync.Mutex
	came []os.Signal // that the relay has taken and the reactor has not, each once
}

// caught is a signal that the process catches for this reactor. The channel holds one, so
// that no other signal, however often it comes, can take its place.
type caught struct {
	ch    chan os.Signal
	users int
}

func newSignals(r *Reactor) (Notifier, error) {
	return &signals{r: r, waits: make(map[*Deferred]*SignalWatch), caught: make(map[os.Signal]*caught)}, nil
}

// SelfWaking marks the notifier as one whose events arrive by Post.
func (s *signals) SelfWaking() {}

func (s *signals) Describe(d *Deferred) string {
	w := s.waits[d]
	if w == nil {
		return "waiting for a signal"
	}
	names := make([]string, len(w.list))
	for i, sig := range w.list {
		names[i] = sig.String()
	}
	return "waiting for one of the signals " + strings.Join(names, ", ")
}

func (s *signals) watch(list []os.Signal) (*SignalWatch, error) {
	if len(list) == 0 {
		return nil, errors.New("there is no signal to wait for")
	}
	for _, sig := range list {
		if sig == nil || sig == os.Kill {
			return nil, fmt.Errorf("the signal %v cannot be caught", sig)
		}
	}
	w := &SignalWatch{s: s, list: slices.Clone(list)}
	s.watches = append(s.watches, w)
	s.catch(w.list)
	return w, nil
}

func (s *signals) Register(d *Deferred, reason any, maxWait time.Duration) error {
	w, err := s.reason(reason)
	if err != nil {
		return err
	}
	w.waiting = d
	s.waits[d] = w
	if len(w.pending) > 0 {
		sig := w.pending[0]
		w.pending = w.pending[1:]
		return s.r.schedule(d, Outcome{value: sig})
	}
	if maxWait > 0 {
		s.r.SetTimer(s, d, maxWait)
	}
	return nil
}

// reason returns the watch that a reason is, or one for a single wait.
func (s *signals) reason(reason any) (w *SignalWatch, err error) {
	switch x := reason.(type) {
	case *SignalWatch:
		switch {
		case x.closed:
			return nil, ErrWatchClosed
		case x.s != s:
			return nil, ErrOtherReactor
		case x.waiting != nil:
			return nil, errors.New("two threads cannot wait for one watch")
		}
		return x, nil
	case os.Signal:
		w, err = s.watch([]os.Signal{x})
	case []os.Signal:
		w, err = s.watch(x)
	default:
		return nil, fmt.Errorf("the signal notifier takes an os.Signal, a list of them or a *SignalWatch, not a %T", reason)
	}
	if err == nil {
		w.once = true
	}
	return w, err
}

func (s *signals) Cancel(d *Deferred) {
	w := s.waits[d]
	if w == nil {
		return
	}
	w.waiting = nil
	delete(s.waits, d)
	if w.once {
		w.Close()
	}
}

// catch makes the relay take the signals in list too.
func (s *signals) catch(list []os.Signal) {
	changed := false
	for _, sig := range list {
		c := s.caught[sig]
		if c == nil {
			c = &caught{ch: make(chan os.Signal, 1)}
			s.caught[sig] = c
			signal.Notify(c.ch, sig)
			changed = true
		}
		c.users++
	}
	if changed {
		s.relay()
	}
}

// drop takes a catch back.
func (s *signals) drop(list []os.Signal) {
	changed := false
	for _, sig := range list {
		c := s.caught[sig]
		if c.users--; c.users == 0 {
			signal.Stop(c.ch)
			delete(s.caught, sig)
			changed = true
		}
	}
	if changed {
		s.relay()
	}
}

// relay starts the goroutine that takes the signals which are caught at present, in the place
// of the one before. What waits in their channels stays there.
func (s *signals) relay() {
	if s.stop != nil {
		close(s.stop)
		<-s.stopped
		s.stop = nil
	}
	if len(s.caught) == 0 {
		return
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	s.stop, s.stopped = stop, stopped
	cases := []reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(stop)}}
	for _, c := range s.caught {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c.ch)})
	}
	go func() {
		defer close(stopped)
		for {
			i, v, _ := reflect.Select(cases)
			if i == 0 {
				return
			}
			s.hand(v.Interface().(os.Signal))
		}
	}()
}

// hand gives a signal to the reactor. Any goroutine.
func (s *signals) hand(sig os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.came, sig) {
		return
	}
	if s.came = append(s.came, sig); len(s.came) == 1 {
		s.r.Post(s.receive)
	}
}

// receive gives the signals that came to those who wait or watch for them.
func (s *signals) receive() {
	s.mu.Lock()
	came := s.came
	s.came = nil
	s.mu.Unlock()
	for _, sig := range came {
		for _, w := range slices.Clone(s.watches) {
			switch {
			case !slices.Contains(w.list, sig) || slices.Contains(w.pending, sig):
			case w.waiting != nil:
				_ = s.r.schedule(w.waiting, Outcome{value: sig})
			default:
				w.pending = append(w.pending, sig)
			}
		}
	}
}

// Poll reports whether anybody waits.
func (s *signals) Poll() (Status, error) {
	if len(s.waits) == 0 {
		return NoWaiters, nil
	}
	return Polled, nil
}

// TimedWait is not called: the reactor's own wait ends when a signal is handed to it.
func (s *signals) TimedWait(time.Duration) (Status, error) { return CannotWait, nil }

// WaitForever is not called either.
func (s *signals) WaitForever() (Status, error) { return CannotWait, nil }

// Close gives all signals back.
func (s *signals) Close() error {
	for _, w := range slices.Clone(s.watches) {
		w.Close()
	}
	return nil
}
