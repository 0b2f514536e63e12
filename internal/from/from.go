// Package from says in mtpipe's words what a pipeline of the shell says: stages in place of common uses
// of coreutils, grep, sed, awk, jq and Miller. It runs and reads nothing. What it cannot say is an error
// with its place; where what it says differs for some input, a note tells so.
package from

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mtpipe/pipeline/syntax"
)

// Result is what Pipeline returns.
type Result struct {
	Flags    []string // options of mtpipe
	Pipeline string
	Notes    []string // how it differs, for some inputs
}

// Command returns the command line, as words of a shell.
func (r Result) Command() string {
	return strings.Join(append(append([]string{"mtpipe"}, r.Flags...), inShell(r.Pipeline)), " ")
}

// translation is one pipeline on its way.
type translation struct {
	src    string
	flags  []string
	stages []string
	notes  []string
}

// call is a command while it is translated.
type call struct {
	*translation
	name    word
	args    []word
	first   bool // of the pipeline: only there can files be read
	last    bool
	options []option
	files   []word // operands that are input
}

// Pipeline translates a pipeline of the shell. An error is a *syntax.Error that shows the part that
// cannot be said.
func Pipeline(src string) (Result, error) {
	t := &translation{src: src}
	commands, err := t.commands()
	if err != nil {
		return Result{}, err
	}
	var end string
	for i, c := range commands {
		last := i == len(commands)-1
		if c.out != nil {
			if !last {
				return Result{}, t.fail(c.out.at, "the commands after it would read nothing")
			}
			end = " > " + quote(c.out.text)
			if c.more {
				end = " >" + end[1:]
			}
		}
		if err := t.command(c, i == 0, last); err != nil {
			return Result{}, err
		}
	}
	if len(t.stages) == 0 {
		t.stages = []string{"lines"}
	}
	return Result{t.flags, strings.Join(t.stages, " | ") + end, t.notes}, nil
}

func (t *translation) command(c command, first, last bool) error {
	k := &call{translation: t, args: c.words, first: first, last: last}
	if len(c.words) == 0 {
		k.name = word{"cat", 0, false} // < file
	} else {
		k.name, k.args = c.words[0], c.words[1:]
	}
	if strings.Contains(k.name.text, "=") {
		return k.cannot(k.name, "a variable of the environment")
	}
	translate, ok := translators()[k.name.text]
	if !ok {
		return t.fail(k.name.at, "%s cannot be said here; as a stage it is exec %s", k.name.text, k.name.text)
	}
	if c.in != nil {
		if !first {
			return t.fail(c.in.at, "what the command before writes would not be read")
		}
		k.files = []word{*c.in}
	}
	return translate(k)
}

// translators are the commands that are known.
func translators() map[string]func(*call) error {
	return map[string]func(*call) error{
		"cat": cat, "zcat": cat, "head": head, "tail": tail, "sort": sortLines, "uniq": uniq, "cut": cut, "tr": tr, "wc": wc, "grep": grep,
		"egrep": grep, "fgrep": grep, "zgrep": grep, "rg": grep, "sed": sed, "nl": nl, "paste": paste, "tac": reversed, "rev": reversed, "seq": seq,
		"shuf": shuf, "comm": comm, "tee": tee, "xargs": xargs, "awk": awk, "gawk": awk, "mawk": awk, "jq": jq, "gojq": jq, "mlr": mlr,
	}
}

