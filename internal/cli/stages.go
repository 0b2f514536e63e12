package cli

import (
	"bufio"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"mtpipe/examples"
	"mtpipe/pipeline"
)

func (a *app) stagesCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "stages",
		Short: "List all stages with a line about each",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return a.writeStages()
			}
			w := bufio.NewWriter(a.stdout)
			for i, f := range a.registry.Families() {
				if i > 0 {
					fmt.Fprintln(w)
				}
				fmt.Fprintf(w, "%s\n", f.Name)
				for _, s := range f.Stages {
					fmt.Fprintf(w, "  %-12s %s\n", s.Name, s.Short)
				}
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print all that help tells of them, as JSON")
	return c
}

// stageEntry is a stage as stages --json has it.
type stageEntry struct {
	Name     string         `json:"name"`
	Family   string         `json:"family"`
	Usage    string         `json:"usage"`
	Summary  string         `json:"summary"`
	Text     string         `json:"text,omitempty"`
	Kind     string         `json:"kind"`
	Sandbox  bool           `json:"sandbox"`
	Params   []paramEntry   `json:"parameters"`
	Examples []exampleEntry `json:"examples"`
}

type paramEntry struct {
	Form    string `json:"form"`
	Help    string `json:"help"`
	Default string `json:"default,omitempty"`
}

type exampleEntry struct {
	Title   string `json:"title"`
	Command string `json:"command"`
	Prints  string `json:"prints,omitempty"`
}

// writeStages prints a list of JSON with a stage on each line.
func (a *app) writeStages() error {
	w := bufio.NewWriter(a.stdout)
	separator := "[\n"
	for _, f := range a.registry.Families() {
		for _, s := range f.Stages {
			text, err := json.Marshal(newStageEntry(s))
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%s%s", separator, text)
			separator = ",\n"
		}
	}
	fmt.Fprintln(w, "\n]")
	return w.Flush()
}

func newStageEntry(s *pipeline.Stage) stageEntry {
	e := stageEntry{s.Name, s.Family, s.Usage(), s.Short, s.Long, s.Trait.String(), s.Safe, []paramEntry{}, []exampleEntry{}}
	for _, p := range s.Params() {
		e.Params = append(e.Params, paramEntry{p.Form, p.Help, p.Default})
	}
	for _, x := range examples.Of(s.Name) {
		e.Examples = append(e.Examples, exampleEntry{x.Title, x.Command, x.Prints})
	}
	return e
}
