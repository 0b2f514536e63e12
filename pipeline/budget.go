package pipeline

import (
	"mtpipe/internal/input"
	"mtpipe/internal/spill"
)

// budget returns the number of bytes that stages may keep when the user has asked for
// asked; 0 is half of the memory that the process may have.
func budget(asked int64) int64 {
	if asked > 0 {
		return asked
	}
	return spill.AvailableMemory() / 2
}

// maxLine returns the number of bytes that a line may have when the user has asked for asked,
// and stages may keep memory bytes: 0 is an eighth of that, since reading a long line takes some
// times its length.
func maxLine(asked, memory int64) int {
	if asked == 0 {
		asked = max(memory/8, leastMaxLine)
	}
	return int(min(asked, input.LongestRecord))
}

// leastMaxLine is how long a line may be, in bytes, however small the budget is.
const leastMaxLine = 1 << 20

// MaxLine returns how many bytes a line or a record that is read may have.
func (j *Job) MaxLine() int { return j.run.maxLine }

// Memory returns how many bytes a program may take that does a part of a stage's work.
func (j *Job) Memory() int64 { return j.run.memory / 2 }

// retaining counts the stages of list that keep much of their input at the same time, in blocks, too.
func retaining(list *boundList) int {
	n := 0
	for _, p := range list.Pipelines {
		for _, s := range p.Stages {
			if s.Body != nil {
				n += retaining(s.Body)
				continue
			}
			if s.Stage.Trait&Retains != 0 {
				n++
			}
			n += s.retainingInBlocks()
		}
	}
	return n
}

// mostBlocks is among how many runs of a block that are at work at the same time memory is divided:
// the thousands of small requests that some allow do not all sort.
const mostBlocks = 64

// AtOnce is implemented by the arguments of a stage that runs a block for several values at the same
// time.
type AtOnce interface {
	// AtOnce returns how many runs of a block are at work at the same time.
	AtOnce() int
}

// retainingInBlocks counts the stages in the blocks of s: of blocks that run in turn those of one.
func (b *boundStage) retainingInBlocks() int {
	n := 0
	for _, p := range b.Stage.tags().args {
		of := 0
		for _, block := range b.blocksOf(p) {
			if k := retaining(block.list); p.inTurn {
				of = max(of, k)
			} else {
				of += k
			}
		}
		n += of
	}
	if a, ok := b.Args.(AtOnce); ok {
		n *= min(a.AtOnce(), mostBlocks)
	}
	return n
}
