package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/sys/unix"
)

// size is that of a terminal.
type size struct{ columns, rows int }

// atTerminal starts cmd with a new terminal of that size for its output and messages, and returns what
// it shows there, to the end.
func atTerminal(t *testing.T, s size, cmd *exec.Cmd) io.Reader {
	t.Helper()
	master, slave := terminal(t)
	if err := unix.IoctlSetWinsize(descriptor(t, slave), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(s.columns), Row: uint16(s.rows)}); err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	return master
}

// shownAt runs the program at a terminal of that size and returns what it shows there, in which line
// ends are as the program wrote them.
func shownAt(t *testing.T, s size, dir string, environ []string, args ...string) string {
	t.Helper()
	cmd := process(t, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environ...)
	screen := atTerminal(t, s, cmd)
	all, _ := io.ReadAll(screen) // to the error that nobody has the other side
	_ = cmd.Wait()
	return strings.ReplaceAll(string(all), "\r\n", "\n")
}

// looks are the screens that a command is run on.
var looks = []struct {
	name string
	size
	environ []string
}{
	{"80x24", size{80, 24}, []string{"TERM=xterm", "NO_COLOR=1"}},
	{"200x50", size{200, 50}, []string{"TERM=xterm", "NO_COLOR=1"}},
	{"in colour", size{80, 24}, []string{"TERM=xterm", "NO_COLOR=", "FORCE_COLOR="}},
	{"piped", size{}, []string{"TERM=xterm"}},
}

// firstLines returns the first n lines of a text, and how many there are.
func firstLines(text string, n int) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) <= n {
		return text
	}
	return fmt.Sprintf("%sand so on: %d lines\n", strings.Join(lines[:n], ""), len(lines))
}

const (
	screensFile = "testdata/screens/shown.txt"
	wideTable   = `seq 1204 | map "{n: it, third: it / 3, name: repeat(\"wide \", 30), even: it % 2 == 0, none: nil, list: [it, \"x\"]}"`
)

// screens are the commands whose screens stand in screensFile.
var screens = []struct {
	name string
	args []string
}{
	{"table", []string{`csv examples/data/orders.csv | sort --by price:desc`}},
	{"long table", []string{wideTable}},
	{"all of a table", []string{"--all", `csv examples/data/orders.csv | stats | head 2`}},
	{"columns left out", []string{`csv examples/data/orders.csv | stats`}},
	{"two tables", []string{`take_from '{"a":1}' '{"a":2}' text '{"b":"x\ty"}' | map 'it == "text" ? it : fromJSON(it)'`}},
}

// TestScreens runs commands on terminals and compares what they show; -update writes it.
func TestScreens(t *testing.T) {
	want, err := txtar.ParseFile(screensFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	got := &txtar.Archive{Comment: []byte("What TestScreens has seen on its terminals. Escapes are written as \\e.\n\n")}
	for _, s := range screens {
		for _, look := range looks {
			name := s.name + ", " + look.name
			text := ""
			if look.name == "piped" {
				cmd := process(t, s.args...)
				cmd.Dir, cmd.Env = "../..", append(os.Environ(), look.environ...)
				out, _ := cmd.CombinedOutput()
				text = firstLines(string(out), 6)
			} else {
				text = shownAt(t, look.size, "../..", look.environ, s.args...)
			}
			text = strings.ReplaceAll(text, "\x1b", `\e`)
			if acts(strings.ReplaceAll(text, `\e`, "")) {
				t.Errorf("%s: got %q, on which a terminal acts", name, text)
			}
			if !strings.Contains(look.name, "colour") && strings.Contains(text, `\e`) {
				t.Errorf("%s: got escapes", name)
			}
			got.Files = append(got.Files, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	if *update {
		if err := os.WriteFile(filepath.FromSlash(screensFile), txtar.Format(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	for i, f := range got.Files {
		if i >= len(want.Files) || want.Files[i].Name != f.Name {
			t.Fatalf("%s lacks %q in its place; to write it: go test ./cmd/mtpipe -run TestScreens -update", screensFile, f.Name)
		}
		if text := string(want.Files[i].Data); text != string(f.Data) {
			t.Errorf("%s: got\n%s\nwant\n%s", f.Name, f.Data, text)
		}
	}
}
