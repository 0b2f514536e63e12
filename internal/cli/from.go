package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mtpipe/internal/from"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

// cannotSay is a part of a pipeline of the shell that has no counterpart.
type cannotSay struct{ error }

func (e cannotSay) Unwrap() error { return e.error }

func (a *app) fromCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "from 'SHELL PIPELINE'",
		Short: "Say in mtpipe's words what a pipeline of the shell says",
		Long: `Print the command of mtpipe that does what a pipeline of the shell does. Nothing is run. What cannot be said
is named, with the exit status 1; where the two differ for some input, a note on standard error tells so.

  mtpipe from "grep -v '^#' access.log | awk '{print \$1}' | sort | uniq -c | sort -rn | head -3"

Known are common uses of ` + strings.Join(from.Names(), ", ") + `.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			result, err := from.Pipeline(args[0])
			if err != nil {
				return cannotSay{err}
			}
			if err := a.bindable(result.Pipeline); err != nil {
				return cannotSay{err}
			}
			for _, n := range result.Notes {
				fmt.Fprintf(a.told(), "note: %s\n", n)
			}
			return a.showText(result.Command() + "\n")
		},
	}
}

// bindable tells what would be wrong with a pipeline that was made of another one.
func (a *app) bindable(src string) error {
	_, err := pipeline.Compile(src, "", pipeline.Scope{Registry: a.registry}, pipeline.Settings{Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr})
	var wrong *syntax.Error
	if errors.As(err, &wrong) {
		return fmt.Errorf("what it would be cannot be said here: %s: %w", src, wrong)
	}
	return err
}
