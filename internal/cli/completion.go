package cli

import (
	"bufio"
	"cmp"
	"embed"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"mtpipe/internal/complete"
	"mtpipe/internal/expression"
	"mtpipe/internal/format"
)

// completion holds the script of each shell: they hand the line and the cursor to the command
// complete_line, and insert what it prints.
//
//go:embed completion
var completion embed.FS

// lookLimit is for how long fields are looked for.
const lookLimit = 40 * time.Millisecond

// scripted are the shells with a script.
var scripted = []string{"bash", "zsh", "fish", "powershell", "nushell"}

func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print the completion script for " + strings.Join(scripted[:4], ", ") + " or nushell",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: scripted,
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := completion.ReadFile("completion/" + args[0])
			if err != nil {
				return err
			}
			_, err = a.stdout.Write(text)
			return err
		},
	}
}

// completeCommand is what the scripts of the scripted call: with the name of the shell, the line,
// the line up to the cursor, and for some scripted more.
func (a *app) completeCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "complete_line SHELL LINE BEFORE [MORE...]",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 3 || !strings.HasPrefix(args[1], args[2]) {
				return nil
			}
			dialect := complete.DialectOf(args[0])
			if dialect == nil {
				return nil
			}
			engine := &complete.Engine{Registry: a.registry, Environ: os.Environ(), Limit: lookLimit}
			l := complete.Line{Dialect: dialect, Text: args[1], Cursor: len(args[2]), Program: cmd.Root().Name()}
			w := bufio.NewWriter(a.stdout)
			defer w.Flush()
			answer := engine.Line(l, a.described(cmd.Root()))
			writeAnswer(w, l, answer, args[3:])
			return nil
		},
	}
}

// writeAnswer prints the answer as the script of the shell takes it.
func writeAnswer(w *bufio.Writer, l complete.Line, answer complete.Insertion, more []string) {
	switch l.Dialect.Name {
	case "bash":
		writeBash(w, l, answer, more)
	case "zsh":
		writeZsh(w, l, answer)
	default:
		writeWords(w, l, answer, l.Dialect.Name == "fish")
	}
}

// described returns the commands and flags of the program for completion.
func (a *app) described(root *cobra.Command) *complete.Command {
	program := &complete.Command{Takes: complete.PipelineText, Flags: sync.OnceValue(func() []complete.Flag { return a.describedFlags(root, root) })}
	for _, sub := range root.Commands() {
		if sub.Hidden {
			continue
		}
		c := complete.Command{Name: sub.Name(), Short: sub.Short, Flags: sync.OnceValue(func() []complete.Flag { return a.describedFlags(sub, root) })}
		switch {
		case sub.Name() == "explain" || sub.Name() == "graph" || sub.Name() == "parts":
			c.Takes = complete.PipelineText
		case sub.Name() == "fmt" || sub.Name() == "part" || sub.Name() == "merge" || sub.Name() == "finish":
			c.Takes = complete.FileName
		case sub.Name() == "help":
			c.Takes, c.Values = complete.OneOf, func() []complete.Candidate { return a.helpNames(root) }
		case sub.ValidArgs != nil:
			c.Takes, c.Values = complete.OneOf, func() (list []complete.Candidate) {
				for _, v := range sub.ValidArgs {
					list = append(list, complete.Candidate{Text: v})
				}
				return list
			}
		}
		program.Commands = append(program.Commands, c)
	}
	return program
}

// helpNames returns all that help can be asked for.
func (a *app) helpNames(root *cobra.Command) (list []complete.Candidate) {
	for _, f := range a.registry.Families() {
		for _, s := range f.Stages {
			list = append(list, complete.Candidate{Text: s.Name, Summary: s.Short})
		}
	}
	for _, t := range topics() {
		list = append(list, complete.Candidate{Text: t.name, Summary: t.title})
	}
	for _, sub := range root.Commands() {
		if !sub.Hidden {
			list = append(list, complete.Candidate{Text: sub.Name(), Summary: sub.Short})
		}
	}
	seen := ""
	for _, family := range expression.Functions() {
		for _, f := range family.Functions {
			name, _, _ := strings.Cut(f.Form, "(")
			if name != seen && a.registry.Stage(name) == nil {
				list = append(list, complete.Candidate{Text: name, Show: f.Form, Summary: f.Does})
			}
			seen = name
		}
	}
	return list
}

