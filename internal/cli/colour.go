package cli

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"

	"mtpipe/internal/terminal"
	"mtpipe/pipeline"
)

// colour is the value of --color: auto, always or never; "" is auto.
type colour string

func (c *colour) String() string { return "auto" }
func (c *colour) Type() string   { return "auto|always|never" }

func (c *colour) Set(text string) error {
	if text != "auto" && text != "always" && text != "never" {
		return errors.New("it must be auto, always or never")
	}
	*c = colour(text)
	return nil
}

// colours reports whether what is written to f has colours. That FORCE_COLOR is set makes messages have
// some anywhere; results only on a terminal, since another program may read them.
func (a *app) colours(f *os.File, messages bool) bool {
	switch a.colour {
	case "always":
		return true
	case "never":
		return false
	}
	forced := os.Getenv("FORCE_COLOR")
	switch {
	case os.Getenv("NO_COLOR") != "", forced == "0":
		return false
	case !terminal.Is(f):
		return messages && forced != ""
	case forced != "":
		return true
	}
	term := os.Getenv("TERM")
	return term != "dumb" && (term != "" || runtime.GOOS == "windows")
}

// look returns how messages are shown.
func (a *app) look() pipeline.MessageLook {
	on := a.colours(a.stderr, true)
	return pipeline.MessageLook{Colours: on, Links: on && terminal.Is(a.stderr) && hasLinks(os.Getenv)}
}

// hasLinks reports whether the terminal is one that is known to make links of OSC 8. Others may
// show it as text.
func hasLinks(env func(string) string) bool {
	term := env("TERM")
	if strings.HasPrefix(term, "screen") || strings.HasPrefix(term, "tmux") {
		return false
	}
	switch env("TERM_PROGRAM") {
	case "iTerm.app", "WezTerm", "ghostty", "vscode":
		return true
	}
	if vte, err := strconv.Atoi(env("VTE_VERSION")); err == nil && vte >= 5200 {
		return true
	}
	return env("WT_SESSION") != "" || env("KONSOLE_VERSION") != "" || term == "xterm-kitty" || term == "foot" || term == "xterm-ghostty"
}
