package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mtpipe/internal/terminal"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

func (a *app) explainCommand() *cobra.Command {
	var plain bool
	cmd := a.planCommand(&cobra.Command{
		Use:   "explain PIPELINE [FILE...]",
		Short: "Print what would run: stages, arguments, threads and pipes",
		Long: `Print what would run. On a terminal it is a drawing: a row for each stage, before it the thread or
how many copies run it, after it whether it streams, or waits for the end of its input, and how much it may
keep; between them what joins one to the next. Elsewhere, and with --plain, it is text with the traits of each stage.
After it stands what the first block of each file tells that is read: what stands between the fields of CSV, and
the names in its header.`,
	}, "explain", func(p *pipeline.Plan) string {
		columns, _, ok := terminal.Size(a.stdout)
		if plain || !ok {
			return a.printable(p.Explain() + p.Found())
		}
		return p.Drawing(cmp.Or(columns, 80), a.colours(a.stdout, false)) + a.printable(p.Found())
	})
	cmd.Flags().BoolVar(&plain, "plain", false, "print text on a terminal, too")
	return cmd
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
			return a.printable(p.SVG())
		}
		return a.printable(p.Graph())
	})
	cmd.Flags().BoolVar(&svg, "svg", false, "print a picture instead")
	return cmd
}

// planCommand makes cmd bind a pipeline, run nothing, and print what tell says of it, as it is.
func (a *app) planCommand(cmd *cobra.Command, verb string, tell func(*pipeline.Plan) string) *cobra.Command {
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		defer a.guardTime()()
		defer a.guardMemory()()
		plan, err := a.plan(args)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(a.stdout, tell(plan))
		return err
	}
	f := cmd.Flags()
	f.VarP(script{&a.script, f.SetInterspersed}, "file", "f", verb+" the pipeline in `SCRIPT`; the arguments are $1, $2 …")
	return cmd
}

// showText prints text that holds parts of a pipeline: on a terminal, which would act on control
// characters, they are escapes.
func (a *app) showText(text string) error {
	_, err := fmt.Fprint(a.stdout, a.printable(text))
	return err
}

func (a *app) printable(text string) string {
	if terminal.Is(a.stdout) {
		return syntax.Printable(text)
	}
	return text
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
