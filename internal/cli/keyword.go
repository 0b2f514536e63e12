package cli

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mtpipe/examples"
	"mtpipe/internal/expression"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

// entry is what help can be asked for, with the texts in which its words are looked for.
type entry struct {
	kind, name, says string
	form             string // what the list shows in the place of the name, or ""
	more             []string
}

// entries returns all that help knows, in the order in which equal ones are listed.
func (a *app) entries() (list []entry) {
	for _, f := range a.registry.Families() {
		for _, s := range f.Stages {
			list = append(list, entry{kind: "stage", name: s.Name, says: s.Short, more: stageTexts(s, f.Name)})
		}
	}
	for _, family := range expression.Functions() {
		for _, f := range family.Functions {
			name, _, _ := strings.Cut(f.Form, "(")
			list = append(list, entry{kind: "function", name: name, form: f.Form, says: f.Does, more: []string{family.Name, f.Example}})
		}
	}
	for _, t := range topics() {
		var b strings.Builder
		w := bufio.NewWriter(&b)
		if !strings.HasPrefix(t.name, "from-") && t.name != "functions" { // these have words of everything
			t.write(a, w)
			_ = w.Flush()
		}
		list = append(list, entry{kind: "topic", name: t.name, says: t.title, more: []string{b.String()}})
	}
	for _, answer := range a.registry.Answers() {
		list = append(list, entry{kind: "elsewhere", name: answer.Name, says: answer.String()})
	}
	return list
}

// stageTexts returns what help tells of a stage besides its summary.
func stageTexts(s *pipeline.Stage, family string) []string {
	list := []string{family, s.Long}
	for _, p := range s.Params() {
		list = append(list, p.Form, p.Help)
	}
	for _, e := range examples.Of(s.Name) {
		list = append(list, e.Title, e.Command)
	}
	return list
}

// Where a word was found: the smaller, the more likely that entry is meant.
const (
	isName = iota
	inName
	nearName
	inSummary
	inText
	nowhere
)

// rank returns where in e the word, in small letters, stands.
func (e *entry) rank(word string) int {
	name := strings.ToLower(e.name)
	switch {
	case name == word:
		return isName
	case len(word) > 2 && strings.Contains(name, word) || len(name) > 2 && strings.HasPrefix(word, name):
		return inName
	case len(word) > 3 && syntax.Nearest(word, []string{name}) != "":
		return nearName
	case hasWord(e.says, word):
		return inSummary
	case slices.ContainsFunc(e.more, func(text string) bool { return hasWord(text, word) }):
		return inText
	}
	return nowhere
}

// hasWord reports whether a word of the text begins with word.
func hasWord(text, word string) bool {
	text = strings.ToLower(text)
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		if from += i; from == 0 || !isLetter(text[from-1]) {
			return true
		}
		from++
	}
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || c >= 0x80 }

// found is an entry with the places of all words that were looked for.
type found struct {
	entry
	ranks int
}

const mostFound = 20

// find returns the entries in which all the words stand, those first that are most likely meant.
func (a *app) find(words []string) (list []found) {
	words = strings.Fields(strings.ToLower(strings.Join(words, " ")))
	for _, e := range a.entries() {
		sum := 0
		missing := slices.ContainsFunc(words, func(word string) bool {
			rank := e.rank(word)
			sum += rank
			return rank == nowhere
		})
		if !missing {
			list = append(list, found{e, sum})
		}
	}
	slices.SortStableFunc(list, func(x, y found) int { return cmp.Compare(x.ranks, y.ranks) })
	return list
}

// findHelp lists the stages, functions, topics and names known from elsewhere in which all words
// stand, the most likely first.
func (a *app) findHelp(words []string) error {
	list := a.find(words)
	if len(list) == 0 {
		return usageError{fmt.Errorf("nothing has %q in its help", strings.Join(words, " "))}
	}
	return a.listFound(list)
}

func (a *app) listFound(list []found) error {
	w := bufio.NewWriter(a.stdout)
	for i, e := range list {
		if i == mostFound {
			fmt.Fprintf(w, "and %d more, less likely\n", len(list)-mostFound)
			break
		}
		fmt.Fprintf(w, "%-9s %-22s %s\n", e.kind, cmp.Or(e.form, e.name), e.says)
	}
	return w.Flush()
}
