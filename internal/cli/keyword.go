package cli

import (
	"bufio"
	"fmt"
	"strings"

	"mtpipe/internal/expression"
)

// findHelp lists the stages, functions, topics and names known from elsewhere that have word in
// their names or summaries, in whatever case.
func (a *app) findHelp(word string) error {
	w := bufio.NewWriter(a.stdout)
	found := false
	list := func(what, name, says string) {
		if strings.Contains(strings.ToLower(name+" "+says), strings.ToLower(word)) {
			found = true
			fmt.Fprintf(w, "%-9s %-22s %s\n", what, name, says)
		}
	}
	for _, f := range a.registry.Families() {
		for _, s := range f.Stages {
			list("stage", s.Name, s.Short)
		}
	}
	for _, family := range expression.Functions() {
		for _, f := range family.Functions {
			list("function", f.Form, f.Does)
		}
	}
	for _, t := range topics() {
		list("topic", t.name, t.title)
	}
	for _, answer := range a.registry.Answers() {
		list("elsewhere", answer.Name, answer.String())
	}
	if !found {
		return usageError{fmt.Errorf("nothing has %q in its name or summary", word)}
	}
	return w.Flush()
}
