package complete

import (
	"slices"
	"strings"
)

// Words is what kind of words a flag or a command takes.
type Words uint8

// The kinds.
const (
	AnyWord      Words = iota
	OneOf              // the candidates of the flag or of the command
	FileName           // files
	PipelineText       // a pipeline, then files that feed it
)

// Flag is a flag of the command line.
type Flag struct {
	Long, Short string // without dashes
	Help        string
	Takes       bool // a value
	Value       Words
	Values      []Candidate
	Use         func(c *Given, value string) // what is noted of the value, or nil
}

// Given is what the command line has said before the cursor.
type Given struct {
	In     string
	Define []string
	Script bool
}

// Command is a command with its flags.
type Command struct {
	Name, Short string
	Flags       func() []Flag
	Commands    []Command
	Takes       Words
	Values      func() []Candidate // of OneOf
}

// commandLine reads the words of a command line, and completes the last one.
type commandLine struct {
	*Engine
	Given
	dialect *Dialect
	program *Command
	command *Command // the subcommand
	cur     word
	after   []string
	flag    *Flag // whose value is the next word
	args    []string
	ended   bool // flags have ended
	answer  Insertion
}

func (c *commandLine) flags() []Flag {
	of := c.program
	if c.command != nil {
		of = c.command
	}
	if of.Flags == nil {
		return nil
	}
	return of.Flags()
}

// take reads a word before the cursor.
func (c *commandLine) take(text string) {
	switch {
	case c.flag != nil:
		c.use(c.flag, text)
		c.flag = nil
	case c.ended || len(text) < 2 || text[0] != '-':
		c.argument(text)
	case text == "--":
		c.ended = true
	case strings.HasPrefix(text, "--"):
		name, value, has := strings.Cut(text[2:], "=")
		if f := c.long(name); f != nil && has {
			c.use(f, value)
		} else if f != nil && f.Takes {
			c.flag = f
		}
	default:
		for i := range text[1:] {
			f := c.short(text[i+1 : i+2])
			if f == nil || !f.Takes {
				continue
			}
			if value := text[i+2:]; value != "" {
				c.use(f, strings.TrimPrefix(value, "="))
			} else {
				c.flag = f
			}
			return
		}
	}
}

func (c *commandLine) argument(text string) {
	if c.command == nil && len(c.args) == 0 && !c.Script {
		for i := range c.program.Commands {
			if c.program.Commands[i].Name == text {
				c.command = &c.program.Commands[i]
				return
			}
		}
	}
	c.args = append(c.args, text)
	c.ended = c.ended || c.Script
}

func (c *commandLine) use(f *Flag, value string) {
	if f.Use != nil {
		f.Use(&c.Given, value)
	}
}

func (c *commandLine) long(name string) *Flag {
	list := c.flags()
	i := slices.IndexFunc(list, func(f Flag) bool { return f.Long == name })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func (c *commandLine) short(letter string) *Flag {
	list := c.flags()
	i := slices.IndexFunc(list, func(f Flag) bool { return f.Short == letter })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// complete returns what may stand in the place of the last word.
func (c *commandLine) complete() Insertion {
	c.answer.From = c.cur.start
	text := c.cur.text
	switch {
	case c.flag != nil:
		c.value(c.flag.Value, c.flag.Values, 0)
	case !c.ended && strings.HasPrefix(text, "--") && strings.Contains(text, "="):
		name, _, _ := strings.Cut(text[2:], "=")
		if f := c.long(name); f != nil {
			c.value(f.Value, f.Values, len(name)+len("--="))
		}
	case !c.ended && strings.HasPrefix(text, "-"):
		c.flagNames()
	case c.command != nil:
		switch {
		case c.command.Takes == PipelineText && len(c.args) > 0:
			c.answer.Files = true
		case c.command.Takes == OneOf:
			c.value(OneOf, c.command.Values(), 0)
		default:
			c.value(c.command.Takes, nil, 0)
		}
	case c.Script || len(c.args) > 0:
		c.answer.Files = true
	default:
		if !c.cur.quoted {
			for _, sub := range c.program.Commands {
				c.add(0, Candidate{Text: sub.Name, Summary: sub.Short, Space: true})
			}
		}
		c.value(PipelineText, nil, 0)
	}
	return c.answer
}

func (c *commandLine) flagNames() {
	for _, f := range c.flags() {
		show := "--" + f.Long
		if f.Short != "" {
			show = "-" + f.Short + ", " + show
		}
		text := "--" + f.Long
		if c.cur.text == "-"+f.Short {
			text = c.cur.text
		}
		c.add(0, Candidate{Text: text, Show: show, Summary: f.Help, Space: true})
	}
}

// value offers what a flag or a command takes; it stands in the word from the byte from on.
func (c *commandLine) value(kind Words, values []Candidate, from int) {
	switch kind {
	case OneOf:
		for _, v := range values {
			v.Space = true
			c.add(from, v)
		}
	case FileName:
		c.answer.Files = true
	case PipelineText:
		c.pipeline()
	}
}

// add adds a candidate when it begins with what was typed.
func (c *commandLine) add(from int, v Candidate) {
	if !strings.HasPrefix(v.Text, c.cur.text[from:]) {
		return
	}
	if v.Show == "" {
		v.Show = v.Text
	}
	v.Plain, v.Text = v.Text, c.dialect.quote(v.Text, c.cur.open)
	c.answer.From = c.place(from)
	c.answer.Candidates = append(c.answer.Candidates, v)
}

// place returns where a byte of the word stands in the line.
func (c *commandLine) place(from int) int {
	switch {
	case from > 0:
		return c.cur.at[from]
	case c.cur.quoted:
		return c.cur.start + 1
	}
	return c.cur.start
}

// pipeline offers what the engine says of the pipeline in the word.
func (c *commandLine) pipeline() {
	closed := c.cur.quoted && c.cur.open == 0
	if closed && c.cur.raw != "" {
		return
	}
	p := Pipeline{Text: c.cur.text, Files: c.after, In: c.In, Define: c.Define, Quote: c.cur.open}
	a := c.Engine.Pipeline(p)
	bare := c.cur.open == 0
	for _, v := range a.Candidates {
		v.Plain = v.Text
		switch {
		case bare && v.Stage && c.dialect.escape != 0: // the quote that most pipelines need
			v.Text = "'" + v.Text
		default:
			v.Text = c.dialect.quote(v.Text, c.cur.open)
		}
		c.answer.Candidates = append(c.answer.Candidates, v)
	}
	if len(a.Candidates) > 0 {
		c.answer.From = c.place(a.From)
	}
}
