//go:build !linux

package stages

import (
	"mtpipe/microthread"
	"mtpipe/pipeline"
)

// controlled reports that there is no terminal, where nobody tells what a program is stopped for.
func controlled(*pipeline.Job) bool { return false }

func (c *child) endForTerminal(*microthread.Thread) error { return nil }
