package pipeline

import (
	"slices"
	"sync"

	"mtpipe/internal/format"
)

// seat is where a stage stands: the stages after it, and the call of the definition that it is
// the end of.
type seat struct {
	next   []*boundStage
	call   *boundStage // nil when nothing follows but what next has
	output bool        // what follows ends in the output of the run
}

// seats returns where the stages of list stand, those of definitions and blocks too. What comes
// out of the last stage of a block is not followed.
func seats(list *boundList) map[*boundStage]seat {
	all := make(map[*boundStage]seat)
	addSeats(all, list, seat{output: true})
	return all
}

// addSeats adds the stages of list, which stands as in says.
func addSeats(all map[*boundStage]seat, list *boundList, in seat) {
	if len(list.Pipelines) > 1 {
		in = seat{output: in.output}
	}
	for _, p := range list.Pipelines {
		for i, s := range p.Stages {
			in.next = p.Stages[i+1:]
			all[s] = in
			if s.Body != nil {
				addSeats(all, s.Body, seat{call: s, output: in.output})
				continue
			}
			for _, block := range s.blocks() {
				addSeats(all, block.list, seat{})
			}
		}
	}
}

// told is what is known of the names of stages that read a file beside their input, and of
// those that begin with a header. Any goroutine.
type told struct {
	mu    sync.Mutex
	list  map[joinerRun]*joinerNames
	heads heads
}

// heads are the names that stages with the trait AsksNames read. The one without a stage is the
// output of the run.
type heads map[joinerRun][]string

// add adds what the stage reads, unless it was told before.
func (h heads) add(at joinerRun, names []string) {
	if h[at] == nil && len(h) < mostHeads {
		h[at] = names
	}
}

// mostHeads is of how many stages, and runs of blocks, names are kept.
const mostHeads = 1 << 16

// joinerRun is such a stage in a block that was given a value, or outside of blocks for values.
type joinerRun struct {
	stage *boundStage
	given *given
}

// joinerNames are the names of its input and those of its file, as far as they are known.
type joinerNames struct{ in, file []string }

// mostJoiners is of how many something is kept.
const mostJoiners = 1000

// TellNames says that all records which the stage puts have these fields: a reader tells it of
// a header, before it puts the first of them. A FieldJoiner tells the names of its file. More,
// which may be nil, is asked when stages after this one name another field: it returns all
// names that any record will have, if those are more. The error is one of such a stage: it ends
// the run.
func (j *Job) TellNames(names []string, more func() []string) error {
	err := j.run.tellNames(j.stage.boundStage, names)
	if err != nil && more != nil {
		all := more()
		if all == nil {
			return nil // the end of the run tells
		}
		if slices.Equal(all, names) {
			return err
		}
		return j.run.tellNames(j.stage.boundStage, all)
	}
	return err
}

func (r *run) tellNames(s *boundStage, names []string) error {
	f := &flow{plan: r.Plan, given: r.given, ready: r.told.ready, heads: r.told.head}
	if s.Args == nil || !isJoiner(s) {
		return r.follow(f, s, names)
	}
	if n := missing(s.asksFor(r.given), names, true); n != nil {
		return r.noField(s, n, names)
	}
	return r.follow(f, s, r.told.tell(joinerRun{s, r.given}, names))
}

func isJoiner(s *boundStage) bool {
	_, ok := s.Args.(FieldJoiner)
	return ok
}

// follow follows the names that the stage s puts.
func (r *run) follow(f *flow, s *boundStage, names []string) error {
	at, ok := r.seats[s]
	if !ok && names != nil { // it feeds the pipelines
		out, err := f.list(r.fed, names)
		r.told.head(joinerRun{}, out)
		return err
	}
	for names != nil {
		var err error
		if names, err = f.stages(at.next, names); err != nil {
			return err
		}
		if at.call == nil {
			break
		}
		at = r.seats[at.call]
	}
	if at.output {
		r.told.head(joinerRun{}, names)
	}
	return nil
}

// head notes the names that a stage with the trait AsksNames reads.
func (t *told) head(at joinerRun, names []string) {
	if names == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.heads == nil {
		t.heads = make(heads)
	}
	t.heads.add(at, names)
}

// takeHead returns the names that such a stage reads, as far as the run was told.
func (t *told) takeHead(at joinerRun) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	names := t.heads[at]
	delete(t.heads, at)
	return names
}

// names returns the names of the fields that all records have which come to the stage, or to
// the output; nil when they are not known. What the run was told is forgotten then.
func (r *run) names(s *boundStage, g *given) []string {
	if names := r.told.takeHead(joinerRun{s, g}); names != nil {
		return names
	}
	return r.heads[joinerRun{stage: s}]
}

// Names returns the names of the fields that all records of the input have; nil when they are
// not known. A stage with the trait AsksNames asks once, at the end of its input.
func (j *Job) Names() []string { return j.run.names(j.stage.boundStage, j.run.given) }

// AwaitHeader is what a stage calls that wants nothing of its input: where a header is printed when
// no record comes, it waits for what comes first, before which a reader tells of the header. All
// of that is left to the next reader, and an error in it is nobody's concern.
func (j *Job) AwaitHeader() {
	if j.in == nil || !j.run.printsHeaders() {
		return
	}
	for range j.AnyBatches() {
		j.KeepRest(0)
		return
	}
}

// printsHeaders reports whether the output, or a stage, prints the header of what does not come.
func (r *run) printsHeaders() bool {
	if _, names := format.New(r.settings.Out, r.screen()).(format.Naming); names {
		return true
	}
	for s := range r.seats {
		if s.Stage != nil && s.Stage.Trait&AsksNames != 0 {
			return true
		}
	}
	return false
}

// ready notes the names of the input of a FieldJoiner, and returns those that it puts, if it has
// told those of its file.
func (t *told) ready(at joinerRun, in []string) []string {
	return t.note(at, func(n *joinerNames) { n.in = in })
}

// tell notes the names of a FieldJoiner's file, and returns those that it puts, if those of its
// input are known.
func (t *told) tell(at joinerRun, file []string) []string {
	return t.note(at, func(n *joinerNames) { n.file = file })
}

func (t *told) note(at joinerRun, set func(n *joinerNames)) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.list[at]
	if n == nil {
		if len(t.list) == mostJoiners {
			return nil
		}
		if t.list == nil {
			t.list = make(map[joinerRun]*joinerNames)
		}
		n = new(joinerNames)
		t.list[at] = n
	}
	set(n)
	if n.in == nil || n.file == nil {
		return nil
	}
	delete(t.list, at)
	return at.stage.argsFor(at.given).(FieldJoiner).NamesJoined(n.in, n.file)
}
