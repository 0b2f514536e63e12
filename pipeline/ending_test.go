package pipeline

import (
	"errors"
	"testing"

	"mtpipe/reactor"
	"mtpipe/value"
)

// TestPanicWhileEnded ends a stage from outside, or by its reader's leaving, whose deferred
// function panics then: the panic is told, with the place of the stage.
func TestPanicWhileEnded(t *testing.T) {
	for _, row := range []struct{ name, text string }{
		{"the reader leaves", "  untidy | one"},
		{"terminated", "  own_end"},
	} {
		t.Run(row.name, func(t *testing.T) {
			one := Define(Doc{Name: "one", Trait: Ordered}, func(j *Job, _ *struct{}) error {
				for v, err := range j.In() {
					if err == nil {
						j.Put(v)
					}
					return err
				}
				return nil
			})
			untidy := Define(Doc{Name: "untidy", Trait: Source}, func(j *Job, _ *struct{}) error {
				defer func() { panic("untidy") }()
				for {
					j.Put(value.Int(1))
				}
			})
			ownEnd := Define(Doc{Name: "own_end", Trait: Source}, func(j *Job, _ *struct{}) error {
				defer func() { panic("untidy") }()
				j.Thread.Terminate()
				j.Thread.Yield()
				return nil
			})
			err := ranOwn(t, row.text, NewRegistry(Family{Name: "own", Stages: []*Stage{one, untidy, ownEnd}}), Settings{})
			var panicked *reactor.PanicError
			if !errors.As(err, &panicked) || panicked.Value != "untidy" {
				t.Fatalf("got %v, want the panic", err)
			}
			if got, want := errorPos(err).Offset, 2; got != want {
				t.Errorf("got %v at %d, want it at %d", err, got, want)
			}
		})
	}
}
