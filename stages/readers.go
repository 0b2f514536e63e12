package stages

import (
	"mtpipe/internal/input"
	"mtpipe/pipeline"
)

// readers is the family of stages that read files.
func readers() pipeline.Family {
	return pipeline.Family{Name: pipeline.ReaderFamily, Stages: []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "lines",
			Short: "Puts the lines of files, or passes its input on",
			Trait: pipeline.PerValue,
			Long: `A line is what stands before a newline; its bytes are not touched, whatever they
are. FILE may be a pattern with *, ? and […], or - for standard input. Files whose
names end in .gz, .zst or .bz2 are unpacked.`,
		}, lines),
	}}
}

type linesArgs struct {
	Files []string "arg:\"file...\" help:\"the files to read, one after another\""
}

// IsSource reports whether the stage reads files.
func (a *linesArgs) IsSource() bool { return len(a.Files) > 0 }

func lines(j *pipeline.Job, a *linesArgs) error {
	if len(a.Files) == 0 {
		for b, err := range j.Batches() {
			if err != nil {
				return err
			}
			j.PutBatch(b)
		}
		return nil
	}
	files, err := input.Expand(a.Files)
	if err != nil {
		return err
	}
	blocks := input.NewBlocks()
	for _, name := range files {
		if err := readLines(j, blocks, name); err != nil {
			return err
		}
	}
	return nil
}

func readLines(j *pipeline.Job, blocks *input.Blocks, name string) error {
	f, err := input.Open(j.Thread, name, j.Stdin())
	if err != nil {
		return err
	}
	defer f.Close()
	r := blocks.Lines(j.Thread, f)
	for {
		b, err := r.Next()
		if err != nil {
			return input.NotEnd(err)
		}
		j.PutBatch(b)
	}
}
