package complete

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"mtpipe/examples"
	"mtpipe/pipeline"
)

// TestOptionsOfAllStages wants each option of each stage to be offered, with its summary and, where
// they are a few, its values.
func TestOptionsOfAllStages(t *testing.T) {
	t.Chdir(t.TempDir())
	e := newEngine()
	seen := 0
	for _, name := range e.Registry.Names() {
		for _, p := range e.Registry.Stage(name).Params() {
			flags, value, takes := strings.Cut(p.Form, " ")
			if !strings.HasPrefix(flags, "-") {
				continue
			}
			_, after, more := strings.Cut(p.Form, ", ")
			if more {
				flags, value, takes = strings.Cut(after, " ")
			}
			seen++
			a := e.Pipeline(Pipeline{Text: name + " " + flags})
			i := slices.IndexFunc(a.Candidates, func(c Candidate) bool { return c.Text == flags })
			if i < 0 || a.Candidates[i].Summary != p.Help || !a.Candidates[i].Space {
				t.Errorf("%s %s: got %v, want it with %q", name, flags, a.Candidates, p.Help)
			}
			if !takes || !strings.Contains(value, "|") {
				continue
			}
			for v := range strings.SplitSeq(value, "|") {
				text := fmt.Sprintf("%s %s %s", name, flags, v)
				if got := texts(Pipeline{Text: text}, e.Pipeline(Pipeline{Text: text})); !slices.Contains(got, v+"→"+v) {
					t.Errorf("%s: got %q", text, got)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("got %d options in all, want them all", seen)
	}
}

// TestAllStagesAreOffered wants each stage where one begins, those that read after a bar too.
func TestAllStagesAreOffered(t *testing.T) {
	e := newEngine()
	for _, place := range []string{"", "seq 3 | ", "seq 3 | tee { ", "seq 3; ", "def f { "} {
		got := texts(Pipeline{Text: place}, e.Pipeline(Pipeline{Text: place}))
		for _, name := range e.Registry.Names() {
			want := place != "seq 3 | " || e.Registry.Stage(name).Trait&pipeline.Source == 0
			if slices.Contains(got, "→"+name) != want {
				t.Errorf("%q: got that %s is offered: %v, want %v", place, name, !want, want)
			}
		}
	}
}

// commandsOf returns the pipelines of the examples of all stages.
func commandsOf(e *Engine) (list []string) {
	for _, name := range e.Registry.Names() {
		for _, x := range examples.Of(name) {
			list = append(list, x.Command)
		}
	}
	return list
}

// TestBrokenTexts cuts the examples of all stages off anywhere, and puts stray characters into them:
// nothing goes wrong, nothing but the end of the text is replaced, and no file is made or changed.
func TestBrokenTexts(t *testing.T) {
	inFiles(t)
	before := listing(t)
	e := newEngine()
	r := rand.New(rand.NewPCG(1, 2))
	const stray = `'"{}|;$\<>#()[]@=-. ` + "\n\x00ä"
	questions, answers := 0, 0
	for _, text := range commandsOf(e) {
		for range 12 {
			cut := text[:r.IntN(len(text)+1)]
			if r.IntN(2) == 0 && cut != "" {
				at, c := r.IntN(len(cut)), r.IntN(len(stray))
				cut = cut[:at] + stray[c:c+1] + cut[at:]
			}
			shell := []string{"bash", "zsh", "fish", "powershell", "nushell"}[r.IntN(5)]
			a := e.Line(Line{Dialect: DialectOf(shell), Text: cut, Cursor: len(cut), Program: "mtpipe"}, &Command{Takes: PipelineText})
			b := e.Pipeline(Pipeline{Text: cut, Files: []string{"orders.csv"}})
			for _, from := range []int{a.From, b.From} {
				if from < 0 || from > len(cut) {
					t.Fatalf("%q: got that it is replaced from %d on", cut, from)
				}
			}
			questions, answers = questions+1, answers+min(1, len(a.Candidates)+len(b.Candidates))
		}
	}
	if questions < 1000 || answers < questions/4 {
		t.Errorf("got answers to %d of %d texts, want more", answers, questions)
	}
	if after := listing(t); after != before {
		t.Errorf("got the files\n%swant\n%s", after, before)
	}
}

// listing returns the names, the sizes and the times of all files.
func listing(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, dir := range []string{".", "sub"} {
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			info, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, e.Name(), info.Size(), info.ModTime())
		}
	}
	return b.String()
}

// TestNothingRuns wants stages before the cursor that have effects to have none.
func TestNothingRuns(t *testing.T) {
	inFiles(t)
	before := listing(t)
	e := newEngine()
	for _, text := range []string{
		"csv orders.csv | write made.csv | get ",
		"csv orders.csv > made.csv; csv orders.csv | get ",
		"csv orders.csv | tee { write made } { get it } | get ",
		"csv orders.csv | sh 'touch made' | get ",
		"csv orders.csv | exec touch made | get ",
		"csv orders.csv | split_by id --to 'made-{}' | get ",
		"csv orders.csv | each { sh 'touch made' } | get ",
		"def f { exec touch made }; csv orders.csv | f | get ",
		"csv orders.csv | pmap --log made { take_from $it } | get ",
		"exec touch made | get ",
	} {
		e.Pipeline(Pipeline{Text: text, Files: []string{"orders.csv"}})
		if after := listing(t); after != before {
			t.Fatalf("%s: got the files\n%swant\n%s", text, after, before)
		}
	}
}
