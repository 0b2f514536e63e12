package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"mtpipe/pipeline/syntax"
)

func (a *app) fmtCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "fmt [SCRIPT]",
		Short: "Print a script with its blanks and lines laid out anew",
		Long: `Print a script, or standard input, laid out anew: one blank between words, two before what stands in a
block or goes on in a further line, no more than one empty line. Words and comments stay as they are.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			name, text, err := a.toLayOut(args)
			if err != nil {
				return err
			}
			laid, err := syntax.Layout(name, text)
			if err != nil {
				return err
			}
			return a.showText(laid)
		},
	}
}

// toLayOut returns the script in the arguments, or standard input, and what messages call it.
func (a *app) toLayOut(args []string) (name, text string, err error) {
	if len(args) == 0 || args[0] == "-" {
		b, err := io.ReadAll(a.stdin)
		return "-", string(b), err
	}
	b, err := os.ReadFile(args[0])
	if errors.Is(err, os.ErrNotExist) {
		return "", "", usageError{fmt.Errorf("%w; a pipeline's text is given on standard input", fileError(err))}
	}
	if err != nil {
		return "", "", unread(err)
	}
	return args[0], string(b), nil
}
