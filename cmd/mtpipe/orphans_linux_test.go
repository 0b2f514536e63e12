package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestExec_Killed kills runs with kill -9 while programs run that would never end: all of them
// end.
func TestExec_Killed(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+sleeper("")+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, text string
		programs   int
	}{
		{"exec", "exec sh -c '" + sleeper("") + "'", 1},
		{"sh", "sh '" + sleeper("") + "'", 1},
		{"sh with one command", "sh \"" + program + " 777 'a b'\"", 1},
		{"sh with one command in blocks", "range 3 | pmap { sh " + program + " }", 3},
		{"with an input that it does not read", "repeat x | sh '" + sleeper("") + "' | count", 1},
		{"several", "sh '" + sleeper("") + "' | sh '" + sleeper("") + "'", 2},
		{"in blocks", "range 20 | pmap --jobs 20 { sh '" + sleeper("") + "' }", 20},
		{"in blocks, after others that have ended", "range 60 | pmap --jobs 40 { sh 'if [ $it -lt 40 ]; then exit; fi; " + sleeper("") + "' }", 20},
		{"in a block of each", "tee { sh '" + sleeper("") + "' } { count }", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t, nil, row.text)
			_, _ = io.WriteString(s.stdin, "a\n")
			pids := filepath.Join(s.dir, "pids")
			for by := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
				text, _ := os.ReadFile(pids)
				if strings.Count(string(text), "\n") == row.programs {
					break
				}
				if time.Now().After(by) {
					t.Errorf("got the programs %q, want %d", text, row.programs)
					break
				}
			}
			text, _ := os.ReadFile(pids)
			for f := range strings.FieldsSeq(string(text)) { // they run on until then
				var pid int
				if _, _ = fmt.Sscan(f, &pid); !alive(pid) {
					t.Errorf("got a program that has ended, want it to run")
				}
			}
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
			wantGone(t, pids)
		})
	}
}
