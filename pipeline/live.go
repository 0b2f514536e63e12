package pipeline

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"mtpipe/internal/format"
	"mtpipe/internal/layout"
	"mtpipe/internal/terminal"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// live shows what stages that hold back their results until their end have made so far. Nil is for a
// run of which nobody wants to see that.
type live struct {
	run     *run
	begun   time.Time
	changes atomic.Int64 // batches that were taken in by partials
	at      []*holding   // the stages at work, in the order of the text; main reactor only
}

// holding is a stage at work whose result so far can be seen.
type holding struct {
	stage *planned
	rest  []*unit // what the result goes through
	parts int     // that the result has been made in
	look  look
	over  atomic.Bool
	// counted says that live.changes tells when there is more to be seen.
	counted bool
}

// look gives taken each part of a result so far, on any of the reactors of a run: nil for one that is
// empty, and false for one that cannot be seen now.
type look func(taken func(p partial, ok bool))

// intake gives batches to a partial, which is looked at in between. On the partial's reactor only.
type intake struct {
	partial
	live    *live
	adding  bool
	waiting func() // for the end of an add in which the thread is suspended
}

func (i *intake) add(j *Job, b *value.Batch, seq int64) error {
	if i.live == nil {
		return i.partial.add(j, b, seq)
	}
	i.adding = true
	err := i.partial.add(j, b, seq)
	i.adding = false
	i.live.changes.Add(1)
	if i.waiting != nil {
		i.waiting()
		i.waiting = nil
	}
	return err
}

func (i *intake) look(j *Job, taken func(partial, bool)) {
	if i.adding {
		i.waiting = func() { taken(i.snapshot(j)) }
		return
	}
	taken(i.snapshot(j))
}

// seenSoFar is the result so far of a stage that is no combine stage.
type seenSoFar struct {
	partial
	of func(j *Job) error
}

func (p seenSoFar) put(j *Job) error { return p.of(j) }

// Preview lets the result of the stage so far be seen while it goes on reading, until over is called,
// which is before it puts anything. So takes a snapshot, whenever the stage is suspended, and returns
// what puts that on another reactor; neither changes what the other reads.
func (j *Job) Preview(so func() func(j *Job) error) (over func()) {
	return j.run.live.begins(&holding{stage: j.stage, parts: 1,
		look: func(taken func(partial, bool)) { taken(seenSoFar{of: so()}, true) }})
}

// begins notes that a stage is at work, until over is called. Main reactor only.
func (l *live) begins(h *holding) (over func()) {
	if l == nil || h.stage.Stage == nil || h.stage.Stage.Trait&Previews == 0 {
		return func() {}
	}
	rest, known := l.run.main.after(h.stage)
	if !known { // it is in a block
		return func() {}
	}
	if i := slices.IndexFunc(rest, func(u *unit) bool { return !u.stages[0].harmless() }); i >= 0 {
		rest = rest[:i] // what would be given to it is seen
	}
	h.rest = rest
	l.at = append(l.at, h)
	slices.SortStableFunc(l.at, func(a, b *holding) int {
		return cmp.Compare(a.stage.Call.Pos.Offset, b.stage.Call.Pos.Offset)
	})
	return func() {
		h.over.Store(true)
		l.at = slices.DeleteFunc(l.at, func(o *holding) bool { return o == h })
	}
}

// after returns what comes after the stage s, each stage a unit of its own, and whether the list has s.
func (l *plannedList) after(s *planned) (rest []*unit, known bool) {
	for _, p := range l.pipelines {
		for i, u := range p.units {
			last := u.stages[len(u.stages)-1]
			switch {
			case last == s:
			case last.body != nil:
				var inside bool
				if rest, inside = last.body.after(s); !inside {
					continue
				}
			default:
				continue
			}
			for _, u := range p.units[i+1:] {
				if u.copies > 0 {
					rest = append(rest, u.parts...)
				} else {
					rest = append(rest, u)
				}
			}
			return rest, true
		}
	}
	return nil, false
}

// Previews reports whether there is a stage whose result so far can be seen: see Settings.Live.
func (p *Plan) Previews() bool { return p.main.previews() }

