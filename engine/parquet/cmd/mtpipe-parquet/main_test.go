package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programs is a directory with mtpipe and mtpipe-parquet of this checkout.
var programs string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "mtpipe")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		for at, name := range map[string]string{".": "mtpipe-parquet", "../../../..": "mtpipe"} {
			build := exec.Command("go", "build", "-o", filepath.Join(dir, name), ".")
			if build.Dir = at; name == "mtpipe" {
				build.Args[4] = "./cmd/mtpipe"
			}
			if out, err := build.CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "%v: %s", err, out)
				return 1
			}
		}
		programs = dir
		return m.Run()
	}())
}

// mtpipe runs mtpipe and returns what it prints and says, and its status.
func mtpipe(t *testing.T, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := exec.Command(filepath.Join(programs, "mtpipe"), args...)
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &said
	_ = cmd.Run()
	return out.String(), said.String(), cmd.ProcessState.ExitCode()
}

const orders = "shop,amount,code\nUlm,3,007\nBonn,4.5,12\nUlm,7,\n"

func TestPipelines(t *testing.T) {
	types, err := filepath.Abs("../../testdata/types.parquet")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("o.csv", orders)
	write("x.jsonl", "{\"a\":1}\n{\"a\":\"x\"}\n{\"a\":2.5,\"b\":{\"c\":[true,null]}}\n")
	write("broken.parquet", "PAR1 is how it begins")
	for _, row := range []struct {
		args           []string
		stdin          string
		stdout, stderr string
		status         int
	}{
		{args: []string{"write o.parquet", "o.csv"}},
		{args: []string{"parquet o.parquet"}, stdout: "{\"shop\":\"Ulm\",\"amount\":3,\"code\":\"007\"}\n{\"shop\":\"Bonn\",\"amount\":4.5,\"code\":\"12\"}\n{\"shop\":\"Ulm\",\"amount\":7,\"code\":null}\n"},
		{args: []string{"group_by shop s=sum(amount)", "o.parquet"}, stdout: "{\"shop\":\"Ulm\",\"s\":10}\n{\"shop\":\"Bonn\",\"s\":4.5}\n"},
		{args: []string{"parquet o.parquet | filter '(amount ?? 0) > 3' | map code"}, stdout: "12\n\n"},
		{args: []string{"parquet o.parquet | map 'len(it)' | head 1"}, stdout: "3\n"},
		{args: []string{"read o.parquet o.csv o.parque? | count"}, stdout: "9\n"},
		{args: []string{"parquet o.parquet | get amuont"}, stderr: "mtpipe: 25: get: there is no field amuont; did you mean amount?", status: 1},
		{args: []string{"parquet broken.parquet"}, stderr: "mtpipe: 1: parquet: broken.parquet: is no Parquet file, or a broken one: ", status: 1},
		{args: []string{"parquet"}, stdin: "no such file", stderr: "mtpipe: 1: parquet: -: is no Parquet file", status: 1},
		{args: []string{"write x.parquet", "x.jsonl"}, stderr: "mtpipe: 1: write: x.jsonl:2: the field a is \"x\", and was a whole number before", status: 1},
		{args: []string{"find . --name x.parquet"}},
		{args: []string{"--on-error", "skip", "write x.parquet --compression zstd", "x.jsonl"}, stderr: "mtpipe: write: 1 skipped; one of them: x.jsonl:2: "},
		{args: []string{"read x.parquet"}, stdout: "{\"a\":1,\"b\":null}\n{\"a\":2.5,\"b\":{\"c\":[true,null]}}\n"},
		{args: []string{"filter 'amount > 99' | write e.parquet", "o.csv"}},
		{args: []string{"-o", "csv", "read e.parquet"}, stdout: "shop,amount,code\n"},
		{args: []string{"map '[strftime(o, `%d.%m.`), date(q).Hour(), q > `2024-05`, o < `2024-03-01`, date(p) - date(o) > duration(`1d`)]' | head 1", types}, stdout: "[\"29.02.\",10,true,true,true]\n"},
		{args: []string{"filter 'q != null' | timeslice 1h q | map 'string(start)' | head 1", types}, stdout: "2024-05-01T10:00:00Z\n"},
		{args: []string{"select q o | set q=date(q) | head 1 | write t.parquet", types}},
		{args: []string{"parquet t.parquet"}, stdout: "{\"q\":\"2024-05-01T10:00:00.5Z\",\"o\":\"2024-02-29\"}\n"},
		{args: []string{"append o.parquet", "o.csv"}, stderr: "mtpipe: 1: append: a Parquet file is written as a whole", status: 1},
		{args: []string{"split_by shop --to '{}.parquet'", "o.csv"}, stderr: "mtpipe: 1: split_by: ", status: 1},
		{args: []string{"jsonl | write none.parquet"}, stderr: "mtpipe: 9: write: no record has come", status: 1},
		{args: []string{"--sandbox", "count", "o.parquet"}, stdout: "3\n"},
		{args: []string{"--sandbox", "parquet x.parquet"}, stderr: "mtpipe: 9: parquet: ", status: 2},
		{args: []string{"csv o.csv | join o.parquet --on code | count"}, stdout: "2\n"},
	} {
		stdout, stderr, status := mtpipe(t, row.stdin, row.args...)
		if stdout != row.stdout || !strings.HasPrefix(stderr, row.stderr) || row.stderr == "" && stderr != "" || status != row.status {
			t.Errorf("%q: got %q, %q, %d, want %q, %q, %d", row.args, stdout, stderr, status, row.stdout, row.stderr, row.status)
		}
	}
}

