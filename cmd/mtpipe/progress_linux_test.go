package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestStats wants the counts of what went through each stage, with one job and with copies, and nothing
// on the standard output.
func TestStats(t *testing.T) {
	dir := t.TempDir()
	var text bytes.Buffer
	text.WriteString("n,t\n")
	for i := range 200_000 {
		text.WriteString(strings.Repeat("7", i%5+1) + ",some text\n")
	}
	if err := os.WriteFile(filepath.Join(dir, "big.csv"), text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		out  string
		want string
	}{
		{[]string{"-j1", "csv big.csv | filter n==7 | count"}, "40000\n", `csv +200000 +\d+ +2800000 .*\nfilter +40000 .*\ncount +1 .*`},
		{[]string{"-j4", "csv big.csv | filter n==7 | count"}, "40000\n", `csv +200000 +\d+ +2800000 .*\nfilter +40000 .*\ncount +1 .*`},
		{[]string{"-j4", "count", "big.csv"}, "200000\n", `read +200000 .*\ncount +1 .*`},
		{[]string{"-j4", "lines big.csv | head 3 | null"}, "", `lines .*\nhead +29 .*\nnull +0 .*`},
		{[]string{"def d { even }; seq 10 | d | each { seq $it } | sum"}, "125\n", `seq .*\nd +5 .*\neach +30 .*\nsum +1 .*`},
	} {
		cmd := process(t, append([]string{"--stats"}, c.args...)...)
		cmd.Dir = dir
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil || string(out) != c.out {
			t.Errorf("%q: got %q, %v, want %q", c.args, out, err, c.out)
		}
		want := `^stage +values +values/s +bytes +bytes/s +in wait +out wait\n` + c.want + `\n[\d.mµ]+s in all\n$`
		if !regexp.MustCompile(want).Match(stderr.Bytes()) {
			t.Errorf("%q: got\n%s\nwant\n%s", c.args, stderr.Bytes(), want)
		}
	}
	cmd := process(t, "--stats", "--progress", "--errors", "json", "csv big.csv | count")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_, err := cmd.Output()
	want := `^\{"kind":"progress","message":"[^"]*100% of 2.7MB, [^"]*, done: csv 200K values, [^"]*; count 1 values[^"]*"\}\n\{"kind":"stats","stage":"csv","values":200000,.*\}\n\{"kind":"stats","stage":"count",.*\}\n$`
	if !regexp.MustCompile(want).Match(stderr.Bytes()) || err != nil {
		t.Errorf("got %v\n%s\nwant\n%s", err, stderr.Bytes(), want)
	}
}

// TestProgressOnTerminal wants a line that is renewed while the run goes on, no wider than the terminal,
// that is gone before results and messages, and one at the end.
func TestProgressOnTerminal(t *testing.T) {
	cmd := process(t, "--progress", "lines | log | head 2")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	master := atTerminal(t, size{30, 24}, cmd)
	var got bytes.Buffer
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	await := func(what string) {
		t.Helper()
		from, buf := got.Len(), make([]byte, 4096)
		for !regexp.MustCompile(what).Match(got.Bytes()[from:]) {
			n, err := master.Read(buf)
			if err != nil {
				t.Fatalf("got %q, then %v, want %s", got.String(), err, what)
			}
			got.Write(buf[:n])
		}
	}
	await(`\r\d+s .*│ lines 0/s │ log 0/s │.*…\x1b\[K`)
	_, _ = io.WriteString(in, "first\n")
	await(`\r\x1b\[K(\r?\n?)first\r\n`)
	await(`\r\d+s .*│ lines`)
	_, _ = io.WriteString(in, "second\n")
	in.Close()
	rest, _ := io.ReadAll(master)
	got.Write(rest)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if all := got.String(); !regexp.MustCompile(`progress: .*, done: lines 13B, .*log 2 values, .*; head 13B, .*\r\n$`).MatchString(all) {
		t.Errorf("got %q at the end", all)
	}
}
