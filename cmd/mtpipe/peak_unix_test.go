//go:build unix

package main

import (
	"os"
	"syscall"
)

// peakOf returns how many KB of memory a process has had, on Linux.
func peakOf(p *os.ProcessState) int64 { return int64(p.SysUsage().(*syscall.Rusage).Maxrss) }