// previews reports whether the list has a stage whose result so far can be seen.
func (l *plannedList) previews() bool {
	return slices.ContainsFunc(l.pipelines, func(p *plannedPipeline) bool {
		return slices.ContainsFunc(p.units, func(u *unit) bool {
			last := u.stages[len(u.stages)-1]
			return last.body != nil && last.body.previews() || last.Stage != nil && last.Stage.Trait&Previews != 0
		})
	})
}

// harmless reports whether the stage can be run once more beside the run: it does nothing but with
// what it is given.
func (s *planned) harmless() bool {
	if s.source || s.effect || s.Stage != nil && s.Stage.Trait&Sink != 0 {
		return false
	}
	if slices.Contains((&boundList{[]*boundPipeline{{[]*boundStage{s.boundStage}}}}).files(), "-") {
		return false
	}
	lists := []*plannedList{s.body}
	for _, b := range s.blocks {
		lists = append(lists, b.list)
	}
	for _, l := range lists {
		if l == nil {
			continue
		}
		for _, p := range l.pipelines {
			for _, u := range p.units {
				if slices.ContainsFunc(u.stages, func(s *planned) bool { return !s.harmless() }) {
					return false
				}
			}
		}
	}
	return true
}

// glimpse is the result so far of a stage.
type glimpse struct {
	of    *holding
	parts []partial
}

// glimpse looks at the first of the stages at work; nil when there is none, or it cannot be seen.
// On a goroutine of its own, until done.
func (l *live) glimpse(done <-chan struct{}) *glimpse {
	type part struct {
		partial
		ok bool
	}
	type asking struct {
		of    *holding
		parts chan part
	}
	asked := make(chan asking, 1)
	if !l.run.program.Post(func() {
		if len(l.at) == 0 {
			close(asked)
			return
		}
		a := asking{l.at[0], make(chan part, l.at[0].parts)}
		asked <- a
		a.of.look(func(p partial, ok bool) { a.parts <- part{p, ok} })
	}) {
		return nil
	}
	var a asking
	select {
	case a = <-asked:
	case <-done:
	}
	if a.of == nil {
		return nil
	}
	g := &glimpse{of: a.of}
	for range a.of.parts {
		select {
		case p := <-a.parts:
			if !p.ok {
				return nil
			}
			if p.partial != nil {
				g.parts = append(g.parts, p.partial)
			}
		case <-done:
			return nil
		}
	}
	return g
}

const (
	firstPicture = 300 * time.Millisecond // after which a run is worth a picture
	nextPicture  = 250 * time.Millisecond // at least from one to the next
	pictureShare = 20                     // of the time is the most that pictures take
	pictureLimit = 2 * time.Second        // after which one shows what has come of it
	unknownRows  = 24                     // of a screen that does not say
)

// picture runs what comes after the stage over the result so far, and returns the first lines of what
// would be written to the screen on.
func (l *live) picture(g *glimpse, on format.Screen) []string {
	if len(g.parts) == 0 {
		return nil
	}
	on.All, on.Picture = false, true
	r := l.run.newRun()
	r.silent, r.seen, r.live = true, newSeeing(Settings{}), nil
	r.program = microthread.New(reactor.NewDefaultSystem(), microthread.OnError(r.failed))
	defer r.program.Close()
	found := pipe.New(r.program.Reactor(), "the result so far", r.capacity)
	r.program.Start(microthread.Spec{Name: g.of.stage.name, Stdout: []*pipe.Pipe{found}, Error: r.failed, Run: func(t *microthread.Thread) error {
		j := &Job{Thread: t, run: r, stage: g.of.stage}
		return r.guarded(g.of.stage, func() error {
			for _, p := range g.parts[1:] {
				if err := g.parts[0].merge(j, p); err != nil {
					return err
				}
			}
			return g.parts[0].put(j)
		})
	}})
	out := found
	stop := func() {}
	if len(g.of.rest) > 0 {
		out = pipe.New(r.program.Reactor(), "the output", r.capacity)
		main := r.program.Start(microthread.Spec{Name: "the pipeline", Stdin: found, Stdout: []*pipe.Pipe{out}, Error: r.failed,
			Run: func(t *microthread.Thread) error { return r.pipeline(t, &plannedPipeline{g.of.rest}, found) }})
		stop = r.program.After(pictureLimit, main.Terminate)
	}
	p := &picture{most: cmp.Or(on.Rows, unknownRows) - 1}
	r.program.Start(microthread.Spec{Name: "the picture", Stdin: out, Error: r.failed, Run: func(t *microthread.Thread) error {
		defer stop()
		o := &Output{t: t, file: p, encoder: format.New(r.settings.Out, on)}
		if _, ok := o.encoder.(format.Shown); !ok && r.settings.Out != "text" {
			o.file = &shown{Writer: p}
		}
		return o.copy()
	}})
	_ = r.program.Run()
	_ = r.shared.close()
	return p.lines(on.Columns)
}

