package pipeline

import (
	"errors"

	"mtpipe/internal/layer"
	"mtpipe/microthread"
	"mtpipe/reactor"
)

// isBeyond reports whether an error handler has an error that lies after all that its reader
// has wanted.
var isBeyond = layer.Take[func(*microthread.Thread) bool]("microthread.beyond")

// isNobodys reports whether err, which the error handler t is given, concerns nobody. A reader
// that leaves has all that it wanted, and how far the stages before it had run ahead is chance:
// what went wrong there after the values that were taken is no failure of the run. What a sink
// could not write is one, since a sink works for others than the reader, and so is a panic.
func isNobodys(t *microthread.Thread, err error) bool {
	if t == nil || !isBeyond(t) {
		return false
	}
	var sink *sinkError
	var panicked *reactor.PanicError
	return !errors.As(err, &sink) && !errors.As(err, &panicked)
}

// sinkError is an error of a sink that is about what it writes.
type sinkError struct{ error }

func (e *sinkError) Unwrap() error { return e.error }
