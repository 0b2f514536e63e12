package cli

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	built := func(main debug.Module, deps []*debug.Module, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{Main: main, Deps: deps}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	ours := func(version string) debug.Module { return debug.Module{Path: modulePath, Version: version} }
	checkout := []string{"vcs.revision", "0123456789abcdef", "vcs.time", "2026-11-26T03:28:10Z", "vcs.modified", "false"}
	changed := []string{"vcs.revision", "0123456789abcdef", "vcs.time", "2026-11-26T03:28:10Z", "vcs.modified", "true"}
	other := debug.Module{Path: "example.com/other", Version: "v9.0.0"}
	dep := ours("v1.3.0")
	for _, c := range []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"nothing known", nil, release},
		{"without a checkout", built(ours("(devel)"), nil), release},
		{"a commit", built(ours("v0.0.0-20261126032810-0123456789ab"), nil, checkout...), release + " (0123456789, 2026-11-26)"},
		{"a changed commit", built(ours("v0.0.0-20261126032810-0123456789ab+dirty"), nil, changed...), release + " (0123456789, changed, 2026-11-26)"},
		{"a release", built(ours("v1.2.3"), nil), "1.2.3"},
		{"a release before the next", built(ours("v1.2.3-rc1"), nil), "1.2.3-rc1"},
		{"the commit of a release", built(ours("v1.2.3"), nil, checkout...), "1.2.3 (0123456789, 2026-11-26)"},
		{"part of another program", built(other, []*debug.Module{&dep}, checkout...), "1.3.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := version(c.info); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