// picture keeps the first lines of what is written to it.
type picture struct {
	most  int
	text  []byte
	count int
}

var errFull = errors.New("no more of it can be seen")

// Write keeps p, unless there is enough.
func (p *picture) Write(_ *microthread.Thread, text []byte) error {
	for line := range bytes.Lines(text) {
		if p.count >= p.most {
			return errFull
		}
		p.text = append(p.text, line...)
		if bytes.HasSuffix(line, []byte("\n")) {
			p.count++
		}
	}
	return nil
}

// lines returns the lines, each cut to so many columns.
func (p *picture) lines(columns int) (list []string) {
	for line := range strings.Lines(string(p.text)) {
		list = append(list, format.Fit(untabbed(strings.TrimSuffix(line, "\n")), columns))
	}
	return list
}

// showLive shows what there is so far: on a terminal in place, again and again, and when snapshots has
// something on the standard error. It does so until stop is called.
func (r *run) showLive() (stop func()) {
	l := r.live
	if l == nil {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		again := time.NewTimer(firstPicture)
		defer again.Stop()
		if !r.settings.Live {
			again.Stop()
		}
		drawn := int64(-1)
		for {
			select {
			case <-done:
				return
			case <-r.settings.Snapshots:
				l.tell(done)
			case <-again.C:
				begun := time.Now()
				drawn = l.draw(drawn, done)
				again.Reset(max(nextPicture, pictureShare*time.Since(begun)))
			}
		}
	}()
	return func() {
		close(done)
		r.streams.endPictures()
	}
}

// draw draws what there is so far on the terminal that is the standard output, if there is more than
// before, and returns how much there is.
func (l *live) draw(before int64, done <-chan struct{}) int64 {
	now, on := l.changes.Load(), l.run.screen()
	if now == before && l.run.streams.isDrawn(on.Columns, on.Rows) {
		return now
	}
	g := l.glimpse(done)
	if g == nil {
		return -1
	}
	lines := l.picture(g, on)
	if g.of.over.Load() {
		return -1
	}
	l.run.streams.drawPicture(lines, on.Columns, on.Rows)
	if !g.of.counted {
		return -1
	}
	return now
}

// tell writes what there is so far to the standard error.
func (l *live) tell(done <-chan struct{}) {
	r := l.run
	on := format.Screen{Terminal: true, Columns: usualColumns}
	if columns, rows, ok := terminal.Size(r.streams.errFile); r.streams.errFile != nil && ok {
		on.Columns, on.Rows = cmp.Or(columns, on.Columns), rows
	}
	text := "live: after " + layout.ShortDuration(time.Since(l.begun).Round(100*time.Millisecond))
	g := l.glimpse(done)
	var lines []string
	if g != nil {
		lines = l.picture(g, on)
	}
	if len(lines) == 0 {
		text += ": nothing is to be seen yet"
	}
	for _, line := range lines {
		text += "\n" + line
	}
	select {
	case <-done:
		return
	default:
	}
	told := []byte(text + "\n")
	if r.settings.JSONMessages {
		told = MessageJSON("live", errors.New(text), 0)
	}
	_ = r.streams.tell(told)
}

// untabbed returns a line with blanks in place of tabs, whose width a terminal decides.
func untabbed(line string) string {
	text := ""
	for piece, after := "", true; after; text += piece {
		if piece, line, after = strings.Cut(line, "\t"); after {
			n := format.Width(text + piece)
			piece += strings.Repeat(" ", 8-n%8)
		}
	}
	return text
}

const usualColumns = 80 // of what is no terminal, or does not say
