package format

import (
	"time"

	"mtpipe/internal/terminal"
	"mtpipe/value"
)

// Screen is what output is shown on. The zero Screen is none: a file, or a pipe.
type Screen struct {
	Terminal      bool
	Columns, Rows int  // 0: not known
	All           bool // nothing of a table is left out or cut
	Picture       bool // what has no room on it at once is never seen
	Colours       bool
}

// Shown is implemented by writers for a terminal whose text is such that it acts on nothing in it but on
// their own colours; the text of all others has to be escaped.
type Shown interface{ IsShown() }

// shownText prints values on a terminal: text, each on a line, and records as a table.
type shownText struct {
	text  text
	table *screenTable
	begun bool // there was text
}

// IsShown says that the text is escaped.
func (*shownText) IsShown() {}

// Append appends v, or holds it back when it is a record.
func (s *shownText) Append(dst []byte, v value.Value) ([]byte, error) {
	if v.Kind() == value.KindRecord {
		if s.text.open {
			dst = s.text.Tail(dst, false)
		}
		return s.table.Append(dst, v)
	}
	dst = s.table.interrupt(dst)
	s.begun = true
	at := len(dst)
	dst, err := s.text.Append(dst, v)
	if v.Kind() == value.KindList && s.table.on.Colours {
		return appendPainted(dst[:at:at], dst[at:], true), err
	}
	if acting := terminal.FirstActing(dst[at:]); at+acting < len(dst) {
		raw := append([]byte(nil), dst[at+acting:]...)
		dst = terminal.AppendShown(dst[:at+acting], raw)
	}
	return dst, err
}

// AppendNames appends the names over a table without rows.
func (s *shownText) AppendNames(dst []byte, names []string) []byte {
	if s.begun {
		return dst
	}
	return s.table.AppendNames(dst, names)
}

// Wait returns how long the table may hold back what it has.
func (s *shownText) Wait() time.Duration { return s.table.Wait() }

// Flush appends what the table holds back.
func (s *shownText) Flush(dst []byte) []byte { return s.table.Flush(dst) }

// End appends the end of the table.
func (s *shownText) End(dst []byte) []byte {
	if s.begun {
		return s.table.interrupt(dst)
	}
	return s.table.End(dst)
}
