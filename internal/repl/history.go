package repl

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
)

const (
	mostEntries = 4000 // of the history; more are cut down
	keptEntries = 3000 // to these
	mostHistory = 8 << 20
)

// entryEscapes is how a text stands in a line of the file.
func entryEscapes() (escape, unescape *strings.Replacer) {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`), strings.NewReplacer(`\\`, `\`, `\n`, "\n")
}

// readHistory returns the texts that the file keeps, the oldest first; none when there is no file.
func readHistory(name string) (list []string) {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	_, unescape := entryEscapes()
	for _, line := range entries(f) {
		list = append(list, plain([]byte(unescape.Replace(string(line)))))
	}
	return list
}

// entries returns the last lines of the file.
func entries(f *os.File) [][]byte {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	data := make([]byte, min(info.Size(), mostHistory))
	n, _ := f.ReadAt(data, info.Size()-int64(len(data)))
	lines := bytes.Split(bytes.TrimSuffix(data[:n], []byte("\n")), []byte("\n"))
	if info.Size() > mostHistory {
		lines = lines[1:] // which has lost its beginning
	}
	if n == 0 {
		return nil
	}
	return lines[max(len(lines)-mostEntries, 0):]
}

// addHistory adds a text to the file, unless it is the last one there or begins with a blank.
// Several processes may do so at a time.
func addHistory(name, text string) error {
	if strings.HasPrefix(text, " ") {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := lock(f); err != nil {
		return err
	}
	escape, _ := entryEscapes()
	line := []byte(escape.Replace(text))
	old := entries(f)
	if n := len(old); n > 0 && bytes.Equal(old[n-1], line) {
		return nil
	}
	if len(old) < mostEntries {
		_, err = f.Write(append(line, '\n'))
		return err
	}
	kept := append(bytes.Join(append(old[len(old)-keptEntries:], line), []byte("\n")), '\n')
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.Write(kept)
	return err
}
