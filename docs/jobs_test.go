package docs_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// job is one of a document: the line of another program, and a line of mtpipe that gives the
// same answer.
type job struct {
	title  string
	home   string // the home directory of programs, which several share
	there  string // what the other program is given
	before []step // what makes the input of both
	here   step   // the line of mtpipe, and what it prints
	after  []step // what looks at what was written
}

// step is a command with what it prints. The numbers are where that stands in the document.
type step struct {
	command, want string
	from, to      int
}

// otherPrograms are those that a document may name and that a system may lack.
var otherPrograms = []string{"awk", "jq", "mlr", "parallel", "sqlite3", "duckdb", "agrind", "nu", "xargs", "python3", "socat", "curl", "pv"}

// missing returns the first program that a line needs and that is not installed.
func missing(line string) (name string, is bool) {
	for _, name := range append([]string{"bash"}, otherPrograms...) {
		used := name == "bash" || regexp.MustCompile(`(^|[|(;&]\s*|\n|-exec )`+name+` `).MatchString(line)
		if _, err := exec.LookPath(name); used && err != nil {
			return name, true
		}
	}
	return "", false
}

// characters returns how long a command is: what is broken into lines is one line, and a comment
// before it does not count.
func characters(command string) int {
	command = regexp.MustCompile(`^#.*\n`).ReplaceAllString(command, "")
	command = regexp.MustCompile(`\s*\\?\n\s*`).ReplaceAllString(strings.TrimSpace(command), " ")
	return utf8.RuneCountInString(strings.TrimSuffix(command, " &"))
}

// marker stands between the outputs of the commands of a script, with the status of the one
// before it.
var marker = regexp.MustCompile(`\x01(\d+)\n`)

// runSteps runs commands in one shell, in a folder of their own with the files of
// examples/data, and returns what each prints and its status. One that ends in & runs while
// the others do; before they begin it listens at $PORT or at the socket s.
func (j job) runSteps(t *testing.T, shell string, quiet bool, commands ...string) (outputs []string, statuses []int) {
	t.Helper()
	var script strings.Builder
	status := 0
	script.WriteString("status=0\n")
	for _, c := range commands {
		fmt.Fprintf(&script, "(exit $status)\n%s\nstatus=$?\n", c)
		if strings.HasSuffix(c, "&") {
			script.WriteString("server=$!\nuntil [ -S s ] || mtpipe \"tcp localhost:$PORT\" </dev/null >/dev/null 2>&1; do sleep 0.01; done\n")
		}
		script.WriteString("printf '\\001%d\\n' $status\n")
	}
	script.WriteString("[ -z \"$server\" ] || { kill $server; wait $server; } 2>/dev/null\n")
	out, err := j.runScript(t, shell, script.String(), quiet)
	if err != nil {
		t.Fatalf("%s\ngot %v, want it to end", strings.Join(commands, "\n"), err)
	}
	for range commands {
		m := marker.FindStringSubmatchIndex(out)
		if m == nil {
			t.Fatalf("%s\ngot %q, want the output of each command", strings.Join(commands, "\n"), out)
		}
		status, _ = strconv.Atoi(out[m[2]:m[3]])
		outputs, statuses = append(outputs, out[:m[0]]), append(statuses, status)
		out = out[m[1]:]
	}
	return outputs, statuses
}

// runScript runs a script so that neither zone, locale nor terminal matter; quiet leaves out
// standard error.
func (j job) runScript(t *testing.T, shell, script string, quiet bool) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, shell, "-c", script)
	cmd.WaitDelay = time.Second
	cmd.Dir = t.TempDir()
	if err := os.CopyFS(cmd.Dir, os.DirFS(filepath.Join(project, "examples", "data"))); err != nil {
		t.Fatal(err)
	}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + j.home, "TMPDIR=" + t.TempDir(), "LC_ALL=C.UTF-8", "TZ=UTC", "PORT=" + freePort(t)}
	var out strings.Builder
	cmd.Stdout = &out
	if !quiet {
		cmd.Stderr = &out
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		err = nil // each command has its status
	}
	return out.String(), err
}

// freePort returns a port that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// runHere runs the line of mtpipe, with what is before and after it, and returns the job with
// what they print. A command that fails has to tell why.
func (j job) runHere(t *testing.T) job {
	t.Helper()
	steps := j.steps()
	var commands []string
	for _, s := range steps {
		commands = append(commands, s.command)
	}
	outputs, statuses := j.runSteps(t, "sh", false, commands...)
	for i, s := range steps {
		s.want = strings.TrimSuffix(outputs[i], "\n")
		if statuses[i] == 2 || statuses[i] != 0 && !strings.Contains(s.want, "mtpipe: ") {
			t.Errorf("%s\ngot status %d and %q, want it to succeed or to tell why", s.command, statuses[i], s.want)
		}
	}
	return j.withWants(outputs)
}

