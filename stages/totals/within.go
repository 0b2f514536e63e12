package totals

import (
	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
)

const (
	// fewRows is how many rows are taken in at least before groups go to a file, as long as
	// they are small.
	fewRows     = 4096
	smallGroups = 64 << 10
)

// check looks at the memory: when there is too much of it, lists of numbers become sketches,
// and if that is not enough, all groups go to a file.
func (g *grouping) check(j *pipeline.Job, rows int) error {
	g.unchecked += rows
	if !g.overfull(j) || g.unchecked < fewRows && g.bytes() < smallGroups {
		return nil
	}
	g.unchecked = 0
	if g.shrink(); !g.overfull(j) {
		return nil
	}
	return g.spill(j)
}

// overfull reports whether the groups take more than there is for them: the lists that hold
// them are copied when they grow, so half of the memory has to be free.
func (g *grouping) overfull(j *pipeline.Job) bool { return g.bytes() > j.Budget()/2 }

// shrink makes sketches of lists of numbers.
func (g *grouping) shrink() {
	for _, s := range g.states {
		if s, ok := s.(aggregate.Shrinker); ok && s.Shrink() {
			g.inexact = true
		}
	}
}

// bytes returns about how much memory the groups take.
func (g *grouping) bytes() int64 {
	n := g.groups.Bytes() + g.counts.Bytes()
	for _, s := range g.states {
		n += s.Bytes()
	}
	return n
}

// checkGroup returns an error when it is a single group that takes more than there is. Its
// result is made beside it.
func (g *grouping) checkGroup(j *pipeline.Job) error {
	if g.groups.Len() > 1 || g.bytes() <= max(pipeline.LeastShare, j.Budget()/2) {
		return nil
	}
	return j.OverBudget("a group")
}

// divide writes the groups that were read so far to partitions by the hash above shift.
func (g *grouping) divide(j *pipeline.Job, to *spilled, shift int) (*spilled, error) {
	if g.shrink(); !g.overfull(j) || g.bytes() < smallGroups {
		return to, nil
	}
	if err := g.checkGroup(j); err != nil || g.groups.Len() == 1 {
		return to, err
	}
	if shift < 0 { // keys of one hash
		if g.bytes() > max(pipeline.LeastShare, j.Budget()) {
			return to, j.OverBudget("what has one hash")
		}
		return to, nil
	}
	if to == nil {
		var err error
		if to, err = newSpilled(shift); err != nil {
			return nil, err
		}
	}
	return to, g.spillTo(to)
}

// mergeBuffer returns how much is read at a time of each of n sections.
func mergeBuffer(budget int64, n int) int {
	return int(min(16<<10, max(512, budget/4/int64(max(1, n)))))
}
