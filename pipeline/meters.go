package pipeline

import (
	"os"
	"slices"
	"time"

	"mtpipe/internal/input"
	"mtpipe/internal/layer"
	"mtpipe/pipe"
)

var (
	setMeter = layer.Take[func(*pipe.Pipe, *layer.Meter)]("pipe.setMeter")
	meterOf  = layer.Take[func(*pipe.Pipe) *layer.Meter]("pipe.meter")
)

// meters tell what goes through the stages of a run, in the order of the text. Nil is for a run of which
// nobody wants to know.
type meters struct {
	list   []*stageMeter
	byUnit map[*unit]*stageMeter
	begun  time.Time
	size   int64 // of what the first stage reads; 0: not known
}

// stageMeter is told what a stage puts.
type stageMeter struct {
	layer.Meter
	name   string
	copies int64 // that run side by side

	before int64 // rows, when the last line was told
}

// newMeters returns the meters of a run, nil when none are asked for.
func (p *Plan) newMeters() *meters {
	if !p.settings.Progress && !p.settings.Stats {
		return nil
	}
	m := &meters{byUnit: make(map[*unit]*stageMeter), begun: time.Now(), size: p.inputSize()}
	all := slices.Clone(p.feed)
	for _, l := range p.main.pipelines {
		all = append(all, l.units...)
	}
	for i, u := range all {
		if i+1 < len(all) && all[i+1].stages[0].parses {
			continue // what it puts may not be read yet
		}
		m.add(u)
	}
	return m
}

// add adds the stages of a unit. What its last one puts leaves the unit.
func (m *meters) add(u *unit) {
	copies := int64(max(u.copies, 1))
	for i, s := range u.stages {
		s := &stageMeter{name: s.label(), copies: copies}
		m.list = append(m.list, s)
		if i == len(u.stages)-1 {
			m.byUnit[u] = s
		} else {
			m.byUnit[u.parts[i]] = s
		}
	}
}

// of makes out, into which the unit u puts, tell the meter of u.
func (m *meters) of(u *unit, out *pipe.Pipe) {
	if m == nil {
		return
	}
	if s := m.byUnit[u]; s != nil {
		setMeter(out, &s.Meter)
	}
}

// ofOutput makes out, which the output reads, tell the meter of the last stage.
func (m *meters) ofOutput(out *pipe.Pipe) {
	if m == nil {
		return
	}
	setMeter(out, &m.list[len(m.list)-1].Meter)
}

// inputSize returns how many bytes the files have that the first stage reads, 0 when that is not known.
func (p *Plan) inputSize() int64 {
	first := p.main.pipelines[0].units[0].stages[0].boundStage
	if len(p.feed) > 0 {
		first = p.feed[0].stages[0].boundStage
	}
	var files []*os.File
	for _, name := range (&boundList{[]*boundPipeline{{[]*boundStage{first}}}}).files() {
		names, _ := input.Matches(name)
		for _, n := range names {
			if info, err := os.Stat(n); err != nil || !info.Mode().IsRegular() {
				return 0
			}
			f, err := os.Open(n)
			if err != nil {
				return 0
			}
			defer f.Close()
			files = append(files, f)
		}
	}
	if len(files) == 0 && len(p.feed) > 0 && p.streams.inFile != nil {
		files = append(files, p.streams.inFile)
	}
	size, _ := input.Size(files)
	return size
}

// counted returns how many rows the stage has put, and false when that is not known.
func (s *stageMeter) counted() (int64, bool) { return s.Rows.Load(), !s.Uncounted.Load() }
