package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"mtpipe/internal/format"
)

// completeFormats makes completion know the formats that --in and --out take.
func (a *app) completeFormats(cmd *cobra.Command) {
	var in, out []cobra.Completion
	for _, s := range a.registry.Readers() {
		in = append(in, cobra.CompletionWithDesc(s.Name, s.Short))
	}
	for _, f := range format.Writable() {
		out = append(out, cobra.CompletionWithDesc(f.Name, f.Summary))
	}
	for flag, list := range map[string][]cobra.Completion{"in": in, "out": out} {
		err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var fit []cobra.Completion
			for _, c := range list {
				if strings.HasPrefix(c, begun) {
					fit = append(fit, c)
				}
			}
			return fit, cobra.ShellCompDirectiveNoFileComp
		})
		if err != nil {
			panic(err) // the flags are those of root
		}
	}
}

func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print the completion script for bash, zsh, fish or powershell",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			default:
				return root.GenPowerShellCompletionWithDesc(a.stdout)
			}
		},
	}
}
