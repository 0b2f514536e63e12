package stages

import (
	"errors"
	"strconv"
	"strings"
)

// byteSize is a number of bytes: 64K, 10MB, 2GiB. The units are powers of 1024.
type byteSize int64

// SetArg reads a number and perhaps a unit.
func (s *byteSize) SetArg(text string, _ func(string) (string, bool)) error {
	number := strings.TrimRight(text, "KkMmGgTtiBb")
	n, err := strconv.ParseFloat(number, 64)
	unit := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text[len(number):]), "B"), "I")
	power := strings.Index("KMGT", unit) + 1
	if unit == "" {
		power = 0
	}
	n *= float64(int64(1) << (10 * power))
	if err != nil || len(unit) > 1 || !(n >= 1 && n < 1<<62) {
		return errors.New("must be a size such as 64K, 10MB or 2G")
	}
	*s = byteSize(n)
	return nil
}
