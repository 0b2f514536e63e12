package terminal

import (
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWrite writes more than a pipe takes to one that somebody has set not to block after it was
// opened.
func TestWrite(t *testing.T) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	read, write := os.NewFile(uintptr(fds[0]), "read"), os.NewFile(uintptr(fds[1]), "write")
	defer read.Close()
	if err := unix.SetNonblock(fds[1], true); err != nil {
		t.Fatal(err)
	}
	want := strings.Repeat("message\n", 100_000)
	done := make(chan error)
	go func() {
		err := Write(write, []byte(want))
		write.Close()
		done <- err
	}()
	got, err := io.ReadAll(read)
	if string(got) != want || err != nil {
		t.Errorf("got %d bytes, %v, want %d", len(got), err, len(want))
	}
	if err := <-done; err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if err := Write(write, []byte("x")); err == nil {
		t.Error("got no error of a file that is closed")
	}
}
