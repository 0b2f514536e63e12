package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// inShell runs the program by a shell, as redirected says, and returns its exit status and what
// it prints.
func inShell(t *testing.T, pipeline, redirected string) (status int, stdout, stderr string) {
	t.Helper()
	self := process(t).Path
	var out, errs bytes.Buffer
	cmd := exec.Command("sh", "-c", `"$0" "$1" `+redirected, self, pipeline)
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// TestOddStreams starts the program with standard streams that are closed, of the wrong direction,
// full, or no stream at all.
func TestOddStreams(t *testing.T) {
	if os.Getenv("PWD") == "" {
		t.Setenv("PWD", "/")
	}
	t.Chdir(t.TempDir())
	const badOutput = "output: /dev/stdout: bad file descriptor"
	const badInput = "lines: /dev/stdin: bad file descriptor"
	for _, row := range []struct {
		pipeline, redirected string
		status               int
		stdout, stderr       string // what the latter has in it
	}{
		{"seq 3", ">&-", 1, "", badOutput},
		{"seq 3", ">&-; exit $?", 1, "", badOutput},
		{"seq 0", ">&-", 0, "", ""},
		{"seq 3 | write a; lines a", ">&-", 1, "", badOutput},
		{"seq 3 | write b", ">&-", 0, "", ""},
		{"seq 3 | write /dev/stdout", ">&-", 1, "", "write: /dev/stdout: bad file descriptor"},
		{"seq 3 | append /dev/fd/1", ">&-", 1, "", "append: /dev/stdout: bad file descriptor"},
		{"seq 3 | exec cat", ">&-", 1, "", badOutput},
		{"seq 3", ">/dev/null", 0, "", ""},
		{"seq 3", "</dev/null >&0", 1, "", badOutput},
		{"seq 3", ">/dev/full", 1, "", "output: /dev/stdout: no space left on device"},
		{"count", "<&-", 1, "", badInput},
		{"count", "<&-; exit $?", 1, "", badInput},
		{"lines -", "<&-", 1, "", badInput},
		{"csv", "<&-", 1, "", "csv: /dev/stdin: bad file descriptor"},
		{"seq 3 | count", "<&-", 0, "3\n", ""},
		{"exec cat", "<&-", 1, "", "Bad file descriptor"},
		{"seq 3 | exec cat", "<&-", 0, "1\n2\n3\n", ""},
		{"count", "</dev/null", 0, "0\n", ""},
		{"count", "0>c", 1, "", badInput},
		{"count", "<.", 1, "", "lines: /dev/stdin: is a directory"},
		{"seq 3 | log", "2>&-", 0, "1\n2\n3\n", ""},
		{"seq 3 | log", "2>/dev/full", 1, "", ""},
		{"fail_not_there", "2>&-", 2, "", ""},
		{"lines not-there", "2>&-", 1, "", ""},
		{"seq 3 | sort | write d; lines d | write e", "<&- >&- 2>&-", 0, "", ""},
		{"seq 2 | write f; lines f", "<&- 2>&-", 0, "1\n2\n", ""},
		{"seq 3 | sum", "<&- 2>&-", 0, "6\n", ""},
		{"sort", "<&- >&-", 1, "", badInput},
		{"seq 3", ">&- 2>&-", 1, "", ""},
		{"seq 3", "<&- >&- 2>&-", 1, "", ""},
		{"seq 3 | null", "<&- >&- 2>&-", 0, "", ""},
		{"seq 3 | exec cat", "2>&-", 0, "1\n2\n3\n", ""},
		{"seq 3 | exec cat", ">&- 2>&-", 1, "", ""},
		{"exec cat", "<&- 2>&-", 1, "", ""},
		{"sh 'ls -d /proc/self/fd/[012] | wc -l'", "<&- 2>&-", 0, "3\n", ""},
		{"sort", "</dev/null", 0, "", ""},
		{"exec cat", "<.", 1, "", "Is a directory"},
		{"seq 3 | sum", "<.", 0, "6\n", ""},
		{"seq 3", "1<.", 1, "", badOutput},
		{"seq 3 | null", "1<.", 0, "", ""},
		{"seq 3", "2<.", 0, "1\n2\n3\n", ""},
		{"take_from x | map int(it)", "2<.", 1, "", ""},
		{"seq 3 | exec cat", ">/dev/full", 1, "", "output: /dev/stdout: no space left on device"},
		{"seq 3 | null", ">/dev/full", 0, "", ""},
		{"seq 3", ">/dev/full 2>&1", 1, "", ""},
		{"take_from x | map int(it)", "2>/dev/full", 1, "", ""},
		{"not_there", "2>/dev/full", 2, "", ""},
		{"exec cat", "0>c", 1, "", "Bad file descriptor"},
		{"seq 3 | exec cat", "1</dev/null", 1, "", badOutput},
		{"seq 2 | write same; lines same", "</dev/null", 0, "1\n2\n", ""},
		{"upper", "0<>same 1>&0", 0, "", ""},
		{"map it*2", "<same >>same", 0, "", ""},
	} {
		status, stdout, stderr := inShell(t, row.pipeline, row.redirected)
		if status != row.status || stdout != row.stdout && row.stdout != "" || !strings.Contains(stderr, row.stderr) || row.status == 0 && stderr != "" && row.stderr == "" && !strings.Contains(row.pipeline, "log") {
			t.Errorf("%s %s: got the status %d, %q and the messages %q, want %d, %q and %q", row.pipeline, row.redirected, status, stdout, stderr, row.status, row.stdout, row.stderr)
		}
	}
	for name, want := range map[string]string{"a": "1\n2\n3\n", "b": "1\n2\n3\n", "c": "", "d": "1\n2\n3\n", "e": "1\n2\n3\n", "f": "1\n2\n", "same": "1\n2\n1\n2\n2\n4\n2\n4\n"} {
		wantText(t, name, fileText(t, name), want)
	}
}

// TestNullForBoth gives /dev/null, open for reading and writing, as other programs do: what is
// printed there is dropped, and there is nothing to read.
func TestNullForBoth(t *testing.T) {
	for _, row := range []struct{ pipeline, want string }{{"seq 3", ""}, {"count", "0\n"}} {
		null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		cmd := process(t, row.pipeline)
		var stdout, stderr bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = null, &stdout, &stderr
		if row.want == "" {
			cmd.Stdin, cmd.Stdout = nil, null
		}
		if err := cmd.Run(); err != nil || stdout.String() != row.want {
			t.Errorf("%s: got %q, %v and the messages %q, want %q", row.pipeline, stdout.String(), err, stderr.String(), row.want)
		}
		null.Close()
	}
}

// TestDescriptorsTaken opens a file while standard streams are closed: what is printed does not
// get into it.
func TestDescriptorsTaken(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	writeFile(t, name, []byte("text\n"))
	for _, redirected := range []string{"<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"} {
		_, _, _ = inShell(t, "lines "+name+" | log | append "+name+"2; lines "+name, redirected)
		wantText(t, redirected, fileText(t, name), "text\n")
		wantText(t, redirected, fileText(t, name+"2"), "text\n")
		if err := os.Remove(name + "2"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTerminalGone prints to a terminal that has hung up, and reads from one: both are errors,
// where the signal that tells it is ignored.
func TestTerminalGone(t *testing.T) {
	for _, pipeline := range []string{"seq 3", "lines | count"} {
		master, slave := terminal(t)
		cmd := exec.Command("sh", "-c", `trap "" HUP; read x <&3; exec "$0" "$1"`, process(t).Path, pipeline)
		gate, open, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = slave, slave, &stderr, []*os.File{gate}
		cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		gate.Close()
		master.Close()
		_, _ = open.WriteString("\n")
		open.Close()
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != 1 || !strings.Contains(stderr.String(), "input/output error") {
			t.Errorf("%s: got the status %d and the messages %q, want 1 and an input/output error", pipeline, got, stderr.String())
		}
	}
}
