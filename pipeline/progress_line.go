package pipeline

import (
	"sync"

	"mtpipe/internal/terminal"
	"mtpipe/microthread"
)

// lineShown is whether a line that is renewed stands on the terminal.
type lineShown struct {
	mu sync.Mutex
	is bool
}

// renewLine shows a line on the terminal that is the standard error, over the one before. Any goroutine.
func (s *streams) renewLine(line string) {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	s.line.is = true
	_ = terminal.Write(s.errFile, []byte("\r"+line+"\x1b[K"))
}

// clearLine takes the line away, because something else is to be written. Any goroutine.
func (s *streams) clearLine() {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	if s.line.is {
		s.line.is = false
		_ = terminal.Write(s.errFile, []byte("\r\x1b[K"))
	}
}

// belowLine writes to a terminal on which a line may stand that is renewed.
type belowLine struct {
	Writer
	streams *streams
}

// Write takes the line away and writes p.
func (b belowLine) Write(t *microthread.Thread, p []byte) error {
	b.streams.clearLine()
	return b.Writer.Write(t, p)
}
