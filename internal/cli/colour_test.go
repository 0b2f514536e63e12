package cli

import (
	"os"
	"testing"
)

func TestHasLinks(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"TERM": "xterm-256color"}, false},
		{map[string]string{"TERM": "xterm-256color", "VTE_VERSION": "7600"}, true},
		{map[string]string{"TERM": "xterm-256color", "VTE_VERSION": "4000"}, false},
		{map[string]string{"TERM": "tmux-256color", "VTE_VERSION": "7600"}, false},
		{map[string]string{"TERM_PROGRAM": "WezTerm"}, true},
		{map[string]string{"TERM_PROGRAM": "Apple_Terminal"}, false},
		{map[string]string{"TERM": "xterm-kitty"}, true},
	} {
		if got := hasLinks(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: got %v", c.env, got)
		}
	}
}

// TestColoursOfNoTerminal wants results elsewhere to have colours only when that is said on the command line.
func TestColoursOfNoTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, c := range []struct {
		flag              colour
		no, force         string
		results, messages bool
	}{
		{"", "", "", false, false},
		{"auto", "", "1", false, true},
		{"auto", "1", "1", false, false},
		{"auto", "", "0", false, false},
		{"always", "1", "", true, true},
		{"never", "", "1", false, false},
	} {
		t.Setenv("NO_COLOR", c.no)
		t.Setenv("FORCE_COLOR", c.force)
		t.Setenv("TERM", "xterm")
		a := &app{colour: c.flag}
		if results, messages := a.colours(w, false), a.colours(w, true); results != c.results || messages != c.messages {
			t.Errorf("%+v: got %v and %v", c, results, messages)
		}
	}
}
