package spill

import (
	"errors"
	"strconv"
	"strings"
)

// ParseSize reads a number of bytes: 1000, 64K, 500MB, 2GiB. The units are powers of 1024.
func ParseSize(text string) (int64, error) {
	number := strings.TrimRight(text, "KkMmGgTtiBb")
	n, err := strconv.ParseFloat(number, 64)
	unit := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text[len(number):]), "B"), "I")
	power := strings.Index("KMGT", unit) + 1
	if unit == "" {
		power = 0
	}
	n *= float64(int64(1) << (10 * power))
	if err != nil || len(unit) > 1 || !(n >= 0 && n < 1<<62) {
		return 0, errors.New("must be a size such as 64K, 500MB or 2G")
	}
	return int64(n), nil
}
