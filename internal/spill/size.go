package spill

import (
	"fmt"
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
		return 0, fmt.Errorf("must be a size such as 64K, 500MB or 2G, not %.40q", text)
	}
	return int64(n), nil
}

// FormatSize writes a number of bytes for people, as ParseSize reads it: 1000, 64K, 10.7M.
func FormatSize(n int64) string {
	unit := 0
	size := float64(n)
	for ; size >= 1024 && unit < len("KMGT"); unit++ {
		size /= 1024
	}
	text := strconv.FormatFloat(size, 'f', 1, 64)
	return strings.TrimSuffix(text, ".0") + "KMGT"[max(0, unit-1):unit]
}
