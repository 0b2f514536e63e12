package stages_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"mtpipe/pipeline"
)

// leavings are pipelines whose reader leaves early, or does not though it looks like it. Each
// reads 1, 2, 3 and x.
var leavings = []struct{ name, text, out, err string }{
	{"records of a file", "csv odd.csv | head 1", "{\"a\":1,\"b\":2}\n", ""},
	{"records of a file, all", "csv odd.csv | head 3", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n", `odd.csv:4:1: the record has 1 field, the header 2: "5"`},
	{"a buffer", "map it+1 | buffer 3 | head 1", "2\n", ""},
	{"a buffer, all", "map it+1 | buffer 3 | head 4", "2\n3\n4\n", `"x" is not a number`},
	{"numbers", "odd | head 2", "1\n3\n", ""},
	{"numbers, all", "odd | head 3", "1\n3\n", `"x" is not a number`},
	{"all that was wanted, then the end", "map it+1 | head 3", "2\n3\n4\n", ""},
	{"several stages", "map it+1 | filter 'it > 1' | upper | head 1", "2\n", ""},
	{"two that fail", "map it+1 | map 'it < 4 ? it : int(\"u\")' | head 1", "2\n", ""},
	{"the later stage fails first", "map it+1 | map 'it < 3 ? it : int(\"u\")'", "2\n", `"u" is not a number`},
	{"a block of tee", "odd | tee { head 1 }", "1\n", ""},
	{"two blocks of tee", "odd | tee { head 1 } { sum }", "1\n", `"x" is not a number`},
	{"after tee", "map it+1 | tee { upper } | head 1", "2\n", ""},
	{"a block of route", "odd | route true { head 1 }", "1\n", ""},
	{"the next source", "concat { lines three } { lines missing } | head 1", "1\n", ""},
	{"the next source, needed", "concat { lines three } { lines missing } | head 4", "1\n2\n3\n", "missing: no such file or directory"},
	{"files are looked for first", "lines three missing | head 3", "", "missing: no such file or directory"},
	{"one after another", "map it+1 | head 1; take_from 7", "2\n7\n", ""},
	{"blocks for values", "take_from three missing | pmap { lines $it } | head 1", "1\n", ""},
	{"blocks for values, all", "take_from three missing | pmap { lines $it } | head 4", "1\n2\n3\n", `missing: no such file or directory (for "missing")`},
	{"blocks for values at once", "pmap { map it+1 } | head 1", "2\n", ""},
	{"one block after another", "each { map it+1 } | head 1", "2\n", ""},
	{"a program", "exec sh -c 'echo a; exit 3' | head 1", "a\n", ""},
	{"a program, all", "exec sh -c 'echo a; exit 3' | head 2", "a\n", "exit status 3"},
	{"a pair", "zip { map it+1 } { take_from a b } | head 1", "[2,\"a\"]\n", ""},
	{"shorter", "zip { map it+1 } { take_from a b }", "[2,\"a\"]\n[3,\"b\"]\n", ""},
	{"while", "odd | take_while 'it < 3'", "1\n", ""},
	{"a slice", "map it+1 | slice 1 2", "2\n3\n", ""},
	{"the first", "map it+1 | first", "2\n", ""},
	{"a definition", "def f { map it+1 }; f | head 1", "2\n", ""},
	{"nothing", "map it+1 | head 0", "", ""},
	{"timeout", "timeout 1h { map it+1 } | head 1", "2\n", ""},
	{"retry puts what is whole", "retry 2 { map it+1 } | head 1", "", `"x" is not a number`},
	{"a sink that reads on", "map it+1 | tee { write copy } { head 1 }", "2\n", `"x" is not a number`},
	{"a sink that fails", "tee { write /dev/full } | head 1", "", "no space left on device"},
}

// TestL6_Leaving runs pipelines whose reader leaves early many times: what went wrong after the
// values that it took is nobody's concern, whichever stage had its turn first.
func TestL6_Leaving(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"odd.csv": "a,b\n1,2\n3,4\n5\n", "three": "1\n2\n3\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	const runs = 20 // the family of internal/torture has more
	for _, row := range leavings {
		for _, s := range []pipeline.Settings{{Jobs: 1}, {Jobs: 2}, {Jobs: 4}, {Jobs: 1, Capacity: 1}, {Jobs: 2, Capacity: 2}} {
			t.Run(fmt.Sprintf("%s, jobs %d, capacity %d", row.name, s.Jobs, s.Capacity), func(t *testing.T) {
				for range runs {
					wantOutcome(t, runErrors(t, row.text, "1\n2\n3\nx\n", s), row.out, row.err)
				}
			})
		}
	}
}

// wantOutcome wants the run to have written out, and to have failed with one error that contains
// cause; "" is none.
func wantOutcome(t *testing.T, got outcome, out, cause string) {
	t.Helper()
	if got.stdout != out {
		t.Fatalf("got %q, want %q", got.stdout, out)
	}
	var run *pipeline.RunError
	switch {
	case cause == "" && got.err != nil:
		t.Fatalf("got error %v, want none", got.err)
	case cause != "" && (!errors.As(got.err, &run) || len(run.Causes) != 1 || !strings.Contains(got.err.Error(), cause)):
		t.Fatalf("got error %v, want one with %q", got.err, cause)
	case got.stderr != "":
		t.Fatalf("got messages %q, want none", got.stderr)
	}
}

// TestL6_LeavingLosses wants records that are left out to be told as far as the reader has come:
// the same ones in every run, the first of them as the example.
func TestL6_LeavingLosses(t *testing.T) {
	const in = "1\nx\n3\ny\n5\nz\n7\nu\n9\n"
	t.Chdir(t.TempDir())
	if err := os.WriteFile("k.csv", []byte("k,w\n1,a\n3,b\n5,c\n7,d\n9,e\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	rows := []struct{ text, out, told string }{
		{"map '{v: it}' | join k.csv --on 'int(v)=k' | map w | head 2", "a\nb\n", "join: 1 skipped"},
		{"map '{v: it}' | join k.csv --on 'int(v)=k' --anti | head 1", "", "join: 4 skipped"},
		{"map '{v: it}' | join k.csv --asof 'int(v)=k' | map w | head 3", "a\nb\nc\n", "join: 2 skipped"},
		{"map '{v: it}' | intersect k.csv --on 'int(v)=k' | map v | head 2", "1\n3\n", "intersect: 1 skipped"},
		{"map '{v: it}' | minus k.csv --on 'int(v)*2=k' | map v | head 1", "1\n", ""},
		{"map '{v: it}' | union k.csv --on 'int(v)=k' | map v | head 3", "1\n3\n5\n", "union: 2 skipped"},
		{"map '{v: it}' | compare k.csv --on 'int(v)=k' | map v | head 2", "1\n3\n", "compare: 1 skipped"},
		{"map it+1 | head 2", "2\n4\n", "map: 1 skipped; one of them: line 2: \"x\""},
		{"map it+1 | head 3", "2\n4\n6\n", "map: 2 skipped; one of them: line 2: \"x\""},
		{"map it+1 | head 1", "2\n", ""},
		{"map it+1 | first", "2\n", ""},
		{"take_from 1 x y z | format '{it+1}' | head 1", "2\n", ""},
		{"take_from 1 x y z | map '[it, it]' | map 'it[0]+1' | format '{it+1}' | head 1", "3\n", ""},
		{"take_from 1 x y z | map it | filter 'it+1 > 0' | head 1", "1\n", ""},
		{"map it+1 | nth 2", "4\n", "map: 1 skipped"},
		{"map it+1 | buffer 3 | head 2", "2\n4\n", "map: 1 skipped"},
		{"map it+1 | take_while 'it < 5'", "2\n4\n", "map: 2 skipped"}, // it has seen the 6
		{"filter 'it*1 > 0' | map it | head 2", "1\n3\n", "filter: 1 skipped"},
		{"map it+1 | sort -r | head 1", "10\n", "map: 4 skipped"},
		{"map it+1 | count", "5\n", "map: 4 skipped"},
		{"map it+1 | distinct it*1 | head 2", "2\n4\n", "map: 1 skipped"},
		{"distinct it*1 | head 2", "1\n3\n", "distinct: 1 skipped"},
		{"by it*1 { count } | head 1", "{\"it*1\":1,\"count\":1}\n", "by: 4 skipped"},
		{"concat { map it+1 } { seq 9 } | head 2", "2\n4\n", "map: 1 skipped"},
		{"zip { map it+1 } { seq 2 }", "[2,1]\n[4,2]\n", "map: 2 skipped"},
		{"map it+1 | tee { head 1 }", "2\n", ""},
		{"map it+1 | tee { head 1 } { count }", "2\n5\n", "map: 4 skipped"},
		{"map it+1 | route true { head 2 }", "2\n4\n", "map: 1 skipped"},
		{"pmap { map it+1 } | head 2", "2\n4\n", "map: 1 skipped"},
		{"pmap { seq 1 | map 'it + $it' } | head 2", "2\n4\n", "map: 1 skipped"},
		{"map it+1 | pmap { seq 1 | map 'it + $it' } | head 2", "3\n5\n", "map: 1 skipped"},
		{"each { map it+1 } | head 2", "2\n4\n", "each: 1 skipped"},
		{"retry 2 { map it+1 } | head 2", "2\n4\n", "map: 1 skipped"},
		{"timeout 1h { map it+1 } | head 2", "2\n4\n", "map: 1 skipped"},
		{"try { map it+1 } | head 2", "2\n4\n", "map: 1 skipped"},
		{"map it+1 | concat { head 1 } { head 1 }", "2\n4\n", "map: 1 skipped"},
	}
	for _, row := range rows {
		t.Run(row.text, func(t *testing.T) {
			eachWay(t, func(t *testing.T, s pipeline.Settings) {
				s.OnError = pipeline.Skip
				got := runErrors(t, row.text, in, s)
				if got.stdout != row.out || got.err != nil || (got.stderr == "") != (row.told == "") || !strings.Contains(got.stderr, row.told) {
					t.Errorf("got %q and %q, %v; want %q and %q", got.stdout, got.stderr, got.err, row.out, row.told)
				}
				s.OnError = pipeline.Continue
				got = runErrors(t, row.text, in, s)
				if got.stdout != row.out || (got.err == nil) != (row.told == "" || strings.HasPrefix(row.text, "try")) { // try has a policy of its own
					t.Errorf("continue: got %q and %q, %v; want %q", got.stdout, got.stderr, got.err, row.out)
				}
			})
		})
	}
}

// TestLossesCost wants a record that is left out to take the memory of a few values, however large
// the batch is that it stands in.
func TestLossesCost(t *testing.T) {
	const bad, most = 20000, 4096
	in := strings.Repeat("1\nx\n", bad)
	for _, text := range []string{"map it+1 | count", "filter 'it+1 > 0' | map it | count", "map it+1 | map it*2 | map it+1 | count", "format '{it+1}' | count", "sum"} {
		for _, s := range []pipeline.Settings{{Jobs: 1}, {Jobs: 2}} {
			s.OnError = pipeline.Skip
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := runErrors(t, text, in, s)
			runtime.ReadMemStats(&after)
			if each := (after.TotalAlloc - before.TotalAlloc) / bad; got.stdout != "20000\n" || got.err != nil || each > most {
				t.Errorf("%s with %d jobs: %q, %v, %d bytes for each record that is left out; want 20000 and at most %d", text, s.Jobs, got.stdout, got.err, each, most)
			}
		}
	}
}