// TestColumns wants the same of pipelines that read some columns as of those that read lines of JSON.
func TestColumns(t *testing.T) {
	t.Chdir(t.TempDir())
	rows := "range 0 3000 | map '{id: it, shop: `s` + string(it % 7), ms_a: it % 11, ms_b: it * 0.5, gone: it % 5 == 0 ? null : it, of: {x: it % 3}}' | "
	for _, name := range []string{"t.jsonl", "t.parquet"} {
		if _, said, status := mtpipe(t, "", rows+"write "+name); status != 0 {
			t.Fatal(said)
		}
	}
	for _, q := range []string{
		"count", "head 5", "head 2000 | count", "skip 2990 | get id", "select shop id | tail 3", "select /^ms_/ | head 2", "get gone | count", "map ms_b | sum",
		"filter 'ms_a > 9' | count", "filter 'ms_a > 9' | head 2", "filter '(gone ?? 7) == 7' | get id | sum", "filter 'gone == null' | count", "filter 'it[`ms_a`] == 3' | count",
		"filter 'len(it) == 6' | count", "reject 'of.x == 1' | count_by shop", "count_by shop ms_a | head 3", "count_by | head 1", "count_by of.x",
		"group_by shop n=count() s=sum(ms_b) d=distinct(of.x)", "group_by shop count(/^ms_/)", "group_by shop mean(/^ms_/)", "group_by x=of.x l=first(it)",
		"sum ms_a", "mean 'ms_a + id'", "max gone", "sum /^ms_/", "top 2 ms_b", "top 2 ms_b | get id", "map 'let x = it; x.id' | sum", "map '{a: id, b: shop}' | head 2", "map 'keys(it)' | head 1",
		"sort -r id | head 2", "distinct shop | count", "set y='id + 1' | head 1", "drop id | head 1", "tee { head 1 } { count }", "each { get id } | sum", "try { get id | sum } catch { count }",
		"def f { filter 'ms_a == 2' }; f | count",
	} {
		want, _, wantStatus := mtpipe(t, "", "-o", "jsonl", q, "t.jsonl")
		got, said, status := mtpipe(t, "", "-o", "jsonl", q, "t.parquet")
		if got != want || status != wantStatus {
			t.Errorf("%s: got %.200q, %d, %s, want %.200q, %d", q, got, status, said, want, wantStatus)
		}
	}
}

// TestThrough wants -o parquet to be read again from a pipe.
func TestThrough(t *testing.T) {
	file, _, _ := mtpipe(t, orders, "-i", "csv", "-o", "parquet", "head 2")
	if got, said, _ := mtpipe(t, file, "parquet | get code"); got != "007\n12\n" {
		t.Errorf("got %q, %s", got, said)
	}
}

// TestLeaving wants the program to be gone when the reader of its records has left early.
func TestLeaving(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, said, status := mtpipe(t, "", "range 0 300000 | map '{a: it, b: `text`}' | write big.parquet"); status != 0 {
		t.Fatal(said)
	}
	if got, said, status := mtpipe(t, "", "parquet big.parquet | head 1; parquet big.parquet | count"); got != "{\"a\":0,\"b\":\"text\"}\n300000\n" || said != "" || status != 0 {
		t.Errorf("got %q, %q, %d", got, said, status)
	}
}

// TestMissing wants an error that says what to do when the program is not there.
func TestMissing(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	text, err := os.ReadFile(filepath.Join(programs, "mtpipe"))
	if err == nil {
		err = os.WriteFile("mtpipe", text, 0o700)
	}
	if err == nil {
		err = os.WriteFile("x.parquet", nil, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("./mtpipe", "parquet x.parquet")
	cmd.Env = []string{"PATH=" + dir}
	out, _ := cmd.CombinedOutput()
	if want := "mtpipe: 1: parquet: x.parquet: needs the program mtpipe-parquet, "; !strings.HasPrefix(string(out), want) || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("got %q, want %q", out, want)
	}
}
