package stages_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages"
)

// wrongWords are words that one argument or another does not take.
var wrongWords = []string{"''", "-5", "0", "nan", "1e999", "99999999999999999999", "'no such'", "'{'", "'a['", "'('", "x=", "ä", "1h1x", "','"}

// wrong is a call in which one word stands that was not there.
type wrong struct {
	text, bad string
	from      int // the column at which the word begins
}

// wrongCalls returns the calls of a stage with a wrong word in the place of each word, and
// with each option that takes a value.
func wrongCalls(c calls) (list []wrong) {
	for _, call := range c.all()[:min(3, len(c.all()))] {
		tree, err := syntax.Parse(call)
		if err != nil {
			continue // a call of least that is only right after another stage
		}
		for _, a := range tree.Items[0].(*syntax.Pipeline).Calls[0].Args {
			w, is := a.(*syntax.Word)
			if !is {
				continue
			}
			for _, bad := range wrongWords {
				list = append(list, wrong{call[:w.Pos.Offset] + bad + call[w.Pos.Offset+len(w.Raw):], bad, w.Pos.Col})
			}
		}
	}
	for _, p := range c.stage.Params() {
		if !strings.HasPrefix(p.Form, "-") {
			continue
		}
		flag, _, _ := strings.Cut(with("", p.Form)[0][1:], " ")
		for _, bad := range wrongWords {
			before := c.least + " " + flag + " "
			list = append(list, wrong{before + bad, bad, len(before) + 1})
		}
	}
	return list
}

// ofExpressions are messages about a part of an expression, at its place.
var ofExpressions = regexp.MustCompile(`^(unexpected|\$ needs|a key must|not a number|number too large|values are compared|variable not defined|an expression of several words|bad program|there is no field|\$x is not set)`)

// TestWrongArguments gives each stage words that it does not take, in the place of each of its
// arguments and options. What is told of it is one line at the place of an argument, which has the
// argument's name, or the word; and none of it is for those who wrote the program.
func TestWrongArguments(t *testing.T) {
	registry := pipeline.NewRegistry(stages.All()...)
	internal := regexp.MustCompile(`(?i)goroutine|runtime error|reflect|strconv|nil pointer|%!|interface|\.go\b|int64|\n`)
	exampleFiles(t)
	refused := 0
	for _, c := range callsOfStages(t, registry) {
		var names []string
		for _, p := range c.stage.Params() {
			names = append(names, regexp.MustCompile(`--?[a-zA-Z][a-z-]*|[A-Za-z][A-Za-z0-9_]*`).FindAllString(p.Form, -1)...)
		}
		named := regexp.MustCompile(`(?i)(^|[^\w-])(` + strings.Join(append(names, "argument", "arguments", "block", "zone", "format"), "|") + `)($|[^\w-])`)
		for _, w := range wrongCalls(c) {
			_, err := pipeline.Compile(w.text, "", scopeOf(registry), pipeline.Settings{})
			if err == nil {
				continue
			}
			refused++
			var e *syntax.Error
			if !errors.As(err, &e) || internal.MatchString(e.Msg) {
				t.Errorf("%s: got %q, want a message for users", w.text, err)
				continue
			}
			word := strings.Trim(w.bad, "'")
			if !named.MatchString(e.Msg) && !ofExpressions.MatchString(e.Msg) && (word == "" || !strings.Contains(e.Msg, word)) {
				t.Errorf("%s: got %q, want the name of the argument, or the word", w.text, err)
			}
			if e.Pos.Col <= len(c.stage.Name) {
				t.Errorf("%s: got %q, want the place of an argument, such as %d", w.text, err, w.from)
			}
		}
	}
	if refused < 3000 {
		t.Errorf("got %d refused, want 3000: the calls are not those that were meant", refused)
	}
}

// TestWrongArgumentsRun runs what is not refused over some values: it may fail, but not with a
// stack.
func TestWrongArgumentsRun(t *testing.T) {
	registry := pipeline.NewRegistry(stages.All()...)
	exampleFiles(t)
	if err := os.WriteFile("three.csv", []byte("a,b,2\n1,x,3\n,y,\"\"\n2,x,7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const others = "time and events, processes, network, concurrency, watching, sinks, readers"
	for _, f := range registry.Families() {
		if strings.Contains(others, f.Name) {
			continue
		}
		for _, s := range f.Stages {
			ran := map[string]bool{}
			for _, w := range wrongCalls(calls{stage: s, least: leastCall(t, registry, s)}) {
				text := "csv three.csv | " + w.text + " | head 3"
				if s.Trait&pipeline.Source != 0 {
					text = w.text + " | head 3"
				}
				text = "timeout 5s { " + text + " }"
				if _, err := pipeline.Compile(text, "", scopeOf(registry), pipeline.Settings{}); err != nil || ran[text] {
					continue
				}
				ran[text] = true
				var out, told bytes.Buffer
				plan, err := pipeline.Compile(text, "", scopeOf(registry), pipeline.Settings{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &told})
				if err == nil {
					err = plan.Run(nil)
				}
				if all := fmt.Sprint(told.String(), err); strings.Contains(all, "goroutine") || strings.Contains(all, "panic") {
					t.Errorf("%s: got %s", text, all)
				}
			}
		}
	}
}
