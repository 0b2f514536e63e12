package pipeline

// Placed returns err as the error of an argument that stands at a byte of its text: what an
// ArgSetter returns, so that the message points there.
func Placed(offset int, err error) error { return &offsetError{offset, err} }

// Placed returns err with the stage's name and its place in the pipeline: for an error of
// the stage that goes through other stages before it is told.
func (j *Job) Placed(err error) error { return j.run.annotate(j.stage.boundStage, err) }
