package network

import (
	"fmt"

	"mtpipe/internal/spill"
	"mtpipe/value"
)

// byteSize is a number of bytes.
type byteSize int64

// SetArg reads a number and perhaps a unit.
func (s *byteSize) SetArg(text string, _ func(string) (string, bool)) error {
	n, err := spill.ParseSize(text)
	if err != nil {
		return fmt.Errorf("%w, not %s", err, value.TextOf(text).Quote())
	}
	*s = byteSize(n)
	return nil
}
