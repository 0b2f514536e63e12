package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mtpipe/pipeline"
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
		rows := bufio.NewWriter(f)
		table, err := os.Create(k.file + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		records := bufio.NewWriter(table)
		fmt.Fprintln(records, "k")
		for n := range rowsOfTests {
			fmt.Fprintf(io.MultiWriter(rows, records), "key %09d %s\n", n*7919%k.distinct, strings.Repeat("x", 80))
		}
		if err := records.Flush(); err != nil {
			t.Fatal(err)
		}
		table.Close()
		if err := rows.Flush(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return kinds
}

// tooMuch is the outcome of a stage that has no files for what it keeps.
const tooMuch = "fails"

// retaining is pipelines of each stage that retains what it reads, and what comes of a file
// of keys: how many lines there are, or different ones, or that it fails.
var retaining = map[string][]struct{ text, want string }{
	"count_by": {{"count_by | count", "distinct"}, {"count_by it[6:] | count", "distinct"}, {"count_by | top 3 count | count", "3"}},
	"group_by": {
		{"group_by it n=count() l=list(it) | count", "distinct"},
		{"group_by it 'm=mean(it[4:13] * 0.7)' 'd=stddev(it[4:13] * 0.7)' | count", "distinct"},
		{"group_by it f=first(it) z=max(it) d=distinct(it) | count", "distinct"},
		{"group_by 'l=list(it)' | count", tooMuch},
	},
	"distinct": {{"distinct | count", "distinct"}},
	"sort": {{"sort | count", "rows"}, {"sort -u | count", "distinct"}, {"sort | uniq -c | count", "distinct"}, {"sort it[8:] | count", "rows"},
		{"tee { sort | count } { sort | count } { sort | count } { sort | count } | uniq", "rows"}, {"head 20 | pmap --jobs 4 { lines FILE | sort | count } | uniq", "rows"}},
	"reverse":    {{"reverse | count", "rows"}, {"map '{k: it}' | reverse | count", "rows"}},
	"tac":        {{"tac | count", "rows"}},
	"shuffle":    {{"shuffle | count", tooMuch}},
	"tail":       {{"tail 1000000 | count", tooMuch}, {"tail 1000 | count", "1000"}},
	"sample":     {{"sample 1000000 | count", tooMuch}, {"sample 1000 | count", "1000"}},
	"top":        {{"top 1000000 | count", tooMuch}, {"top 1000 | count", "1000"}},
	"bottom":     {{"bottom 1000000 it[1:] | count", tooMuch}},
	"hist":       {{"map it[4:13] | hist | count", "10"}},
	"plot":       {{"map it[4:13] | plot | count", tooMuch}, {"map it[4:13] | plot --kind histogram | count", "10"}, {"plot 1 --kind spark --by it | count", tooMuch}, {"map it[4:13] | plot --kind lines | count", "15"}, {"plot 1 --kind lines --by it | count", tooMuch}},
	"window":     {{"window 150000 | count", tooMuch}, {"window 10 | count", "rows-9"}},
	"batch":      {{"batch 1000000 | count", tooMuch}, {"batch 100 | map len(it) | sum", "rows"}},
	"timeslice":  {{"timeslice 9000h | count", tooMuch}, {"timeslice 1h 'it[4:13]' | map 'len(values)' | sum", "rows"}},
	"buffer":     {{"buffer 1000000 | each { take_from a } | null", tooMuch}},
	"delay":      {{"delay 1ms | count", "rows"}},
	"retry":      {{"retry 1 { map it } | count", tooMuch}, {"retry 1 { count }", tooMuch}},
	"reduce":     {{"reduce '\"x\"' 'acc + acc' | map len(it)", tooMuch}, {"reduce [] '[it]' | count", "1"}},
	"scan":       {{"scan '\"x\"' 'acc + acc' | map len(it) | null", tooMuch}},
	"pivot":      {{"map '{k: \"a\", i: it, v: 1}' | pivot k v | count", tooMuch}},
	"transpose":  {{"map '[it]' | transpose | count", tooMuch}},
	"unsparsify": {{"map '{k: it}' | unsparsify | count", tooMuch}},
	"implode":    {{"map '{k: it, i: 1}' | implode i | count", tooMuch}},
	"step":       {{"map '{k: it, x: 1}' | step x cumsum --by k | count", tooMuch}, {"map '{x: 1}' | step x cumsum | count", "rows"}},
	"share":      {{"map '{k: it, x: 1}' | share x | count", "rows"}, {"map '{k: it, x: 1}' | share x --by k | count", tooMuch}},
	"join":       {{"map '{k: it}' | join FILE.csv --on k | head 1000 | count", "1000"}, {"map '{k: int(it)}' | join FILE.csv --between k=k,k | count", tooMuch}},
	"by":         {{"by it { count } | count", tooMuch}, {"by it[11:13] { tac } | count", "rows"}, {"by it[10:13] { enumerate } | count", "rows"}},
	"minus":      {{"minus FILE | count", tooMuch}, {"minus /dev/null | count", "rows"}},
	"intersect":  {{"intersect FILE | count", tooMuch}},
	"union":      {{"union FILE | count", tooMuch}},
	"compare":    {{"compare FILE | count", tooMuch}},
	"median":     {{"map it[4:13] | median | count", "1"}},
	"percentile": {{"map it[4:13] | percentile 1 99 | count", "1"}},
	"stats":      {{"stats | count", "1"}},
}

// keyed are the stages for which it matters which keys are new.
var keyed = map[string]bool{"count_by": true, "group_by": true, "distinct": true, "sort": true}

// TestMemory runs each stage that retains what it reads over keys of which all, half and none
// are new, and wants it to stay within the budget, with files or with an error that names it.
func TestMemory(t *testing.T) {
	kinds := kindsOfKeys(t)
	for _, family := range stages.All() {
		for _, s := range family.Stages {
			if s.Trait&pipeline.Retains == 0 {
				continue
			}
			rows := retaining[s.Name]
			if len(rows) == 0 {
				t.Errorf("got no pipelines for %s, which retains what it reads", s.Name)
			}
			for i, kind := range kinds {
				if i > 0 && !keyed[s.Name] {
					break
				}
				for _, row := range rows {
					t.Run(s.Name+" "+kind.name+" "+row.text, func(t *testing.T) {
						text := strings.ReplaceAll(row.text, "FILE", kind.file)
						checkPeak(t, kind.result(s.Name, row.want), "--max-memory", budgetOfTests, text, kind.file)
					})
				}
			}
		}
	}
}

// TestMemoryOfValues wants values that grow without end to end the process with one message, which
// names what was at work.
func TestMemoryOfValues(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"take_from 1 | jq '[range(1e12)]' | count", "needs more memory than --max-memory (16M) allows; at work: jq, count\n"},
		{"repeat 'a line of text' | tr '\\n' ' ' | count", "mtpipe: 27: tr: a line is longer than 2097152 bytes; see --max-line\n"},
		{"take_from 1 | map 'map(1..1000000, map(1..1000, #))' | null", "--max-memory (16M) allows; "},
	} {
		checkPeak(t, result{stderr: row.want, code: 1}, "--max-memory", budgetOfTests, row.text)
	}
}

