package pipeline

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"mtpipe/internal/format"
	"mtpipe/pipe"
	"mtpipe/pipeline/syntax"
)

// Plan is what a run does, decided once: pipelines of units of stages, with the bodies of
// definitions and blocks below the stages that run them. Run and Explain walk it; nothing
// changes it, so that it may run any number of times.
type Plan struct {
	feed     []*unit // read standard input or the files; none when every first stage is a source
	main     *plannedList
	effect   bool // the world sees it run by more than what it puts
	settings Settings
	streams  *streams
	traced   atomic.Bool // a run has its trace
	last     atomic.Pointer[stopping]
	piped    func() *plannedList // main for an input that others feed
	files    []string            // that stages are told to read or write
	file     string
	seats    map[*boundStage]seat // for the names that a run knows
	heads    heads                // that are known before it
	fed      *boundList           // the stages that read what feed puts
	jobs     int
	capacity int   // of pipes, where nothing is said against it
	maxLine  int   // bytes that a line or a record may have
	memory   int64 // bytes that all stages together may keep
	budget   int64 // bytes that each stage which retains its input may keep
}

// plannedList is pipelines that run one after another into the same stdout.
type plannedList struct {
	pipelines []*plannedPipeline
	source    bool // it reads no input
	shares    bool // several pipelines read what is left of one input
}

// plannedPipeline is units joined by pipes.
type plannedPipeline struct{ units []*unit }

// unit is what runs on one thread: one stage, or neighbours that run as copies on several
// reactors.
type unit struct {
	name     string
	output   string // how its stdout is called
	stages   []*planned
	copies   int     // 0: it runs once, on the reactor of the pipeline
	combine  bool    // the last stage combines what the copies make
	capacity int     // of the pipe that it puts into, unless that is there already
	parts    []*unit // what each copy runs: the stages, one by one
}

// planned is a stage as it will run.
type planned struct {
	*boundStage
	source    bool           // it reads no input
	effect    bool           // the world sees it run
	parses    bool           // it is the part of a reader that finds the records in text
	combined  bool           // a reader whose records go to copies that combine them
	fusedWith *boundStage    // the stage behind it, which it does the work of
	computes  bool           // its arguments need the job: see Computing
	body      *plannedList   // of a definition
	blocks    []plannedBlock // among its arguments
}

// plannedBlock is a block of a stage.
type plannedBlock struct {
	sub  *Sub
	name string // how its thread is called
	list *plannedList
}

// block returns what runs for s.
func (p *planned) block(s *Sub) *plannedBlock {
	for i := range p.blocks {
		if b := &p.blocks[i]; b.sub == s {
			return b
		}
	}
	panic(fmt.Sprintf("pipeline: the block is not one of %s", p.name))
}

// fewJobs is how many copies there may be however little memory there is. More need what a batch takes on its way in and
// on its way out, each.
const fewJobs = 2

// newPlan decides how list will run. File is the script's name for messages, or "". It is
// an error when there are files that no stage would read.
func newPlan(list *boundList, file string, scope Scope, settings Settings) (*Plan, error) {
	p := &Plan{settings: settings, streams: newStreams(settings), file: file, jobs: settings.Jobs, capacity: cmp.Or(settings.Capacity, pipe.DefaultCapacity), effect: list.hasEffect(), files: append(list.files(), settings.Files...)}
	if p.jobs == 0 {
		p.jobs = runtime.GOMAXPROCS(0)
	}
	if !format.Known(settings.Out) {
		hint := syntax.Meant(settings.Out, format.Names())
		if name, _, some := strings.Cut(settings.Out, " "); some && format.Known(name) {
			hint = "; options are those of the stage to_" + name
		}
		return nil, &syntax.Error{Msg: fmt.Sprintf("there is no output format %s%s", syntax.Quote(settings.Out), hint)}
	}
	if len(list.Pipelines) == 0 {
		return nil, &syntax.Error{Msg: "the pipeline is empty"}
	}
	p.seats, p.fed = seats(list), list
	if err := p.followNames(list); err != nil {
		return nil, err
	}
	p.piped = sync.OnceValue(func() *plannedList {
		return planList(list, p.place(true))
	})
	p.memory = budget(settings.MaxMemory)
	p.jobs = min(p.jobs, max(fewJobs, int(min(math.MaxInt32, p.memory/(2*jobMemory)))))
	p.maxLine = maxLine(settings.MaxLine, p.memory)
	p.budget = p.memory / int64(max(1, retaining(list)))
	if list.isSource() && len(settings.Files) > 0 {
		first := list.Pipelines[0].Stages[0]
		return nil, &syntax.Error{File: first.file, Pos: first.Call.Pos, Stage: first.name,
			Msg: fmt.Sprintf("reads no input, so %s would not be read", syntax.Quote(settings.Files[0]))}
	}
	if list.isSource() || len(settings.Files) == 0 && settings.In == "" && !list.needsFeed() {
		p.main = planList(list, p.place(false))
		return p, nil
	}
	first := list.Pipelines[0].Stages
	feed, own, err := feedStage(scope, settings, first[0], len(list.Pipelines) > 1)
	if err != nil {
		return nil, err
	}
	if !own {
		feed.file = file
	}
	p.planFed(list, feed, own)
	return p, nil
}

