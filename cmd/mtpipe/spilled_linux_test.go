package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// spillFiles returns paths to the temporary files without a name that a process has open and has
// written to.
func spillFiles(t *testing.T, pid int, dir string) (list []string) {
	t.Helper()
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		path := fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name())
		name, err := os.Readlink(path)
		if err != nil || !strings.HasPrefix(name, dir) || !strings.HasSuffix(name, " (deleted)") {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			list = append(list, path)
		}
	}
	return list
}

// TestSpilledChanged changes a byte in the temporary files of runs that need more memory than they
// have: an error, and neither a wrong answer nor an end without one.
func TestSpilledChanged(t *testing.T) {
	for _, row := range []struct{ name, text string }{
		{"sort", "lines | sort"},
		{"sort -u", "lines | sort -u | count"},
		{"sort by an expression", "csv | sort \"n % 7\""},
		{"distinct", "lines | distinct | count"},
		{"group_by", "csv | group_by n m=sum(k) | sort n"},
		{"count_by", "csv | count_by n | count"},
		{"join", "csv | join b.csv --on n | count"},
		{"in copies", "csv | filter \"k >= 0\" | sort n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := &started{t: t, cmd: process(t, "--max-memory", "1MiB", row.text), dir: t.TempDir()}
			writeFile(t, filepath.Join(s.dir, "b.csv"), numbered(0, 50000, "n,o\n"))
			s.begin()
			printed := make(chan string, 1)
			go func() {
				text, _ := io.ReadAll(s.out)
				printed <- string(text)
			}()
			var files []string
			_, _ = io.WriteString(s.stdin, "n,k\n")
			for n := 0; len(files) == 0; n += 1000 {
				if n > 2_000_000 {
					t.Fatal("it spills nothing")
				}
				if _, err := s.stdin.Write(numbered(n, 1000, "")); err != nil {
					t.Fatalf("%v, %s", err, s.stderr.String())
				}
				time.Sleep(time.Millisecond) // for it to get there, before the answer is large
				files = spillFiles(t, s.cmd.Process.Pid, s.dir)
			}
			for _, name := range files {
				changeByte(t, name, 20)
			}
			_ = s.stdin.Close()
			if code := ended(t, s.cmd); code != 1 || !strings.Contains(s.stderr.String(), "what was spilled to "+s.dir+" has been changed there") {
				t.Errorf("got the status %d, %q and %d bytes printed, want 1 and that spilled rows have been changed", code, s.stderr.String(), len(<-printed))
			}
		})
	}
}

// numbered returns lines of two fields after a header.
func numbered(from, n int, header string) []byte {
	var b bytes.Buffer
	b.WriteString(header)
	for i := range n {
		fmt.Fprintf(&b, "%d,%d\n", (from+i)/3*7919%1_000_003, from+i)
	}
	return b.Bytes()
}

// changeByte changes a byte of a file.
func changeByte(t *testing.T, name string, at int64) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{b[0] ^ 1}, at); err != nil {
		t.Fatal(err)
	}
}
