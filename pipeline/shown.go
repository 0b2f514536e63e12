package pipeline

import (
	"mtpipe/internal/terminal"
	"mtpipe/microthread"
)

// shown writes to a terminal, which acts on nothing that is data: see terminal.AppendShown.
type shown struct {
	Writer
	buf []byte
}

// Write writes p, which holds whole characters.
func (s *shown) Write(t *microthread.Thread, p []byte) error {
	if at := terminal.FirstActing(p); at < len(p) {
		s.buf = terminal.AppendShown(append(s.buf[:0], p[:at]...), p[at:])
		p = s.buf
	}
	return s.Writer.Write(t, p)
}
