package order_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mtpipe/stages/stagetest"
)

func TestOrder(t *testing.T) {
	long := strings.Repeat("long", 400_000)
	stagetest.RunCases(t, []stagetest.Case{
		{"sort", "sort", "b\na\nc\n", "a\nb\nc\n"},
		{"sort nothing", "sort", "", ""},
		{"sort empty lines", "sort", "\nb\n\na\n", "\n\na\nb\n"},
		{"sort without the last newline", "sort", "b\na", "a\nb\n"},
		{"sort by bytes", "sort", "é\nz\nZ\na\n10\n9\n", "10\n9\nZ\na\nz\né\n"},
		{"sort what begins the same", "sort", "abcdefghij\nabcdefghi\nabcdefgh\nabcdefg\nabcdef\n", "abcdef\nabcdefg\nabcdefgh\nabcdefghi\nabcdefghij\n"},
		{"sort NULs", "sort", "a\x00\na\na\x00\x00\nabcdefg\x00\nabcdefg\n", "a\na\x00\na\x00\x00\nabcdefg\nabcdefg\x00\n"},
		{"sort long lines", "sort", long + "b\n" + long + "a\nx\n", long + "a\n" + long + "b\nx\n"},
		{"sort over blocks", "sort -n", reversed(stagetest.Numbered(1, 50_000)), stagetest.Numbered(1, 50_000)},
		{"sort spans", "field 2 | sort", "1 b\n2 a\n", "a\nb\n"},
		{"sort text made by a stage", "map it | sort", "10\n9\n", "10\n9\n"},
		{"sort numbers", "take_from { seq 9 10; seq 3 } | sort", "", "1\n2\n3\n9\n10\n"},
		{"sort text and numbers", "take_from { take_from 10 9; seq 3; take_from x } | sort", "", "1\n2\n3\n9\n10\nx\n"},
		{"sort text that holds newlines", "take_from { take_from c; lines | map 'it + \"\\n\" + it' } | sort", "b\na\n", "a\na\nb\nb\nc\n"},
		{"sort strings as text", `map '"" + it' | sort`, "10\n9\n", "10\n9\n"},
		{"sort records", `map "{a: it}" | sort`, "10\n9\n", "{\"a\":9}\n{\"a\":10}\n"},
		{"sort nulls first", "map 'it == \"x\" ? nil : it' | sort", "b\nx\na\n", "\na\nb\n"},
		{"sort backwards", "sort -r", "b\na\nc\n", "c\nb\na\n"},
		{"sort backwards what begins the same", "sort -r", "abcdefgh\nabcdefghi\nabcdefg\n", "abcdefghi\nabcdefgh\nabcdefg\n"},
		{"sort each once", "sort -u", "b\na\nb\na\n", "a\nb\n"},
		{"sort -n", "sort -n", "10\n9\n-1\n-2\n1.5\n", "-2\n-1\n1.5\n9\n10\n"},
		{"sort -n of text", "sort -n", "1\nx\n-1\n\n", "-1\n\nx\n1\n"},
		{"sort -n of equal numbers", "sort -n", "1 b\n01 a\n1.0 c\n0 z\n", "0 z\n01 a\n1 b\n1.0 c\n"},
		{"sort -n of text with a number at its end", "sort -n | uniq -c", "PDP-7\nPDP-11\nVAX\nPDP-11\n", "      2 PDP-11\n      1 PDP-7\n      1 VAX\n"},
		{"sort -nr of equal numbers", "sort -nr", "01 a\n1 b\n2\n", "2\n1 b\n01 a\n"},
		{"sort -ns is stable", "sort -ns", "1 b\n01 a\n1.0 c\n0 z\n", "0 z\n1 b\n01 a\n1.0 c\n"},
		{"sort --stable -nr is stable", "sort --stable -nr", "1 b\n01 a\n2\n", "2\n1 b\n01 a\n"},
		{"sort -n and head", "sort -n | head 2", "1 c\n1 b\n1 a\n", "1 a\n1 b\n"},
		{"sort -n of an expression is stable", "sort -n it", "1 b\n01 a\n", "1 b\n01 a\n"},
		{"sort -u of spelled numbers", "sort -u it", "1\n01\n2\n1\n1.0\n01\n", "1\n01\n1.0\n2\n"},
		{"sort -ur of spelled numbers", "sort -ur it", "1\n01\n2\n1\n1.0\n01\n", "2\n1\n01\n1.0\n"},
		{"sort -u of numbers", "jsonl | sort -u", "7\n7.0\n10\n7.00\n", "7\n10\n"},
		{"sort -u of numbers in records", "jsonl | sort -u k", "{\"k\":7}\n{\"k\":70e-1}\n{\"k\":12345678901234567890.1}\n{\"k\":12345678901234567890.2}\n",
			"{\"k\":7}\n{\"k\":12345678901234567890.1}\n{\"k\":12345678901234567890.2}\n"},
		{"sort -u of nulls", "csv | sort -u k | to_csv", "k,v\n,1\n2,2\n,3\n", "k,v\n,1\n2,2\n"},
		{"sort of empty fields", "csv | sort k | to_csv", "k,v\nx,1\n2,2\n,3\n-1,4\n", "k,v\n,3\n-1,4\n2,2\nx,1\n"},
		{"sort of empty fields, the largest first", "csv | sort -r k | to_csv", "k,v\nx,1\n2,2\n,3\n-1,4\n", "k,v\nx,1\n2,2\n-1,4\n,3\n"},
		{"sort -nu keeps the first", "sort -nu", "1 b\n01 a\n0\n", "0\n1 b\n"},
		{"sort -n of long numbers", "sort -n", "100000000000000000001\n100000000000000000000\n0.1000000000000000000001\n0.1\n",
			"0.1\n0.1000000000000000000001\n100000000000000000000\n100000000000000000001\n"},
		{"sort -n of long negative numbers", "sort -n", "-100000000000000000000\n-100000000000000000001\n", "-100000000000000000001\n-100000000000000000000\n"},
		{"sort -n of numbers that are one float", "sort -n", "9007199254740993\n9007199254740992\n", "9007199254740992\n9007199254740993\n"},
		{"sort -n of numbers", "take_from { seq 9 10; seq 2 } | sort -n", "", "1\n2\n9\n10\n"},
		{"sort -n of numbers of JSON", "jsonl | sort -n", "1e3\n20\n2E-1\n-1e2\n5e-324\n", "-1e2\n5e-324\n2E-1\n20\n1e3\n"},
		{"sort -n by numbers of JSON", "jsonl | sort -n --by x:desc", "{\"x\":20}\n{\"x\":1e3}\n", "{\"x\":1e3}\n{\"x\":20}\n"},
		{"sort -n of floats", "map 'float(it)' | sort -n", "1e21\n3\n", "3\n1e+21\n"},
		{"sort -h", "sort -h", "1G\n2K\n500\n1.5M\n-3K\n", "-3K\n500\n2K\n1.5M\n1G\n"},
		{"sort -V", "sort -V", "v1.10\nv1.9\nv1.9.1\nv1.9~rc1\n", "v1.9~rc1\nv1.9\nv1.9.1\nv1.10\n"},
		{"sort -V of hidden files", "sort -V", "a\n.A\n.0\n..\n\n.\n", "\n.\n..\n.0\n.A\na\n"},
		{"sort -V of files", "sort -V", "a-2.tar.gz\na-10.tar.gz\na-2.1.tar.gz\na-2\n", "a-2\na-2.tar.gz\na-2.1.tar.gz\na-10.tar.gz\n"},
		{"sort -f", "sort -f", "b\nB\na\n_\nb\n", "a\nB\nb\nb\n_\n"},
		{"sort -fs is stable", "sort -fs", "b\nB\na\n_\n", "a\nb\nB\n_\n"},
		{"sort -fu keeps the first", "sort -fu", "b\nB\nA\na\n", "A\nb\n"},
		{"sort -fr", "sort -fr", "a\nB\nb\n", "b\nB\na\n"},
		{"sort by an expression", "sort len(it)", "ccc\na\nbb\n", "a\nbb\nccc\n"},
		{"sort by an expression is stable", "sort len(it)", "b\na\ncc\nc\n", "b\na\nc\ncc\n"},
		{"sort -r by an expression is stable", "sort -r len(it)", "b\na\ncc\nc\n", "cc\nb\na\nc\n"},
		{"sort by several", "sort len(it) it", "b\ncc\na\naa\n", "a\nb\naa\ncc\n"},
		{"sort by one descending", "sort --by len(it):desc --by it:asc", "b\ncc\na\naa\n", "aa\ncc\na\nb\n"},
		{"sort -r by one descending", "sort -r --by len(it):desc --by it", "b\ncc\na\naa\n", "b\na\ncc\naa\n"},
		{"sort -u by an expression", "sort -u len(it)", "b\ncc\na\naa\n", "b\ncc\n"},
		{"sort by a field that some lack", `map 'it > 1 ? {"n": it} : {"m": it}' | sort n | get n`, "3\n1\n2\n", "\n2\n3\n"},
		{"sort -n by an expression", "sort -n 'it[2:]'", "b 10x\na 9x\n", "a 9x\nb 10x\n"},
		{"sort bools and numbers by an expression", "sort 'it > 1'", "2\n1\n3\n0\n", "1\n0\n2\n3\n"},
		{"sort gives few", "sort | head 2", reversed(stagetest.Numbered(1, 50_000)), "1\n10\n"},
		{"reverse", "reverse", "1\n2\n3\n", "3\n2\n1\n"},
		{"reverse nothing", "reverse", "", ""},
		{"reverse without the last newline", "reverse", "1\n2", "2\n1\n"},
		{"reverse values", "seq 3 | reverse", "", "3\n2\n1\n"},
		{"reverse records", `map "{a: it}" | reverse`, "1\n2\n", "{\"a\":2}\n{\"a\":1}\n"},
		{"reverse over blocks", "tac", stagetest.Numbered(1, 50_000), reversed(stagetest.Numbered(1, 50_000))},
		{"shuffle", "shuffle | sort -n", stagetest.Numbered(1, 5000), stagetest.Numbered(1, 5000)},
		{"shuffle nothing", "shuffle", "", ""},
		{"shuffle values", "seq 5000 | shuffle | sort", "", stagetest.Numbered(1, 5000)},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"sort with two rules", "sort -nV", "", "", "1: sort: takes one of -n, -h, -V, -M and -f"},
		{"sort by a direction without --by", "csv | sort n:desc", "n\n1\n", "", "12: sort: expr must be an expression; what has a direction stands after --by: sort --by n:desc"},
		{"sort records as texts", "csv | sort -n", "a\n2\n1\n", "", "7: sort: a record is not sorted by parts of its text; name a field: sort -n price"},
		{"sort records by a part of their text", "csv | sort -k 2,2n", "a\n2\n1\n", "", "7: sort: a record is not sorted by parts of its text; name a field: sort -n price"},
		{"sort counts as texts", "count_by | sort -rn", "a\nb\n", "", "12: sort: a record is not sorted by parts of its text; name a field: sort -n price"},
		{"sort by no expression", "sort --by it+:desc", "", "", "14: sort: unexpected end of expression"},
		{"sort by an expression that fails", "sort it+1", "1\nx\n", "", `1: sort: line 2: "x" is not a number (it)`},
		{"sort what fails", "filter 'it > 1' | sort", "2\nx\n", "", `1: filter: line 2: "x" is not a number (it)`},
	})
}

