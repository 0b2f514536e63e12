package aggregate

import (
	"math"
	"sort"
)

// Ranges returns where n ranges of one width begin, and where the last one ends; when low is
// high, there is one. Both are finite.
func Ranges(low, high float64, n int) []float64 {
	if low == high {
		return []float64{low, high}
	}
	edges := make([]float64, n+1)
	for i := range edges {
		if width := high - low; !math.IsInf(width, 0) && !math.IsInf(width*float64(i), 0) {
			edges[i] = low + width*float64(i)/float64(n)
		} else {
			part := float64(i) / float64(n)
			edges[i] = low*(1-part) + high*part
		}
	}
	edges[0], edges[n] = low, high
	return edges
}

// InRanges returns how many of the numbers fall into each of the ranges with these edges: those
// that are at least the one and less than the next, and in the last range also what ends it.
func InRanges(numbers, edges []float64) []int64 {
	counts := make([]int64, len(edges)-1)
	for _, x := range numbers {
		counts[sort.Search(len(counts)-1, func(i int) bool { return x < edges[i+1] })]++
	}
	return counts
}
