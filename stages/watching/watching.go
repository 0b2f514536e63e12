// Package watching holds the family of stages that show what passes by.
package watching

import (
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "watching", Stages: []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "log",
			Safe:  true,
			Short: "Writes each value to standard error and passes it on",
			Trait: pipeline.Ordered | pipeline.Effect | pipeline.Passes,
			Long: `A line is the value, behind LABEL and a colon when there is a label. It is written before
the value is passed on, in one piece.`,
		}, logValues),
		progressStage(), timestampStage(), tableStage(), plotStage(),
	}}
}

type logArgs struct {
	Label string `arg:"label?" help:"stands before each value"`
}

const logBuffer = 64 << 10 // what is written at a time, when a batch holds more

// logValues cuts large batches into pieces of 1, 2, 4 … values and gives each to its reader
// before it logs the next, so that head behind it leaves no trace of thousands more.
func logValues(j *pipeline.Job, a *logArgs) error {
	label := a.Label
	if label != "" {
		label += ": "
	}
	var buf []byte
	limit := 1
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		for n := b.Len(); n > 0; {
			piece := b
			if n -= limit; n > 0 {
				piece = b.Share()
				piece.Truncate(limit)
				b.Skip(limit)
			}
			if buf, err = logBatch(j, buf, label, piece); err != nil {
				return err
			}
			j.PutBatch(piece)
			j.Yield()
			limit = min(2*limit, pipe.DefaultCapacity)
		}
	}
	return nil
}

// logBatch writes the values of b, as long as buf is not too large in one piece. It returns
// buf for the next.
func logBatch(j *pipeline.Job, buf []byte, label string, b *value.Batch) ([]byte, error) {
	buf = buf[:0]
	for line := range linesOf(b) {
		if len(buf) >= logBuffer {
			if err := j.Stderr(buf); err != nil {
				return buf, err
			}
			buf = buf[:0]
		}
		buf = append(append(append(buf, label...), line...), '\n')
	}
	return buf, j.Stderr(buf)
}

// linesOf iterates over the rows of b as text, each valid until the next.
func linesOf(b *value.Batch) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		if b.Form() != value.FormValues {
			for _, row := range b.Rows() {
				if !yield(row) {
					return
				}
			}
			return
		}
		var text []byte
		for _, v := range b.Values() {
			text = v.AppendText(text[:0])
			if !yield(text) {
				return
			}
		}
	}
}
