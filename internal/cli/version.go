package cli

import (
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// release is what this source is, or will be, when the build does not say which it is.
const release = "0.1.0"

// modulePath is the name of the module in the build information.
var modulePath = strings.TrimSuffix(reflect.TypeFor[app]().PkgPath(), "/internal/cli")

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.writeVersion() },
	}
}

// writeVersion is what the command version and the flag --version do.
func (a *app) writeVersion() error {
	info, _ := debug.ReadBuildInfo()
	_, err := fmt.Fprintf(a.stdout, "mtpipe %s %s/%s\n", version(info), runtime.GOOS, runtime.GOARCH)
	return err
}

// version returns the release that the build information names, which may be nil, or the one of
// the source; and the commit and its date, where it was built in a checkout.
func version(info *debug.BuildInfo) string {
	if info == nil {
		return release
	}
	module := &info.Main
	for _, m := range info.Deps {
		if m.Path == modulePath {
			module = m // part of another program
		}
	}
	name := release
	// A pseudo-version is a commit, not a release: it has a date and two dashes at least.
	if v, ok := strings.CutPrefix(module.Version, "v"); ok && strings.Count(v, "-") < 2 && !strings.Contains(v, "+") {
		name = v
	}
	if module != &info.Main {
		return name
	}
	var commit, date string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value[:min(10, len(s.Value))]
		case "vcs.time":
			date, _, _ = strings.Cut(s.Value, "T")
		case "vcs.modified":
			if s.Value == "true" {
				commit += ", changed"
			}
		}
	}
	if commit == "" {
		return name
	}
	if date != "" {
		date = ", " + date
	}
	return fmt.Sprintf("%s (%s%s)", name, commit, date)
}
