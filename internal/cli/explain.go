package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mtpipe/internal/terminal"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

func (a *app) explainCommand() *cobra.Command {
	return a.planCommand(&cobra.Command{
		Use:   "explain PIPELINE [FILE...]",
		Short: "Print what would run: stages, arguments, threads and pipes",
	}, "explain", (*pipeline.Plan).Explain)
}

func (a *app) graphCommand() *cobra.Command {
	var svg bool
	cmd := a.planCommand(&cobra.Command{
		Use:   "graph PIPELINE [FILE...]",
		Short: "Print what would run as a graph that Graphviz draws",
		Long: `Print what would run as a graph in the language DOT, a node for each stage and an edge for each
pipe. Graphviz draws it:

  mtpipe graph 'lines access.log | field 1 | count_by' | dot -Tsvg > plan.svg

With --svg it is a picture already: pipes from the left to the right, blocks below their stages.`,
	}, "draw", func(p *pipeline.Plan) string {
		if svg {
			return p.SVG()
		}
		return p.Graph()
	})
	cmd.Flags().BoolVar(&svg, "svg", false, "print a picture instead")
	return cmd
}

// planCommand makes cmd bind a pipeline, run nothing, and print what tell says of it.
func (a *app) planCommand(cmd *cobra.Command, verb string, tell func(*pipeline.Plan) string) *cobra.Command {
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		defer a.guardTime()()
		defer a.guardMemory()()
		plan, err := a.plan(args)
		if err != nil {
			return err
		}
		return a.showText(tell(plan))
	}
	f := cmd.Flags()
	f.VarP(script{&a.script, f.SetInterspersed}, "file", "f", verb+" the pipeline in `SCRIPT`; the arguments are $1, $2 …")
	return cmd
}

// showText prints text that holds parts of a pipeline: on a terminal, which would act on control
// characters, they are escapes.
func (a *app) showText(text string) error {
	if terminal.Is(a.stdout) {
		text = syntax.Printable(text)
	}
	_, err := fmt.Fprint(a.stdout, text)
	return err
}

// showEffects is what --dry-run does.
func (a *app) showEffects(plan *pipeline.Plan) error {
	effects := plan.Effects()
	if len(effects) == 0 {
		return a.showText("no effects: it would only read, compute and print\n")
	}
	var b strings.Builder
	for _, e := range effects {
		fmt.Fprintf(&b, "would run %s\n", e)
	}
	return a.showText(b.String())
}
