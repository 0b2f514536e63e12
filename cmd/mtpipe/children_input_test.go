//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestExec_Stdin wants the standard input that programs have.
func TestExec_Stdin(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("of the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, text string
		files      []string
		want       string
	}{
		{"the first stage has that of mtpipe", "exec head -n 1", nil, "of mtpipe\n"},
		{"as does a shell", "sh 'read line; echo $line'", nil, "of mtpipe\n"},
		{"a second pipeline goes on where the first one has ended", "sh 'read line; echo 1 $line'; sh 'read line; echo 2 $line'", nil, "1 of mtpipe\n2 more\n"},
		{"not behind another stage", "take_from a | exec cat", nil, "a\n"},
		{"not with a FILE", "exec cat", []string{file}, "of the file\n"},
		{"an empty one in a block, where the value is among the words", "take_from a | pmap { sh 'cat'; exec sh -c 'cat; echo -{}-' }", nil, "a\n-a-\n"},
		{"an empty one in a block with the value of an expression", "take_from a | each { exec sh -c 'cat; echo {upper(it)}' }", nil, "A\n"},
		{"the value in a block, where it is not", "take_from a b | each { exec cat }", nil, "a\nb\n"},
		{"the value in a block, where it is a variable", "take_from a b | each { exec sh -c 'cat; echo $0' $it }", nil, "a\na\nb\nb\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := runProgram(t, "of mtpipe\nmore\n", append([]string{row.text}, row.files...)...)
			got.check(t, result{stdout: row.want})
		})
	}
}

// TestExec_SameFile wants a program that is the first stage, reads, and leaves the rest in the
// file for whoever has it too.
func TestExec_SameFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("one\ntwo\nthree\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := process(t, "sh 'read line; echo $line'")
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout = file, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if code := ended(t, cmd); code != 0 || out.String() != "one\n" {
		t.Errorf("got %q, %d, want one", out.String(), code)
	}
	at, err := file.Seek(0, 1)
	if at != int64(len("one\n")) || err != nil {
		t.Errorf("got %d, %v as the place in the file, want that behind the first line", at, err)
	}
}

// nonBlocking reports whether O_NONBLOCK is set on an open file, which all who have it share.
func nonBlocking(t *testing.T, f *os.File) (set bool) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			flags, ferr := unix.FcntlInt(fd, unix.F_GETFL, 0)
			if ferr != nil {
				t.Error(ferr)
			}
			set = flags&unix.O_NONBLOCK != 0
		})
	}
	if err != nil {
		t.Error(err)
	}
	return set
}

// rawPipe returns a pipe whose ends are in blocking mode, or not.
func rawPipe(t *testing.T, nonBlock bool) (r, w *os.File) {
	t.Helper()
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
	r, w = os.NewFile(uintptr(fds[0]), "|0"), os.NewFile(uintptr(fds[1]), "|1")
	for _, fd := range fds { // behind NewFile, which looks
		_ = syscall.SetNonblock(fd, nonBlock)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}

// TestExec_BlockingMode wants the mode of what mtpipe has from others to stay, while it runs
// and behind that, and what programs get to be in blocking mode.
func TestExec_BlockingMode(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a program cannot look at its descriptors there")
	}
	const flags = "grep -h flags /proc/self/fdinfo/0 /proc/self/fdinfo/1 /proc/self/fdinfo/2"
	for _, row := range []struct {
		name, text string
		nonBlock   bool
		want       string // whether the bit is set, for each descriptor
	}{
		{"first stage", "exec " + flags, false, "no no no "},
		{"first stage, not blocking before", "exec " + flags, true, "yes no no "},
		{"in the middle", "take_from a | exec " + flags + " | lines", false, "no no no "},
		{"in the middle, not blocking before", "take_from a | exec " + flags + " | lines", true, "no no no "},
		{"in a block", "take_from a | pmap { sh '" + flags + "' }", false, "no no no "},
		{"behind a reader of standard input", "lines | exec " + flags, false, "no no no "},
	} {
		t.Run(row.name, func(t *testing.T) {
			inRead, inWrite := rawPipe(t, row.nonBlock)
			outRead, outWrite := rawPipe(t, row.nonBlock)
			_, errWrite := rawPipe(t, row.nonBlock)
			cmd := process(t, row.text)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = inRead, outWrite, errWrite
			shared := []*os.File{inRead, outWrite, errWrite}
			look := func(when string) {
				for i, f := range shared {
					if nonBlocking(t, f) != row.nonBlock {
						t.Errorf("%s: got descriptor %d with another mode, want that which it had", when, i)
					}
				}
			}
			_, _ = inWrite.WriteString("x\n")
			inWrite.Close()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			look("at the start")
			read := make(chan []byte)
			go func() {
				var out []byte
				buf := make([]byte, 256)
				for {
					n, err := syscall.Read(descriptor(t, outRead), buf)
					if err == syscall.EAGAIN {
						runtime.Gosched()
					} else if n <= 0 {
						break
					}
					out = append(out, buf[:max(n, 0)]...)
				}
				read <- out
			}()
			code, got := ended(t, cmd), ""
			look("at the end")
			outWrite.Close()
			for line := range strings.Lines(string(<-read)) {
				bits, err := strconv.ParseUint(strings.TrimSpace(strings.TrimPrefix(line, "flags:")), 8, 64)
				if err != nil {
					t.Error(err)
				}
				got += map[bool]string{true: "yes ", false: "no "}[bits&unix.O_NONBLOCK != 0]
			}
			if code != 0 || got != row.want {
				t.Errorf("got %s, %d, want %s", got, code, row.want)
			}
		})
	}
}

