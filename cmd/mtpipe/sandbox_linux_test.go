package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// refused are the stages that a sandbox does not allow.
var refused = []string{"find", "env", "follow", "watch", "exec", "sh", "http_get", "http_post", "tcp", "tcp_listen", "unix", "unix_listen", "write", "append", "split_by"}

// exampleRun is a command of an example as it is given in a sandbox: the files beside it are those
// that it may read.
type exampleRun struct {
	stage, want string
	args        []string
}

// sandboxedExamples returns the commands of the example of a stage, as they are run in dir, where
// their files are made.
func sandboxedExamples(t *testing.T, stage, dir string) []exampleRun {
	t.Helper()
	archive, err := txtar.ParseFile("../../examples/" + stage + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	var names []string
	for _, f := range archive.Files {
		files[f.Name], names = string(f.Data), append(names, f.Name)
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var list []exampleRun
	lines := strings.Split(string(archive.Comment), "\n")
	for i, line := range lines[:len(lines)-1] {
		command, ok := strings.CutPrefix(line, "exec mtpipe ")
		want, compared := strings.CutPrefix(lines[i+1], "cmp stdout ")
		if words := scriptWords(command); ok && compared && !strings.HasSuffix(command, "&") {
			if args := inSandbox(t, words, names); args != nil {
				list = append(list, exampleRun{stage, files[want], args})
			}
		}
	}
	return append(list, besides[stage]...)
}

// besides are commands for stages whose examples are not allowed, or print nothing.
var besides = map[string][]exampleRun{
	"timestamp": {{"timestamp", "at 1\n", []string{"--sandbox", "seq 1 | timestamp at"}}},
	"null":      {{"null", "", []string{"--sandbox", "seq 3 | null"}}},
	"pmap":      {{"pmap", "A\nB\n", []string{"--sandbox", "take_from a b | pmap { take_from $it | upper }"}}},
}

// inSandbox returns the arguments of a command in a sandbox, nil for a command of another kind. A
// pipeline that names files becomes a script, whose arguments they are.
func inSandbox(t *testing.T, words, names []string) []string {
	t.Helper()
	at := 0
	for at < len(words) && strings.HasPrefix(words[at], "-") {
		if words[at] == "-f" {
			return nil
		}
		at++
		if !strings.Contains(words[at-1], "=") {
			at++
		}
	}
	if at >= len(words) || !strings.ContainsAny(words[at], " |") && pipeline.NewRegistry(stages.All()...).Stage(words[at]) == nil {
		return nil
	}
	args := append([]string{"--sandbox"}, words[:at]...)
	if at < len(words)-1 {
		return append(args, words[at:]...)
	}
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte(words[at]), 0o666); err != nil {
		t.Fatal(err)
	}
	return append(append(args, "-f", script), names...)
}

// scriptWords divides a line of a script into words.
func scriptWords(line string) (words []string) {
	word, quoted, begun := "", false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'' && quoted && i+1 < len(line) && line[i+1] == '\'':
			word += "'"
			i++
		case c == '\'':
			quoted, begun = !quoted, true
		case c == ' ' && !quoted:
			if begun {
				words = append(words, word)
			}
			word, begun = "", false
		default:
			word, begun = word+string(c), true
		}
	}
	if begun {
		words = append(words, word)
	}
	return words
}

// traced runs the program under strace and returns what it printed and the calls that have to do
// with files, programs and the network.
func traced(t *testing.T, dir string, args ...string) (stdout, stderr string, calls []string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	cmd := process(t, args...)
	cmd.Args = append([]string{"strace", "-f", "-qq", "-e", "trace=%file,%network,execve", "-e", "signal=none", "-o", log, cmd.Path}, args...)
	cmd.Path, _ = exec.LookPath("strace")
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	for line := range strings.Lines(string(text)) {
		_, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		if call = strings.TrimSpace(call); !strings.HasPrefix(call, "<...") {
			calls = append(calls, call)
		}
	}
	return out.String(), errs.String(), calls
}

var inQuotes = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)

// reached returns what a run reached besides the files, and what every run of the program does.
func reached(calls []string, usual map[string]bool, files []string) (list []string) {
	for _, call := range calls {
		name := ""
		if m := inQuotes.FindStringSubmatch(call); m != nil {
			name = m[1]
		}
		reads := !strings.HasPrefix(call, "open") || strings.Contains(call, "O_RDONLY")
		known := usual[name] || slices.Contains(files, filepath.Base(name)) || strings.Contains(name, "zoneinfo") || name == "/etc/localtime"
		if begins := strings.HasPrefix(call, "execve("); !begins && known && (reads || name == "/dev/null") || begins && strings.HasSuffix(name, "/mtpipe") {
			continue
		}
		list = append(list, call)
	}
	return list
}

// TestSandboxExamples runs the examples of all stages in a sandbox. Those that a sandbox allows
// give what they give without it, and nothing is opened but the files that are given, nothing
// started and nothing connected; of the others nothing runs.
func TestSandboxExamples(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed")
	}
	_, stderr, calls := traced(t, t.TempDir(), "--sandbox", "seq 1 | sort")
	if len(calls) == 0 {
		t.Skip("strace does not work here: " + stderr)
	}
	// The C library asks how many processors there are when two threads allocate at once, which
	// is not in every run.
	usual := map[string]bool{"/sys/devices/system/cpu/online": true}
	for _, call := range calls {
		if m := inQuotes.FindStringSubmatch(call); m != nil && !strings.HasPrefix(call, "execve(") {
			usual[m[1]] = true
		}
	}
	for _, name := range pipeline.NewRegistry(stages.All()...).Names() {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			worked := 0
			for _, run := range sandboxedExamples(t, name, dir) {
				stdout, stderr, calls := traced(t, dir, run.args...)
				var files []string
				for _, a := range run.args {
					files = append(files, filepath.Base(a))
				}
				if list := reached(calls, usual, files); len(list) > 0 {
					t.Errorf("%q reached %q", run.args, list)
				}
				switch {
				case strings.Contains(stderr, "is not allowed in a sandbox"):
				case stdout != run.want:
					t.Errorf("%q: got %q, want %q; %s", run.args, stdout, run.want, stderr)
				default:
					worked++
				}
				if worked > 0 && slices.Contains(refused, name) {
					t.Errorf("%q: got %q, want a refusal", run.args, stdout)
				}
				if worked == 2 {
					break
				}
			}
			if worked == 0 && !slices.Contains(refused, name) && name != "parquet" { // whose program is in a module of its own
				t.Errorf("no example of %s works in a sandbox", name)
			}
		})
	}
}
