package cli

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mtpipe/examples"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

func (a *app) helpCommand() *cobra.Command {
	var search bool
	c := &cobra.Command{
		Use:   "help [STAGE|COMMAND|TOPIC|FUNCTION|WORD...]",
		Short: "Show what a stage, a command or a function does, or a topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case search && len(args) == 0:
				return usageError{errors.New("-k takes the words that are looked for")}
			case search:
				return a.findHelp(args)
			case len(args) == 0:
				return a.overview(cmd.Root())
			case len(args) > 1:
				return a.helpAbout(cmd.Root(), args)
			}
			return a.helpOn(cmd.Root(), args[0])
		},
	}
	c.Flags().BoolVarP(&search, "keyword", "k", false, "list all that has the WORDs in its help, also where one of them is a name")
	return c
}

// helpOn shows what is known by that name: a stage, and the function called so; or a command, a
// topic or a function.
func (a *app) helpOn(root *cobra.Command, name string) error {
	functions := functionsNamed(name)
	if s := a.registry.Stage(name); s != nil {
		if err := a.stageHelp(s); err != nil || len(functions) == 0 {
			return err
		}
		if _, err := fmt.Fprintln(a.stdout); err != nil {
			return err
		}
		return a.functionHelp(functions)
	}
	if sub, _, err := root.Find([]string{name}); err == nil && sub != root {
		return sub.Help()
	}
	if topic, is := otherNames[name]; is {
		name = topic
	}
	for _, t := range topics() {
		if t.name == name {
			return t.show(a)
		}
	}
	if len(functions) > 0 {
		return a.functionHelp(functions)
	}
	if answer, ok := a.registry.Answer(name); ok {
		_, err := fmt.Fprintf(a.stdout, "%s (%s): %s\n  %s\n", answer.Name, answer.From, answer.Say, answer.Use)
		return err
	}
	return a.helpAbout(root, []string{name})
}

// helpAbout lists what speaks of the words, none of which is a name.
func (a *app) helpAbout(root *cobra.Command, words []string) error {
	said := strings.Join(words, " ")
	list := a.find(words)
	if len(list) == 0 {
		if meant := syntax.Meant(said, a.helpWords(root)); meant != "" {
			return usageError{fmt.Errorf("there is no help for %q%s", said, meant)}
		}
		return usageError{fmt.Errorf("there is no help for %q; mtpipe help lists the stages and topics", said)}
	}
	if meant := syntax.Meant(said, keywords); meant != "" {
		fmt.Fprintf(a.stdout, "There is nothing called %q%s These speak of it:\n", said, meant)
	} else {
		fmt.Fprintf(a.stdout, "There is nothing called %q; these speak of it:\n", said)
	}
	return a.listFound(list)
}

// keywords are the words of the language that are no stages.
var keywords = []string{"def", "import"}

// helpWords returns all that help can be asked for by one word.
func (a *app) helpWords(root *cobra.Command) (words []string) {
	for _, c := range a.helpNames(root) {
		words = append(words, c.Text)
	}
	return append(words, slices.Sorted(maps.Keys(otherNames))...)
}

// overview prints the command line and the stages by family.
func (a *app) overview(root *cobra.Command) error {
	w := bufio.NewWriter(a.stdout)
	fmt.Fprintf(w, "%s\n\nFlags:\n%s\nCommands:\n", root.Long, root.LocalFlags().FlagUsages())
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			fmt.Fprintf(w, "  %-22s %s\n", strings.TrimSuffix(c.Use, " [flags]"), c.Short)
		}
	}
	fmt.Fprint(w, "\nStages (mtpipe help STAGE tells more):\n")
	for _, f := range a.registry.Families() {
		var names []string
		for _, s := range f.Stages {
			names = append(names, s.Name)
		}
		fmt.Fprintf(w, "  %-12s %s\n", f.Name, strings.Join(names, " "))
	}
	fmt.Fprint(w, "\nTopics (mtpipe help TOPIC):\n")
	for _, t := range topics() {
		fmt.Fprintf(w, "  %-18s %s\n", t.name, t.title)
	}
	return w.Flush()
}

func (a *app) stageHelp(s *pipeline.Stage) error {
	w := bufio.NewWriter(a.stdout)
	writeStageHelp(w, s)
	return w.Flush()
}

func writeStageHelp(w *bufio.Writer, s *pipeline.Stage) {
	fmt.Fprintf(w, "%s\n    %s\n", s.Usage(), s.Short)
	if s.Long != "" {
		fmt.Fprintf(w, "\n%s\n", s.Long)
	}
	if params := s.Params(); len(params) > 0 {
		fmt.Fprint(w, "\nArguments and options:\n")
		for _, p := range params {
			def := ""
			if p.Default != "" {
				def = " (default " + p.Default + ")"
			}
			fmt.Fprintf(w, "  %-22s %s%s\n", p.Form, p.Help, def)
		}
	}
	fmt.Fprintf(w, "\nKind: %s\n", s.Trait)
	if !s.Safe {
		fmt.Fprint(w, "Not in a sandbox (--sandbox)\n")
	}
	if ex := examples.Of(s.Name); len(ex) > 0 {
		fmt.Fprint(w, "\nExamples:\n")
		for _, line := range examples.Session(ex) {
			fmt.Fprintln(w, strings.TrimRight("  "+line, " "))
		}
	}
}
