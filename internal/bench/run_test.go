package bench_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtpipe/internal/bench"
)

func TestMedian(t *testing.T) {
	if got := bench.Median([]float64{5, 1, 3}); got != 3 {
		t.Errorf("got %v of an odd number, want 3", got)
	}
	if got := bench.Median([]time.Duration{4, 1, 2, 9}); got != 3 {
		t.Errorf("got %v of an even number, want 3", got)
	}
}

func needShell(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh")
	}
}

// program makes a shell script of the text and returns its path.
func program(t *testing.T, text string) string {
	t.Helper()
	needShell(t)
	name := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+text+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	return name
}

func sh(text string) bench.Contender {
	return bench.Contender{Name: text, Argv: []string{"sh", "-c", text}}
}

func TestMeasure(t *testing.T) {
	ours := bench.Contender{Name: "mtpipe", Argv: []string{program(t, "echo 1")}}
	usage := bench.Contender{Name: "mtpipe", Argv: []string{program(t, "echo no stage >&2; exit 2")}}
	dir := t.TempDir()
	for _, c := range []struct {
		name       string
		ours, peer bench.Contender
		status     [2]bench.Status
		note       string // of either
	}{
		{"the same answer", ours, sh("echo ' 1'"), [2]bench.Status{}, ""},
		{"another answer", ours, sh("echo 2"), [2]bench.Status{bench.Done, bench.Wrong}, "has 2\nmtpipe has 1"},
		{"a long answer", ours, sh("echo 1; seq 2000 2100"), [2]bench.Status{bench.Done, bench.Wrong}, "has 1 2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 2010 " +
			"2011 2012 2013 2014 2015 2016 2017 2018 2019 2020 2021 2022 2023 …\nmtpipe has 1"},
		{"a failure", ours, sh("echo oh >&2; exit 3"), [2]bench.Status{bench.Done, bench.Failed}, "exit status 3: oh"},
		{"a peer with status 2", ours, sh("exit 2"), [2]bench.Status{bench.Done, bench.Failed}, "exit status 2: "},
		{"mtpipe does not know it", usage, sh("echo 1"), [2]bench.Status{bench.NotThere, bench.Done}, "exit status 2: no stage"},
		{"a peer without its time", ours, bench.Contender{Name: "db", Argv: []string{"sh", "-c", "echo 1"}, TimesItself: true},
			[2]bench.Status{bench.Done, bench.Failed}, "it does not say how long its query took: "},
	} {
		for _, piped := range []bool{false, true} {
			job := bench.Job{Name: "job", Answer: bench.Words, Piped: piped, Contenders: []bench.Contender{
				c.ours, {Name: "missing", Argv: []string{"there-is-no-such-program"}}, c.peer,
				{Name: "in need", Argv: []string{"sh"}, Needs: []string{"there-is-no-such-program"}}}}
			results := bench.Measure(context.Background(), job, bench.Options{Dir: dir, Runs: 3})
			if len(results) != 2 {
				t.Fatalf("%s: got %v, want 2 results", c.name, results)
			}
			for i, r := range results {
				if r.Status != c.status[i] || c.status[i] == bench.Done && (r.Note != "" || len(r.Samples) != 3) {
					t.Errorf("%s: %s: got %q, %q, %d samples, want %q and 3 samples when all is well",
						c.name, r.Contender.Name, r.Status, r.Note, len(r.Samples), c.status[i])
				}
			}
			if got := results[0].Note + results[1].Note; got != c.note {
				t.Errorf("%s: got the note %q, want %q", c.name, got, c.note)
			}
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("got %v left in the directory, want nothing", left)
	}
}

// TestMeasureOwnTime has a peer that writes its answer to a file of its own and says how long
// that took.
func TestMeasureOwnTime(t *testing.T) {
	needShell(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "own")
	peer := sh("echo 1 >" + file + "; echo 'query 12.5 s' >&2")
	peer.Out, peer.TimesItself = file, true
	job := bench.Job{Name: "job", Answer: bench.Words, Contenders: []bench.Contender{sh("echo 1"), peer}}
	results := bench.Measure(context.Background(), job, bench.Options{Dir: dir, Runs: 2})
	if r := results[1]; r.Status != bench.Done || len(r.Samples) != 1 || r.Samples[0].Time != 12500*time.Millisecond {
		t.Errorf("got %v, want one sample of 12.5 seconds, since that is slow", r)
	}
}

func TestMeasureGivesUp(t *testing.T) {
	needShell(t)
	job := bench.Job{Name: "job", Answer: bench.Words, Contenders: []bench.Contender{sh("exec sleep 60"), sh("echo 1")}}
	results := bench.Measure(context.Background(), job, bench.Options{Dir: t.TempDir(), Runs: 1, Limit: 100 * time.Millisecond})
	if r := results[0]; r.Status != bench.Failed || !strings.Contains(r.Note, "took more than 100ms") {
		t.Errorf("got %v, want a failure that says that it took too long", r)
	}
}
