package pipeline

import (
	"fmt"

	"mtpipe/internal/spill"
)

// LeastShare is how many bytes a stage that has no files for what it keeps may keep whatever its
// share of --max-memory is.
const LeastShare = 4 << 20

// Budget returns how many bytes the stage, or this copy of it, may keep in memory: its part
// of --max-memory. It is for stages that have the trait Retains.
func (j *Job) Budget() int64 { return j.run.budget }

// MostBlock returns how many bytes of its input a stage reads at a time at the most: fewer where there is little
// memory, since a short line that becomes a record takes some sixty times what its text takes.
func (j *Job) MostBlock() int { return int(min(1<<30, max(leastBlock, j.run.budget/512))) }

const leastBlock = 16 << 10

// Keep says that the stage keeps n bytes more than before, or fewer if n is negative. The error
// says that this is more than its Budget, for a stage that has no files for it.
func (j *Job) Keep(n int64) error {
	j.keeps += n
	if n > 0 && j.keeps > max(j.Budget(), LeastShare) {
		return j.OverBudget("what it keeps")
	}
	return nil
}

// OverBudget returns the error of a stage that has to keep more than its Budget; what says
// what it is that takes so much.
func (j *Job) OverBudget(what string) error {
	return fmt.Errorf("%s takes more memory than the stage's share of --max-memory (%s of %s)",
		what, spill.FormatSize(j.Budget()), spill.FormatSize(j.run.memory))
}
