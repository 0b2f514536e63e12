//go:build !windows

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestErrorsToStandardError wants records and messages one after another where both go to one file, after what was in it.
func TestErrorsToStandardError(t *testing.T) {
	for _, device := range []bool{true, false} {
		name := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(name, []byte("old\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		log, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		to := name
		if device {
			to = "/dev/stderr"
		}
		cmd := process(t, "--errors-to", to, "--on-error", "skip", "map it+1")
		cmd.Stdin, cmd.Stderr = strings.NewReader("x\n"), log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		code := ended(t, cmd)
		got, err := os.ReadFile(name)
		want := "old\n" + `{"message":"\"x\" is not a number (it)","stage":"map","place":1,"file":null,"line":1,"value":"x"}` + "\n" +
			`mtpipe: map: 1 skipped; one of them: line 1: "x" is not a number (it)` + "\n"
		if code != 0 || err != nil || string(got) != want {
			t.Errorf("%s: got the status %d and %q, %v, want %q", to, code, got, err, want)
		}
	}
}
