package docs_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mtpipe/docs"
)

var fenced = regexp.MustCompile("(?ms)^```(console|go)\n(.*?)^```$")

// TestDocuments runs the commands and the programs that the documents show and compares
// what they print.
func TestDocuments(t *testing.T) {
	for _, name := range []string{"sh", "cat", "printf"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("there is no %s", name)
		}
	}
	names := []string{"README.md", "docs/tutorial.md", "docs/guide.md", "docs/go.md", "docs/beyond-one-machine.md"}
	for _, t := range docs.Topics() {
		if !strings.HasPrefix(t.Name, "from-") { // TestComingFrom has those
			names = append(names, "docs/topics/"+t.Name+".md")
		}
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(project, name))
		if err != nil {
			t.Fatal(err)
		}
		blocks := fenced.FindAllStringSubmatchIndex(string(text), -1)
		if len(blocks) == 0 {
			t.Errorf("%s: got no blocks, want some", name)
		}
		for _, b := range blocks {
			kind, block := string(text[b[2]:b[3]]), string(text[b[4]:b[5]])
			line := 1 + strings.Count(string(text[:b[0]]), "\n")
			t.Run(fmt.Sprintf("%s:%d", filepath.Base(name), line), func(t *testing.T) {
				t.Parallel()
				if kind == "go" {
					checkProgram(t, block)
				} else {
					checkConsole(t, block)
				}
			})
		}
	}
}

// checkConsole runs the commands of a block, which stand behind "$ ", or "> " where one goes
// on; the lines behind each are what it prints.
func checkConsole(t *testing.T, block string) {
	status := 0
	for _, step := range strings.Split("\n"+block, "\n$ ")[1:] {
		command, want, _ := strings.Cut(strings.TrimSuffix(step, "\n"), "\n")
		for strings.HasPrefix(want, "> ") {
			var more string
			more, want, _ = strings.Cut(want, "\n")
			command += "\n" + more[2:]
		}
		if strings.HasPrefix(command, "go test ") {
			continue // this is one of its tests
		}
		command = strings.ReplaceAll(command, "go run ./cmd/mtpipe", "mtpipe")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, "sh", "-c", fmt.Sprintf("(exit %d)\n%s", status, command))
		cmd.WaitDelay = time.Second
		cmd.Dir = project
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
			t.Fatalf("%s\ngot %v, want it to end", command, errors.Join(err, ctx.Err()))
		}
		status = cmd.ProcessState.ExitCode()
		if got := strings.TrimSuffix(string(out), "\n"); got != want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", command, got, want)
		}
	}
}

// checkProgram runs a Go program, whose output stands in its last comment, as in an example.
func checkProgram(t *testing.T, program string) {
	if testing.Short() {
		t.Skip("it is compiled first")
	}
	_, comment, ok := strings.Cut(program, "// Output:\n")
	if !ok {
		t.Fatal("got a program without its output, want // Output:")
	}
	var want strings.Builder
	for line := range strings.Lines(comment) {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "//")
		if !ok {
			break
		}
		want.WriteString(strings.TrimPrefix(text, " ") + "\n")
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(program), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"vet", file}, {"run", file}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = project
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", args[0], err, out)
		}
		if args[0] == "run" && string(out) != want.String() {
			t.Errorf("got\n%s\nwant\n%s", out, want.String())
		}
	}
	formatted, err := exec.Command("gofmt", "-s", "-d", file).Output()
	if err == nil && len(formatted) > 0 {
		t.Errorf("gofmt would change it:\n%s", formatted)
	}
}
