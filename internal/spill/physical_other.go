//go:build !linux

package spill

// PhysicalMemory returns how many bytes of memory the machine is taken to have.
func PhysicalMemory() int64 { return unknownMemory }
