package pipeline

// Fusion says that two stages, one behind the other, may be run as one that does less.
type Fusion struct {
	First, Second string // the names of the stages
	Text          bool   // only where the first one is known to read nothing but untyped text
	// Fuse returns the stage that does what both do with these arguments, and its arguments;
	// nil when there is none.
	Fuse func(first, second any) (stage *Stage, args any)
}

// fused returns the stages with those replaced that can be run as one.
func fused(stages []*planned) []*planned {
	var list []*planned
	text := false // what comes is known to be untyped text
	for i := 0; i < len(stages); i++ {
		s := stages[i]
		if i+1 < len(stages) {
			if both := fuse(s, stages[i+1], text); both != nil {
				list = append(list, both)
				i++
				text = false
				continue
			}
		}
		list = append(list, s)
		textual := s.Stage != nil && s.Stage.Trait&Textual != 0
		text = textual && (text || s.source || s.parses)
	}
	return list
}

// fuse returns the stage that does what a and b do, or nil. Text says that a reads nothing but
// untyped text. Stages whose arguments are not known yet, or may compute for long,
// stay as they are.
func fuse(a, b *planned, text bool) *planned {
	if a.Stage == nil || b.Stage == nil || a.parses || a.late != nil || b.late != nil || a.onError != nil || b.onError != nil || a.computes || b.computes {
		return nil
	}
	for _, f := range a.Stage.fusions {
		if f.Second != b.Stage.Name || f.Text && !text {
			continue
		}
		if stage, args := f.Fuse(a.Args, b.Args); stage != nil {
			both := newPlanned(&boundStage{Call: a.Call, Stage: stage, Args: args, asks: a.asks, name: a.name, file: a.file})
			both.fusedWith = b.boundStage
			return both
		}
	}
	return nil
}
