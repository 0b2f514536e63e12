package pipeline

import (
	"fmt"
	"sync"

	"mtpipe/internal/format"
	"mtpipe/internal/terminal"
	"mtpipe/microthread"
)

// lineShown is what stands at the end of the terminal's text and is renewed: the lines of a picture, and
// below them a line about the progress.
type lineShown struct {
	mu   sync.Mutex
	line string

	picture       []string
	columns, rows int  // of the terminal when it was drawn
	over          bool // no more pictures are drawn
}

// renewLine shows a line on the terminal that is the standard error, over the one before. Any goroutine.
func (s *streams) renewLine(line string) {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	s.line.line = line
	_ = terminal.Write(s.errFile, []byte("\r"+line+"\x1b[K"))
}

// drawPicture shows lines on the terminal that is the standard output, over those before. The terminal
// has more rows than there are lines. Any goroutine.
func (s *streams) drawPicture(lines []string, columns, rows int) {
	l := &s.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	text := s.toTop()
	for _, line := range lines {
		text = append(append(text, line...), "\x1b[K\r\n"...)
	}
	text = append(text, "\x1b[J"...)
	l.picture, l.columns, l.rows = lines, columns, rows
	_ = terminal.Write(s.outFile, append(text, l.line...))
}

// toTop returns what moves to the beginning of the picture, of which a line stands in several rows of a
// terminal that has become narrower.
func (s *streams) toTop() []byte {
	columns, _, _ := terminal.Size(s.outFile)
	rows := 0
	for _, line := range s.line.picture {
		rows += format.Rows(line, columns)
	}
	if rows == 0 {
		return []byte{'\r'}
	}
	return fmt.Appendf(nil, "\r\x1b[%dA", rows)
}

// isDrawn reports whether there is a picture for a terminal of that size.
func (s *streams) isDrawn(columns, rows int) bool {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	return len(s.line.picture) > 0 && s.line.columns == columns && s.line.rows == rows
}

// endPictures takes the picture away, for good. Any goroutine.
func (s *streams) endPictures() {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	s.line.over = true
	s.clear()
}

// clearLine takes away what is renewed, because something else is to be written. Any goroutine.
func (s *streams) clearLine() {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	s.clear()
}

func (s *streams) clear() {
	l := &s.line
	if l.line != "" {
		l.line = ""
		_ = terminal.Write(s.errFile, []byte("\r\x1b[K"))
	}
	if len(l.picture) > 0 {
		_ = terminal.Write(s.outFile, append(s.toTop(), "\x1b[J"...))
		l.picture = nil
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
