package pipeline

import (
	"bytes"
	"slices"
	"sync"

	"mtpipe/microthread"
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
