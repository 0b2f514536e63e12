//go:build unix

package main

import (
	"os"
	"strings"
	"testing"
)

// TestShells completes in the shells themselves: within quotes, a stage, an option, a field of a file,
// with the quote left open, and a list of what there is.
func TestShells(t *testing.T) {
	for _, shell := range []struct {
		name    string
		command []string
		setup   string
	}{
		{"bash", []string{"bash", "--norc", "--noprofile"}, `PS1='> '; set +o history; source <(mtpipe completion bash); clear`},
		{"zsh", []string{"zsh", "-f"}, `PS1='> '; autoload -U compinit; compinit -u; source <(mtpipe completion zsh); clear`},
		{"fish", []string{"fish", "--no-config"}, `function fish_prompt; echo '> '; end; set -U fish_greeting; set fish_autosuggestion_enabled 0; mtpipe completion fish | source; clear`},
	} {
		t.Run(shell.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("orders.csv", []byte("id,price,unit price\n1,12.5,3\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			s := newScreen(t, 100, 40, shell.command...)
			s.do("send-keys", "-l", "--", " "+shell.setup)
			s.press("Enter")
			for !s.sees("\n>", 0) && s.text() != ">" { // the shell has read the script when it has cleared the screen
				if !s.sees(">", screenLimit) {
					t.Fatal(s.text())
				}
			}
			s.typed("mtpipe 'csv orders.csv | revers", "revers")
			s.pressUntil("Tab", "| reverse")
			s.typed("| sort --by pric", "sort --by pric")
			s.pressUntil("Tab", "--by price")
			s.typed(" | sort --stab", "--stab")
			s.pressUntil("Tab", "sort --stable")
			if shell.name != "fish" { // which only adds to what was typed
				s.typed(" | get uni", "get uni")
				s.pressUntil("Tab", `get "unit price"`)
			}
			s.typed(" | co", " co")
			s.pressUntil("Tab", "Puts how many values there were")
			s.typed("unt'", "count'")
			s.press("C-u")
			s.typed("mtpipe --out prett", "--out prett")
			s.pressUntil("Tab", "--out pretty")
			s.press("C-u")
			s.typed("mtpipe help perfor", "help perfor")
			s.pressUntil("Tab", "help performance")
			s.press("C-u")
			s.typed("mtpipe count ord", "count ord")
			s.pressUntil("Tab", "count orders.csv")
			if got := s.text(); strings.Contains(got, "''") {
				t.Errorf("got the screen\n%s", got)
			}
		})
	}
}
