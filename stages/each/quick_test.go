package each_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtpipe/examples"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

// TestQuickAndPlain runs every stage that has a quick way for batches both ways, with the
// arguments of its examples and some more, over random text, spans, values and records, good
// and bad: what they put and what they tell is the same.
func TestQuickAndPlain(t *testing.T) {
	more := map[string][]string{
		"grep":    {"grep -o [a-c]+", "grep -v a", "grep -i A", "grep -w a", "grep -x a", "grep ''", "grep -o ''"},
		"field":   {"field 2", "field -1", "field 2 1", "field -d , 2", "field -d , -1 1", "field -d '\\n' 1 1"},
		"replace": {"replace a '\\n'", "replace -F . xyz", "replace '' -", "replace '(a)|b' '$1$1'"},
		"split":   {"split a", "split ' '"},
		"chars":   {"chars -2 -1", "chars 2 1"},
		"trim":    {"trim -l", "trim -r"},
		"filter":  {"filter 'it > 3'", "filter 'a > 3'", "filter 'len(it) > 1'", "filter it"},
		"reject":  {"reject 'it > 3'", "reject 'a > 3'", "reject it"},
		"map":     {"map 'it + 1'", "map a", "map 'a + 1'", "map it"},
		"get":     {"get a", "get b"},
		"set":     {"set c=a", "set a=1 a=a+1 b=a", "set 'c=a+1' 'd=c*2'", "set c=it", "set 'c=\"x\"' 'c=c+b'"},
		"select":  {"select b a", "select zz", "select '/./'"},
		"drop":    {"drop a", "drop zz", "drop '/./'"},
		"reorder": {"reorder b", "reorder -e a"},
		"rename":  {"rename a=b", "rename a=b b=a", "rename '/^(.)$/=x${1}'", "rename '/./=z'"},
		"label":   {"label x", "label b", "label x y z"},

		"unpivot":    {"unpivot a", "unpivot b zz", "unpivot '/./'", "unpivot --name a b", "unpivot --value a b", "unpivot zz"},
		"fill_down":  {"fill_down", "fill_down a", "fill_down b zz", "fill_down '/^a/'"},
		"step":       {"step a delta shift rank", "step '/^zz_/' delta", "step b ratio ewma --by a", "step '/^[ab]/' shift cumsum", "step 'a+1' delta --by b", "step zz rank shift", "step a shift shift --by zz", "step a shift rank"},
		"fill_empty": {"fill_empty", "fill_empty a", "fill_empty b zz", "fill_empty --with 0 '/^a/'"},
	}
	rng := rand.New(rand.NewPCG(1, 7))
	seen := 0
	for _, family := range stages.All() {
		for _, s := range family.Stages {
			if s.Plain() == nil {
				continue
			}
			seen++
			calls := append(callsOf(t, s.Name), more[s.Name]...)
			if len(calls) == 0 {
				t.Errorf("%s: got no example that calls it", s.Name)
			}
			t.Run(s.Name, func(t *testing.T) {
				for _, call := range calls {
					bothWays(t, rng, s, call)
				}
			})
		}
	}
	if seen < 10 {
		t.Errorf("got %d stages with a quick way, want at least 10", seen)
	}
}

// callsOf returns the calls of a stage in its examples.
func callsOf(t *testing.T, stage string) (calls []string) {
	t.Helper()
	for _, e := range examples.Of(stage) {
		for _, word := range regexp.MustCompile(`'[^']*'|"[^"]*"`).FindAllString(e.Command, -1) {
			list, err := syntax.Parse(word[1 : len(word)-1])
			if err != nil {
				continue
			}
			syntax.Walk(list, func(n syntax.Node) bool {
				if c, ok := n.(*syntax.Call); ok && c.Name.String() == stage && len(c.Redirs) == 0 {
					if call := c.String(); !slices.Contains(calls, call) && compiles(call) {
						calls = append(calls, call)
					}
				}
				return true
			})
		}
	}
	return calls
}

// compiles reports whether a call, which may be a piece of one that a shell's quotes have cut, can be run.
func compiles(call string) bool {
	_, err := pipeline.Compile(call, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{})
	return err == nil
}

