package stages_test

import (
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// namedPlace is a file and line, or a line of standard input, before a message.
var (
	namedPlace = regexp.MustCompile(`(?:(\S*/in_[ab]\.\w+):|line )(\d+)(?::\d+)?( of its input)?: `)
	ownPlace   = regexp.MustCompile(`(?i)bad:(\d+):([ab])`)
)

// textWays and recordWays are stages that leave rows as they are, as far as a message of a later
// one can be told by what it quotes.
var textWays = []string{"grep .", "grep -v zzz", "upper", "lower", "tr q r", "tr -d q", "tr -s q", "head 100000", "tail 99999", "skip 2", "sort", "sort -r", "tac", "reverse",
	"shuffle", "uniq", "distinct", "filter true", "reject false", "tee { null } { lines }", "concat { lines }", "interleave { lines } { seq 3 }", "buffer 7",
	"enumerate | get value", "replace q qqqqqq", "replace q ''", "field 1", "split ,", "split q", "rev | rev", "trim", "chars 1 60", "exec cat", "pmap { lines }", "each { lines }",
	"rate 100000000/s", "retry 1 { lines }", "timeout 1h { lines }", "try { lines } catch { null }", "partition true { lines } { null }",
	"route true { tac }", "top 1000000", "sample 1000000", "take_while true", "drop_while false", "slice 2 1000000", "format '{it}'",
	"parse '{v}' | get v", "jq .", "lines", "merge_sorted { sort }", "batch 3 | map '{v: it}' | explode v | get v", "count_by | get value", "to_json | json",
	"try { map 'len(it) < 3 ? int(\"u\") : it' } catch { get value }"}

var recordWays = []string{"filter true", "head 100000", "tail 99999", "skip 2", "sort v", "sort n", "tac", "reverse", "shuffle", "uniq", "distinct v", "set w=1", "select v n",
	"drop n", "rename n=m", "tee { null } { head 100000 }", "concat { head 100000 }", "interleave { head 100000 } { seq 3 | map '{v: it}' }", "buffer 7", "jq .", "map it",
	"pmap { map it }", "each { map it }", "top 1000000 v", "sample 1000000", "fill_down", "fill_empty", "to_csv | csv", "to_json | jsonl", "group_by v n=first(n)",
	"partition true { tac } { null }", "retry 1 { map it }", "batch 3 | map '{v: it}' | explode v | get v", "join %s --on v"}

// placedRows returns n rows as lines of one of which the value is bad, where it says so itself.
func placedRows(rng *rand.Rand, ext, file string, n int) string {
	var b strings.Builder
	first := 1
	if ext == "csv" {
		b.WriteString("v,n\n")
		first = 2
	}
	bad := rng.Intn(n)
	for i := range n {
		v := fmt.Sprintf("row q%d", rng.Intn(1000))
		if i == bad {
			v = fmt.Sprintf("BAD:%d:%s q", i+first, file)
		}
		switch ext {
		case "csv":
			fmt.Fprintf(&b, "%s,%d\n", v, rng.Intn(9))
		case "jsonl":
			fmt.Fprintf(&b, "{\"v\":%q,\"n\":%d}\n", v, rng.Intn(9))
		default:
			b.WriteString(v + "\n")
		}
	}
	return b.String()
}

// placedFiles writes two files of rows, a and b, and returns their names.
func placedFiles(t *testing.T, dir, ext string, rows func(file string) string) (names []string) {
	t.Helper()
	for _, f := range []string{"a", "b"} {
		name := filepath.Join(dir, "in_"+f+"."+ext)
		if err := os.WriteFile(name, []byte(rows(f)), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// TestL1_NamedPlacesAreTrue runs random stages before one that fails for a value which holds the
// line and the file that it stands in: a message that names a place names that one.
func TestL1_NamedPlacesAreTrue(t *testing.T) {
	dir := t.TempDir()
	registry := pipeline.NewRegistry(stages.All()...)
	named, runs := 0, 160
	if testing.Short() {
		runs = 40
	}
	for seed := range runs {
		rng := rand.New(rand.NewSource(int64(seed)))
		ext := []string{"txt", "csv", "jsonl", "txt"}[seed%4]
		n := 1 + rng.Intn(40)
		if seed%40 < 4 {
			n = 60000 // more than a file has that is read as a whole
		}
		names := placedFiles(t, dir, ext, func(f string) string { return placedRows(rng, ext, f, n) })
		text, settings, closing := placedRun(t, rng, ext, names, map[bool]string{
			true:  `map 'lower(string(it)) contains "bad" ? int(it) : 1'`,
			false: `map 'lower(string(v)) contains "bad" ? int(v) : 1'`,
		}[ext == "txt"])
		plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: registry}, settings)
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, text, err)
		}
		err = plan.Run(nil)
		closing()
		if err == nil {
			continue
		}
		place, own := namedPlace.FindStringSubmatch(err.Error()), ownPlace.FindStringSubmatch(err.Error())
		if place == nil || own == nil {
			continue
		}
		named++
		file := "a"
		if place[1] != "" {
			file = strings.TrimPrefix(strings.TrimSuffix(filepath.Base(place[1]), "."+ext), "in_")
		}
		if place[2] != own[1] || file != strings.ToLower(own[2]) {
			t.Errorf("seed %d, jobs %d: %s\ngot %v, want line %s of %s", seed, settings.Jobs, text, err, own[1], own[2])
		}
	}
	if named < runs/5 {
		t.Errorf("got %d messages with a place, want some of %d", named, runs)
	}
}

