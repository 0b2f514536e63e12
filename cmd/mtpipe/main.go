// Command mtpipe runs shell-like pipelines inside one process.
package main

import (
	"os"
	"runtime/debug"
)

func main() {
	ballast = make([]byte, ballastSize)
	debug.SetGCPercent(gcPercent)
	os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// ballast is memory that is never touched, and so costs nothing. The garbage collector runs
// when the heap has grown by gcPercent: beside the ballast, a small heap is not collected
// every few megabytes, and a large one does not grow to twice what is needed.
var ballast []byte

const (
	ballastSize = 24 << 20
	gcPercent   = 40
)
