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
1.8, as gojq has it. PROGRAM stands in single quotes, since double quotes would take its
$name for a variable of the pipeline; --arg name=value, or --arg "name=$name", gives it
one as a string. $ENV is the environment. Untyped text, such as a line or a field of CSV, is
what it is in JSON: a number where it is a plain decimal, otherwise a string.

Numbers that nothing is computed of keep their digits, whole ones are exact at any size,
and what PROGRAM passes on is not changed. A record that it makes has the names in the
order that they have at the same place of the input, new ones behind them by the alphabet.
An error of PROGRAM is an error of the value, and it has to end for each. There is no input and no inputs: stages
that work on several values are reduce, batch and window.`,
	}, Do: (*jqArgs).run}.Stage()
}

type jqArgs struct {
	Program jqProgram `arg:"program" help:"what to do with each value, in the language of jq"`
	Args    []jqArg   `opt:"arg" help:"name=value: what $name stands for in the program"`
}

// jqProgram is a program that was parsed, and compiled when its variables were known.
type jqProgram struct {
	query    *jq.Query
	compiled *jq.Program
}

// Compares says that the program may compare.
func (*jqProgram) Compares() bool { return false }

// SetArg parses the program.
func (p *jqProgram) SetArg(text string, _ func(string) (string, bool)) error {
	query, err := jq.Parse(text)
	var e *jq.SyntaxError
	if errors.As(err, &e) {
		return pipeline.Placed(e.Offset, err)
	}
	p.query = query
	return err
}

// jqArg is NAME=VALUE.
type jqArg jq.Arg

// SetArg reads the name and the value.
func (a *jqArg) SetArg(text string, _ func(string) (string, bool)) error {
	name, val, ok := strings.Cut(text, "=")
	if !ok || !isJQName(name) {
		return fmt.Errorf("must be name=value, not %s", value.TextOf(text).Quote())
	}
	a.Name, a.Value = name, val
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
	args := make([]jq.Arg, len(a.Args))
	for i, arg := range a.Args {
		args[i] = jq.Arg(arg)
		for _, before := range a.Args[:i] {
			if before.Name == arg.Name {
				return &pipeline.ArgError{Arg: "arg", Err: fmt.Errorf("--arg %s stands twice", arg.Name)}
			}
		}
	}
	var err error
	if a.Program.compiled, err = a.Program.query.Compile(args...); err != nil {
		return &pipeline.ArgError{Arg: "program", Err: err}
	}
	return nil
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
