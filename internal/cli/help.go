package cli

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mtpipe/examples"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [STAGE|COMMAND]",
		Short: "Show what a stage or a command does",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.overview(cmd.Root())
			}
			if s := a.registry.Stage(args[0]); s != nil {
				return a.stageHelp(s)
			}
			if sub, _, err := cmd.Root().Find(args); err == nil && sub != cmd.Root() {
				return sub.Help()
			}
			names := a.registry.Names()
			for _, c := range cmd.Root().Commands() {
				names = append(names, c.Name())
			}
			hint := ""
			if n := syntax.Nearest(args[0], names); n != "" {
				hint = "; did you mean " + n + "?"
			}
			return usageError{fmt.Errorf("there is no help for %q%s", args[0], hint)}
		},
	}
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
	return w.Flush()
}

func (a *app) stageHelp(s *pipeline.Stage) error {
	w := bufio.NewWriter(a.stdout)
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
		for _, e := range ex {
			fmt.Fprintf(w, "  # %s\n  $ %s\n", e.Title, e.Command)
		}
	}
	return w.Flush()
}
