package cli

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) stagesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stages",
		Short: "List all stages with a line about each",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
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
}