// Names returns the commands that are known, in the order of the alphabet.
func Names() []string {
	var names []string
	for name := range translators() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// fail returns an error with a place in the source.
func (t *translation) fail(at int, format string, args ...any) error {
	before := t.src[:min(at, len(t.src))]
	line := strings.Count(before, "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	col := len([]rune(before[start:])) + 1
	return &syntax.Error{Pos: syntax.Pos{Offset: len(before), Line: line + 1, Col: col}, Msg: fmt.Sprintf(format, args...), Src: t.src}
}

// cannot says that something of a command has no counterpart.
func (c *call) cannot(w word, what string) error {
	return c.fail(w.at, "%s: %s cannot be said here", c.name.text, what)
}

func (c *call) put(stage ...string) { c.stages = append(c.stages, strings.Join(stage, " ")) }

func (c *call) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(c.notes, n) {
		c.notes = append(c.notes, n)
	}
}

// read puts the reader of the files among the operands, or nothing when the input comes through the pipe.
func (c *call) read(operands []word) error {
	files := operands
	if len(files) == 1 && files[0].text == "-" {
		files = nil
	}
	if len(operands) == 0 {
		files = c.files
	}
	if len(files) == 0 {
		return nil
	}
	if !c.first {
		return c.cannot(files[0], "a file in the middle of a pipeline")
	}
	stage := []string{"lines"}
	for _, f := range files {
		if f.quoted || !strings.ContainsAny(f.text, "*?[") {
			stage = append(stage, quote(f.text))
		} else {
			stage = append(stage, f.text)
		}
	}
	c.put(stage...)
	return nil
}

// single is read for commands that treat several files in a way of their own.
func (c *call) single(operands []word) error {
	if len(operands) > 1 {
		return c.cannot(operands[1], "a second file")
	}
	return c.read(operands)
}

// option is an option of a command: a letter, and its value.
type option struct {
	letter byte
	value  string
	word   word
}

// parse takes the options off the arguments: letters without a value, those with one, and long names as
// "lines=n number=b". It returns the operands.
func (c *call) parse(letters, valued, long string) (operands []word, err error) {
	for i := 0; i < len(c.args); i++ {
		w := c.args[i]
		name, isLong := strings.CutPrefix(w.text, "--")
		switch {
		case w.text == "--":
			return append(operands, c.args[i+1:]...), nil
		case isLong:
			name, value, given := strings.Cut(name, "=")
			letter := longName(long, name)
			if letter == 0 {
				return nil, c.cannot(w, "the option --"+name)
			}
			if strings.IndexByte(valued, letter) >= 0 && !given {
				if i++; i == len(c.args) {
					return nil, c.cannot(w, "an option without its value")
				}
				value = c.args[i].text
			}
			c.options = append(c.options, option{letter, value, w})
		case len(w.text) > 1 && w.text[0] == '-':
			for j := 1; j < len(w.text); j++ {
				letter := w.text[j]
				o := option{letter, "", w}
				switch {
				case strings.IndexByte(letters, letter) >= 0:
				case strings.IndexByte(valued, letter) < 0:
					return nil, c.cannot(w, "the option -"+string(letter))
				case j+1 < len(w.text):
					o.value, j = w.text[j+1:], len(w.text)
				case i+1 < len(c.args):
					i++
					o.value = c.args[i].text
				default:
					return nil, c.cannot(w, "an option without its value")
				}
				c.options = append(c.options, o)
			}
		default:
			operands = append(operands, w)
		}
	}
	return operands, nil
}

// longName returns the letter of a long option, 0 when it is not in the list.
func longName(list, name string) byte {
	for pair := range strings.FieldsSeq(list) {
		if n, letter, _ := strings.Cut(pair, "="); n == name {
			return letter[0]
		}
	}
	return 0
}

// has returns the last option with that letter.
func (c *call) has(letter byte) (o option, ok bool) {
	for _, p := range c.options {
		if p.letter == letter {
			o, ok = p, true
		}
	}
	return o, ok
}

// given is has without the option.
func (c *call) given(letter byte) bool { _, ok := c.has(letter); return ok }

// same writes all options as they are, for stages that have the same ones.
func (c *call) same(stage string) []string {
	words := []string{stage}
	for _, o := range c.options {
		words = append(words, "-"+string(o.letter))
		if o.value != "" {
			words = append(words, quote(o.value))
		}
	}
	return words
}

// count reads a whole number.
func (c *call) count(o option, text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, c.cannot(o.word, "a count of "+strconv.Quote(text))
	}
	return n, nil
}
