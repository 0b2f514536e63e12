package stages

import (
	"mtpipe/pipeline"
	"mtpipe/value"
)

// watching is the family of stages that show what passes by.
func watching() pipeline.Family {
	return pipeline.Family{Name: "watching", Stages: []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "log",
			Short: "Writes each value to standard error and passes it on",
			Trait: pipeline.Ordered | pipeline.Effect,
			Long: `A line is the value, behind LABEL and a colon when there is a label. It is written before
the value is passed on, in one piece.`,
		}, logValues),
	}}
}

type logArgs struct {
	Label string `arg:"label?" help:"stands before each value"`
}

const logBuffer = 64 << 10 // what is written at a time, when a batch holds more

func logValues(j *pipeline.Job, a *logArgs) error {
	label := a.Label
	if label != "" {
		label += ": "
	}
	var buf []byte
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		for line := range linesOf(b) {
			if len(buf) >= logBuffer {
				if err := j.Stderr(buf); err != nil {
					return err
				}
				buf = buf[:0]
			}
			buf = append(append(append(buf, label...), line...), '\n')
		}
		if err := j.Stderr(buf); err != nil {
			return err
		}
		buf = buf[:0]
		j.PutBatch(b)
	}
	return nil
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
