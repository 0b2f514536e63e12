package stages_test

import (
	"cmp"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mtpipe/stages/stagetest"
)

// TestBeyondMemory runs stages that keep their input with next to no memory: the bytes are
// the same, with copies and without, and no files are left.
func TestBeyondMemory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	rng := rand.New(rand.NewSource(5))
	in := filepath.Join(dir, "in")
	var b strings.Builder
	for range 10_000 {
		fmt.Fprintf(&b, "%d %s\n", rng.Intn(5000), strings.Repeat("x", rng.Intn(20)))
	}
	if err := os.WriteFile(in, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"sort", "sort -u", "sort -n", "sort -nru", "sort -f", "sort 'len(it)'", "sort -u 'len(it)'",
		"sort --by 'len(it):desc' | head 100", "sort | head 500", "sort -nu | head 700", "map '{a: len(it), b: it}' | sort a",
		"map '[it, 1]' | sort", "distinct", "distinct 'len(it)'", "field 1 | distinct", "map '{a: it}' | distinct a", "sort | uniq -c",
		"take_from { lines; seq 100 } | sort"} {
		want, err := stagetest.RunWithin(t, 0, 1, text, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, memory := range []int64{20_000, 200_000} {
			for _, jobs := range []int{1, 3} {
				if got, err := stagetest.RunWithin(t, memory, jobs, text, in); got != want || err != nil {
					t.Errorf("%s with %d bytes and %d jobs: got %d bytes, %v, want %d", text, memory, jobs, len(got), err, len(want))
				}
			}
		}
	}
}

// TestEndsBeyondMemory ends stages that have written to files early and with an error.
func TestEndsBeyondMemory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	in := filepath.Join(dir, "in")
	if err := os.WriteFile(in, []byte(stagetest.Numbered(1, 30_000)+"x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"sort -n | grep -v q | head 3", "map 'it + 1' | sort", "sort 'it + 1'", "distinct | grep 29 | head 1", "distinct 'it + 1'"} {
		for _, jobs := range []int{1, 3} {
			got, err := stagetest.RunWithin(t, 50_000, jobs, text, in)
			if want, wantErr := runJobs(t, jobs, text, in); lastCause(err) != lastCause(wantErr) || got != want && err == nil {
				t.Errorf("%s: got %d bytes, %v, want %d, %v", text, len(got), err, len(want), wantErr)
			}
		}
	}
}

