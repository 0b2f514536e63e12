//go:build !linux

package spill

import "math"

// AvailableMemory returns how many bytes of memory the process is taken to have.
func AvailableMemory() int64 { return unknownMemory }

// AddressSpace returns how many bytes of addresses the process may use besides those that it
// has; math.MaxInt64 without a limit.
func AddressSpace() int64 { return math.MaxInt64 }
