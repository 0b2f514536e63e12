package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// withoutColours finds the colours that there may be: the terminal's own, and no background.
var withoutColours = regexp.MustCompile("\x1b\\[(0|1|2|(1;)?3[0-7])m")

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
	wideTable   = `seq 1204 | map "{n: it+5001, third: (it+5001) / 3, name: repeat(\"wide \", 30), even: it % 2 == 0, none: nil, list: [it+5001, \"x\"]}"`
)

// screens are the commands whose screens stand in screensFile.
var screens = []struct {
	name string
	args []string
}{
	{"plot", []string{`lines examples/data/access.log | field 9 | count_by | plot`}},
	{"table", []string{`csv examples/data/orders.csv | sort --by price:desc`}},
	{"long table", []string{wideTable}},
	{"all of a table", []string{"--all", `csv examples/data/orders.csv | stats | head 2`}},
	{"columns left out", []string{`csv examples/data/orders.csv | stats`}},
	{"values", []string{`take_from '[1,"x",null,true]' text '{"a":{"b":[-1.5e3]}}' | map 'it == "text" ? it : fromJSON(it)'`}},
	{"JSON", []string{"-o", "jsonl", `csv examples/data/orders.csv | head 2`}},
	{"pretty", []string{"-o", "pretty", `csv examples/data/orders.csv | head 1`}},
	{"a mistake", []string{`lines examples/data/access.log | uper`}},
	{"an error", []string{`csv examples/data/orders.csv | map item*2`}},
	{"errors", []string{"--on-error", "skip", `csv examples/data/orders.csv | map item*2`}},
	{"explain", []string{"explain", "-j2", "--max-memory", "1G", `csv examples/data/orders.csv | filter "price > 4" | group_by item n=count() | sort --by n:desc | head 3`}},
	{"explain blocks", []string{"explain", "-j2", "--max-memory", "1G", `def urls { lines urls.txt | distinct }; urls | pmap --jobs 8 { http_get $it | count } | tee { sum | write sum.txt } { max } | write all.txt`}},
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
			if acts(withoutColours.ReplaceAllString(text, "")) {
				t.Errorf("%s: got %q, on which a terminal acts", name, text)
			}
			if !strings.Contains(look.name, "colour") && strings.Contains(text, "\x1b") {
				t.Errorf("%s: got colours", name)
			}
			text = strings.ReplaceAll(text, "\x1b", `\e`)
			got.Files = append(got.Files, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	checkPage(t, got)
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

// TestLinks wants the place of an error to be a link where the terminal is known to make one, and
// nowhere else.
func TestLinks(t *testing.T) {
	args := []string{`csv examples/data/orders.csv | map item*2`}
	link := regexp.MustCompile("\x1b]8;;file://[^\x1b]*/examples/data/orders\\.csv\x1b\\\\\x1b\\[1mexamples/data/orders\\.csv:2\x1b\\[0m\x1b]8;;\x1b\\\\")
	for _, c := range []struct {
		environ []string
		want    bool
	}{
		{[]string{"TERM=xterm", "NO_COLOR=", "TERM_PROGRAM=WezTerm"}, true},
		{[]string{"TERM=tmux", "NO_COLOR=", "TERM_PROGRAM=WezTerm"}, false},
		{[]string{"TERM=dumb", "NO_COLOR=", "TERM_PROGRAM=WezTerm"}, false},
	} {
		got := shownAt(t, size{80, 24}, "../..", c.environ, args...)
		if link.MatchString(got) != c.want || strings.Contains(got, "\x1b]") != c.want {
			t.Errorf("%q: got %q", c.environ, got)
		}
	}
	cmd := process(t, append([]string{"--color", "always"}, args...)...)
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "TERM_PROGRAM=WezTerm", "TERM=xterm")
	if got, _ := cmd.CombinedOutput(); strings.Contains(string(got), "\x1b]") || !strings.Contains(string(got), "\x1b[1;31mmtpipe:\x1b[0m ") {
		t.Errorf("piped: got %q, want colours without links", got)
	}
}

// screensPage is the page of the documentation that shows some of the screens.
const screensPage = "../../docs/screens.md"

// checkPage wants the page to show what was seen; -update writes it.
func checkPage(t *testing.T, seen *txtar.Archive) {
	t.Helper()
	page := "# Screens\n\nWhat some commands show on a terminal of 80 columns and 24 rows, without its colours; in a pipe, records are\n" +
		"lines of JSON instead. A test runs them and writes this page. [The guide](guide.md) says what the options do.\n"
	for _, s := range screens {
		for _, f := range seen.Files {
			if f.Name != s.name+", 80x24" {
				continue
			}
			command := "mtpipe"
			for _, a := range s.args {
				if strings.ContainsAny(a, " |") {
					a = "'" + a + "'"
				}
				command += " " + a
			}
			page += fmt.Sprintf("\n## %s\n\n```text\n$ %s\n%s```\n", strings.ToUpper(s.name[:1])+s.name[1:], command, f.Data)
		}
	}
	page += "\n## While it runs\n\nWhat stands there after the lines 1, 2 and 1, and is renewed in its place when more come.\n\n" +
		"```text\n$ mtpipe --live '" + liveCommand + "' requests\n" + liveScreen + "\n```\n"
	if *update {
		if err := os.WriteFile(screensPage, []byte(page), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(screensPage); err != nil || string(want) != page {
		t.Errorf("docs/screens.md is stale (%v); to mend it: go test ./cmd/mtpipe -run TestScreens -update", err)
	}
}