// followNames follows the names that stages make by themselves.
func (p *Plan) followNames(list *boundList) error {
	p.heads = make(heads)
	f := &flow{plan: p, heads: p.heads.add, ready: func(joinerRun, []string) []string { return nil }}
	out, err := f.list(list, nil)
	if out != nil {
		p.heads.add(joinerRun{}, out)
	}
	return err
}

// planFed plans a list that the stage feed feeds. Own says that feed is the first stage of
// the list itself. When the list is one pipeline, that finds the records which feed reads: its
// copies can.
func (p *Plan) planFed(list *boundList, feed *boundStage, own bool) {
	at := p.place(true)
	parts := expand([]*planned{newPlanned(feed)})
	if !feed.Stage.records || len(list.Pipelines) > 1 {
		p.main = planList(list, at)
	} else {
		stages := newStages(list.Pipelines[0].Stages)
		if own {
			stages = stages[1:]
			p.fed = &boundList{[]*boundPipeline{{list.Pipelines[0].Stages[1:]}}}
		}
		if len(stages) == 0 || !parts[0].leavesUnread(stages[0]) {
			stages = append([]*planned{parser(feed)}, stages...)
		}
		main := planPipeline(stages, at)
		parts[0].combined = main.units[0].combine
		parts = parts[:1]
		p.main = &plannedList{pipelines: []*plannedPipeline{main}}
	}
	for _, s := range parts {
		p.feed = append(p.feed, newUnit(s, p.capacity))
	}
}

// place is what there is to know about the place in which a list will run.
type place struct {
	fed    bool // there is an input
	shared bool // of which others get what is left
	jobs   int  // copies that a unit may have

	capacity int  // of pipes
	each     bool // what becomes of each wrong record is to be decided, and not of the first alone
	keeps    bool // errors of records are values, of which each stage sees those that the one before it puts
}

// place returns what there is to know about the place of the pipeline itself.
func (p *Plan) place(fed bool) place {
	return place{fed: fed, jobs: p.jobs, capacity: p.capacity, each: p.settings.OnError != Fail || p.settings.ErrorsTo != "", keeps: p.settings.OnError == Keep}
}

func planList(l *boundList, at place) *plannedList {
	list := &plannedList{source: l.isSource(), shares: at.fed && len(l.Pipelines) > 1}
	at.shared = at.shared || list.shares
	for _, p := range l.Pipelines {
		list.pipelines = append(list.pipelines, planPipeline(newStages(p.Stages), at))
	}
	return list
}

// planPipeline divides stages into units, after those were made one that can be, and readers
// two.
func planPipeline(stages []*planned, at place) *plannedPipeline {
	if !at.keeps {
		stages = fused(stages)
	}
	stages = expand(stages)
	for i, s := range stages {
		inner := at
		inner.fed, inner.shared = at.fed || i > 0, at.shared && i == 0
		s.planInner(inner)
	}
	return &plannedPipeline{units(stages, at)}
}

// planInner plans the body or the blocks of a stage.
func (s *planned) planInner(at place) {
	if s.Body != nil {
		if s.onError != nil {
			at.each = at.each || *s.onError != Fail
		}
		s.body = planList(s.Body, at)
		return
	}
	if s.parses {
		return
	}
	for _, p := range s.Stage.tags().args {
		blocks := s.blocksOf(p)
		readers := 0
		for _, b := range blocks {
			if !b.IsSource() {
				readers++
			}
		}
		inner := at
		inner.fed, inner.jobs = at.fed && !s.source, 1
		if p.inTurn {
			inner.jobs, inner.shared = at.jobs, at.shared || p.rest && readers > 0
		}
		for _, b := range blocks {
			of := inner
			of.fed = inner.fed && !b.IsSource()
			s.blocks = append(s.blocks, plannedBlock{b, "the block of " + s.name, planList(b.list, of)})
		}
	}
}

func newStages(bound []*boundStage) []*planned {
	list := make([]*planned, len(bound))
	for i, b := range bound {
		list[i] = newPlanned(b)
	}
	return list
}

func newPlanned(b *boundStage) *planned {
	return &planned{boundStage: b, source: b.IsSource(), effect: b.hasEffect(), computes: b.needsJob()}
}

// parser returns the part of a reader of records that finds them.
func parser(b *boundStage) *planned { return &planned{boundStage: b, parses: true} }

func newUnit(s *planned, capacity int) *unit {
	u := &unit{name: s.name, output: "the output of " + s.name, stages: []*planned{s}, capacity: capacity}
	if s.effect {
		u.capacity = 1
	}
	return u
}

// add makes s one of the stages that run as copies together.
func (u *unit) add(s *planned) {
	u.stages, u.parts = append(u.stages, s), append(u.parts, newUnit(s, u.capacity))
	u.name = u.stages[0].name + " … " + s.name
	u.output = "the output of " + u.name
}

// files returns the names, or patterns of names, of files among the arguments of the stages.
func (l *boundList) files() (names []string) {
	for _, p := range l.Pipelines {
		for _, s := range p.Stages {
			if s.Body != nil {
				names = append(names, s.Body.files()...)
				continue
			}
			for _, b := range s.blocks() {
				names = append(names, b.list.files()...)
			}
			for _, p := range s.Stage.params() {
				if p.names[0] != "file" && p.names[0] != "path" {
					continue
				}
				switch v := reflect.ValueOf(s.Args).Elem().FieldByIndex(p.field).Interface().(type) {
				case string:
					names = append(names, v)
				case fmt.Stringer:
					names = append(names, v.String())
				case []string:
					names = append(names, v...)
				}
			}
		}
	}
	return names
}
