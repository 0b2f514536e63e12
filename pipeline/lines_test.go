package pipeline_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

// fiveLines is a whole program, whose body has five lines.
const fiveLines = `package main

import (
	"fmt"
	"os"

	"mtpipe/pipeline"
	_ "mtpipe/stages"
)

func main() {
	for line, err := range pipeline.Lines(` + "`lines $1 | grep $2 | field 2 | count_by | sort`" + `, os.Args[1], os.Args[2]) {
		fmt.Println(line, err)
	}
}
`

// TestLines_Program builds the program in a module of its own and runs it. What it is given would
// be something else if it were read as a part of the pipeline.
func TestLines_Program(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	_, requirements, _ := strings.Cut(read("go.mod"), "\n")
	write("go.mod", "module example.com/five\n"+requirements+"\nrequire mtpipe v0.0.0\nreplace mtpipe => "+root+"\n")
	write("go.sum", read("go.sum"))
	log := write("a | b; $(x)", "-v pear\n-v fig\n-v pear\nv plum\n")
	for _, row := range []struct{ text, want string }{
		{fiveLines, "{\"value\":\"fig\",\"count\":1} <nil>\n{\"value\":\"pear\",\"count\":2} <nil>\n"},
		{strings.Replace(fiveLines, "\t_ \"mtpipe/stages\"\n", "", 1), fmt.Sprintf(" %v\n", pipeline.ErrNoStages)},
	} {
		write("main.go", row.text)
		program := filepath.Join(dir, "five")
		build := exec.Command("go", "build", "-mod=mod", "-o", program, ".")
		build.Dir = dir
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
		got, err := exec.Command(program, log, "-v").CombinedOutput()
		if string(got) != row.want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, row.want)
		}
	}
}

func ExampleLines() {
	for line, err := range pipeline.Lines(`take_from "$@" | filter 'len(it) > $1' | sort`, 3, "plum", "fig", "pear") {
		fmt.Println(line, err)
	}
	// Output:
	// pear <nil>
	// plum <nil>
}

func ExamplePrint() {
	if err := pipeline.Print(`seq $1 | map 'it * it'`, 3); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1
	// 4
	// 9
}

// TestLines_Arguments gives arguments that would mean something if their text were read.
func TestLines_Arguments(t *testing.T) {
	for _, row := range []struct {
		name, text string
		args       []any
		want       []string
		err        string
	}{
		{"a pipe", "take_from $1", []any{"a | head 0"}, []string{"a | head 0"}, ""},
		{"an option", "take_from $1 a | grep $1", []any{"-v"}, []string{"-v"}, ""},
		{"options", "take_from $@", []any{"-v", "--", "--x=y"}, []string{"-v", "--", "--x=y"}, ""},
		{"a variable", "take_from $1 $2", []any{"$2", "b"}, []string{"$2", "b"}, ""},
		{"quotes", "take_from $1", []any{`a' "b`}, []string{`a' "b`}, ""},
		{"a block", "take_from $1", []any{"{ null }"}, []string{"{ null }"}, ""},
		{"a number", "seq $1 | filter 'it > $2'", []any{3, 2}, []string{"3"}, ""},
		{"true and false", "seq 3 | filter 'it > $1'", []any{"0 or true"}, nil, `9: filter: "0 or true" is not a number ($1)`},
		{"a string", "take_from a | map 'it + $1'", []any{`" + it + "`}, []string{`a" + it + "`}, ""},
		{"a field", "take_from '{\"a\":1,\"b\":2}' | json | map 'it[$1]'", []any{"b"}, []string{"2"}, ""},
		{"text in an expression", `seq 3 | filter "it > $1"`, []any{"0 or true"}, nil,
			`9: filter: "0 or true" is not a number ($1)`},
		{"text in a string", `take_from a b | filter "it == \"$1\" or it == '$2'"`, []any{`x" or true or "y`, "b"}, []string{"b"}, ""},
		{"a condition", `seq 3 | filter $1`, []any{"true or it"}, nil, "16: filter: $1 is a value, and no condition; it[$1] is the field of that name"},
		{"all arguments", `seq 3 | filter $@`, []any{"true or it"}, nil, "16: filter: $1 is a value, and no condition; it[$1] is the field of that name"},
		{"an expression", `seq 3 | sort --by $1`, []any{"it"}, nil,
			"9: sort: int has no field it: 1"},
		{"through a definition", `def over x { filter "it > $x" }; seq 3 | over $1`, []any{"0 or true"}, nil,
			`14: filter: "0 or true" is not a number ($x): 1`},
		{"a stage", "seq 3 | $1", []any{"null"}, nil, "9: $1 is a value, and cannot be the name of a stage"},
		{"none", "take_from $1", nil, nil, "11: take_from: $1 is not set"},
		{"an error of the run", "seq 2 | map '1 / (it - 1)' | take 9", nil, nil, "9: map: division by zero: 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			var err error
			for line, e := range pipeline.Lines(row.text, row.args...) {
				if err != nil {
					t.Error("got something after an error")
				}
				if err = e; e == nil {
					got = append(got, line)
				}
			}
			if text := fmt.Sprint(err); !slices.Equal(got, row.want) || err != nil && text != row.err || err == nil && row.err != "" {
				t.Errorf("got %q, %v, want %q, %s", got, err, row.want, row.err)
			}
			var placed *syntax.Error
			if err != nil && !errors.As(err, &placed) {
				t.Errorf("got %T, want an error with its place", err)
			}
		})
	}
}
