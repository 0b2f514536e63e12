package concurrency

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"unicode"
	"unicode/utf8"

	"mtpipe/internal/redact"
	"mtpipe/value"
)

// jobLog is the log of a pmap: a header and a line for each value that is done, written at
// once, so that a killed run leaves whole lines. A nil log is none.
type jobLog struct {
	f    *os.File
	past map[string]int // how often a value was done, by its spelling in the log
}

const jobLogHeader = "start\tseconds\tstatus\tvalue\n"

// openJobLog opens the log called name. To resume, it reads what is in it and goes on behind
// the last whole line; otherwise it begins anew.
func openJobLog(name string, resume bool) (*jobLog, error) {
	l := &jobLog{past: make(map[string]int)}
	size, flags := int64(0), os.O_WRONLY|os.O_CREATE
	if !resume {
		flags |= os.O_TRUNC
	} else {
		text, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		size = int64(bytes.LastIndexByte(text, '\n') + 1)
		if size == 0 && !bytes.HasPrefix([]byte(jobLogHeader), text) {
			size = int64(len(text)) // not the beginning of a header that was cut off
		}
		if err := l.read(text[:size]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	f, err := os.OpenFile(name, flags, 0o666)
	if err != nil {
		return nil, err
	}
	l.f = f
	if resume {
		if err = f.Truncate(size); err == nil {
			_, err = f.Seek(size, io.SeekStart)
		}
	}
	if err == nil && size == 0 {
		_, err = f.WriteString(jobLogHeader)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

// read notes which values are done.
func (l *jobLog) read(text []byte) error {
	for i, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		fields := bytes.SplitN(line, []byte("\t"), 4)
		switch {
		case i == 0 && (len(line) == 0 || string(line)+"\n" == jobLogHeader):
		case i == 0 || len(fields) < 4:
			return fmt.Errorf("line %d is not one of a log of pmap", i+1)
		case string(fields[2]) == "ok":
			l.past[string(fields[3])]++
		}
	}
	return nil
}

// spelling returns a text as it stands in the log: as it is, or quoted as in Go when it has
// control characters, is no valid UTF-8 or begins with a quote. In the place of the credentials of
// URLs stands what tells texts apart that differ in nothing else.
func spelling(text []byte) []byte {
	if shown := redact.Text(string(text)); shown != string(text) {
		text = fmt.Appendf(nil, "%s (%x)", shown, sha256.Sum256(text))
		text = append(text[:len(shown)+len(" (")+8], ')')
	}
	if utf8.Valid(text) && !bytes.HasPrefix(text, []byte{'"'}) && !bytes.ContainsFunc(text, unicode.IsControl) {
		return text
	}
	return strconv.AppendQuote(nil, string(text))
}

// done reports whether the log says that v was done, once for each time that it says so.
func (l *jobLog) done(v value.Value) bool {
	if l == nil || len(l.past) == 0 {
		return false
	}
	key := string(spelling(v.AppendText(nil)))
	n := l.past[key]
	if n > 0 {
		l.past[key] = n - 1
	}
	return n > 0
}

// add writes the line of a value whose block has ended with err.
func (l *jobLog) add(c *cell, err error) error {
	if l == nil {
		return nil
	}
	status := "ok"
	if err != nil {
		status = string(spelling([]byte(redact.Text(err.Error()))))
	}
	line := fmt.Appendf(nil, "%s\t%.3f\t%s\t%s\n", c.begun.UTC().Format("2006-01-02T15:04:05.000Z"), c.took.Seconds(), status, spelling(c.v.AppendText(nil)))
	_, werr := l.f.Write(line)
	return werr
}

func (l *jobLog) close() { l.f.Close() }
