package stages_test

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/value"
)

// runRecordJobs runs the pipeline in text on the files and returns what it writes and says, and
// its error.
func runRecordJobs(t *testing.T, jobs int, on pipeline.OnError, out, text string, files ...string) (stdout, stderr string, err error) {
	t.Helper()
	dir := t.TempDir()
	var written [2]*os.File
	for i := range written {
		f, err := os.Create(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		written[i] = f
	}
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: os.Stdin, Stdout: written[0], Stderr: written[1], Files: files, Jobs: jobs, OnError: on, Out: out})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	err = plan.Run(nil)
	var got [2]string
	for i, f := range written {
		b, rerr := os.ReadFile(f.Name())
		if rerr != nil {
			t.Fatal(rerr)
		}
		got[i] = string(b)
	}
	return got[0], got[1], err
}

// recordText returns a file of records with the fields a, b, s and n, now and then more than a
// block of them, and with mistakes if bad is set.
func recordText(rng *rand.Rand, name string, bad bool) string {
	rows := rng.Intn(60)
	if rng.Intn(4) == 0 {
		rows = 8000 + rng.Intn(8000)
	}
	numbers := []string{"7", "-3", "2.50", "0", "100", "1e3", "12345678901234567890", "0.1"}
	words := []string{"x", "yy", "a b", "", "é", "say \"x\"", "l,m", "007", "abc"}
	quote := map[string]func(s string) string{
		"csv": func(s string) string {
			if strings.ContainsAny(s, "\",") || rng.Intn(10) == 0 {
				return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
			}
			return s
		},
		"jsonl":  func(s string) string { return fmt.Sprintf("%q", s) },
		"logfmt": func(s string) string { return fmt.Sprintf("%q", s) },
		"tsv":    func(s string) string { return s },
	}[name]
	var b strings.Builder
	if quote == nil {
		return writtenText(rng, format.ByName(name).Writer(), rows, numbers, words, bad)
	}
	switch name {
	case "csv":
		b.WriteString("a,b,s,n\n")
	case "tsv":
		b.WriteString("a\tb\ts\tn\n")
	}
	for n := range rows {
		a, c, s := numbers[rng.Intn(len(numbers))], numbers[rng.Intn(len(numbers))], quote(words[rng.Intn(len(words))])
		switch k := rng.Intn(40); {
		case k == 0 && bad:
			b.WriteString(map[string]string{"csv": "1,2\n", "tsv": "1\t2\n", "jsonl": "{\"a\":1,}\n", "logfmt": "a=1 =2\n"}[name])
			continue
		case k == 1 && bad:
			a = quote("no number")
		case k == 2 && name == "jsonl":
			b.WriteString([]string{"{}\n", "{ \"s\" : null , \"a\":1}\n", "{\"a\":[1,2],\"b\":2,\"s\":{\"x\":1},\"n\":0}\n", "\n"}[rng.Intn(4)])
			continue
		}
		switch name {
		case "csv":
			fmt.Fprintf(&b, "%s,%s,%s,%d\n", a, c, s, n)
		case "tsv":
			fmt.Fprintf(&b, "%s\t%s\t%s\t%d\n", a, c, s, n)
		case "jsonl":
			fmt.Fprintf(&b, "{\"a\":%s,\"b\":%s,\"s\":%s,\"n\":%d}\n", a, c, s, n)
		case "logfmt":
			fmt.Fprintf(&b, "a=%s b=%s s=%s n=%d\n", a, c, s, n)
		}
	}
	return b.String()
}

// writtenText returns random records as a writer has them: that of a format of which nothing but
// the name is known here.
func writtenText(rng *rand.Rand, w format.Writer, rows int, numbers, words []string, bad bool) string {
	var text []byte
	shape := value.NewShape("a", "b", "s", "n")
	for n := range rows {
		a := value.Number(numbers[rng.Intn(len(numbers))])
		if bad && rng.Intn(40) == 0 {
			a = value.TextOf("no number")
		}
		c, s := value.Number(numbers[rng.Intn(len(numbers))]), value.TextOf(words[rng.Intn(len(words))])
		text, _ = w.Append(text, value.Rec(value.NewRecord(shape, a, c, s, value.Int(int64(n)))))
	}
	return string(format.End(text, w))
}

