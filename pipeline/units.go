package pipeline

import "slices"

// units divides the stages of a pipeline. With one job every stage is a unit of its own, and
// so it is where others get what is left of the input: copies would take more of it than
// their pipeline needs.
func units(stages []*planned, at place) []*unit {
	var list []*unit
	for i, s := range stages {
		copied := at.jobs > 1 && !at.shared && (at.fed || i > 0) && s.mayCopy() && !s.inOrder(at) && !(i > 0 && stages[i-1].effect)
		if n := len(list) - 1; n >= 0 && copied && list[n].copies > 0 && !list[n].combine {
			list[n].add(s)
			list[n].combine = s.combines()
			continue
		}
		u := newUnit(s, at.capacity)
		if copied {
			u.copies, u.combine, u.parts = at.jobs, s.combines(), []*unit{newUnit(s, at.capacity)}
		}
		list = append(list, u)
	}
	for i, u := range list[min(1, len(list)):] {
		if u.combine && u.stages[0].parses {
			list[i].stages[0].combined = true
		}
	}
	return withoutLight(list)
}

// withoutLight divides the units whose copies would do less than it takes to deal the input
// out to them. Copies that read a file themselves, for a stage behind, do enough.
func withoutLight(list []*unit) []*unit {
	var kept []*unit
	for _, u := range list {
		reads := u.stages[0].parses && len(u.stages) > 1
		if u.copies == 0 || reads || slices.ContainsFunc(u.stages, func(s *planned) bool { return s.Stage.Trait&Light == 0 }) {
			kept = append(kept, u)
			continue
		}
		kept = append(kept, u.parts...)
	}
	return kept
}

// mayCopy reports whether copies of the stage may work on different parts of its input.
func (s *planned) mayCopy() bool {
	return s.Stage != nil && (s.Stage.Trait&PerValue != 0 || s.parses || s.combines()) && !s.effect && !s.source
}

// inOrder reports whether one partial of the stage has to take in all of the input.
func (s *planned) inOrder(at place) bool {
	c, ok := s.Args.(Conflicter)
	each := at.each
	if s.onError != nil {
		each = *s.onError != Fail
	}
	return ok && each && c.Conflicts()
}

func (b *boundStage) combines() bool { return b.Stage != nil && b.Stage.partial != nil }

func (b *boundStage) hasEffect() bool { return b.Stage != nil && b.Stage.Trait&Effect != 0 }