func reversed(text string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	lines[len(lines)-1] += "\n"
	slices.Reverse(lines)
	return strings.Join(lines, "")
}

func TestShuffle(t *testing.T) {
	sorted := stagetest.Numbered(1, 1000)
	one, _ := stagetest.Run(t, "shuffle", sorted)
	two, _ := stagetest.Run(t, "shuffle", sorted)
	if one == two || one == sorted {
		t.Error("got the same order twice, want random ones")
	}
	one, _ = stagetest.Run(t, "shuffle --seed 7", sorted)
	two, _ = stagetest.Run(t, "shuffle --seed 7", sorted)
	if one != two || one == sorted {
		t.Error("got different orders for one seed, want the same random one")
	}
}

// TestSortParity compares with GNU sort on random text.
func TestSortParity(t *testing.T) {
	gnuSort(t)
	t.Setenv("TMPDIR", t.TempDir())
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	for _, kind := range []func(*rand.Rand) string{randomLine, randomNumber, randomVersion, randomDeepLine} {
		for _, size := range []int{2, 5, 40, 2000} {
			var text, undotted strings.Builder
			for range size {
				line := kind(random) + "\n"
				text.WriteString(line)
				undotted.WriteString(strings.TrimLeft(line, ".")) // -V of coreutils 9.1 sorts .A before .0
			}
			file, plain := lineFile(t, text.String()), lineFile(t, undotted.String())
			for _, more := range []string{"", "r", "u", "s", "ru", "rs", "us", "rus"} {
				for _, mode := range []string{"", "n", "h", "f"} {
					sameAsGNU(t, seed, mode+more, file)
				}
				sameAsGNU(t, seed, "V"+more, plain)
			}
		}
	}
}