// describedFlags returns the flags of a command, and those that it has from root.
func (a *app) describedFlags(cmd, root *cobra.Command) (list []complete.Flag) {
	flagNames := regexp.MustCompile(`(?m)^ *(?:-\w, )?--([\w-]+)`)
	usages := cmd.LocalFlags().FlagUsages() + root.PersistentFlags().FlagUsages()
	seen := make(map[string]bool)
	for _, m := range flagNames.FindAllStringSubmatch(usages, -1) {
		name := m[1]
		f := cmp.Or(cmd.Flags().Lookup(name), root.PersistentFlags().Lookup(name))
		if f == nil || seen[name] {
			continue
		}
		seen[name] = true
		flag := complete.Flag{Long: f.Name, Short: f.Shorthand, Help: strings.ReplaceAll(f.Usage, "`", ""), Takes: f.NoOptDefVal == ""}
		if words := strings.Split(f.Value.Type(), "|"); len(words) > 1 {
			for _, v := range words {
				flag.Values = append(flag.Values, complete.Candidate{Text: v})
			}
		}
		if strings.Contains(f.Usage, "`FILE`") || strings.Contains(f.Usage, "`SCRIPT`") {
			flag.Value = complete.FileName
		}
		switch name {
		case "in":
			flag.Values = a.readerNames()
			flag.Use = func(g *complete.Given, v string) { g.In = v }
		case "out":
			for _, f := range format.Writable() {
				flag.Values = append(flag.Values, complete.Candidate{Text: f.Name, Summary: f.Summary})
			}
		case "define":
			flag.Use = func(g *complete.Given, v string) { g.Define = append(g.Define, v) }
		case "file":
			flag.Use = func(g *complete.Given, _ string) { g.Script = true }
		}
		if flag.Values != nil {
			flag.Value = complete.OneOf
		}
		list = append(list, flag)
	}
	return list
}

func (a *app) readerNames() (list []complete.Candidate) {
	for _, s := range a.registry.Readers() {
		list = append(list, complete.Candidate{Text: s.Name, Summary: s.Short})
	}
	return list
}

// whole returns a candidate as it follows what it replaces, with the blank after it.
func whole(c complete.Candidate) string {
	if c.Space {
		return c.Text + " "
	}
	return c.Text
}

// writeBash prints the elements of COMPREPLY. Bash replaces the word that it gives in more, which
// goes back to the quote that is open, by what they have in common. It closes the quote when there
// is one only: so there are always two. Its second element is the type of completion, and the third
// the width of the terminal.
func writeBash(w *bufio.Writer, l complete.Line, answer complete.Insertion, more []string) {
	list := answer.Candidates
	if len(more) < 3 || len(list) == 0 {
		return
	}
	before := l.Text[:l.Cursor]
	begin := strings.TrimSuffix(before, more[0])
	if len(begin) > answer.From || len(begin)+len(more[0]) != len(before) {
		return
	}
	common := list[0].Text
	if len(list) == 1 {
		common = whole(list[0])
	}
	for _, c := range list[1:] {
		for !strings.HasPrefix(c.Text, common) {
			common = common[:len(common)-1]
		}
	}
	kept := before[len(begin):answer.From]
	switch typed := before[answer.From:]; {
	case more[1] == "37" || more[1] == "42": // menus, and all of them at once
		for _, c := range list {
			fmt.Fprintln(w, kept+whole(c))
		}
	case more[1] != "63" && common != typed && (len(list) == 1 || strings.HasPrefix(common, typed)):
		fmt.Fprintf(w, "%s\n%s…\n", kept+common, kept+common)
	default:
		width, _ := strconv.Atoi(more[2])
		fmt.Fprintln(w, " ") // nothing in common, so that nothing is replaced
		for _, line := range listed(list, cmp.Or(width, 80)-1) {
			fmt.Fprintln(w, line)
		}
	}
}

// listed returns the candidates with their summaries, one a line.
func listed(list []complete.Candidate, width int) (lines []string) {
	longest := 0
	for _, c := range list {
		longest = max(longest, min(len([]rune(c.Show)), 30))
	}
	for _, c := range list {
		line := c.Show
		if c.Summary != "" {
			line = fmt.Sprintf("%-*s  %s", longest, c.Show, c.Summary)
		}
		if r := []rune(line); len(r) > width {
			line = string(r[:width-1]) + "…"
		}
		lines = append(lines, line)
	}
	return lines
}

// writeZsh prints how many characters before the cursor are replaced, or "files"; then for each
// candidate its text, how it is shown, and its summary.
func writeZsh(w *bufio.Writer, l complete.Line, answer complete.Insertion) {
	if answer.Files {
		fmt.Fprintln(w, "files")
		return
	}
	fmt.Fprintln(w, len([]rune(l.Text[answer.From:l.Cursor])))
	for _, c := range answer.Candidates {
		fmt.Fprintf(w, "%s\t%s\t%s\n", whole(c), c.Show, c.Summary)
	}
}

// writeWords prints each candidate as the whole word of the line, and its summary. Fish wants words
// without their quotes.
func writeWords(w *bufio.Writer, l complete.Line, answer complete.Insertion, unquoted bool) {
	for _, c := range answer.Candidates {
		text := l.Text[answer.Start:answer.From] + whole(c)
		if unquoted {
			c.Text = c.Plain
			text = answer.Kept + whole(c)
		}
		fmt.Fprintf(w, "%s\t%s\n", text, c.Summary)
		if unquoted && answer.Open && len(answer.Candidates) == 1 {
			fmt.Fprintf(w, "%s…\t\n", text)
		}
	}
}
