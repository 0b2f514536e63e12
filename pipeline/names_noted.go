package pipeline

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// noted is which names the stages of a run have found in the records that they read. Copies of
// a stage, and the runs of a block for values, count as one. Any goroutine.
//
// Of what a reader that left early did not want, some is read all the same, and how much of it is chance. Before such a
// reader only the first record counts.
type noted struct {
	mu   sync.Mutex
	list map[*boundStage]*tally
	left map[*boundStage]bool // stages that did not read to the end
}

// tally is which of the names that a stage asks for were found.
type tally struct {
	stage *boundStage
	done  atomic.Bool // all were; what more names come is not counted

	mu    sync.Mutex
	input side // what the stage reads
	file  side // what it reads beside that

	first *value.Shape // of the first record of the input
	seq   int64        // of its batch in the input of a copy
	begun atomic.Bool  // no record will come that is before it
}

// side is the names that are asked for in records of one kind.
type side struct {
	asks  []*tallied
	came  bool // there was a record
	open  int  // names that were not found
	last  [8]*value.Shape
	next  int // of last
	names map[string]bool
}

// tallied is a name, and the places where values in records are asked for it.
type tallied struct {
	ask
	found   bool
	members []ask
	parts   Sought // of a member, what other processes have found
}

// mostNames is how many names of a stage are kept, of each kind.
const mostNames = 1000

// tally returns what counts for the stage; nil when it asks for no names, or when all were found and the first record
// came.
func (n *noted) tally(s *boundStage, g *given) *tally {
	asks := s.asksFor(g)
	if len(asks) == 0 {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.list[s]
	if t == nil {
		if n.list == nil {
			n.list = make(map[*boundStage]*tally)
		}
		t = &tally{stage: s}
		n.list[s] = t
	}
	t.add(asks)
	if t.complete() {
		return nil
	}
	return t
}

// add counts further names.
func (t *tally) add(asks []ask) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range asks {
		side := &t.input
		if n.Beside {
			side = &t.file
		}
		side.add(n)
	}
	t.done.Store(t.input.open+t.file.open == 0)
}

func (s *side) add(n ask) {
	if n.member == nil && len(s.asks) == mostNames {
		return
	}
	i := slices.IndexFunc(s.asks, func(o *tallied) bool { return o.Name == n.Name && (o.member == nil) == (n.member == nil) })
	switch {
	case i < 0 && len(s.asks) == mostNames:
	case i < 0:
		s.asks = append(s.asks, &tallied{ask: n, members: []ask{n}})
		if n.member == nil {
			s.open++
			s.last = [8]*value.Shape{}
		}
	case n.member != nil && len(s.asks[i].members) < mostNames && !slices.ContainsFunc(s.asks[i].members, func(o ask) bool { return o.member == n.member }):
		s.asks[i].members = append(s.asks[i].members, n)
	}
}

// batch looks for the names of the input in the records of b, which is the batch seq of the input of a copy.
func (t *tally) batch(b *value.Batch, seq int64) {
	if t.complete() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	first := true
	for shape := range b.Shapes() {
		if first {
			t.begin(shape, seq)
			first = false
		}
		t.see(&t.input, shape)
	}
}

// complete reports whether no record changes what is told.
func (t *tally) complete() bool { return t.done.Load() && t.begun.Load() }

// begin notes the shape of a record that may be the first one of the input.
func (t *tally) begin(shape *value.Shape, seq int64) {
	if t.first == nil || seq < t.seq {
		t.first, t.seq = shape, seq
		t.begun.Store(seq == 0)
	}
}

// fileBatch looks for the names of the file in the records of b.
func (t *tally) fileBatch(b *value.Batch) {
	if t.done.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for shape := range b.Shapes() {
		t.see(&t.file, shape)
	}
}

