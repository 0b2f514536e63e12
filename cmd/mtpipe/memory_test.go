package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"mtpipe/pipeline/command"
	"mtpipe/stages"
)

const (
	// budgetOfTests is what --max-memory says, and mostMemory what the process may have then:
	// half as much again, and 24 MB for the program itself.
	budgetOfTests = "16M"
	mostMemory    = (16 + 8 + 24) << 10 // KB

	rowsOfTests = 200_000
)

// kindOfKeys is a file of lines of which some are new and some were there before.
type kindOfKeys struct {
	name     string
	file     string
	distinct int
}

// kindsOfKeys writes files in which all, half and none of the lines are new.
func kindsOfKeys(t *testing.T) []kindOfKeys {
	kinds := []kindOfKeys{{name: "all", distinct: rowsOfTests}, {name: "half", distinct: rowsOfTests / 2}, {name: "none", distinct: 100}}
	dir := t.TempDir()
	for i := range kinds {
		k := &kinds[i]
		k.file = filepath.Join(dir, k.name)
		f, err := os.Create(k.file)
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(f)
		for n := range rowsOfTests {
			fmt.Fprintf(w, "key %09d\n", n*7919%k.distinct)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return kinds
}

// TestMemoryOfGroups wants stages that keep groups, or what they have seen, to stay within
// the budget, whatever part of the keys is new.
func TestMemoryOfGroups(t *testing.T) {
	for _, kind := range kindsOfKeys(t) {
		for _, text := range []string{
			"count_by | count",
			"count_by it[6:] | count",
			"group_by it n=count() l=list(it) | count",
			"group_by it 'm=mean(it[4:] * 0.7)' 'd=stddev(it[4:] * 0.7)' | count",
			"group_by it f=first(it) z=max(it) d=distinct(it) | count",
			"distinct | count",
		} {
			t.Run(kind.name+" "+text, func(t *testing.T) {
				checkPeak(t, result{stdout: fmt.Sprintln(kind.distinct)}, "--max-memory", budgetOfTests, text, kind.file)
			})
		}
	}
}

// checkPeak runs the program and wants it to take no more memory than the budget of tests allows.
func checkPeak(t *testing.T, want result, args ...string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the system tells it in another way")
	}
	var stdout, stderr strings.Builder
	cmd := processAs(t, measured, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	peak := filepath.Join(t.TempDir(), "peak")
	cmd.Env = append(os.Environ(), peakFile+"="+peak)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code := ended(t, cmd)
	if got := stdout.String(); got != want.stdout || code != want.code || !strings.Contains(stderr.String(), want.stderr) {
		t.Errorf("%q: got %.200q, status %d and %.300q, want %q, %d and %q", args, got, code, stderr.String(), want.stdout, want.code, want.stderr)
	}
	text, err := os.ReadFile(peak)
	if err != nil {
		t.Fatal(err)
	}
	if kb, err := strconv.Atoi(string(text)); err != nil || kb > mostMemory {
		t.Errorf("%q: got %s KB, want at most %d", args, text, mostMemory)
	}
}

const (
	measured = "mtpipe-measured" // the program, which says at its end how much memory it has had
	peakFile = "MTPIPE_TEST_PEAK"
)

// mainMeasured is main, and writes its peak of memory in KB to the file that the environment
// names. What the system says of a child that has ended may be the peak of its parent.
func mainMeasured() {
	code := command.Main(stages.All()...)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(peak, "kB")
	if err := os.WriteFile(os.Getenv(peakFile), []byte(strings.TrimSpace(peak)), 0o600); err != nil {
		panic(err)
	}
	os.Exit(code)
}