// lineFile makes a file.
func lineFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// sameAsGNU compares sort with options, letters, in memory and beyond it, on one reactor and two.
func sameAsGNU(t *testing.T, seed uint64, options, file string) {
	t.Helper()
	if options != "" {
		options = "-" + options
	}
	want, err := sortCommand(options, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, memory := range []int64{0, 20_000} {
		for jobs := 1; jobs <= 2; jobs++ {
			if memory+int64(jobs) > 1 && len(want) < 10_000 {
				break
			}
			got, err := stagetest.RunWithin(t, memory, jobs, "sort "+options, file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("seed %d: sort %s of %s with %d bytes and %d jobs: got %q, want %q", seed, options, file, memory, jobs, difference(got, string(want)), difference(string(want), got))
			}
		}
	}
}

func gnuSort(t testing.TB) {
	t.Helper()
	out, err := exec.Command("sort", "--version").Output()
	if err != nil || !strings.Contains(string(out), "GNU") {
		t.Skip("there is no GNU sort")
	}
}

// sortCommand returns GNU sort.
func sortCommand(options, file string) *exec.Cmd {
	args := []string{"--parallel=1", file}
	if options != "" {
		args = append([]string{options}, args...)
	}
	cmd := exec.Command("sort", args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	return cmd
}

// difference returns the lines of a from the first that is not in the same place in b.
func difference(a, b string) string {
	x, y := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return stagetest.Clip(strings.Join(x[i:], ""))
		}
	}
	return ""
}

