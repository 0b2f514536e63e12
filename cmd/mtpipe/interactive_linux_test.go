package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// editorFiles makes the files that are edited about the working directory.
func editorFiles(t *testing.T) {
	t.Helper()
	orders, err := os.ReadFile("../../examples/data/orders.csv")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"orders.csv": string(orders),
		"it's.csv":   string(orders),
		"odd.csv":    "name,x\n日本茶,\x1b[2J\x1b]0;title\x07\n\x9b31m\xff,\u202eabc\r\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// shellAt starts a shell in a terminal of that size, with nothing on it but the prompt.
func shellAt(t *testing.T, s size, environ ...string) *screen {
	t.Helper()
	state := t.TempDir()
	shell := newScreen(t, s.columns, s.rows, append([]string{"env", "XDG_STATE_HOME=" + state, "PS1=$ "}, append(environ, "bash", "--norc", "--noprofile")...)...)
	shell.wait("$")
	return shell
}

// enter types a command of the shell.
func (s *screen) enter(command string) {
	s.t.Helper()
	s.do("send-keys", "-l", "--", command)
	s.press("Enter")
}

// TestInteractive edits pipelines on a terminal.
func TestInteractive(t *testing.T) {
	editorFiles(t)
	s := shellAt(t, size{80, 24})
	s.enter(`stty -g > before; mtpipe -o table -I 'csv' "it's.csv" > out; echo status $?; stty -g | cmp - before && echo as before`)
	s.wait("6 rows")
	s.typed(" | sort --by pri", "there is no field pri")
	s.wait("what comes to it: 6 rows")
	s.pressUntil("Tab", "--by price")
	s.wait("0103       007  ballast")
	s.press("F1")
	s.wait("sort [")
	s.press("Escape")
	s.wait("0103       007  ballast")
	s.do("resize-window", "-x", "50", "-y", "12")
	s.wait("0105       042  tea             5") // fitted to fewer columns
	s.do("resize-window", "-x", "80", "-y", "24")
	s.typed("| sh 'touch made'", "not run here: 25: sh: has an effect")
	s.press("Enter")
	s.wait("as before")
	s.wait("status 0")
	got, _ := os.ReadFile("out")
	want := `mtpipe --out=table 'csv | sort --by price | sh '\''touch made'\''' 'it'\''s.csv'` + "\n"
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := os.Stat("made"); err == nil {
		t.Error("a stage with an effect was run")
	}

	s.enter("clear; mtpipe -I 'seq 3'")
	s.wait("3 rows")
	s.press("C-z")
	s.wait("Stopped")
	s.enter("clear; fg; echo left $?")
	s.wait("3 rows")
	s.press("C-c")
	s.wait("left 130") // what is typed before is the editor's
	s.enter("clear; mtpipe -I > out; echo status $?")
	s.wait("Enter prints")
	s.press("Up")
	s.wait("touch made")
	s.press("C-c")
	s.wait("status 130")
	s.enter("clear; mtpipe -I > out; echo status $?")
	s.wait("Enter prints")
	s.press("C-d")
	s.wait("status 1")
	if got, _ := os.ReadFile("out"); len(got) > 0 {
		t.Errorf("got %q printed of an editor that was left", got)
	}
}

// TestInteractiveEndings ends the editor in other ways, and wants the terminal to be what it was.
func TestInteractiveEndings(t *testing.T) {
	editorFiles(t)
	s := shellAt(t, size{80, 24})
	for _, c := range []struct{ signal, status string }{{"TERM", "143"}, {"INT", "130"}, {"HUP", "129"}, {"QUIT", "131"}} {
		s.enter("clear; stty -g > before; mtpipe -I 'seq 3'; echo status $?; stty -g | cmp - before && echo as before")
		s.wait("3 rows")
		s.do("run-shell", "-b", "pkill -"+c.signal+" -P $(tmux -S "+s.socket+" display-message -p '#{pane_pid}') mtpipe")
		s.wait("as before")
		s.wait("status " + c.status)
	}
}

// TestInteractivePipe edits a pipeline that a pipe feeds: one that does not end, and one whose end does
// not come.
func TestInteractivePipe(t *testing.T) {
	editorFiles(t)
	s := shellAt(t, size{80, 24})
	s.enter("yes 'a b' | mtpipe -I 'field 2 | upper'; echo status ${PIPESTATUS[1]}")
	s.wait("\nB\n")
	s.wait("the first rows")
	s.typed(" | count", "of the first 4 MB")
	s.press("C-c")
	s.wait("status 130")
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	s.enter("clear; mtpipe -I 'upper | enumerate' < pipe; echo left $?")
	pipe, err := os.OpenFile("pipe", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	for _, line := range []string{"one", "two", "three"} { // which come while the editor is there
		if _, err := pipe.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
		s.wait(strings.ToUpper(line))
	}
	s.press("C-c")
	s.wait("left 130")
	s.enter("clear; mtpipe -I 'csv' < orders.csv")
	s.wait("ballast")
	s.typed(" | get pri", "get pri")
	s.pressUntil("Tab", "get price")
	s.press("C-c")
}

// TestInteractiveOdd shows values that a terminal would act on.
func TestInteractiveOdd(t *testing.T) {
	editorFiles(t)
	s := shellAt(t, size{80, 24})
	s.enter("mtpipe -I 'csv odd.csv'")
	s.wait("2 rows")
	s.wait(`日本茶  \x1b[2J\x1b]0;title\a`)
	s.wait(`\u202eabc`)
	if title := s.do("display-message", "-p", "#{pane_title}"); strings.Contains(title, "title") {
		t.Errorf("got the title %q", title)
	}
	s.do("set-buffer", "日本\x1b[31m | x\x07")
	s.do("paste-buffer", "-p")
	s.wait("日本[31m | x")
	s.press("C-c")
}

// TestInteractiveWithoutTerminal wants an error where there is no terminal.
func TestInteractiveWithoutTerminal(t *testing.T) {
	cmd := process(t, "-I", "seq 3")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Env = append(os.Environ(), "TERM=xterm")
	out, err := cmd.CombinedOutput()
	if want := "mtpipe: -I needs a terminal\n"; string(out) != want || err == nil || err.(*exec.ExitError).ExitCode() != 2 {
		t.Errorf("got %q, %v, want %q and status 2", out, err, want)
	}
}

const (
	editorScreens = "testdata/screens/interactive.txt"
	editorPage    = "../../docs/topics/interactive.md"
)

// TestInteractiveScreens compares what the editor shows; -update writes it, also into its page.
func TestInteractiveScreens(t *testing.T) {
	screensFile, _ := filepath.Abs(editorScreens)
	page, _ := filepath.Abs(editorPage)
	editorFiles(t)
	got := &txtar.Archive{Comment: []byte("What TestInteractiveScreens has seen on its terminals. Escapes are written as \\e.\n\n")}
	for _, c := range []struct{ name, text, keys, wait string }{
		{"rows", "csv orders.csv | sort --by price:desc | select item price", "", "6 rows"},
		{"a menu", "csv orders.csv | sort --by price:desc | select item | ta", "Tab", "table       Puts records as lines"},
		{"a mistake", "csv orders.csv | sort --by prise", "", "there is no field prise"},
	} {
		for _, look := range looks[:3] {
			s := shellAt(t, look.size, look.environ...)
			s.enter("mtpipe -I '" + c.text + "'")
			s.wait("6 rows")
			if c.keys != "" {
				s.press(c.keys)
			}
			s.wait(c.wait)
			text := s.text()
			if look.name == "in colour" {
				text = strings.ReplaceAll(s.do("capture-pane", "-p", "-e"), "\x1b", `\e`)
			}
			got.Files = append(got.Files, txtar.File{Name: c.name + ", " + look.name, Data: []byte(strings.TrimRight(text, "\n") + "\n")})
			_ = s.command("kill-server").Run()
		}
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```text\n.*?```")
	fresh := block.ReplaceAllLiteralString(string(text), "```text\n"+string(got.Files[3].Data)+"```")
	if *update {
		if err := os.WriteFile(screensFile, txtar.Format(got), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(page, []byte(fresh), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	const mend = "to mend it: go test ./cmd/mtpipe -run TestInteractiveScreens -update"
	if want, err := os.ReadFile(screensFile); err != nil || string(want) != string(txtar.Format(got)) {
		t.Errorf("got\n%s\n%v; %s", txtar.Format(got), err, mend)
	}
	if string(text) != fresh {
		t.Errorf("%s is stale; %s", editorPage, mend)
	}
}
