package stages_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// numbered returns n words, each made of its number.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte(' ')
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// compiled compiles a text with the built-in stages; a run of it prints nothing.
func compiled(text string) (*pipeline.Plan, error) {
	return pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard})
}

// TestTooMany looks at what long calls are told, and that the largest ones that are allowed bind.
func TestTooMany(t *testing.T) {
	doubling := "def f0 x { format \"$x\" }\n"
	for i := 1; i <= 30; i++ {
		doubling += fmt.Sprintf("def f%d x { f%d \"$x$x\" }\n", i, i-1)
	}
	nested := "def f0 { count }\n"
	for i := 1; i <= 120; i++ {
		nested += fmt.Sprintf("def f%d { f%d }\n", i, i-1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"braces", `format "` + strings.Repeat("{it}", 250_000) + `"`, "40009: format: template must not have more than 10000 expressions"},
		{"most braces", `format "` + strings.Repeat("{it}", 10_000) + `"`, ""},
		{"braces in many words", "lines | tee" + strings.Repeat(` { format "{it}" }`, 10_001), ""},
		{"a long expression in braces", `format "` + strings.Repeat("{it}x", 9_000) + `{it +}"`, "45014: format: unexpected end of expression"},
		{"arguments", "select" + numbered(120_000, "a%d"), "688898: select: takes at most 100000 arguments"},
		{"blocks", "tee" + strings.Repeat(" { count }", 100_001), "1000005: tee: takes at most 100000 arguments"},
		{"arguments of a definition", "def f x { count }; f" + numbered(100_001, "a%d"), "f: takes at most 100000 arguments"},
		{"most names", "select" + numbered(100_000, "a%d"), ""},
		{"a name twice", "select" + numbered(50_000, "a%d") + " a77", `select: name "a77" stands twice`},
		{"new names", "rename" + numbered(60_000, "a%d=b%[1]d"), ""},
		{"a new name twice", "rename" + numbered(60_000, "a%d=b%[1]d") + " c=b78", `rename: name "b78" would be given twice`},
		{"an old name twice", "rename" + numbered(60_000, "a%d=b%[1]d") + " a79=c", `rename: name "a79" is to be renamed twice`},
		{"a label twice", "label" + numbered(60_000, "a%d") + " a80", `label: name "a80" would be given twice`},
		{"keys", "count_by" + numbered(50_000, "a%d"), ""},
		{"a key twice", "count_by" + numbered(50_000, "a%d") + " a81", "count_by: the field a81 stands twice"},
		{"aggregates", "group_by k" + numbered(50_000, "a%d=count()"), ""},
		{"an aggregate twice", "group_by k" + numbered(50_000, "a%d=count()") + " a82=count()", "group_by: the field a82 stands twice"},
		{"fields", "set" + numbered(80_000, "a%d=1"), "set: field must not stand more than 2000 times; more of them stand in one more set"},
		{"most fields", "set" + numbered(2_000, "a%d=1"), ""},
		{"a word that doubles", doubling + "range 1 | f30 x", "7:18: f5: a word that is made of variables is at most 16 MB long; with this it would be longer"},
		{"a long word alone", doubling + "range 1 | f20 x", ""},
		{"nested calls", nested + "range 1 | f120", "f20: is called by definitions that call each other more than 100 deep"},
		{"most nested calls", nested + "range 1 | f99", ""},
		{"calls of itself", "def f { g }\ndef g { f }\nf", "calls itself without end"},
		{"a definition in one that calls it", "def f { def g { f }; g }\nf", "calls itself without end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := compiled(c.text)
			if c.want == "" && err == nil {
				return
			}
			if err == nil || c.want == "" || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("got %.300v, want %q", err, c.want)
			}
		})
	}
}

// TestDoublesForAValue runs a block in which the value becomes a word that is too long.
func TestDoublesForAValue(t *testing.T) {
	text := "def f0 x { take_from \"$x\" | count }\n"
	for i := 1; i <= 30; i++ {
		text += fmt.Sprintf("def f%d x { f%d \"$x$x\" }\n", i, i-1)
	}
	for _, c := range []struct{ call, want string }{
		{"f20 $it", "at most 16 MB long"},
		{"f10 $it", ""},
		{"map 'repeat(\"x\", 20)' | each { f20 $it }", "at most 16 MB long"},
	} {
		p, err := compiled(text + "take_from " + strings.Repeat("x", 100) + " | each { " + c.call + " }")
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(nil); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %.300v, want %q", c.call, err, c.want)
		}
	}
}

// took returns how many bytes f allocates.
func took(f func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

// TestGrowsInProportion wants a text that is four times as long to take about four times the memory.
func TestGrowsInProportion(t *testing.T) {
	for _, c := range []struct {
		name string
		text func(n int) string
	}{
		{"braces", func(n int) string { return `format "` + strings.Repeat("{it}", n) + `"` }},
		{"names in braces", func(n int) string { return `format "` + strings.Repeat("{a}", n) + `"` }},
		{"values of a block", func(n int) string {
			return "range 1 | each { take_from" + strings.Repeat(" $it", n) + " }"
		}},
		{"names", func(n int) string { return "select" + numbered(n, "a%d") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := func(n int) func() {
				return func() {
					p, err := compiled(c.text(n))
					if err != nil {
						t.Fatal(err)
					}
					if err := p.Run(nil); err != nil {
						t.Fatal(err)
					}
				}
			}
			run(100)()
			few, many := took(run(2_000)), took(run(8_000))
			if many > 7*few {
				t.Errorf("got %.0f bytes for 2000 and %.0f for 8000, want about four times as much", few, many)
			}
		})
	}
}

// TestNoPartOfALine wants a line that tr makes too long to be an error alone: its beginning is no
// line that the next stage could count.
func TestNoPartOfALine(t *testing.T) {
	in := strings.Repeat("abcdefg\n", 20000)
	for _, jobs := range []int{1, 2} {
		got := runErrors(t, "tr '\\n' x | map len(it)", in, pipeline.Settings{Jobs: jobs, MaxLine: 70000})
		if got.stdout != "" || got.err == nil || !strings.Contains(got.err.Error(), "a line is longer than 70000 bytes") {
			t.Errorf("%d jobs: got %q, %v", jobs, got.stdout, got.err)
		}
	}
}
