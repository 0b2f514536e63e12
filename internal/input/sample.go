package input

import (
	"bytes"
	"io"
)

// Sample makes the file end after the whole lines among the first n bytes of its text. Cut is called
// when there is more.
func (f *File) Sample(n int64, cut func()) {
	f.text, f.regular = &sampled{f.text, n, cut}, false
}

// sampled is the beginning of a text.
type sampled struct {
	from io.Reader
	left int64
	cut  func()
}

// Read reads up to len(p) bytes of what is left.
func (s *sampled) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.from.Read(p[:min(int64(len(p)), s.left)])
	if s.left -= int64(n); s.left > 0 || err != nil {
		return n, err
	}
	if more, _ := io.ReadFull(s.from, make([]byte, 1)); more == 0 {
		return n, nil
	}
	s.cut()
	if end := bytes.LastIndexByte(p[:n], '\n'); end >= 0 {
		n = end + 1
	}
	return n, nil
}