// steps returns all commands of a job in their order.
func (j job) steps() []step { return slices.Concat(j.before, []step{j.here}, j.after) }

// withWants returns the job with other outputs.
func (j job) withWants(outputs []string) job {
	steps := j.steps()
	for i := range steps {
		steps[i].want = strings.TrimSuffix(outputs[i], "\n")
	}
	n := len(j.before)
	j.before, j.here, j.after = steps[:n], steps[n], steps[n+1:]
	return j
}

// runThere runs the line of the other program in the place of ours: it and what comes after it
// have to give the same answer.
func (j job) runThere(t *testing.T) {
	t.Helper()
	if why, is := strings.CutPrefix(j.there, "# not run: "); is {
		t.Skip(strings.Split(why, "\n")[0])
	}
	if name, is := missing(j.there); is {
		t.Skipf("%s is not installed, so that its line was not run: %s", name, j.there)
	}
	var commands []string
	for _, s := range j.before {
		commands = append(commands, s.command)
	}
	commands = append(commands, j.there)
	wants := []string{j.here.want}
	for _, s := range j.after {
		commands, wants = append(commands, s.command), append(wants, s.want)
	}
	outputs, _ := j.runSteps(t, "bash", true, commands...)
	for i, got := range outputs[len(j.before):] {
		if !sameAnswer(got, wants[i], tabular.MatchString(j.here.command), strings.Contains(j.title, "in any order")) {
			t.Errorf("%s\ngot\n%s\nwant the same as of %s\n%s", commands[len(j.before)+i], got, j.here.command, wants[i])
		}
	}
}

// tabular is what a line of mtpipe has whose output begins with a header.
var tabular = regexp.MustCompile(`-o (csv|tsv|table)`)

// sameAnswer says whether two outputs are the same, or have at least the same words in each of
// their lines: two programs write "2 a" and "a,2" of the same count. Messages of mtpipe do not
// count, nor does a header that only one of the two has, nor the names in headers of both.
func sameAnswer(there, here string, header, anyOrder bool) bool {
	a, b := answerLines(there), answerLines(here)
	switch {
	case len(a)-len(b) == 1 && len(b) > 0:
		a = a[1:]
	case len(b)-len(a) == 1 && len(a) > 0:
		b = b[1:]
	case header && len(a) == len(b) && len(a) > 1:
		a, b = a[1:], b[1:]
	}
	if anyOrder {
		slices.Sort(a)
		slices.Sort(b)
	}
	return slices.Equal(a, b)
}

// answerLines returns the words of each line in one order, numbers by their value.
func answerLines(s string) (lines []string) {
	for line := range strings.Lines(s) {
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;:=|\"[]{}", r) })
		if strings.HasPrefix(line, "mtpipe: ") || len(words) == 0 || strings.Trim(line, "|-+ \n") == "" {
			continue // a message, a blank line, a rule in a table
		}
		for i, w := range words {
			if f, err := strconv.ParseFloat(w, 64); err == nil {
				words[i] = strconv.FormatFloat(f, 'g', 6, 64)
			}
		}
		slices.Sort(words)
		lines = append(lines, strings.Join(words, " "))
	}
	return lines
}

func TestSameAnswer(t *testing.T) {
	for _, c := range []struct {
		there, here            string
		header, anyOrder, want bool
	}{
		{"  2 a\n", "value\tcount\na\t2\n", false, false, true},
		{"  2 a\n  1 b\n", "value\tcount\na\t2\nb\t2\n", false, false, false},
		{"1\n2\n", "2\n1\n", false, false, false},
		{"1\n2\n", "2\n1\n", false, true, true},
		{"0.3333333333\n", "0.3333333333333333\n", false, false, true},
		{"{\"a\":1}\n", "{\"a\":\"1\"}\n", false, false, true},
		{"{\"a\":1}\n", "{\"b\":1}\n", false, false, false},
		{"a\n", "a\nmtpipe: jsonl: 2 skipped\n", false, false, true},
		{"a\nb\n", "a\n", false, false, false},
		{"x n\na 1\n", "x,m\na,1\n", true, false, true},
		{"x n\na 1\n", "x,m\na,1\n", false, false, false},
		{"x n\na 1\n", "x,m\na,2\n", true, false, false},
		{"", "a\n", false, false, false},
	} {
		if got := sameAnswer(c.there, c.here, c.header, c.anyOrder); got != c.want {
			t.Errorf("%q and %q: got %v, want %v", c.there, c.here, got, c.want)
		}
	}
}
