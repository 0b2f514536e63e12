package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"mtpipe/internal/terminal"
	"mtpipe/pipeline/syntax"
)

func (a *app) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain PIPELINE [FILE...]",
		Short: "Print what would run: stages, arguments, threads and pipes",
		RunE: func(_ *cobra.Command, args []string) error {
			defer a.guardTime()()
			defer a.guardMemory()()
			plan, err := a.plan(args)
			if err != nil {
				return err
			}
			text := plan.Explain()
			if terminal.Is(a.stdout) {
				text = syntax.Printable(text)
			}
			_, err = fmt.Fprint(a.stdout, text)
			return err
		},
	}
	f := cmd.Flags()
	f.VarP(script{&a.script, f.SetInterspersed}, "file", "f", "explain the pipeline in `SCRIPT`; the arguments are $1, $2 …")
	return cmd
}
