package input

import (
	"io"
	"os"
)

// snapshot is a regular file as it was when it was opened.
type snapshot struct {
	info  os.FileInfo
	left  int64                  // of what was there
	grows func(os.FileInfo) bool // nil when nobody asks
}

// newSnapshot returns one of what file has from its present place on, nil when it does not tell.
func newSnapshot(file *os.File) *snapshot {
	info, err := file.Stat()
	if err != nil {
		return nil
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil
	}
	return &snapshot{info: info, left: max(info.Size()-at, 0)}
}

// EndsIf has f end where it ended when it was opened if grows says of it that the run adds to it.
// Grows is for any goroutine.
func (f *File) EndsIf(grows func(os.FileInfo) bool) {
	if f.snapshot != nil {
		f.snapshot.grows = grows
	}
}

// limit returns what reads from, which reads the file, up to its end.
func (s *snapshot) limit(from io.Reader) io.Reader {
	if s == nil {
		return from
	}
	return &limited{s, from}
}

type limited struct {
	*snapshot
	from io.Reader
}

// Read reads what was there, and beyond it what others than the run have added.
func (l *limited) Read(p []byte) (int, error) {
	if l.grows == nil {
		return l.from.Read(p)
	}
	if l.left > 0 {
		n, err := l.from.Read(p[:min(int64(len(p)), l.left)])
		l.left -= int64(n)
		return n, err
	}
	if l.grows(l.info) {
		return 0, io.EOF
	}
	n, err := l.from.Read(p)
	if n > 0 && l.grows(l.info) { // since just now
		return 0, io.EOF
	}
	return n, err
}
