package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) graphCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "graph PIPELINE [FILE...]",
		Short: "Print what would run as a graph that Graphviz draws",
		Long: `Print what would run as a graph in the language DOT, a node for each stage and an edge for each
pipe. Graphviz draws it:

  mtpipe graph 'lines access.log | field 1 | count_by' | dot -Tsvg > plan.svg`,
		RunE: func(_ *cobra.Command, args []string) error {
			defer a.guardTime()()
			defer a.guardMemory()()
			plan, err := a.plan(args)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.stdout, plan.Graph())
			return err
		},
	}
	f := cmd.Flags()
	f.VarP(script{&a.script, f.SetInterspersed}, "file", "f", "draw the pipeline in `SCRIPT`; the arguments are $1, $2 …")
	return cmd
}
