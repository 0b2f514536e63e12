package concurrency

import (
	"errors"

	"mtpipe/pipeline"
)

func tryStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "try",
		Safe:  true,
		Short: "Runs a block whose errors a second block reads",
		Trait: pipeline.Ordered,
		Long: `try { … } catch { … }: the first block reads the input, and what it puts is put. A record that
is wrong in it is left out, and its error goes to the second block, as a record:

  message  what is wrong
  stage    the stage that says so, and place, where that stands in the pipeline
  file     where the value came from, and line; null when that is not known
  value    the value itself, as the stage was given it

What catch puts comes in the place of what was left out, as far as the stages in between pass
values on as they come. An error that is about no record, such as a file that is not there, ends
the first block, and goes to catch, too. Without catch, records are left out as with --on-error
skip, which is said at the end, and another error is told. An error in catch is an error as
anywhere else, and so is one that comes with the input.`,
	}, func(j *pipeline.Job, a *tryArgs) error { return j.Guard(a.Block, a.Handler) })
}

type tryArgs struct {
	pipeline.OfBlocks
	Catch   catchWord     `arg:"catch?" help:"the word catch, between the blocks"`
	Block   *pipeline.Sub `arg:"list" help:"what to run"`
	Handler *pipeline.Sub `arg:"handler?" for:"errors" help:"reads the errors of the first block"`
}

// catchWord is the word that stands before the second block.
type catchWord bool

// SetArg wants it to be that.
func (w *catchWord) SetArg(text string, _ func(string) (string, bool)) error {
	if text != "catch" {
		return errors.New(`must be the word catch, before a second block`)
	}
	*w = true
	return nil
}

// IsSource reports whether the first block reads no input.
func (a *tryArgs) IsSource() bool { return a.Block.IsSource() }

// Check wants catch to stand before a second block, which reads.
func (a *tryArgs) Check() error {
	switch {
	case bool(a.Catch) && a.Handler == nil:
		return &pipeline.ArgError{Arg: "catch", Err: errors.New("the block of catch is missing: try { … } catch { … }")}
	case !bool(a.Catch) && a.Handler != nil:
		return &pipeline.ArgError{Arg: "handler", Err: errors.New("the word catch is missing before the second block: try { … } catch { … }")}
	case a.Handler != nil && a.Handler.IsSource():
		return &pipeline.ArgError{Arg: "handler", Err: errors.New("catch reads errors, and its block reads nothing")}
	}
	return nil
}