// TestMemoryOfShortLines wants a block of short lines, which takes many times its text as records, to leave room for
// what sort keeps before it goes to files.
func TestMemoryOfShortLines(t *testing.T) {
	const rows = 600_000
	var text []byte
	for i := range rows {
		text = append(strconv.AppendInt(text, int64(i), 10), '\n')
	}
	file := filepath.Join(t.TempDir(), "numbers.txt")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, jobs := range []string{"1", "2", "4"} {
		checkPeak(t, result{stdout: fmt.Sprintln(rows)}, "-j", jobs, "--max-memory", budgetOfTests, "map '{k: it}' | sort --by k | count", file)
	}
}

// TestMemoryOfAddresses wants what grows without end to be told also where addresses are few, and
// not by Go's runtime.
func TestMemoryOfAddresses(t *testing.T) {
	for _, text := range []string{"take_from 1 | map 'len(map(1..1000000, map(1..1000000, # * 2)))'", "seq 100 | reduce '\"x\"' 'acc + acc' | map len(it)", "repeat x | batch 1000000000"} {
		p := process(t, text)
		cmd := exec.Command("sh", "-c", `ulimit -v 3000000; exec "$0" "$@"`, p.Path, text)
		cmd.Env = p.Env
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "--max-memory") || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%s: got %v and %.300q, want the status 1 and a message of --max-memory", text, err, out)
		}
	}
}

// TestMemoryOfLines wants a packed file that unpacks to one endless line to be told.
func TestMemoryOfLines(t *testing.T) {
	name := filepath.Join(t.TempDir(), "zeros.gz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	for range 300 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	f.Close()
	for _, row := range []struct{ stage, what string }{
		{"lines", "a line"}, {"csv", "a record"}, {"json", "a value"}, {"jsonl", "a line"}, {"logfmt", "a line"}, {"xtab", "a record"}, {"tsv", "a record"},
	} {
		want := row.stage + ": " + name + ":1: " + row.what + " is longer than 2097152 bytes; see --max-line\n"
		checkPeak(t, result{stderr: want, code: 1}, "--max-memory", budgetOfTests, row.stage+" | count", name)
	}
}

// result returns what is wanted of a stage.
func (k *kindOfKeys) result(stage, want string) result {
	switch want {
	case tooMuch:
		return result{names: stage, code: 1} // or those that are at work, where the guard sees it first
	case "rows":
		want = strconv.Itoa(rowsOfTests)
	case "rows-9":
		want = strconv.Itoa(rowsOfTests - 9)
	case "distinct":
		want = strconv.Itoa(k.distinct)
	}
	return result{stdout: want + "\n"}
}

// checkPeak runs the program and wants it to take no more memory than the budget of tests allows.
func checkPeak(t *testing.T, want result, args ...string) {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd := processAs(t, measured, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	peak := filepath.Join(t.TempDir(), "peak")
	cmd.Env = append(os.Environ(), peakFile+"="+peak)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code := ended(t, cmd)
	if want.code != 0 && !strings.Contains(stderr.String(), "--max-memory") && !strings.Contains(stderr.String(), "--max-line") {
		t.Errorf("%q: got %.300q, want a message that names --max-memory", args, stderr.String())
	}
	if told := stderr.String(); want.names != "" && !strings.Contains(told, ": "+want.names+": ") && !strings.Contains(told, "; at work: ") {
		t.Errorf("%q: got %.300q, want a message that names %s", args, told, want.names)
	}
	if got := stdout.String(); got != want.stdout || code != want.code || !strings.Contains(stderr.String(), want.stderr) {
		t.Errorf("%q: got %.200q, status %d and %.300q, want %q, %d and %q", args, got, code, stderr.String(), want.stdout, want.code, want.stderr)
	}
	text, err := os.ReadFile(peak)
	if os.IsNotExist(err) { // the process was ended from within; that of its parent may be in what the system says
		if kb := peakOf(cmd.ProcessState); kb > 4*mostMemory {
			t.Errorf("%q: got %d KB, want at most %d", args, kb, mostMemory)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if kb, err := strconv.Atoi(string(text)); err != nil || kb > mostMemory {
		t.Errorf("%q: got %s KB, want at most %d", args, text, mostMemory)
	}
}
