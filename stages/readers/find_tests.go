package readers

import (
	"fmt"
	"os"
	"time"

	"mtpipe/internal/spill"
	"mtpipe/internal/times"
	"mtpipe/value"
)

// findTests is the options of find that look at more than names.
type findTests struct {
	Size     *fileSize `opt:"size" help:"only files of that size: +10M is more, -10M less, 10M exactly as many bytes"`
	Newer    string    `opt:"newer" help:"only what was changed after a time, less than a duration ago, or after a file"`
	Older    string    `opt:"older" help:"only what was changed before a time, more than a duration ago, or before a file"`
	MinDepth int       `opt:"min-depth" min:"0" help:"put nothing that is fewer levels down"`
	Depth    bool      `opt:"depth" help:"put a directory after what it holds"`

	after, before time.Time // of Newer and Older
}

// fileSize is a size, and what is compared with it.
type fileSize struct {
	bytes int64
	sign  byte // + for more, - for less, 0 for as much
}

// SetArg reads the size.
func (s *fileSize) SetArg(text string, _ func(string) (string, bool)) (err error) {
	*s = fileSize{}
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		s.sign, text = text[0], text[1:]
	}
	s.bytes, err = spill.ParseSize(text)
	return err
}

// fits reports whether a file has the size.
func (s *fileSize) fits(size int64) bool {
	switch s.sign {
	case '+':
		return size > s.bytes
	case '-':
		return size < s.bytes
	}
	return size == s.bytes
}

// resolve finds out which times are meant.
func (t *findTests) resolve() (err error) {
	if t.after, err = momentOf(t.Newer); err == nil {
		t.before, err = momentOf(t.Older)
	}
	return err
}

// momentOf returns the time that text stands for; the zero time for none.
func momentOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := times.Of(value.Text([]byte(text))); err == nil && len(text) >= len("2006-01-02") {
		return t, nil
	}
	if d, err := times.ParseDuration(text); err == nil {
		return time.Now().Add(-d), nil
	}
	info, err := os.Stat(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w, and it is no time such as 2024-05-01 and no duration such as 90m", err)
	}
	return info.ModTime(), nil
}

// holds reports whether what is at path passes the tests.
func (t *findTests) holds(path string) bool {
	if t.Size == nil && t.Newer == "" && t.Older == "" {
		return true
	}
	info, err := os.Lstat(path)
	return err == nil && (t.Size == nil || info.Mode().IsRegular() && t.Size.fits(info.Size())) &&
		(t.Newer == "" || info.ModTime().After(t.after)) && (t.Older == "" || info.ModTime().Before(t.before))
}