// placedRun returns a pipeline that reads the files in some way, takes what is read through some
// stages, and ends with last. Closing is called after the run.
func placedRun(t *testing.T, rng *rand.Rand, ext string, names []string, last string) (text string, settings pipeline.Settings, closing func()) {
	t.Helper()
	reader, ways := map[string]string{"txt": "lines", "csv": "csv", "jsonl": "jsonl"}[ext], recordWays
	if ext == "txt" {
		ways = textWays
	}
	settings = pipeline.Settings{Stderr: io.Discard, Stdout: io.Discard, Jobs: 1 + rng.Intn(3), Capacity: []int{1, 64, 1024}[rng.Intn(3)]}
	var parts []string
	closing = func() {}
	switch rng.Intn(4) {
	case 0:
		parts = []string{fmt.Sprintf("%s %s %s", reader, names[0], names[1])}
	case 1:
		parts = []string{fmt.Sprintf("interleave { %s %s } { %s %s }", reader, names[0], reader, names[1])}
	case 2:
		text, err := os.Open(names[0])
		if err != nil {
			t.Fatal(err)
		}
		closing = func() { text.Close() }
		settings.Stdin, settings.In = text, reader
	default:
		settings.Files = names
	}
	for range rng.Intn(4) {
		way := ways[rng.Intn(len(ways))]
		if strings.Contains(way, "%s") {
			way = fmt.Sprintf(way, names[rng.Intn(2)])
		}
		parts = append(parts, way)
	}
	return strings.Join(append(parts, last), " | "), settings, closing
}

// allPlaced returns n rows as lines, each of which says where it stands.
func allPlaced(rng *rand.Rand, ext, file string, n int) string {
	var b strings.Builder
	first := 1
	if ext == "csv" {
		b.WriteString("v,n\n")
		first = 2
	}
	for i := range n {
		v := fmt.Sprintf("BAD:%d:%s q", i+first, file)
		switch {
		case ext == "csv":
			fmt.Fprintf(&b, "%s,%d\n", v, rng.Intn(9))
		case ext == "jsonl":
			fmt.Fprintf(&b, "{\"v\":%q,\"n\":%d}\n", v, rng.Intn(9))
		case rng.Intn(5) == 0: // an empty line, which says nothing
			b.WriteString("\n")
		default:
			b.WriteString(v + "\n")
		}
	}
	return b.String()
}

// TestPlaceFunctions runs random stages before one that asks with filename() and line() where the
// values come from, which say so themselves: the answer is that, or an error.
func TestPlaceFunctions(t *testing.T) {
	dir := t.TempDir()
	registry := pipeline.NewRegistry(stages.All()...)
	askers := []string{"map '[filename(), line(), %s]'", "map 'line() > 0 ? [filename(), line(), %s] : 0'", "set f=filename() l=line() v=%s | map '[f, l, v]'",
		"filter 'line() > 0' | format '[{filename()},{line()},{%s}]'", "format '[{filename()},{line()},{%s}]'", "count_by f=filename() l=line() v=%s | map '[f, l, v]'",
		"sort --by line() | map '[filename(), line(), %s]'", "group_by f=filename() l=line() v=first(%[1]s) | map '[f, l, v]'"}
	right, runs := 0, 240
	if testing.Short() {
		runs = 60
	}
	for seed := range runs {
		rng := rand.New(rand.NewSource(int64(seed)))
		ext := []string{"txt", "csv", "jsonl", "txt"}[seed%4]
		n := 1 + rng.Intn(40)
		if seed%80 < 4 {
			n = 90000 // more than a file has that is read as a whole
		}
		names := placedFiles(t, dir, ext, func(f string) string { return allPlaced(rng, ext, f, n) })
		asker, field := askers[rng.Intn(len(askers))], "v"
		if ext == "txt" {
			field = "it"
			if strings.HasPrefix(asker, "set") {
				asker = askers[0]
			}
		}
		text, settings, closing := placedRun(t, rng, ext, names, fmt.Sprintf(asker, field))
		var out strings.Builder
		settings.Stdout = &out
		plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: registry}, settings)
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, text, err)
		}
		err = plan.Run(nil)
		closing()
		if err != nil && !strings.Contains(err.Error(), "is not known of a value that was made on the way") {
			t.Errorf("seed %d: %s: %v", seed, text, err)
		}
		right += wantOwnPlaces(t, fmt.Sprintf("seed %d, jobs %d: %s", seed, settings.Jobs, text), out.String(), len(settings.Files) == 0 && settings.Stdin != nil)
	}
	if right < 100000 {
		t.Errorf("got %d places, want some of all", right)
	}
}

// toldPlace is a place as [file, line, …].
var toldPlace = regexp.MustCompile(`^\["?([^",]*)"?,(\d+),`)

// wantOwnPlaces wants the rows that say where they stand to have been told so, and returns how many
// there are.
func wantOwnPlaces(t *testing.T, what, out string, stdin bool) (n int) {
	t.Helper()
	for row := range strings.Lines(out) {
		told, own := toldPlace.FindStringSubmatch(row), ownPlace.FindStringSubmatch(row)
		if own == nil {
			continue
		}
		file := strings.TrimPrefix(strings.SplitN(filepath.Base(told[1]), ".", 2)[0], "in_")
		if stdin && (told[1] == "null" || told[1] == "") {
			file = "a"
		}
		if told[2] != own[1] || file != strings.ToLower(own[2]) {
			t.Errorf("%s\ngot %s", what, row)
			return n
		}
		n++
	}
	return n
}
