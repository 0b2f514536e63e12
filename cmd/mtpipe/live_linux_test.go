package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// heard is what a program has written so far.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// asksUntil sends the signal until ok, which looks at what was written.
func asksUntil(t *testing.T, h *heard, p *os.Process, ok func(text string) bool) {
	t.Helper()
	for by := time.Now().Add(patience); !ok(h.String()); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(by) {
			t.Fatalf("got %q", h.String())
		}
		if !strings.Contains(h.String(), "kill -USR1") {
			continue // it would be ended
		}
		if err := p.Signal(syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSnapshots wants each stage that holds its result back to show what it has so far at a signal, through
// the stages after it, with one job and with copies, and to go on as if nobody had looked.
func TestSnapshots(t *testing.T) {
	input := "k,n\n" + strings.Repeat("a,1\nb,2\n", 50)
	for _, c := range []struct{ pipeline, so, end string }{
		{"csv | count", "100", "101\n"},
		{"csv | sum n", "150", "157\n"},
		{"csv | mean n", "1.5", "1.5544554455445545\n"},
		{"csv | stddev n | map 'it > 0.5'", "true", "true\n"},
		{"csv | min n", "1", "1\n"},
		{"csv | max n", "2", "7\n"},
		{"csv | median n", "1.5", "2\n"},
		{"csv | percentile 100 --of n", "2", "7\n"},
		{"csv | count_by k", "k  count\n─  ─────\na     50\nb     50\n2 rows", "{\"k\":\"a\",\"count\":50}\n{\"k\":\"b\",\"count\":50}\n{\"k\":\"c\",\"count\":1}\n"},
		{"csv | count_by k | top 1 count", "k  count\n─  ─────\na     50\n1 row", "{\"k\":\"a\",\"count\":50}\n"},
		{"csv | group_by k s=sum(n) p=percentile(n,50) l=max(n) | sort --by s:desc | head 1 | get s", "100", "100\n"},
		{"csv | group_by k sum(/n/) | get n_sum", "50\n100", "50\n100\n7\n"},
		{"csv | top 1 n | get k", "b", "c\n"},
		{"csv | bottom 1 n | get k", "a", "a\n"},
		{"csv | stats n | get count", "100", "101\n"},
		{"csv | hist n --bins 1 | get count", "100", "101\n"},
		{"csv | reduce 0 'acc + int(it.n)'", "150", "157\n"},
		{`csv | filter 'k == "b"' | plot n --label k --width 20 | head 1`, "b  2 ███████████████", "b  2 ███████████████\n"},
		{"csv | get n | plot --kind spark --width 20 | count", "1", "1\n"},
		{"csv | get n | plot --kind histogram --bins 1 --width 20", "1 … 2  100 █████████", "1 … 7  101 █████████\n"},
		{"csv | get n | plot --kind lines --height 3 --width 20 | count", "5", "5\n"},
		{"csv | grep -c a", "50", "50\n"},
		{"def totals { group_by k s=sum(n) }; csv | totals | get s", "50\n100", "50\n100\n7\n"},
		{"csv | count | write /dev/null", "100", ""},
	} {
		for _, jobs := range []string{"-j1", "-j3"} {
			cmd := process(t, "--live", jobs, c.pipeline)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			told := new(heard)
			cmd.Stdout, cmd.Stderr = &out, told
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(in, input)
			want := regexp.MustCompile(`(?m)^live: after [\d.]+m?s\n` + regexp.QuoteMeta(c.so) + `\n`)
			asksUntil(t, told, cmd.Process, want.MatchString)
			_, _ = io.WriteString(in, "c,7\n")
			in.Close()
			if err := cmd.Wait(); err != nil || out.String() != c.end {
				t.Errorf("%s %q: got %q, %v, want %q\n%s", jobs, c.pipeline, out.String(), err, c.end, told)
			}
		}
	}
}

// TestLiveWithoutTotal wants one line where there is nothing to be seen, and the same results.
func TestLiveWithoutTotal(t *testing.T) {
	cmd := process(t, "--live", "seq 3 | upper")
	var told bytes.Buffer
	cmd.Stderr = &told
	out, err := cmd.Output()
	if want := "mtpipe: --live: no stage of this pipeline is a total or a plot whose result could be seen before its end\n"; string(out) != "1\n2\n3\n" || told.String() != want || err != nil {
		t.Errorf("got %q, %q, %v, want %q", out, told.String(), err, want)
	}
}

// liveScreen is what --live shows of a pipeline while its input goes on, which docs/screens.md has too.
const (
	liveCommand = "lines | count_by"
	liveScreen  = "value  count\n─────  ─────\n    1      2\n    2      1\n2 rows"
)

// TestLive wants a table that grows in its place on a terminal, is never as high as that, and is gone
// before the result.
func TestLive(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "in")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newScreen(t, 60, 12, "bash", "--norc", "--noprofile")
	s.typed("PS1='$ '; clear; echo ab''ove; mtpipe --live '"+liveCommand+"' "+fifo+"; echo o''ver\n", "above")
	in, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(in, "1\n2\n1\n")
	s.wait("2 rows")
	if got, want := s.text(), "above\n"+liveScreen; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for i := range 500 {
		_, _ = fmt.Fprintln(in, i)
	}
	s.wait("497") // one of the last
	s.wait("500 rows")
	if got := s.text(); strings.Count(got, "value") != 1 || strings.Count(got, "rows more") != 1 || strings.Contains(got, "above") {
		t.Errorf("got\n%s", got)
	}
	in.Close()
	s.wait("over")
	if got := s.text(); strings.Count(got, "500 rows") != 1 || strings.Count(got, "497") != 1 {
		t.Errorf("got\n%s\nwant the result once", got)
	}
}
