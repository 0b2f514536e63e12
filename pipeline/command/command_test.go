package command_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program is all that a program with a stage of its own needs.
const program = `package main

import (
	"os"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/command"
	"mtpipe/stages"
	"mtpipe/value"
)

type stutterArgs struct {
	Times int ` + "`opt:\"times,n\" default:\"2\" min:\"1\" help:\"how often\"`" + `
}

func stutter(j *pipeline.Job, a *stutterArgs) error {
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		j.Put(value.String(strings.Repeat(v.String(), a.Times)))
	}
	return nil
}

func main() {
	mine := pipeline.Family{Name: "mine", Stages: []*pipeline.Stage{pipeline.Define(pipeline.Doc{
		Name: "stutter", Short: "Says each value several times", Trait: pipeline.PerValue}, stutter)}}
	os.Exit(command.Main(append(stages.All(), mine)...))
}
`

// TestProgramOfOnesOwn builds a program in a module of its own and uses it as a person would.
func TestProgramOfOnesOwn(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	goMod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, requirements, _ := strings.Cut(string(goMod), "\n")
	goSum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write("go.mod", "module example.com/mine\n"+requirements+"\nrequire mtpipe v0.0.0\nreplace mtpipe => "+root+"\n")
	write("go.sum", string(goSum))
	write("main.go", program)
	build := exec.Command("go", "build", "-mod=mod", "-o", "mine", ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, c := range []struct {
		name   string
		args   []string
		want   string
		status int
	}{
		{"own and built-in stages", []string{"seq 2 | stutter -n 3 | count_by"}, "{\"value\":\"111\",\"count\":1}\n{\"value\":\"222\",\"count\":1}\n", 0},
		{"several reactors", []string{"-j", "2", "seq 3 | stutter"}, "11\n22\n33\n", 0},
		{"help", []string{"help", "stutter"}, "stutter [--times|-n N]\n    Says each value several times\n\n" +
			"Arguments and options:\n  --times, -n N          how often (default 2)\n\nKind: per value\nNot in a sandbox (--sandbox)\n", 0},
		{"a misspelt name", []string{"stuter"}, "mtpipe: 1: there is no stage stuter; did you mean stutter?\nstuter\n^\n", 2},
		{"a wrong argument", []string{"stutter -n 0"}, "mtpipe: 12: stutter: -n must be at least 1, not 0\nstutter -n 0\n           ^\n", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command(filepath.Join(dir, "mine"), c.args...)
			out, _ := cmd.CombinedOutput()
			if status := cmd.ProcessState.ExitCode(); string(out) != c.want || status != c.status {
				t.Errorf("got %q, status %d; want %q, status %d", out, status, c.want, c.status)
			}
		})
	}
}
