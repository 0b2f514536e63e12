package stages_test

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mtpipe/examples"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/stagetest"
)

// calls is the ways in which tests that are driven by the registry call one stage.
type calls struct {
	stage    *pipeline.Stage
	least    string   // with as few arguments as it allows
	examples []string // as its examples do
}

// all returns all of them.
func (c calls) all() []string { return append([]string{c.least}, c.examples...) }

// callsOfStages returns the calls of every stage of the registry, in the order of help.
func callsOfStages(t *testing.T, registry *pipeline.Registry) []calls {
	t.Helper()
	shown := exampleCalls(t)
	var list []calls
	for _, f := range registry.Families() {
		for _, s := range f.Stages {
			list = append(list, calls{s, leastCall(t, registry, s), shown[s.Name]})
		}
	}
	return list
}

// exampleCalls returns the calls in all examples, those in blocks among them, by the stage's
// name.
func exampleCalls(t *testing.T) map[string][]string {
	t.Helper()
	byName := make(map[string][]string)
	for _, script := range examples.Names() {
		for _, e := range examples.Of(script) {
			for _, word := range shellWords(e.Command) {
				list, err := syntax.Parse(word)
				if err != nil {
					continue // an option, or a value of one
				}
				syntax.Walk(list, func(n syntax.Node) bool {
					if c, ok := n.(*syntax.Call); ok && !refersToValue(c) {
						name, _ := c.Name.Literal()
						byName[name] = append(byName[name], c.String())
					}
					return true
				})
			}
		}
	}
	for name, list := range byName {
		slices.SortFunc(list, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
		byName[name] = slices.Compact(list)
	}
	return byName
}

// refersToValue reports whether a call is only possible in a block for a value, which it is
// not itself.
func refersToValue(c *syntax.Call) bool {
	found := false
	for _, a := range c.Args {
		if w, ok := a.(*syntax.Word); ok {
			found = found || strings.Contains(w.Raw, "$it")
		}
	}
	return found
}

// shellWords returns the words of a command as a shell takes them apart.
func shellWords(command string) (words []string) {
	var word strings.Builder
	quoted := false
	for i := 0; i < len(command); i++ {
		switch c := command[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
			word.WriteByte(c)
		case c == '\\' && i+1 < len(command):
			i++
			word.WriteByte(command[i])
		case c == ' ':
			words = append(words, word.String())
			word.Reset()
		default:
			word.WriteByte(c)
		}
	}
	return append(words, word.String())
}

// someWords and someBlocks are what stages are given where an argument has to be.
var (
	someWords  = []string{"2", "it", "a=it", "2/ms", "localhost:0", "http://localhost:0/", "cities.csv", "'{a}'", "delta"}
	someBlocks = []string{"{ upper }", "{ seq 2 }"}
)

// leastCall returns a call of the stage with the arguments that it cannot do without.
func leastCall(t *testing.T, registry *pipeline.Registry, s *pipeline.Stage) string {
	t.Helper()
	tries := []string{s.Name}
	var optional []string
	for _, p := range s.Params() {
		if strings.HasPrefix(p.Form, "[") || strings.HasPrefix(p.Form, "-") {
			optional = append(optional, with(s.Name, p.Form)...)
			continue
		}
		var longer []string
		for _, call := range tries {
			longer = append(longer, with(call, p.Form)...)
		}
		tries = longer
	}
	for _, call := range slices.Clone(tries) { // some want one of those that are optional
		for _, o := range optional {
			tries = append(tries, o+strings.TrimPrefix(call, s.Name))
		}
	}
	for _, call := range tries {
		if compiles(registry, call) || compiles(registry, "seq 1 | "+call) {
			return call
		}
	}
	for _, call := range slices.Clone(tries) { // or two of them
		for _, o := range optional {
			tries = append(tries, call+strings.TrimPrefix(o, s.Name))
		}
	}
	for _, call := range tries {
		if compiles(registry, call) || compiles(registry, "seq 1 | "+call) {
			return call
		}
	}
	t.Errorf("%s: none of the words and blocks of this test are arguments that it takes; add some that are", s.Usage())
	return s.Name
}

// with returns the call with arguments of the form that documentation shows.
func with(call, form string) (list []string) {
	form = strings.Trim(form, "[].")
	option, isOption := "", strings.HasPrefix(form, "-")
	if isOption {
		names, value, takes := strings.Cut(strings.ReplaceAll(form, ", ", "|"), " ")
		option, _, _ = strings.Cut(names, "|")
		if call += " " + option; !takes {
			return []string{call}
		}
		form = value
	}
	some := someWords
	if strings.HasPrefix(form, "{") {
		some = someBlocks
	}
	for _, arg := range some {
		list = append(list, call+" "+arg)
	}
	return list
}

func compiles(registry *pipeline.Registry, text string) bool {
	_, err := pipeline.Compile(text, "", scopeOf(registry), pipeline.Settings{})
	return err == nil
}

// scopeOf has the variables that examples use. Nobody listens at port 0, and who listens
// there gets one that is free.
func scopeOf(registry *pipeline.Registry) pipeline.Scope {
	return pipeline.Scope{Registry: registry, Lookup: func(name string) (string, bool) { return "0", name == "PORT" }}
}

// exampleFiles makes an empty directory the working directory and puts the files of all
// examples into it.
func exampleFiles(t *testing.T) {
	t.Helper()
	scripts, err := filepath.Glob("../examples/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatal("there are no examples", err)
	}
	dir := t.TempDir()
	for _, script := range scripts {
		_, files, _ := strings.Cut("\n"+stagetest.ReadFile(t, script), "\n-- ")
		for files != "" {
			name, rest, _ := strings.Cut(files, " --\n")
			text, next, _ := strings.Cut(rest, "\n-- ")
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			files = next
		}
	}
	t.Chdir(dir)
}
