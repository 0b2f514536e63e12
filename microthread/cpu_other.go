//go:build !unix

package microthread

import "time"

// cpuTime says that it is not known what the process has used of its processors.
func cpuTime() time.Duration { return -1 }
