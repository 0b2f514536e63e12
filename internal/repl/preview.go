package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/reactor"
	"mtpipe/value"
)

// What a preview may take.
const (
	previewTime   = 3 * time.Second
	previewMemory = 64 << 20 // bytes that its stages keep
	previewLine   = 1 << 20  // bytes of a line
	sampleBytes   = 4 << 20  // that are read of standard input and of each file
	mostNotes     = 4 << 10  // bytes of messages that are kept
	atOnce        = 2        // previews that run: one that ends slowly does not hold up the next
)

// result is what is known of a text: what is wrong with it, and the first values that it puts.
type result struct {
	of      int   // counts the texts
	mistake error // in the text, or what ended its run
	refused error // what of it is not run here
	part    bool  // the values are those of what stands before that
	values  []value.Value
	state   state
	sampled bool   // the values are those of the beginning of the input
	known   bool   // what is wrong with the text itself, or not run of it, is known
	unfed   bool   // it has read standard input, which nothing feeds
	notes   string // that the run has told
}

// state is how far a preview is.
type state uint8

const (
	nothing  state = iota // nothing of the text can run
	running               // more values may come
	more                  // there are more than were asked for
	whole                 // these are all
	timedOut              // these are what has come in the time that there is
)

// previewer runs what a text says as far as that has no effect, one text after another. Its methods
// are for one goroutine.
type previewer struct {
	scope    pipeline.Scope
	settings pipeline.Settings // of the run that the text is for
	input    *input            // what feeds it when there are no files; nil for nothing
	changed  chan struct{}     // is given something when there is news of the latest preview
	slots    chan struct{}
	cancel   context.CancelFunc
	latest   *latest
}

// latest is the preview that was begun last.
type latest struct {
	mu sync.Mutex
	result
}

func newPreviewer(scope pipeline.Scope, settings pipeline.Settings, in *input) *previewer {
	if scope.Sandbox == nil {
		scope.Sandbox = &pipeline.Sandbox{Preview: true}
	}
	settings.Jobs, settings.Timeout, settings.MaxMemory, settings.MaxLine = 1, previewTime, previewMemory, previewLine
	settings.Colours, settings.Messages = false, pipeline.MessageLook{}
	return &previewer{scope: scope, settings: settings, input: in, changed: make(chan struct{}, 1), slots: make(chan struct{}, atOnce), cancel: func() {}, latest: new(latest)}
}

// begin ends the preview that runs, and begins one of text that wants so many values.
func (p *previewer) begin(text string, values int) {
	p.cancel()
	ctx, cancel := context.WithCancel(context.Background())
	one := &latest{result: result{of: p.latest.of + 1, state: running}}
	p.cancel, p.latest = cancel, one
	go func() {
		defer cancel()
		defer one.end(p.changed)
		select {
		case p.slots <- struct{}{}:
			defer func() { <-p.slots }()
			p.run(ctx, one, text, values)
		case <-ctx.Done():
		}
	}()
}

// stop ends the preview that runs.
func (p *previewer) stop() { p.cancel() }

// end notes that nothing more comes, also when the preview has met a mistake of the program itself.
func (l *latest) end(changed chan<- struct{}) {
	wrong := recover()
	l.mu.Lock()
	defer l.mu.Unlock()
	if wrong != nil {
		l.mistake = fmt.Errorf("panic: %v", wrong)
	}
	if l.state == running {
		l.state = nothing
	}
	tell(changed)
}

// tell makes changed have something to give.
func tell(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}

// now returns what is known of the latest text.
func (p *previewer) now() result {
	p.latest.mu.Lock()
	defer p.latest.mu.Unlock()
	return p.latest.result
}

// run finds out what of the text can run, and runs that until there are enough values.
func (p *previewer) run(ctx context.Context, l *latest, text string, enough int) {
	settings, notes, sample, none := p.settings, new(bounded), &pipeline.Sample{Bytes: sampleBytes}, new(empty)
	settings.Stderr, settings.Sample, settings.Stdin = notes, sample, none
	c := compiler{p.scope, settings, len(settings.Files) > 0}
	if p.input != nil && !c.fed {
		data, cut := p.input.sample()
		c.settings.Stdin, c.fed = bytes.NewReader(data), true
		sample.Cut.Store(cut)
	}
	plan, mistake, refused, part := c.plan(text)
	for again := true; again; {
		l.set(func(r *result) { r.mistake, r.refused, r.part, r.known = mistake, refused, part, true })
		if plan == nil {
			return
		}
		s, err := p.values(ctx, plan, l, enough, sample)
		if mistake == nil {
			mistake = err
		}
		l.set(func(r *result) {
			var at *syntax.Error
			again = len(r.values) == 0 && errors.As(err, &at) && 0 < at.Pos.Offset && at.Pos.Offset <= len(text)
			if again { // what comes to the stage is to be seen
				text = text[:max(strings.LastIndexAny(text[:at.Pos.Offset], ends), 0)]
				return
			}
			r.mistake, r.state, r.sampled, r.unfed, r.notes = mistake, s, sample.Cut.Load(), none.asked.Load(), notes.String()
		})
		if again {
			plan, _, _, _ = c.plan(text)
			part = true
		}
	}
}

