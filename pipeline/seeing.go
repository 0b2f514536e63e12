package pipeline

import (
	"bytes"
	"errors"
	"slices"
	"sync"

	"mtpipe/microthread"
	"mtpipe/pipeline/syntax"
	"mtpipe/reactor"
)

// seeing is how a run is seen from outside while it works: the programs that it has, and what
// each of them is to tell.
type seeing struct {
	options []microthread.Option // of each program

	mu       sync.Mutex
	programs []*microthread.Program // that have not ended
}

func newSeeing(s Settings) *seeing {
	v := &seeing{options: []microthread.Option{microthread.Roster()}}
	if s.Trace != nil {
		v.options = append(v.options, microthread.Trace(s.Trace))
	}
	if s.Labels {
		v.options = append(v.options, microthread.Labels())
	}
	return v
}

// ErrTraced says that a plan whose Settings have a Trace was to run once more.
var ErrTraced = errors.New("a plan with a trace runs once: compile it again, with another Trace, for another run")

var errTraceInside = errors.New("a plan with a trace cannot run inside a program, which has a trace of its own: give the program the option microthread.Trace")

// takeTrace makes the run that asks for it the one whose trace is written, if there is to be one.
func (p *Plan) takeTrace() error {
	if p.settings.Trace != nil && p.traced.Swap(true) {
		return &RunError{[]error{&syntax.Error{Err: ErrTraced}}}
	}
	return nil
}

// program returns a new program of the run, named title.
func (v *seeing) program(title string, options ...microthread.Option) *microthread.Program {
	options = slices.Concat(v.options, options, []microthread.Option{microthread.Title(title)})
	program := microthread.New(reactor.NewDefaultSystem(), options...)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.programs = append(v.programs, program)
	return program
}

// over notes that the program has ended.
func (v *seeing) over(p *microthread.Program) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.programs = slices.DeleteFunc(v.programs, func(o *microthread.Program) bool { return o == p })
}

// dump returns what all programs of the run are at. Any goroutine but theirs.
func (v *seeing) dump() []byte {
	var text bytes.Buffer
	v.mu.Lock()
	programs := slices.Clone(v.programs)
	v.mu.Unlock()
	for _, p := range programs {
		_ = p.Dump(&text)
	}
	return text.Bytes()
}

// label returns what profiles call the stage.
func (s *planned) label() string {
	if s.fusedWith != nil {
		return s.name + " | " + s.fusedWith.name
	}
	return s.name
}
