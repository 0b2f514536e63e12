package records

import (
	"errors"
	"fmt"
	"strings"

	"mtpipe/internal/expression"
	"mtpipe/internal/jq"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
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
An error of PROGRAM is an error of the value, and it has to end for each.

input and inputs are the values that follow, -n gives PROGRAM null instead of a value, and -s all
values in one list, which is kept in memory. debug and stderr write to standard error,
input_filename is the file that the value came from, as far as that is known: of lines, not of
what was parsed of them. Modules are looked for in the directories of -L. A program that asks for one of
these runs on one core.`,
		Instead: map[string]string{
			"-r": "text is printed without quotes anyway; leave it out", "--raw-output": "text is printed without quotes anyway; leave it out",
			"-c": "each value is printed on one line anyway; leave it out", "--compact-output": "each value is printed on one line anyway; leave it out",
			"-R": "lines are texts anyway; leave it out", "-e": "filter chooses, and count tells whether there was something", "-j": "to_json and format say how values are printed",
			"-a": "letters are not escaped", "-S": "keys are in order by to_entries | sort_by(.key) | from_entries", "-C": "values are not coloured", "-M": "values are not coloured; leave it out",
			"--tab": "each value is printed on one line", "--indent": "each value is printed on one line", "--slurpfile": "join reads a second file", "--rawfile": "join reads a second file",
			"--args": "--arg name=value sets a variable", "--jsonargs": "--argjson name=JSON sets a variable", "-f": "$(cat FILE) of the shell in double quotes, or a module and -L",
		},
	}, Do: (*jqArgs).run}.Stage()
}

type jqArgs struct {
	Program jqProgram `arg:"program" help:"what to do with each value, in the language of jq"`
	Args    []jqArg   `opt:"arg" help:"name=value: what $name stands for in the program"`
	JSON    []jqJSON  `opt:"argjson" help:"name=JSON: the same, for any value"`
	Null    bool      `opt:"n,null-input" help:"run once, with null; inputs gives the values"`
	Slurp   bool      `opt:"s,slurp" help:"run once, with all values in a list"`
	Modules []string  `opt:"L,library-path" reach:"reads" help:"a directory in which modules are looked for"`
}

// jqJSON is NAME=JSON.
type jqJSON struct {
	name  string
	value value.Value
}

// SetArg reads the name and the value.
func (a *jqJSON) SetArg(text string, lookup func(string) (string, bool)) error {
	var arg jqArg
	if err := arg.SetArg(text, lookup); err != nil {
		return err
	}
	read, err := expression.Compile("fromJSON(it)", lookup)
	var v value.Value
	if err == nil {
		v, err = read.Eval(value.String(arg.value))
	}
	if err != nil {
		return fmt.Errorf("must be name=JSON, not %s", value.TextOf(text).Quote())
	}
	a.name, a.value = arg.name, v
	return nil
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
	seen := make(map[string]bool)
	for _, arg := range a.variables() {
		if seen[arg.Name] {
			return &pipeline.ArgError{Arg: "arg", Err: fmt.Errorf("--arg %s stands twice", syntax.Short(arg.Name))}
		}
		seen[arg.Name] = true
	}
	if a.Null && a.Slurp && !a.Program.query.Reads() {
		return &pipeline.ArgError{Arg: "null-input", Err: errors.New("-n and -s exclude each other where the program asks for no input")}
	}
	if len(a.Modules) > 0 { // which are read when it runs
		return nil
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
	for _, arg := range a.JSON {
		args = append(args, jq.Arg{Name: arg.name, Value: arg.value})
	}
	return args
}

// Reaches refuses a program that asks for the environment.
func (a *jqArgs) Reaches() error {
	if a.Program.compiled == nil { // with modules, for which a sandbox has refused their directories
		return nil
	}
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
