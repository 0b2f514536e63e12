package records

import (
	"errors"
	"fmt"
	"strings"

	"mtpipe/internal/jq"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func jqStage() *pipeline.Stage {
	return each.Value[jqArgs]{Doc: pipeline.Doc{
		Name:  "jq",
		Safe:  true,
		Short: "Runs a jq program on each value",
		Long: `Each value is the input of PROGRAM, and every output is put. The language is that of jq
1.8, as gojq has it. In single quotes $name is a variable of PROGRAM, which --arg name=value
sets to a string; in double quotes it is one of the pipeline, as $it is: what it stands for is a
value, never a part of PROGRAM. $ENV is the environment. Untyped text, such as a line or a
field of CSV, is what it is in JSON: a number where it is a plain decimal, otherwise a string.

Numbers that nothing is computed of keep their digits, whole ones are exact (in the input, up to 4300 digits),
and what PROGRAM passes on is not changed. The keys of objects stand in the order of the input
or, in those that PROGRAM makes, in that in which they were set; keys sorts them, keys_unsorted
does not. Of more than a million keys that a run has made, the oldest stand by the alphabet.
An error of PROGRAM is an error of the value, and it has to end for each. There is no input and no inputs: stages
that work on several values are reduce, batch and window.`,
	}, Do: (*jqArgs).run}.Stage()
}

type jqArgs struct {
	Program jqProgram `arg:"program" help:"what to do with each value, in the language of jq"`
	Args    []jqArg   `opt:"arg" help:"name=value: what $name stands for in the program"`
}

// jqArg is NAME=VALUE.
type jqArg struct{ name, value string }

// SetArg reads the name and the value.
func (a *jqArg) SetArg(text string, _ func(string) (string, bool)) error {
	name, val, ok := strings.Cut(text, "=")
	if !ok || !isJQName(name) {
		return fmt.Errorf("must be name=value, not %s", value.TextOf(text).Quote())
	}
	a.name, a.value = name, val
	return nil
}

// isJQName reports whether s can be the name of a variable.
func isJQName(s string) bool {
	for i, c := range []byte(s) {
		digit := c-'0' <= 9
		if !(c == '_' || c|0x20-'a' < 26 || digit && i > 0) {
			return false
		}
	}
	return s != ""
}

// Check compiles the program.
func (a *jqArgs) Check() error {
	for i, arg := range a.Args {
		for _, before := range a.Args[:i] {
			if before.name == arg.name {
				return &pipeline.ArgError{Arg: "arg", Err: fmt.Errorf("--arg %s stands twice", arg.name)}
			}
		}
	}
	var err error
	if a.Program.compiled, err = a.Program.query.Compile(a.variables()...); err != nil {
		return &pipeline.ArgError{Arg: "program", Err: err}
	}
	return nil
}

// variables returns what the variables of the program stand for.
func (a *jqArgs) variables() []jq.Arg {
	args := a.Program.args()
	for _, arg := range a.Args {
		args = append(args, jq.Arg{Name: arg.name, Value: value.String(arg.value)})
	}
	return args
}

// Reaches refuses a program that asks for the environment.
func (a *jqArgs) Reaches() error {
	if a.Program.compiled.Env() {
		return &pipeline.ArgError{Arg: "program", Err: errors.New("env and $ENV are not allowed in a sandbox")}
	}
	return nil
}

func (a *jqArgs) run() func(put func(value.Value), v value.Value) error {
	return func(put func(value.Value), v value.Value) error {
		return a.Program.compiled.Run(v, func(out value.Value) bool {
			put(out)
			return true
		})
	}
}
