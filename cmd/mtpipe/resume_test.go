//go:build unix

package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// linesOf returns the lines of a file, none when it is not there.
func linesOf(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// okIn returns which values a log calls done.
func okIn(t *testing.T, name string) map[string]int {
	t.Helper()
	list := make(map[string]int)
	for _, line := range linesOf(t, name) {
		if f := strings.Split(line, "\t"); len(f) == 4 && f[2] == "ok" {
			list[f[3]]++
		}
	}
	return list
}

// TestPmap_Killed kills the whole program at random moments and resumes: every value is done,
// few of them twice, and of those that the log calls done nothing is lost.
func TestPmap_Killed(t *testing.T) {
	const values, jobs, rounds = 150, 4, 8
	for _, row := range []struct{ name, text string }{
		{"appended", "seq 150 | pmap --jobs 4 --log log --resume { sh 'echo done >>done.$it; echo $it' } >> out"},
		{"appended, unordered", "seq 150 | pmap --jobs 4 --unordered --log log --resume { sh 'echo done >>done.$it; echo $it' } >> out"},
		{"standard output", "seq 150 | pmap --jobs 4 --log log --resume { sh 'echo done >>done.$it; echo $it' }"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			log, out := filepath.Join(dir, "log"), filepath.Join(dir, "out")
			killed := 0
			for round := 0; ; round++ {
				cmd := process(t, row.text)
				cmd.Dir = dir
				if row.name == "standard output" {
					f, err := os.OpenFile(out, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
					if err != nil {
						t.Fatal(err)
					}
					defer f.Close()
					cmd.Stdout = f
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if round == rounds {
					if code := ended(t, cmd); code != 0 {
						t.Errorf("got exit status %d of the last run, want 0", code)
					}
					break
				}
				goal := len(linesOf(t, log)) + rand.IntN(values/rounds) // any moment on the way there
				for by := time.Now().Add(patience); len(linesOf(t, log)) < goal && time.Now().Before(by); {
					time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
				}
				_ = cmd.Process.Signal(syscall.SIGKILL)
				_ = cmd.Wait()
				killed++
				put := make(map[string]bool)
				for _, v := range linesOf(t, out) {
					put[v] = true
				}
				for v := range okIn(t, log) {
					if !put[v] {
						t.Errorf("round %d: got %s in the log and not in the output", round, v)
					}
				}
			}
			again := 0
			logged := okIn(t, log)
			for v := 1; v <= values; v++ {
				n := len(linesOf(t, filepath.Join(dir, "done."+strconv.Itoa(v))))
				if _, err := os.Stat(filepath.Join(dir, "done."+strconv.Itoa(v))); err != nil || n < 1 || logged[strconv.Itoa(v)] != 1 {
					t.Errorf("value %d: got it done %d times and %d times in the log, want 1 at least and 1", v, n, logged[strconv.Itoa(v)])
				}
				again += n - 1
			}
			if again > jobs*killed {
				t.Errorf("got %d values done again behind %d kills, want %d at the most", again, killed, jobs*killed)
			}
		})
	}
}

// TestPmap_InterruptedLog wants values that a signal has cut off to run again.
func TestPmap_InterruptedLog(t *testing.T) {
	s := start(t, nil, "take_from 1 2 3 | pmap --jobs 3 --log log { sh 'if [ $it = 2 ]; then until [ -e 1 ] && [ -e 3 ]; do sleep 0.01; done; echo $$ >pids; echo half; exec sleep 1000; fi; echo $it; >$it' }")
	s.wantLine("1")
	s.wantLine("half")
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	s.end(130, "3\n")
	wantGone(t, filepath.Join(s.dir, "pids"))
	logged := okIn(t, filepath.Join(s.dir, "log"))
	if logged["1"] != 1 || logged["2"] != 0 {
		t.Errorf("got %v in the log, want 1, and not what was cut off", logged)
	}
	want := "2\n4\n"
	if logged["3"] == 0 { // the signal came when its program had not ended
		want = "2\n3\n4\n"
	}
	cmd := process(t, "take_from 1 2 3 4 | pmap --log log --resume { take_from $it }")
	cmd.Dir = s.dir
	if out, err := cmd.Output(); string(out) != want || err != nil {
		t.Errorf("got %q, %v, want those that were not done", out, err)
	}
}
