package pipeline

import "mtpipe/internal/spill"

// budget returns the number of bytes that stages may keep when the user has asked for
// asked; 0 is half of the memory that the process may have.
func budget(asked int64) int64 {
	if asked > 0 {
		return asked
	}
	return spill.AvailableMemory() / 2
}

// retaining counts the stages of list that keep much of their input.
func retaining(list *boundList) int {
	n := 0
	for _, p := range list.Pipelines {
		for _, s := range p.Stages {
			switch {
			case s.Body != nil:
				n += retaining(s.Body)
			case s.Stage.Trait&Retains != 0:
				n++
			}
		}
	}
	return n
}
