// Package delegation holds the family of stages that let others put in their place.
package delegation

import (
	"errors"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "delegation", Stages: []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "take_from",
			Safe:  true,
			Short: "Puts its words, or all that a block puts",
			Trait: pipeline.Source,
			Long: `The block runs on this stage's own thread and shares its stdout, so that a
pipeline can put what several others do, one after another.`,
		}, takeFrom),
	}}
}

type takeFromArgs struct {
	Words []string      `arg:"word..." help:"what to put, one value a word"`
	Block *pipeline.Sub `arg:"list?" for:"turn" help:"puts its values here"`
}

// IsSource reports whether the stage reads no input: a block may.
func (a *takeFromArgs) IsSource() bool { return a.Block == nil || a.Block.IsSource() }

// Check wants words or a block.
func (a *takeFromArgs) Check() error {
	if (a.Words == nil) == (a.Block == nil) {
		return errors.New("takes words or a block")
	}
	return nil
}

func takeFrom(j *pipeline.Job, a *takeFromArgs) error {
	if a.Block != nil {
		return j.RunHere(a.Block)
	}
	for _, w := range a.Words {
		j.Put(value.TextOf(w))
	}
	return nil
}
