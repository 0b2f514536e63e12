// Package processes holds the family of stages that run other programs.
package processes

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages/division"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "processes", Stages: []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "exec",
			Short: "Runs a program between its input and its output",
			Trait: pipeline.Ordered | pipeline.Effect | pipeline.Inherits,
			Long: `The program gets the input on its standard input and its standard output is put line by
line; no shell looks at the arguments. As the first stage of a pipeline that is given no
FILE it has mtpipe's own standard input, and no other can read from the terminal: on Linux,
one that tries to is ended with an error. What it writes to standard error is passed on
behind its name. An exit status that is not among --ok is an error.

In the blocks of pmap and each, {} in an argument stands for the value, and {EXPR} for an
expression's result, and {...} alone for all elements of a list, each an argument of its own; a
brace that is text is doubled there. Then, and with $it, nothing
but the value comes in.

When the stage ends early, because nobody reads it any more or the run is ended, the
program and all that it has started in its process group get the signal TERM, and KILL
after --grace. A signal that ends mtpipe is passed on to it, and KILL follows as well, unless
it has the terminal; in the block of a server, only when it has no input, since that ends then. When mtpipe itself is killed (kill -9), the
program gets the signal TERM on Linux; elsewhere, and what it has started in its turn, it
finds its input ended and nobody reading what it prints. Of sh that program is the shell,
and what the shell has started goes on, unless TEXT is one command alone, as sleep 60 is.

` + division.Help,
		}, func(j *pipeline.Job, a *execArgs) error {
			argv, err := a.argv(j)
			if err != nil {
				return err
			}
			return (&child{j: j, argv: argv, childOptions: a.childOptions}).run()
		}),
		pipeline.Define(pipeline.Doc{
			Name:  "sh",
			Short: "Runs a shell command between its input and its output",
			Trait: pipeline.Ordered | pipeline.Effect | pipeline.Inherits,
			Long: `The same as exec with sh -c TEXT; a TEXT that is one program with its arguments takes the
place of the shell. In the blocks of pmap and each the value is in the
environment variable it, so that no value is taken for shell text: sh 'echo "$it"' in
single quotes.`,
		}, func(j *pipeline.Job, a *shArgs) error {
			env, err := shellEnviron(j)
			if err != nil {
				return err
			}
			isProgram := func(name string) bool { path, err := lookPath(j, name); return err == nil && path != "" }
			text := forShell(string(a.Text), isProgram)
			return (&child{j: j, argv: []string{"sh", "-c", text}, env: env, replaced: text != string(a.Text), childOptions: a.childOptions}).run()
		}),
	}}
}

type execArgs struct {
	Command argument   `arg:"command" verbatim:"yes" help:"the program, a path or a name that is looked for in PATH"`
	Args    []argument `arg:"arg..." help:"what it is given"`
	childOptions
}

// childOptions is what the stages have in common.
type childOptions struct {
	Grace time.Duration `opt:"grace" default:"1s" help:"how long it may take to end after the signal TERM"`
	OK    exitStatuses  `opt:"ok" default:"0" help:"the exit statuses that are no error, with commas between them"`
	division.Options
}

// IsSource reports whether the value of the block around it is among the arguments.
func (a *execArgs) IsSource() bool {
	for _, arg := range a.Args {
		if arg.filled() {
			return true
		}
	}
	return a.Command.filled()
}

type shArgs struct {
	Text shellText `arg:"text" help:"what the shell runs"`
	childOptions
}

// argument is a word for a program. In a block that is run for a value, it is a template.
type argument struct {
	pipeline.Template
	spread bool // it is {...}: each element of the value is an argument
}

// SetArg takes the text as it is, but for the braces that stand for a value.
func (a *argument) SetArg(text string, lookup func(string) (string, bool)) error {
	_, braces := lookup(pipeline.BracesName)
	if a.spread = text == "{...}"; a.spread && !braces {
		return errors.New("must not be {...}, the elements of a list, outside of a block for each value: pmap { exec echo {...} }")
	}
	if a.spread {
		return nil
	}
	err := a.SetWord(text, braces, lookup)
	if err != nil && !strings.Contains(err.Error(), "is doubled") {
		return fmt.Errorf("%w; a brace that is text is doubled here", err)
	}
	return err
}

// filled reports whether the value stands in the argument.
func (a *argument) filled() bool {
	if a.spread {
		return true
	}
	for i := range a.Parts {
		if a.Parts[i].Brace {
			return true
		}
	}
	return false
}

// argv returns the program and its arguments.
func (a *execArgs) argv(j *pipeline.Job) ([]string, error) {
	var argv []string
	it, _ := j.It()
	add := func(b []byte, err error) error {
		if err == nil && bytes.IndexByte(b, 0) >= 0 {
			err = fmt.Errorf("an argument cannot hold a zero byte: %.40q", b)
		}
		argv = append(argv, string(b))
		return err
	}
	for _, arg := range append([]argument{a.Command}, a.Args...) {
		if !arg.spread {
			if err := add(arg.Template.Append(nil, it)); err != nil {
				return nil, err
			}
			continue
		}
		list := []value.Value{it}
		if it.Kind() == value.KindList {
			list = it.AsList()
		}
		for _, v := range list {
			if err := add(v.AppendText(nil), nil); err != nil {
				return nil, err
			}
		}
	}
	if len(argv) == 0 {
		return nil, errors.New("has no program to run: the list is empty")
	}
	return argv, nil
}

// shellText is text for a shell, which no value can get into.
type shellText string

// SetArg takes the text as it is.
func (s *shellText) SetArg(text string, _ func(string) (string, bool)) error {
	*s = shellText(text)
	return nil
}

// Fixed refuses variables, the value of the block around among them.
func (s *shellText) Fixed(name string) error {
	if name == "it" {
		return errors.New(`a value does not become shell text; write '… "$it" …' in single quotes, since the shell has it as a variable`)
	}
	return fmt.Errorf(`a value does not become shell text; exec sh -c '… "$1" …' sh "$%s" gives it to the shell, and between single quotes $ begins the shell's own variables`, name)
}

// shellEnviron returns the environment of a shell in a block that is run for a value, nil
// elsewhere.
func shellEnviron(j *pipeline.Job) ([]string, error) {
	it, ok := j.It()
	if !ok {
		return nil, nil
	}
	text := string(it.AppendText(nil))
	if strings.ContainsRune(text, 0) {
		return nil, fmt.Errorf("a value with a zero byte cannot be a variable of a shell: %.40q", text)
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "it=") })
	return append(env, "it="+text), nil
}

// exitStatuses is exit statuses.
type exitStatuses struct{ list []int }

// SetArg reads numbers with commas between them.
func (s *exitStatuses) SetArg(text string, _ func(string) (string, bool)) error {
	s.list = nil
	for f := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(f))
		if err != nil || n < 0 || n > 255 {
			return fmt.Errorf("must be numbers from 0 to 255 with commas between them, not %.40q", text)
		}
		s.list = append(s.list, n)
	}
	return nil
}
