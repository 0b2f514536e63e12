//go:build !linux

package bench

// Load is not known here.
func Load() float64 { return 0 }