func descriptor(t *testing.T, f *os.File) (fd int) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Control(func(n uintptr) { fd = int(n) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

// TestExec_Descriptors wants programs to have their three descriptors only, whatever mtpipe
// itself has open at the time.
func TestExec_Descriptors(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a program cannot look at its descriptors there")
	}
	dir := t.TempDir()
	file, socket := filepath.Join(dir, "file"), filepath.Join(dir, "socket")
	if err := os.WriteFile(file, []byte("a\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const list = "exec ls /proc/self/fd"
	direct, err := exec.Command("ls", "/proc/self/fd").Output() // whoever runs the tests may leave some open
	if err != nil {
		t.Fatal(err)
	}
	want := string(direct)
	for _, row := range []struct{ name, text, want string }{
		{"alone", list, want},
		{"beside others", "exec cat " + file + " | " + list + " | exec cat", want},
		{"beside files and other programs", "lines " + file + " | each { exec ls /proc/self/fd --ignore {}; exec cat /dev/null }", want + want},
		{"many at a time", "range 0 8 | pmap --jobs 8 { exec ls /proc/self/fd --ignore x{} }", strings.Repeat(want, 8)},
		{"beside a written file", list + " | tee { write " + file + ".out } { count }", fmt.Sprintln(strings.Count(want, "\n"))},
		{"with a log", "take_from a | pmap --log " + file + ".log { " + list + " }", want},
	} {
		t.Run(row.name, func(t *testing.T) {
			runProgram(t, "", row.text).check(t, result{stdout: row.want})
		})
	}
	t.Run("of a connection", func(t *testing.T) {
		s := start(t, nil, "unix_listen "+socket+" { exec ls /proc/self/fd }")
		s.awaitMessage("listening")
		runProgram(t, "", "take_from a | unix "+socket).check(t, result{stdout: want})
		_ = s.cmd.Process.Signal(syscall.SIGINT)
		s.end(130, "")
	})
}

// TestExec_SignalMask wants programs to have the signals that mtpipe has got: what is
// ignored, and what is not.
func TestExec_SignalMask(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a program cannot look at its signals there")
	}
	const text = "grep -E '^Sig(Blk|Ign)' /proc/self/status"
	want, err := exec.Command("sh", "-c", text).Output()
	if err != nil {
		t.Fatal(err)
	}
	runProgram(t, "", "sh \""+text+"\"").check(t, result{stdout: string(want)})
}

// TestExec_Repeated wants no descriptors, and no programs, to be left of those that have ended,
// in whatever way.
func TestExec_Repeated(t *testing.T) {
	server := serve(t, "unix", "{ upper }")
	for _, row := range []struct{ name, text string }{
		{"that end", "range 0 100 | each { exec echo {} }"},
		{"whose readers leave", "range 0 100 | each { sh 'echo a; exec sleep 1000' | head 1 }"},
		{"that fail", "range 0 100 | each { sh 'echo a; exit 3' --ok 3 }"},
		{"that read", "range 0 100 | each { exec cat }"},
		{"that do not", "range 0 100 | each { exec echo }"},
		{"of which several run at a time", "range 0 100 | pmap --jobs 2 { exec cat | exec cat }"},
		{"connections", "range 0 100 | each { unix " + server.address + " }"},
		{"connections whose readers leave", "range 0 100 | each { take_from a b | unix " + server.address + " | head 1 }"},
	} {
		t.Run(row.name, func(t *testing.T) {
			limited(t, 80, "", row.text+" | count").check(t, result{stdout: "100\n"})
		})
	}
	server.stop()
}

// TestPmap_Memory wants what pmap keeps to have nothing to do with how much comes and goes.
func TestPmap_Memory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system tells it in another way")
	}
	for _, text := range []string{
		"repeat 0123456789 | pmap { take_from $it } | head 20000 | count",
		"repeat 0123456789 | pmap { repeat $it --times 100000 } | head 2000000 | count",
		"repeat 0123456789 | pmap --unordered { repeat $it --times 100000 } | head 2000000 | count",
		"repeat 0123456789 | pmap { exec yes } | head 2000000 | count",
	} {
		cmd := process(t, text)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if code := ended(t, cmd); code != 0 {
			t.Errorf("%s: got exit status %d, want 0", text, code)
		}
		if kb := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss; kb > 100<<10 {
			t.Errorf("%s: got %d KB, want less than 100 MB", text, kb)
		}
	}
}
