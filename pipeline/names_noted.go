package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// noted is which names the stages of a run have found in the records that they read. Copies of
// a stage, and the runs of a block for values, count as one. Any goroutine.
type noted struct {
	mu   sync.Mutex
	list map[*boundStage]*tally
}

// tally is which of the names that a stage asks for were found.
type tally struct {
	stage *boundStage
	done  atomic.Bool // all were; what more names come is not counted

	mu    sync.Mutex
	input side // what the stage reads
	file  side // what it reads beside that
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
}

// mostNames is how many names of a stage are kept, of each kind.
const mostNames = 1000

// tally returns what counts for the stage; nil when it asks for no names, or for none that was
// not found.
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
	if t.done.Load() {
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

// batch looks for the names of a side in the records of b.
func (t *tally) batch(s *side, b *value.Batch) {
	if t.done.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for shape := range b.Shapes() {
		t.see(s, shape)
	}
}

// value looks for the names of the input in v.
func (t *tally) value(v value.Value) {
	if t.done.Load() || v.Kind() != value.KindRecord {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
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
		names.batch(&names.input, b)
	}
}

// SeeFile is SeeBatch for one of the file that a FieldJoiner reads.
func (j *Job) SeeFile(b *value.Batch) {
	if names := j.findNames(); names != nil {
		names.batch(&names.file, b)
	}
}

// tell returns a line for each name that no record had.
func (n *noted) tell() (lines []string) {
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
		for _, side := range []*side{&t.input, &t.file} {
			for _, line := range side.tell(t.stage) {
				if !slices.Contains(lines, line) { // the same mistake in two stages is one
					lines = append(lines, line)
				}
			}
		}
	}
	return lines
}

func (s *side) tell(stage *boundStage) (lines []string) {
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
		lines = append(lines, fmt.Sprintf("no record%s had %s%s", of, what, n.hint(stage, names)))
	}
	return lines
}

// missing reports whether no record had the field; names are those that they had.
func (n *tallied) missing(s *side) (names []string, missing bool) {
	if n.member == nil {
		return sortedNames(s.names), s.came && !n.found
	}
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