func pick(random *rand.Rand, alphabet string, most int) string {
	b := make([]byte, random.IntN(most+1))
	for i := range b {
		b[i] = alphabet[random.IntN(len(alphabet))]
	}
	return string(b)
}

func randomLine(random *rand.Rand) string {
	return pick(random, "abAB_ \x00\x01~é\xff0", 12)
}

func randomNumber(random *rand.Rand) string {
	return pick(random, " \t", 1) + pick(random, "-+", 1) + pick(random, "0019", 6) + pick(random, ".", 1) +
		pick(random, "0015", 4) + pick(random, "KkMGTPEZYx ", 1) + pick(random, "ab", 1)
}

func randomVersion(random *rand.Rand) string {
	return pick(random, ".a", 2) + pick(random, "a.01~-Z9", 10) + pick(random, ".", 1) + pick(random, "tar.gz~1", 6)
}

// randomDeepLine returns lines that have much in common.
func randomDeepLine(random *rand.Rand) string {
	return strings.Repeat("the same in all ", random.IntN(3)) + strings.Repeat("a", random.IntN(20)) + pick(random, "ab\x00", 3)
}

// BenchmarkSort sorts a million lines and GNU sort does too; ratio is how many times as long
// that takes.
func BenchmarkSort(b *testing.B) {
	gnuSort(b)
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name, options string
		line          func() string
	}{
		{"words", "", func() string { return fmt.Sprintf("%09d alpha GET", random.IntN(1e9)) }},
		{"times", "", func() string {
			return time.Unix(1.7e9+random.Int64N(1e7), random.Int64N(1e9)).UTC().Format("2006-01-02T15:04:05.000Z GET")
		}},
		{"numbers", "-n", func() string { return fmt.Sprint(random.IntN(1e9)) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			var text strings.Builder
			for range 1_000_000 {
				text.WriteString(c.line() + "\n")
			}
			file := filepath.Join(b.TempDir(), "lines")
			if err := os.WriteFile(file, []byte(text.String()), 0o666); err != nil {
				b.Fatal(err)
			}
			text.Reset()
			var ours, theirs time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := stagetest.Run(b, "sort "+c.options+" > "+filepath.Join(b.TempDir(), "out"), "", file); err != nil {
					b.Fatal(err)
				}
				ours += time.Since(start)
				start = time.Now()
				cmd := sortCommand(c.options, file)
				cmd.Args = append(cmd.Args, "-o", filepath.Join(b.TempDir(), "out"))
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				theirs += time.Since(start)
			}
			b.ReportMetric(float64(theirs)/float64(ours), "ratio")
			b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms/sort")
			b.ReportMetric(0, "ns/op")
		})
	}
}
