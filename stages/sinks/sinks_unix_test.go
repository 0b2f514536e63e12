//go:build unix

package sinks_test

import (
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestWritePermissions(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	stagetest.InDir(t, map[string]string{"secret": "", "open": ""})
	for name, mode := range map[string]fs.FileMode{"secret": 0o600, "open": 0o666} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]fs.FileMode{"new": 0o640, "secret": 0o600, "open": 0o666} {
		if _, err := stagetest.Run(t, "seq 3 | write "+name, ""); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: got permissions %v, want %v", name, got, want)
		}
	}
}

// TestWriteIsRefused needs a user whom permissions hold back.
func TestWriteIsRefused(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everything")
	}
	dir := stagetest.InDir(t, map[string]string{"fixed": "old\n", "writable": "old\n"})
	if err := os.Chmod("fixed", 0o444); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"seq 3 | write fixed":    "9: write: fixed: permission denied",
		"seq 3 | append fixed":   "9: append: fixed: permission denied",
		"seq 3 | write new":      "9: write: new: permission denied",
		"seq 3 | write writable": "9: write: writable: there cannot be a new file beside it: permission denied",
	} {
		if text != "seq 3 | write fixed" {
			_ = os.Chmod(dir, 0o555)
		}
		if _, err := stagetest.Run(t, text, ""); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
		_ = os.Chmod(dir, 0o755)
	}
	stagetest.WantFiles(t, dir, map[string]string{"fixed": "old\n", "writable": "old\n"})
}

// TestWriteRunsOut lets write meet a limit on the size of files.
func TestWriteRunsOut(t *testing.T) {
	dir := stagetest.InDir(t, map[string]string{"out": "old\n"})
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	small := before
	small.Cur = 8 << 20 // what the test binary itself notes of files is less
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Skip(err)
	}
	_, err := stagetest.Run(t, "seq 2000000 | write out", "")
	if e := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); e != nil {
		t.Fatal(e)
	}
	if want := "15: write: out: file too large"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	stagetest.WantFiles(t, dir, map[string]string{"out": "old\n"})
}

// TestWriteToPipe writes a named pipe in place.
func TestWriteToPipe(t *testing.T) {
	stagetest.InDir(t, nil)
	if err := syscall.Mkfifo("fifo", 0o600); err != nil {
		t.Skip(err)
	}
	for _, text := range []string{"seq 50000 | write fifo", "seq 50000 | append fifo"} {
		read := make(chan string)
		go func() {
			b, _ := os.ReadFile("fifo")
			read <- string(b)
		}()
		if _, err := stagetest.Run(t, text, ""); err != nil {
			t.Fatal(err)
		}
		if got := <-read; got != stagetest.Numbered(1, 50_000) {
			t.Errorf("%s: got %q, want the numbers", text, stagetest.Clip(got))
		}
		if info, err := os.Lstat("fifo"); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
			t.Errorf("%s: got %v, %v, want a pipe as before", text, info, err)
		}
	}
	go func() {
		if f, err := os.Open("fifo"); err == nil {
			f.Close()
		}
	}()
	if _, err := stagetest.Run(t, "repeat x | write fifo", ""); err == nil || !strings.Contains(err.Error(), "write: fifo: broken pipe") {
		t.Errorf("got %v, want an error for a reader that has gone", err)
	}
}
