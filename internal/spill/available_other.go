//go:build !linux

package spill

// AvailableMemory returns how many bytes of memory the process is taken to have.
func AvailableMemory() int64 { return unknownMemory }