// values runs a plan until there are enough values, and returns how far that went.
func (p *previewer) values(ctx context.Context, plan *pipeline.Plan, l *latest, enough int, sample *pipeline.Sample) (state, error) {
	n := 0
	for v, err := range plan.Values(ctx) {
		switch {
		case errors.Is(err, reactor.ErrTimeout):
			return timedOut, nil
		case err != nil:
			return whole, firstCause(err)
		case n == enough:
			l.set(func(r *result) { r.state, r.sampled = more, sample.Cut.Load() })
			tell(p.changed) // though the run has not ended yet
			return more, nil
		}
		n++
		l.set(func(r *result) { r.values = append(r.values, v) })
		if n == 1 {
			tell(p.changed)
		}
	}
	return whole, nil
}

// empty is a standard input that nothing feeds.
type empty struct{ asked atomic.Bool }

// Read notes that somebody has wanted to read.
func (e *empty) Read([]byte) (int, error) {
	e.asked.Store(true)
	return 0, io.EOF
}

func (l *latest) set(f func(*result)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.result)
}

// firstCause returns the first error of a run.
func firstCause(err error) error {
	var run *pipeline.RunError
	if errors.As(err, &run) && len(run.Causes) > 0 {
		return run.Causes[0]
	}
	return err
}

// compiler makes plans for previews.
type compiler struct {
	scope    pipeline.Scope
	settings pipeline.Settings
	fed      bool
}

const (
	mostParts = 100         // that are tried
	asItCame  = "head 1000" // shows what feeds a pipeline
	ends      = "|;\n"      // may stand after the end of a stage
)

// plan returns what can run of a text without an effect: all of it, or else as many of its stages
// as can, or what feeds it; nil when there is none. Mistake is what is wrong with it, refused
// what is not run.
func (c *compiler) plan(text string) (plan *pipeline.Plan, mistake, refused error, part bool) {
	if strings.TrimSpace(text) != "" {
		plan, err := c.compile(text, c.scope.Sandbox)
		if err == nil {
			return plan, nil, nil, false
		}
		var at *syntax.Error
		isImport := errors.As(err, &at) && at.Stage == "import" // whose file is not to be read
		cuts := ends
		if _, wrong := c.compile(text, nil); isImport || wrong == nil {
			refused, cuts = err, ends+">" // of a redirection
		} else if mistake = wrong; errors.As(wrong, &at) && at.Pos.Offset < len(text) && at.File == "" {
			text = text[:at.Pos.Offset+1]
		}
		if plan := c.part(text, cuts); plan != nil {
			return plan, mistake, refused, true
		}
	}
	if c.fed {
		plan, _ = c.compile(asItCame, c.scope.Sandbox)
	}
	return plan, mistake, refused, true
}

// part returns the plan of as many stages of a text as can run; nil when none can. Cuts are the
// characters at which it may end.
func (c *compiler) part(text, cuts string) *pipeline.Plan {
	for range mostParts {
		i := strings.LastIndexAny(text, cuts)
		if i < 0 {
			return nil
		}
		text = text[:i]
		if plan, err := c.compile(text, c.scope.Sandbox); err == nil && strings.TrimSpace(text) != "" {
			return plan
		}
	}
	return nil
}

func (c *compiler) compile(text string, box *pipeline.Sandbox) (*pipeline.Plan, error) {
	scope := c.scope
	scope.Sandbox = box
	return pipeline.Compile(text, "", scope, c.settings)
}

// bounded keeps the beginning of what is written to it. Any goroutine.
type bounded struct {
	mu   sync.Mutex
	text []byte
}

// Write keeps p as far as there is room.
func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p[:min(len(p), mostNotes-len(b.text))]...)
	return len(p), nil
}

// String returns what was kept.
func (b *bounded) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}

// input is the beginning of what comes from standard input, which is read once and kept. Any
// goroutine.
type input struct {
	mu   sync.Mutex
	data []byte
	over bool // nothing more comes
	full bool // nothing more is read
}

// read reads until there is enough, and tells changed of all that comes.
func (in *input) read(from *os.File, changed chan<- struct{}) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		in.mu.Lock()
		in.data = append(in.data, buf[:n]...)
		in.over, in.full = err != nil, len(in.data) >= sampleBytes
		ended := in.over || in.full
		in.mu.Unlock()
		tell(changed)
		if ended {
			return
		}
	}
}

// sample returns the whole lines that have come, and whether there is more, or may be.
func (in *input) sample() (text []byte, cut bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.over {
		return in.data, false
	}
	return in.data[:bytes.LastIndexByte(in.data, '\n')+1], true
}