// value looks for the names of the input in v.
func (t *tally) value(v value.Value) {
	if t.complete() || v.Kind() != value.KindRecord {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begin(v.AsRecord().Shape(), 0)
	t.see(&t.input, v.AsRecord().Shape())
}

// see looks for the names of a side among those of a record.
func (t *tally) see(s *side, shape *value.Shape) {
	if slices.Contains(s.last[:], shape) {
		return
	}
	s.last[s.next] = shape
	s.next = (s.next + 1) % len(s.last)
	s.see(shape)
	t.done.Store(t.input.open+t.file.open == 0)
}

// see looks for the names among those of a record.
func (s *side) see(shape *value.Shape) {
	s.came = true
	for _, n := range s.asks {
		if n.member == nil && !n.found && (shape.Find(n.Name) >= 0 || n.among(shape.Names())) {
			n.found = true
			s.open--
		}
	}
	if s.open == 0 {
		return
	}
	if s.names == nil {
		s.names = make(map[string]bool)
	}
	for _, name := range shape.Names() {
		if len(s.names) < mostNames {
			s.names[name] = true
		}
	}
}

// findNames returns what looks for the names that the stage asks for; nil when there are none
// to look for.
func (j *Job) findNames() *tally {
	if j.names == nil && (len(j.stage.asks) > 0 || j.stage.late != nil) {
		j.names = j.run.noted.tally(j.stage.boundStage, j.run.given)
	}
	return j.names
}

// See looks for the names of fields in v, which the stage has read from a pipe by itself.
func (j *Job) See(v value.Value) {
	if names := j.findNames(); names != nil {
		names.value(v)
	}
}

// SeeBatch is See for a batch.
func (j *Job) SeeBatch(b *value.Batch) {
	if names := j.findNames(); names != nil {
		names.batch(b, j.sequence())
	}
}

// SeeFile is SeeBatch for one of the file that a FieldJoiner reads.
func (j *Job) SeeFile(b *value.Batch) {
	if names := j.findNames(); names != nil {
		names.fileBatch(b)
	}
}

// leave notes that the stage has ended, and did not read to the end of its input.
func (n *noted) leave(s *boundStage) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.left == nil {
		n.left = make(map[*boundStage]bool)
	}
	n.left[s] = true
}

// early reports whether what the stage has read is chance: one of the stages after it, up to one that reads everything
// before it puts anything, did not read to the end.
func (n *noted) early(s *boundStage, seats map[*boundStage]seat) bool {
	if len(n.left) == 0 || s.readsAll() {
		return false
	}
	for at := seats[s]; ; at = seats[at.call] {
		if early, known := n.earlyIn(at.next); known || at.call == nil {
			return early
		}
	}
}

// earlyIn reports whether the first of the stages that tells says so; known is false when none tells.
func (n *noted) earlyIn(stages []*boundStage) (early, known bool) {
	for _, s := range stages {
		switch {
		case s.Body != nil && len(s.Body.Pipelines) == 1:
			early, known = n.earlyIn(s.Body.Pipelines[0].Stages)
		case !s.visit(func(inner *boundStage) bool { return !n.left[inner] }):
			early, known = true, true
		default:
			known = s.readsAll()
		}
		if known {
			return early, true
		}
	}
	return false, false
}

// readsAll reports whether the stage puts nothing before it has read everything.
func (s *boundStage) readsAll() bool {
	return s.Stage != nil && s.Stage.Trait&(Combine|Global) != 0
}

// tell returns a line for each name that no record had. Seats are where the stages of the run stand.
func (n *noted) tell(seats map[*boundStage]seat) (lines []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var tallies []*tally
	for _, t := range n.list {
		tallies = append(tallies, t)
	}
	slices.SortFunc(tallies, func(a, b *tally) int {
		x, y := a.stage.Call.Pos, b.stage.Call.Pos
		return cmp.Or(x.Line-y.Line, x.Offset-y.Offset)
	})
	for _, t := range tallies {
		early := n.early(t.stage, seats)
		if early {
			t.input.only(t.first)
		}
		for _, side := range []*side{&t.input, &t.file} {
			for _, line := range side.tell(t.stage, early && side == &t.input) {
				if !slices.Contains(lines, line) { // the same mistake in two stages is one
					lines = append(lines, line)
				}
			}
		}
	}
	return lines
}

// only makes the side as it is when the only record that came is one of that shape; none if it is nil.
func (s *side) only(shape *value.Shape) {
	*s = side{asks: s.asks}
	for _, n := range s.asks {
		n.found = false
		if n.member == nil {
			s.open++
		}
	}
	if shape != nil {
		s.see(shape)
	}
}

func (s *side) tell(stage *boundStage, first bool) (lines []string) {
	for _, n := range s.asks {
		names, missing := n.missing(s)
		if !missing {
			continue
		}
		of := ""
		if n.Beside {
			of = " of " + joinedFile(stage)
		}
		what := "the field " + syntax.Short(n.Name)
		if n.Matches != nil {
			what = "a field that matches " + syntax.Short(n.Name)
		}
		line := "no record" + of + " had " + what
		if first {
			line = "the first record did not have " + what
		}
		lines = append(lines, line+n.hint(stage, names))
	}
	return lines
}

// missing reports whether no record had the field; names are those that they had.
func (n *tallied) missing(s *side) (names []string, missing bool) {
	if n.member == nil {
		return sortedNames(s.names), s.came && !n.found
	}
	if n.parts.Found {
		return nil, false
	}
	names, missing = n.parts.Names, n.parts.Met
	for _, m := range n.members {
		of, met, found := m.member.Seen()
		if found {
			return nil, false
		}
		if met {
			names, missing = of, true
		}
	}
	return names, missing
}

func sortedNames(set map[string]bool) []string {
	list := make([]string, 0, len(set))
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
