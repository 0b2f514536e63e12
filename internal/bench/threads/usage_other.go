//go:build !unix

package threads

import "time"

var begun = time.Now()

// cpuTime returns how long this process has run, which is all that is known here.
func cpuTime() time.Duration { return time.Since(begun) }

func resident() int64 { return 0 }
