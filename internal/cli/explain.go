package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"mtpipe/pipeline"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain PIPELINE",
		Short: "Print what would run: stages, arguments, threads and pipes",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			scope := pipeline.Scope{Registry: a.registry}
			var err error
			if scope.Lookup, err = a.variables(); err != nil {
				return err
			}
			settings := pipeline.Settings{Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr, In: a.in, Out: a.out, Jobs: int(a.jobs)}
			plan, err := pipeline.Compile(args[0], "", scope, settings)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.stdout, plan.Explain())
			return err
		},
	}
}
