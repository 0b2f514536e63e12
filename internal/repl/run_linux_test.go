package repl

import (
	"fmt"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"mtpipe/internal/complete"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

// TestPanicLeavesTerminal has the editor panic, and wants the terminal to be what it was.
func TestPanicLeavesTerminal(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skip(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer slave.Close()
	settings := func() unix.Termios {
		s, err := unix.IoctlGetTermios(int(slave.Fd()), getTermios)
		if err != nil {
			t.Fatal(err)
		}
		return *s
	}
	before := settings()
	go func() { _, _ = io.Copy(io.Discard, master) }()
	if _, err := master.WriteString("\x1bOP"); err != nil {
		t.Fatal(err)
	}
	var raw unix.Termios
	func() {
		defer func() {
			if recover() != "as the test wants" {
				t.Error("got no panic")
			}
		}()
		_, _ = runOn(Options{Scope: pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
			Complete: func(string, []byte) complete.Answer { return complete.Answer{} },
			Help: func(string) string {
				raw = settings()
				panic("as the test wants")
			}}, slave)
	}()
	if raw == before {
		t.Error("the terminal was not changed while the editor was there")
	}
	if settings() != before {
		t.Errorf("got the terminal %+v, want %+v", settings(), before)
	}
}