// namesKnown reports whether stages name no field that is missing in records with the fields a, b,
// s and n, or in what stages before make of them.
func namesKnown(parts []string) bool {
	_, err := pipeline.Compile("select a b s n | "+strings.Join(parts, " | "), "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{})
	return err == nil || !strings.Contains(err.Error(), "there is no field")
}

// notes counts what was said of skipped records: which of them is shown depends on the copies.
var notes = regexp.MustCompile(`one of them: .*`)

// totals are stages that compute columns of a batch, and put the errors of these first.
var totals = regexp.MustCompile(`^(sum|mean|min|max|distinct|count_by|group_by|sort|top|bottom)`)

// TestRecordCopiesAgree runs random pipelines over random records on one reactor and on several,
// for each choice of what to do with bad ones: the bytes are the same, and so are the error that
// ended them and the numbers of records that were left out.
func TestRecordCopiesAgree(t *testing.T) {
	perValue := []string{"filter 'a > 1'", "filter 'a != 7 and s contains \"x\" or n > 5'", "reject 'b < 2'", "filter 'n % 3 != 1'", "set b=a*2", "set c='len(s)' a=b",
		"select a s n", "drop b", "rename a=z b=a", "map '{a: a, b: b, s: s, n: n}'", "filter true", "map it"}
	ends := []string{"get a", "get s", "map 'a + b'", "map it", "count", "count_by s", "count_by a s", "sum a", "sum 'a + n'", "mean n", "min b", "max a", "sort a", "sort s n", "sort -r n",
		"head 5", "tail 3", "distinct s", "distinct a b", "uniq", "reverse | head 7", "first", "last", "to_json", "enumerate | tail 2", "group_by s k='count()' m='sum(n)'", "top 3 n", "bottom 3 a", "skip 4", "buffer 5", "delay 1us", "timeout 1h { set b=a }", "retry 1 { filter 'n > 5' }"}
	rng := rand.New(rand.NewSource(5))
	dir := t.TempDir()
	formats := []string{"csv", "jsonl", "logfmt", "tsv", "jsonl", "csv"}
	for _, f := range format.Readable() {
		if f.Write != nil && f.Program == "" && !slices.Contains(formats, f.Name) {
			formats = append(formats, f.Name)
		}
	}
	for i := range 15 * len(formats) {
		name := formats[i%len(formats)]
		bad := rng.Intn(3) > 0
		var files []string
		for k := range 1 + rng.Intn(2) {
			file := filepath.Join(dir, fmt.Sprintf("%d.%s", k, name))
			if err := os.WriteFile(file, []byte(recordText(rng, name, bad)), 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		var parts []string
		for len(parts) == 0 || !namesKnown(parts) {
			parts = parts[:0]
			for range rng.Intn(4) {
				parts = append(parts, perValue[rng.Intn(len(perValue))])
			}
			parts = append(parts, ends[rng.Intn(len(ends))])
		}
		text := strings.Join(parts, " | ")
		out := []string{"", "jsonl", "json"}[rng.Intn(3)]
		for _, on := range []pipeline.OnError{pipeline.Fail, pipeline.Skip, pipeline.Keep} {
			want, said, wantErr := runRecordJobs(t, 1, on, out, text, files...)
			for _, jobs := range []int{2, 5} {
				got, say, err := runRecordJobs(t, jobs, on, out, text, files...)
				if on == pipeline.Fail {
					say, said = "", "" // nothing is said
				}
				if strings.HasSuffix(text, "first") || strings.HasSuffix(text, "head 5") {
					err, wantErr, say, said = nil, nil, "", "" // what is met behind the last record that is wanted is chance
				}
				if on == pipeline.Keep && totals.MatchString(parts[len(parts)-1]) {
					got, want = errorsSorted(got), errorsSorted(want)
				}
				if got != want || lastCause(err) != lastCause(wantErr) || notes.ReplaceAllString(say, "") != notes.ReplaceAllString(said, "") {
					t.Fatalf("%d: %s of %s, --on-error %s, with %d jobs:\ngot  %s, %v, %s\nwant %v, %s", i, text, name, on, jobs, whereTheyPart(got, want), err, say, wantErr, said)
				}
			}
		}
	}
}

// placed is the place of an error in a file.
var placed = regexp.MustCompile(`\.[a-z]+:`)

// errorsSorted returns the lines of an output that are errors, sorted, and the others behind
// them: a total puts the errors of a batch before what it makes of the rows.
func errorsSorted(out string) string {
	var errors, others []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, " is not ") || placed.MatchString(line) || strings.Contains(line, " is null") {
			errors = append(errors, line)
		} else {
			others = append(others, line)
		}
	}
	slices.Sort(errors)
	return strings.Join(errors, "") + strings.Join(others, "")
}

// whereTheyPart shows where two texts part.
func whereTheyPart(got, want string) string {
	for i := 0; i < len(got) && i < len(want); i++ {
		if got[i] != want[i] {
			from := max(0, i-80)
			return fmt.Sprintf("%q, where %q is wanted, at %d", got[from:min(len(got), i+80)], want[from:min(len(want), i+80)], i)
		}
	}
	return fmt.Sprintf("%d bytes, where %d are wanted", len(got), len(want))
}
