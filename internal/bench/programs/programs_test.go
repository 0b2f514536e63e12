package programs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMain lets this test be the processes that Measure starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "-program" {
		if err := Do(os.Args[2], os.Args[3], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestPrograms runs both forms of each program, with a hundredth to do, and compares the answers.
func TestPrograms(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := Measure(t.Context(), Options{Self: self, Dir: t.TempDir(), Runs: 1, Divide: 20, Limit: time.Minute,
		Only: regexp.MustCompile(""), Tell: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 6 {
		t.Errorf("got %d rows, want one for each of the six programs", len(rows))
	}
	for _, r := range rows {
		if r.Lines[0] < 10 || r.Lines[1] < 10 || r.Ratio.Wall <= 0 {
			t.Errorf("got %+v, want lines and times", r)
		}
	}
}

// TestAnswers looks at what the programs find, which is known for the ones whose data are.
func TestAnswers(t *testing.T) {
	want := map[string]string{
		"failing":   "error: 100 times, sum 241500, 100 failures\npanic: 100 times, sum 241500, 100 failures\nearly: 100 times, sum 127500, 0 failures\nstopped: 100 times, sum 127500, 100 failures\nlate: 1 times, sum 0, 1 failures\n",
		"customers": "100 served in 395 turns",
	}
	for _, p := range Programs {
		for i, f := range p.forms {
			if want[p.Key] == "" {
				continue
			}
			if got, err := f("100"); got != want[p.Key] || err != nil {
				t.Errorf("%s on %s: got %q, %v, want %q", p.Key, formNames[i], got, err, want[p.Key])
			}
		}
	}
	p := Programs[0]
	site, end, err := p.prepare(t.Context(), "", 77)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	for i, f := range p.forms {
		if got, err := f(site); !strings.HasPrefix(got, "77 pages, ") || err != nil {
			t.Errorf("%s on %s: got %q, %v, want 77 pages", p.Key, formNames[i], got, err)
		}
	}
}

// TestDifferentAnswers measures programs that differ, and one that fails.
func TestDifferentAnswers(t *testing.T) {
	self, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	p := Program{Name: "broken", Key: "broken", prepare: func(context.Context, string, int) (string, func(), error) { return "", func() {}, nil }}
	_, err = p.measure(t.Context(), Options{Self: self, Runs: 1, Limit: time.Minute})
	if err == nil || !strings.Contains(err.Error(), "threads: exit status") {
		t.Errorf("got %v, want that the program fails", err)
	}
}