// bothWays runs a call of s in its quick way and in the plain one.
func bothWays(t *testing.T, rng *rand.Rand, s *pipeline.Stage, call string) {
	t.Helper()
	dir := t.TempDir()
	names := regexp.MustCompile(`[a-z_]+`).FindAllString(call, -1)
	for _, source := range []struct{ before, data string }{
		{"", stagetest.AllSorts(rng, 40, true)},
		{"", strings.Repeat(stagetest.AllSorts(rng, 60, false), 20)},
		{"grep -v zzz | ", stagetest.AllSorts(rng, 40, true)},
		{"jsonl | map it | ", randomJSON(rng, names, 30)},
		{"jsonl | ", randomJSON(rng, names, 30)},
		{"jsonl | ", randomJSON(rng, names[:1], 3)},
		{"csv | ", randomCSV(rng, names, 30)},
	} {
		in := filepath.Join(dir, "in")
		if err := os.WriteFile(in, []byte(source.data), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, how := range []pipeline.OnError{pipeline.Fail, pipeline.Skip, pipeline.Keep} {
			text := source.before + call
			if rng.IntN(2) == 0 {
				text += " | to_json" // which tells texts from strings
			}
			want := runAs(t, s.Plain(), text, in, how)
			if got := runAs(t, s, text, in, how); got != want {
				t.Errorf("%s, on error %s: got %s\nwant %s\nof %q", text, how, stagetest.Clip(got), stagetest.Clip(want), stagetest.Clip(source.data))
			}
		}
	}
}

// runAs runs the pipeline in text with s in the place of the stage of its name. It returns
// what is put and told, and the error.
func runAs(t *testing.T, s *pipeline.Stage, text, in string, how pipeline.OnError) string {
	t.Helper()
	families := stages.All()
	for i := range families {
		for k, other := range families[i].Stages {
			if other.Name == s.Name {
				families[i].Stages[k] = s
			}
		}
	}
	var files [2]*os.File
	for i := range files {
		f, err := os.CreateTemp(filepath.Dir(in), "out")
		if err != nil {
			t.Fatal(err)
		}
		defer os.Remove(f.Name())
		defer f.Close()
		files[i] = f
	}
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(families...)},
		pipeline.Settings{Stdin: os.Stdin, Stdout: files[0], Stderr: files[1], Files: []string{in}, OnError: how, Jobs: 1})
	if err != nil {
		t.Fatal(text, err)
	}
	err = plan.Run(nil)
	var b bytes.Buffer
	for _, f := range files {
		b.WriteString(stagetest.ReadFile(t, f.Name()) + "--\n")
	}
	fmt.Fprint(&b, err)
	return b.String()
}

// randomJSON returns lines of JSON: most are records with some of the fields.
func randomJSON(rng *rand.Rand, names []string, lines int) string {
	words := []string{`"a"`, `"ab c"`, `"12"`, `""`, `"é\n"`, "7", "-3.50", "12345678901234567890", "null", "true", `["a",1]`, `{"a":1}`}
	word := func() string { return words[rng.IntN(len(words))] }
	var b strings.Builder
	for range rng.IntN(lines + 1) {
		if rng.IntN(4) == 0 {
			b.WriteString(word() + "\n")
			continue
		}
		var fields []string
		for _, name := range append(slices.Clone(names), "a", "b") {
			if rng.IntN(3) > 0 {
				fields = append(fields, fmt.Sprintf("%q:%s", name, word()))
			}
		}
		b.WriteString("{" + strings.Join(fields, ",") + "}\n")
	}
	return b.String()
}

// randomCSV returns records with these fields.
func randomCSV(rng *rand.Rand, names []string, rows int) string {
	names = append(slices.Clone(names), "a", "b")
	slices.Sort(names)
	names = slices.Compact(names)
	words := []string{"a", "b c", "12", "", "-3.50", `"x,y"`, "é"}
	var b strings.Builder
	b.WriteString(strings.Join(names, ",") + "\n")
	for range rng.IntN(rows + 1) {
		for i := range names {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(words[rng.IntN(len(words))])
		}
		b.WriteByte('\n')
	}
	return b.String()
}
