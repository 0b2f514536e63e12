package pipeline

// Fusion says that two stages, one behind the other, may be run as one that does less.
type Fusion struct {
	First, Second string // the names of the stages
	// Fuse returns the stage that does what both do with these arguments, and its arguments;
	// nil when there is none.
	Fuse func(first, second any) (stage *Stage, args any)
}

// fused returns the stages with those replaced that can be run as one.
func fused(stages []*Bound) []*Bound {
	var list []*Bound
	for i := 0; i < len(stages); i++ {
		if i+1 < len(stages) {
			if both := fuse(stages[i], stages[i+1]); both != nil {
				list = append(list, both)
				i++
				continue
			}
		}
		list = append(list, stages[i])
	}
	return list
}

// fuse returns the stage that does what a and b do, or nil.
func fuse(a, b *Bound) *Bound {
	if a.Stage == nil || b.Stage == nil || a.parses {
		return nil
	}
	for _, f := range a.Stage.fusions {
		if f.Second != b.Stage.Name {
			continue
		}
		if stage, args := f.Fuse(a.Args, b.Args); stage != nil {
			return &Bound{Call: a.Call, Stage: stage, Args: args, name: a.name, fusedWith: b}
		}
	}
	return nil
}
