package pipeline

import (
	"reflect"
	"slices"
	"strings"

	"mtpipe/pipeline/syntax"
)

// redirections returns the stages that the redirections of a call stand for.
func (b *binder) redirections(call *syntax.Call, first, last bool, f *frame) (before, after *boundStage, err error) {
	for _, r := range call.Redirs {
		switch {
		case r.Op == "<" && !first:
			return nil, nil, b.errorAt(r.Pos, "", "only the first stage of a pipeline can read a file with <")
		case r.Op != "<" && !last:
			return nil, nil, b.errorAt(r.Pos, "", "only the last stage of a pipeline can write a file with %s", r.Op)
		case r.Op == "<" && before != nil || r.Op != "<" && after != nil:
			return nil, nil, b.errorAt(r.Pos, "", "%s stands twice", r.Op)
		}
		if text, _ := r.Target.Literal(); strings.HasPrefix(text, "&") && !r.Target.Quoted() {
			return nil, nil, b.errorAt(r.Target.Pos, "", "there is no %s&; a file's name that begins with & is quoted", r.Op)
		}
		role := map[string]Role{"<": ReadsPlain, ">": WritesFile, ">>": AppendsToFile}[r.Op]
		stage := b.scope.Registry.inRole(role)
		if stage == nil {
			return nil, nil, b.errorAt(r.Pos, "", "there is no stage that %s could stand for: none %s", r.Op, role)
		}
		name := stage.Name
		stand := &syntax.Call{Name: &syntax.Word{Parts: []syntax.Part{{Text: name, Pos: r.Pos}}, Pos: r.Pos, End: r.Pos, Raw: name}, Args: []syntax.Arg{r.Target}, Pos: r.Pos}
		bound, err := b.call(stand, f)
		if err != nil {
			return nil, nil, err
		}
		if r.Op == "<" {
			before = bound
		} else {
			after = bound
		}
	}
	return before, after, nil
}

// comparison returns an error when a redirection of the call may be meant as a comparison: it
// follows an expression without quotes, and that is a condition or what stands behind < or >
// begins as a number does.
func (a *argBinder) comparison() error {
	if len(a.call.Redirs) == 0 || a.last == nil || len(a.call.Args) == 0 {
		return nil
	}
	word, ok := a.call.Args[len(a.call.Args)-1].(*syntax.Word)
	expr, compares := reflect.New(a.last.element()).Interface().(Comparing)
	if !ok || !compares || allQuoted(word) {
		return nil
	}
	r, shown := a.call.Redirs[0], word.Raw
	switch {
	case expr.Compares():
		shown = inQuotes(word.Raw)
	case !a.beginsNumber(r.Target):
		return nil
	}
	file, verb := r.Target.Raw, "writes"
	if text, _ := r.Target.Literal(); !strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "./") && !strings.HasPrefix(text, "../") {
		file = "./" + file
	}
	if r.Op == "<" {
		verb = "reads"
	}
	whole := a.src[word.Pos.Offset:r.Target.End.Offset]
	if strings.Count(whole, "") > longestShown {
		return a.errorAt(r.Pos, a.stage.Name, "%s may be meant as a comparison, which is quoted: '… %[1]s …'; '…' %[1]s %s %s a file", r.Op, shortened(file), verb)
	}
	return a.errorAt(r.Pos, a.stage.Name, "%s may be meant as a comparison, which is quoted: %s; %s %[1]s %[4]s %s a file", r.Op, inQuotes(whole), shown, file, verb)
}

// longestShown is how many characters of the pipeline an error spells anew.
const longestShown = 80

func shortened(s string) string {
	if strings.Count(s, "") > longestShown {
		return "…"
	}
	return s
}

// inQuotes returns text as one word between quotes.
func inQuotes(text string) string {
	return (&syntax.Word{Parts: []syntax.Part{{Text: text, Quoted: true}}}).String()
}

// allQuoted reports whether all of the word stands between quotes.
func allQuoted(w *syntax.Word) bool {
	return !slices.ContainsFunc(w.Parts, func(p syntax.Part) bool { return !p.Quoted })
}

// beginsNumber reports whether a word begins with a digit, a sign or =, as the right side of a
// comparison does; the value that a block is run for may.
func (a *argBinder) beginsNumber(w *syntax.Word) bool {
	text, level, err := a.expand(w, a.frame)
	if err != nil || text == "" {
		return false // the stage that reads or writes it says so
	}
	if level > 0 && w.Parts[0].Kind == syntax.Variable {
		return len(w.Parts) == 1
	}
	text = strings.TrimPrefix(text, ".")
	return text != "" && strings.IndexByte("0123456789+-=", text[0]) >= 0
}
