package network

import (
	"math"

	"mtpipe/internal/spill"
	"mtpipe/pipeline"
)

// byteSize is a number of bytes.
type byteSize int64

// orRun returns how long a line may be: s if it was given, else what the run allows, at most
// most.
func (s byteSize) orRun(j *pipeline.Job, most int) int {
	if s > 0 {
		return int(min(s, math.MaxInt32))
	}
	return min(j.MaxLine(), most)
}

// SetArg reads a number and perhaps a unit.
func (s *byteSize) SetArg(text string, _ func(string) (string, bool)) error {
	n, err := spill.ParseSize(text)
	if err != nil {
		return err
	}
	*s = byteSize(n)
	return nil
}
