package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// version is the release that this source is, or will be.
const version = "0.1.0"

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "mtpipe %s %s/%s\n", version, runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
