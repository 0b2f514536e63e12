// Command mtpipe runs shell-like pipelines inside one process.
package main

import (
	"os"
	"runtime"
)

func main() {
	// The garbage collector runs when the heap has doubled. Beside memory that is never
	// touched, and so costs nothing, a small heap is not collected every few megabytes.
	ballast := make([]byte, ballastSize)
	status := Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	runtime.KeepAlive(ballast)
	os.Exit(status)
}

const ballastSize = 24 << 20