// TestFullDiskWritesNothing wants a file to stay what it was when there is no room for the
// temporary files of a stage before write.
func TestFullDiskWritesNothing(t *testing.T) {
	dir := t.TempDir()
	small := filepath.Join(dir, "small")
	if err := os.Mkdir(small, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := mountSmall(small); err != nil {
		t.Skip(err)
	}
	defer unmount(small)
	t.Setenv("TMPDIR", small)
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	for name, content := range map[string]string{in: stagetest.Numbered(1, 200_000), out: "as it was\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"sort", "distinct"} {
		for _, jobs := range []int{1, 2} {
			_, err := stagetest.RunWithin(t, 100_000, jobs, text+" | write "+out, in)
			if want := "cannot spill to " + small + ": " + syscall.ENOSPC.Error(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got the error %v, want %s", text, err, want)
			}
			if b, _ := os.ReadFile(out); string(b) != "as it was\n" {
				t.Errorf("%s: got %.20q in the file, want it as it was", text, b)
			}
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 3 {
		t.Errorf("got %v beside the file, want nothing more", left)
	}
}

// TestJoin compares with joining every record with every other.
func TestJoin(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	rng := rand.New(rand.NewSource(6))
	for _, size := range []int{0, 1, 40, 1500} {
		left, right := randomTable(rng, size), randomTable(rng, size)
		l, r := filepath.Join(dir, "left.csv"), filepath.Join(dir, "right.csv")
		for name, table := range map[string][][2]int{l: left, r: right} {
			var b strings.Builder
			fmt.Fprintln(&b, "k,"+strings.TrimSuffix(filepath.Base(name), ".csv"))
			for _, row := range table {
				fmt.Fprintf(&b, "%d,%d\n", row[0], row[1])
			}
			if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, option := range []string{"", "--left", "--right", "--outer", "--anti"} {
			want := naiveJoin(left, right, option)
			for _, memory := range []int64{0, 100, 40_000} {
				text := fmt.Sprintf("csv %s | join %s %s --on k | to_csv | skip 1", l, option, r)
				got, err := stagetest.RunWithin(t, memory, 2, text)
				if got != want || err != nil {
					t.Errorf("%d rows, %s with %d bytes: got %.200q, %v, want %.200q", size, option, memory, got, err, want)
				}
			}
		}
	}
}

// randomTable returns rows of a key, some of which are the same, and a number.
func randomTable(rng *rand.Rand, size int) (rows [][2]int) {
	for i := range size {
		rows = append(rows, [2]int{rng.Intn(1 + size/2), i})
	}
	return rows
}

func naiveJoin(left, right [][2]int, option string) string {
	var b strings.Builder
	matched := make([]bool, len(right))
	for _, l := range left {
		found := false
		for i, r := range right {
			if l[0] != r[0] {
				continue
			}
			found, matched[i] = true, true
			if option != "--anti" {
				fmt.Fprintf(&b, "%d,%d,%d\n", l[0], l[1], r[1])
			}
		}
		switch {
		case found:
		case option == "--anti":
			fmt.Fprintf(&b, "%d,%d\n", l[0], l[1])
		case option == "--left" || option == "--outer":
			fmt.Fprintf(&b, "%d,%d,\n", l[0], l[1])
		}
	}
	if option == "--right" || option == "--outer" {
		for i, r := range right {
			if !matched[i] {
				fmt.Fprintf(&b, "%d,,%d\n", r[0], r[1])
			}
		}
	}
	return b.String()
}

func TestJoinOfOtherRecords(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	users := file("users.jsonl", `{"id":7,"name":"Ada"}`+"\n"+`{"id":null,"name":"nobody"}`+"\n"+`{"name":"none"}`+"\n"+`{"id":8,"name":"Bo","name_2":"B"}`+"\n")
	broken := file("broken.jsonl", "{\"id\":7}\nno\n")
	hidden := file("hidden.txt", "{\"id\":7}\n")
	for _, c := range []struct{ name, text, in, want, err string }{
		{"other names and kinds", "csv | join " + users + " --on user=id", "user,n\n7,1\n7.0,4\n,2\n8,3\n", `{"user":7,"n":1,"name":"Ada"}` + "\n" + `{"user":8,"n":3,"name":"Bo","name_2":"B"}` + "\n", ""},
		{"names that are taken", "csv | join " + users + " --on id", "id,name,name_2\n8,x,y\n", `{"id":8,"name":"x","name_2":"y","name_3":"Bo","name_2_2":"B"}` + "\n", ""},
		{"null has no partner", "jsonl | join --left " + users + " --on id", "{\"id\":null}\n{\"x\":1}\n", `{"id":null,"name":null}` + "\n" + `{"x":1,"name":null}` + "\n", ""},
		{"two keys", "jsonl | join " + users + " --on id --on name", `{"id":7,"name":"Bo"}` + "\n" + `{"id":7,"name":"Ada"}` + "\n", `{"id":7,"name":"Ada"}` + "\n", ""},
		{"all of the file", "jsonl | join --right " + users + " --on id | count", "", "{\"count\":4}\n", ""},
		{"no record", "lines | join " + users + " --on id", "x\n", "", `text is not a record and has no fields: "x"`},
		{"a mistake in the file", "jsonl | join " + broken + " --on id", "{\"id\":7}\n", "", "broken.jsonl:2:1: "},
		{"no key", "jsonl | join " + users, "", "", "needs --on"},
		{"two kinds", "jsonl | join --left --anti " + users + " --on id", "", "", "takes one of"},
		{"no name", "jsonl | join " + users + " --on =id", "", "", "must be a name"},
		{"lines that are records", "jsonl | join " + hidden + " --on id", "", "", "there are records inside, which its name does not say"},
		{"no file", "jsonl | join " + dir + "/none.csv --on id", "", "", "no such file"},
	} {
		got, err := stagetest.Run(t, c.text, c.in)
		if strings.Contains(c.text, "| count") {
			got = strings.Replace("{\"count\":"+strings.TrimSpace(got)+"}\n", " ", "", -1)
		}
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got %q, %v, want %q, %s", c.name, got, err, c.want, c.err)
		}
	}
}

// TestSortedHead compares sort | head with all that sort puts.
func TestSortedHead(t *testing.T) {
	rng := rand.New(rand.NewSource(9))
	in := filepath.Join(t.TempDir(), "in")
	var b strings.Builder
	for range 20_000 {
		fmt.Fprintf(&b, "%d %d\n", rng.Intn(100), rng.Intn(1000))
	}
	if err := os.WriteFile(in, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, options := range []string{"", "-r", "-n", "-u", "-nu", "len(it)", "-u 'len(it)'"} {
		all, _ := runJobs(t, 1, "sort "+options, in)
		rows := strings.SplitAfter(all, "\n")
		for _, n := range []int{0, 1, 3, 1000, 30_000} {
			for _, jobs := range []int{1, 3} {
				want := strings.Join(rows[:min(n, len(rows))], "")
				if got, err := runJobs(t, jobs, fmt.Sprintf("sort %s | head %d", options, n), in); got != want || err != nil {
					t.Errorf("sort %s | head %d: got %.100q, %v, want %.100q", options, n, got, err, want)
				}
			}
		}
	}
}

// TestStableOverCopies wants equal rows in the order of the input whichever copy had them.
func TestStableOverCopies(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in")
	var rows []string
	for i := range 100_000 {
		rows = append(rows, fmt.Sprintf("%d %d\n", i%7, i))
	}
	if err := os.WriteFile(in, []byte(strings.Join(rows, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(rows, func(a, b string) int { return cmp.Compare(a[0], b[0]) })
	for range 3 {
		if got, err := runJobs(t, max(2, runtime.GOMAXPROCS(0)), "sort -n --stable", in); got != strings.Join(rows, "") || err != nil {
			t.Fatalf("got %.100q, %v", got, err)
		}
	}
}
