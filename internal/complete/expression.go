package complete

import (
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

// reservedWords are those of expressions that cannot name a field alone.
const reservedWords = " and or not in matches contains startsWith endsWith let if else true false nil null it "

// expression offers fields and functions at the end of an expression, which begins at the byte
// from of the word. Calls are functions that it has besides.
func (r *request) expression(from int, calls []string) {
	text := r.word.text[from:]
	inside, before := quoteIn(text)
	if inside != 0 {
		if strings.HasSuffix(text[:before], "[") {
			r.members(from+before+1, r.fields(), string(inside)+"]")
		}
		return
	}
	path, begin := pathAt(text)
	if len(path) == 0 {
		return
	}
	typed := path[len(path)-1]
	fields := r.fields()
	for _, name := range path[:len(path)-1] {
		if i := slices.IndexFunc(fields, func(f pipeline.SeenField) bool { return f.Name == name }); i >= 0 {
			fields = fields[i].Fields
		} else if name != "it" {
			return
		}
	}
	at := from + len(text) - len(typed)
	for _, f := range fields {
		r.field(at, begin, len(path) > 1, f)
	}
	if len(path) > 1 || typed == "" && len(r.answer.Candidates) > 0 {
		return
	}
	for _, form := range calls {
		name, _, _ := strings.Cut(form, "(")
		r.add(at, name, Candidate{Text: name + "(", Show: form, Summary: "an aggregate"})
	}
	seen := ""
	for _, f := range functionSummaries() {
		name, _, _ := strings.Cut(f.Form, "(")
		if name != seen {
			r.add(at, name, Candidate{Text: name + "(", Show: f.Form, Summary: f.Does})
		}
		seen = name
	}
}

// field offers a field; begin is where the path begins in the expression, and nested says that it
// has something before the last dot.
func (r *request) field(at, begin int, nested bool, f pipeline.SeenField) {
	c := Candidate{Text: f.Name, Summary: seenAs(f), Space: r.word.open == 0}
	if !syntax.IsName(f.Name) || strings.Contains(reservedWords, " "+f.Name+" ") && !nested {
		if nested {
			return
		}
		c.Show, c.Text = f.Name, "it["+quoteName(f.Name, r.word.open, r.Quote)+"]"
	}
	r.add(at, f.Name, c)
}

// quoteName returns a name as a string of an expression, with quotes that do not end the one that
// is open, or that of the shell.
func quoteName(name string, open, shell byte) string {
	q := `"`
	if open == '"' || open == 0 && shell != '\'' && !strings.Contains(name, "'") {
		q = "'"
	}
	if open == '\'' || shell == '\'' {
		q = `"`
	}
	return q + escape(name, q+`\`) + q
}

// members offers the names in it["…"], which after closes.
func (r *request) members(from int, fields []pipeline.SeenField, after string) {
	for _, f := range fields {
		if !strings.ContainsAny(f.Name, `"'\`) {
			r.add(from, f.Name, Candidate{Text: f.Name + after, Show: f.Name, Summary: seenAs(f)})
		}
	}
}

// quoteIn returns the quote in an expression that is not closed, 0 when there is none, and where
// it stands.
func quoteIn(text string) (quote byte, at int) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\'' || c == '`'):
			quote, at = c, i
		}
	}
	return quote, at
}

// pathAt returns the names, with dots between them, at the end of an expression, of which the
// last may be empty, and where they begin. There are none after a digit or another dot.
func pathAt(text string) (path []string, begin int) {
	begin = len(text)
	for begin > 0 && (isNameByte(text[begin-1]) || text[begin-1] == '.' || text[begin-1] == '?' && begin < len(text) && text[begin] == '.') {
		begin--
	}
	whole := strings.ReplaceAll(text[begin:], "?.", ".")
	path = strings.Split(whole, ".")
	for i, name := range path {
		if !syntax.IsName(name) && (name != "" || i < len(path)-1) {
			return nil, begin
		}
	}
	if begin > 0 && strings.IndexByte(")]#$", text[begin-1]) >= 0 {
		return nil, begin
	}
	return path, begin
}

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// variables offers variables when the word ends in the beginning of one, and reports whether it
// does.
func (r *request) variables() bool {
	text := r.word.text
	at := len(text)
	for at > 0 && isNameByte(text[at-1]) {
		at--
	}
	brace := strings.HasSuffix(text[:at], "${")
	if !brace && !strings.HasSuffix(text[:at], "$") || r.word.at[at] > 1 && r.src[max(0, r.word.at[at]-2)] == '\\' {
		return false
	}
	if r.word.open == '\'' && at == len(text) && !brace {
		return false // the end of a pattern, most likely
	}
	after := ""
	if brace {
		after = "}"
	}
	for _, v := range r.allVariables() {
		r.addAsIs(at, v.Text, Candidate{Text: v.Text + after, Show: "$" + v.Text, Summary: v.Summary})
	}
	return true
}

// allVariables returns those that are bound at the cursor, those of the text first.
func (r *request) allVariables() (list []Candidate) {
	seen := make(map[string]bool)
	add := func(name, summary string) {
		if !seen[name] && syntax.IsName(name) {
			list = append(list, Candidate{Text: name, Summary: summary})
		}
		seen[name] = true
	}
	for i := len(r.levels) - 2; i >= 0; i-- {
		words := r.levels[i].cur.words
		if r.levels[i+1].def {
			for _, w := range words[min(2, len(words)):] {
				name, _, _ := strings.Cut(w.text, "=")
				add(name, "a parameter")
			}
			continue
		}
		stage := r.Registry.Stage(words[0].text)
		if stage == nil || !stage.NextBlock(callWords(words[1:])).PerValue {
			continue
		}
		for j, w := range words {
			if w.text == "--as" && j+1 < len(words) {
				add(words[j+1].text, "the value that the block is run for")
			} else if name, ok := strings.CutPrefix(w.text, "--as="); ok {
				add(name, "the value that the block is run for")
			}
		}
		add("it", "the value that the block is run for")
	}
	for _, d := range r.Define {
		name, _, _ := strings.Cut(d, "=")
		add(name, "set by -D")
	}
	for _, e := range r.Environ {
		name, _, _ := strings.Cut(e, "=")
		add(name, "of the environment")
	}
	return list
}
