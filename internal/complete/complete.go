// Package complete says what may be written next: in a pipeline, at a place of its text, and on
// the command line around it. Nothing is an error to it, a text may be broken anywhere. It runs
// nothing that has an effect, writes nothing, and reads the beginnings of regular files only,
// 64 KB of each. Any goroutine may call it.
package complete

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"mtpipe/internal/expression"
	"mtpipe/pipeline"
)

// Candidate is a text that may be written at the cursor.
type Candidate struct {
	Text    string // what is written in the place of what the answer replaces
	Show    string // how a list calls it
	Summary string
	Space   bool // a blank follows
	Stage   bool // it is the name of one

	Plain string // of a Line: Text without the quotes of the shell
}

// Answer is what may be written at the cursor.
type Answer struct {
	From       int // from here on, up to the cursor, the text is replaced
	Candidates []Candidate
}

// Engine knows what there is.
type Engine struct {
	Registry *pipeline.Registry
	Environ  []string      // NAME=VALUE
	Limit    time.Duration // for looking what fields there are
}

// Pipeline is the text of a pipeline and what is known of its surroundings.
type Pipeline struct {
	Text   string   // up to the cursor
	Files  []string // that feed it
	In     string   // how they are read: --in
	Define []string // NAME=VALUE, or NAME
	Input  []byte   // the beginning of what feeds it when there are no files
	Quote  byte     // the quote of the shell around the text, which is avoided; 0 for none
}

// request is the work on one question.
type request struct {
	*Engine
	Pipeline
	*scanned
	answer Answer
	until  time.Time
	blocks map[string][]byte // the beginnings of files

	libraries func() []*scanned // the texts that are imported
}

// Pipeline returns what may be written at the end of the text.
func (e *Engine) Pipeline(p Pipeline) (answer Answer) {
	defer func() {
		if recover() != nil {
			answer = Answer{From: len(p.Text)}
		}
	}()
	r := &request{Engine: e, Pipeline: p, scanned: scan(p.Text), until: time.Now().Add(e.Limit), blocks: make(map[string][]byte)}
	r.libraries = sync.OnceValue(func() []*scanned { return slices.Clip(r.readLibraries()) })
	r.answer.From = len(p.Text)
	if len(p.Files) == 0 && p.Input != nil {
		r.Files = []string{"-"}
		r.blocks["-"] = p.Input[:min(len(p.Input), firstBlock)]
	}
	if !r.comment {
		r.complete()
	}
	return r.answer
}

// StageAt returns the name of the stage whose call the place in the text belongs to, "" when none has
// begun there.
func StageAt(text string, at int) string {
	for at < len(text) && strings.IndexByte(" \t\r\n;|<>{}", text[at]) < 0 {
		at++ // to the end of the word
	}
	s := scan(text[:at])
	if name := s.level().cur.name(); name != "" {
		return name
	}
	return s.word.text
}

func (r *request) complete() {
	cur := &r.level().cur
	switch {
	case cur.op != "":
		r.files(r.word.text, 0)
	case len(cur.words) == 0:
		r.stages()
	case cur.words[0].text == "import" && len(r.level().done) == 0:
		r.files(r.word.text, 0)
	case cur.words[0].text == "def":
	default:
		r.arguments(cur)
	}
}

// add adds a candidate when it begins with what was typed, which stands in the word from the byte
// from on.
func (r *request) add(from int, name string, c Candidate) {
	if r.insertable(&c, from) {
		r.addAsIs(from, name, c)
	}
}

// addAsIs is add for a text that needs no quotes.
func (r *request) addAsIs(from int, name string, c Candidate) {
	if !strings.HasPrefix(name, r.word.text[from:]) {
		return
	}
	r.answer.From = r.word.at[from]
	if from == 0 {
		r.answer.From = r.word.start
		if r.word.open != 0 && r.word.quoted {
			r.answer.From++
		}
	}
	c.Show = cmp.Or(c.Show, c.Text)
	r.answer.Candidates = append(r.answer.Candidates, c)
}

// insertable gives the candidate the quotes that it needs in its place, and reports whether it
// can stand there.
func (r *request) insertable(c *Candidate, from int) bool {
	const special = " \t\r\n;|<>{}'\"\\$#`"
	c.Show = cmp.Or(c.Show, c.Text)
	switch r.word.open {
	case '\'':
		return !strings.Contains(c.Text, "'")
	case '"':
		c.Text = escape(c.Text, "\"\\$`")
		return true
	}
	if !strings.ContainsAny(c.Text, special) {
		return c.Text != ""
	}
	if from > 0 {
		c.Text = escape(c.Text, special)
		return !strings.Contains(c.Text, "\n")
	}
	double := strings.Contains(c.Text, "'") || r.Quote == '\''
	if double {
		c.Text = `"` + escape(c.Text, "\"\\$`") + `"`
	} else {
		c.Text = "'" + c.Text + "'"
	}
	return true
}

// escape puts a backslash before each of the characters.
func escape(text, characters string) string { return escapeBy(text, characters, '\\') }

func escapeBy(text, characters string, by byte) string {
	var b strings.Builder
	for i := range len(text) {
		if strings.IndexByte(characters, text[i]) >= 0 {
			b.WriteByte(by)
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// stages offers what a pipeline begins or goes on with.
func (r *request) stages() {
	if r.word.quoted {
		return
	}
	l := r.level()
	first := len(l.done) == 0
	for _, name := range r.allDefinitions() {
		r.add(0, name, Candidate{Text: name, Summary: "a definition", Space: true, Stage: true})
	}
	for _, f := range r.Registry.Families() {
		for _, s := range f.Stages {
			if first || s.Trait&pipeline.Source == 0 {
				r.add(0, s.Name, Candidate{Text: s.Name, Summary: s.Short, Space: true, Stage: true})
			}
		}
	}
	if first && len(r.levels) == 1 {
		r.add(0, "def", Candidate{Text: "def", Summary: "def NAME { … } makes a stage of others", Space: true})
		r.add(0, "import", Candidate{Text: "import", Summary: "import FILE takes definitions from a file", Space: true})
	}
}

// arguments offers what may stand in a call.
func (r *request) arguments(cur *call) {
	if r.variables() {
		return
	}
	stage := r.Registry.Stage(cur.words[0].text)
	if stage == nil || slices.Contains(r.allDefinitions(), stage.Name) {
		return
	}
	next := stage.Next(callWords(cur.words[1:]))
	w := &r.word
	if len(next.Options) > 0 && !w.quoted && strings.HasPrefix(w.text, "-") {
		flag, _, has := strings.Cut(w.text, "=")
		if !has {
			r.options(next.Options)
			return
		}
		for _, o := range next.Options {
			if slices.Contains(o.Flags, flag) && o.Value != nil {
				r.value(o.Value, len(flag)+1)
			}
		}
		return
	}
	r.value(&next, 0)
	if len(r.answer.Candidates) == 0 && w.text == "" && !w.quoted && next.Takes != pipeline.TakesFile {
		r.options(next.Options)
	}
}

func callWords(words []word) (list []pipeline.CallWord) {
	for _, w := range words {
		list = append(list, pipeline.CallWord{Text: w.text, Quoted: w.quoted, Block: w.block})
	}
	return list
}

func (r *request) options(list []pipeline.Option) {
	for _, o := range list {
		flag := o.Flags[len(o.Flags)-1]
		if i := slices.IndexFunc(o.Flags, func(f string) bool { return strings.HasPrefix(f, "--") }); i >= 0 {
			flag = o.Flags[i]
		}
		if slices.Contains(o.Flags, r.word.text) {
			flag = r.word.text
		}
		show := strings.Join(o.Flags, ", ")
		if o.Value != nil && len(o.Value.Values) > 0 {
			show += " " + strings.Join(o.Value.Values, "|")
		}
		r.add(0, flag, Candidate{Text: flag, Show: show, Summary: o.Help, Space: true})
	}
}

// value offers what an argument takes, or an option; its text stands in the word from the byte
// from on.
func (r *request) value(n *pipeline.Next, from int) {
	switch n.Takes {
	case pipeline.TakesOneOf:
		for _, v := range n.Values {
			r.add(from, v, Candidate{Text: v, Space: true})
		}
	case pipeline.TakesReader:
		for _, s := range r.Registry.Readers() {
			r.add(from, s.Name, Candidate{Text: s.Name, Summary: s.Short, Space: true})
		}
	case pipeline.TakesFile:
		r.files(r.word.text[from:], from)
	case pipeline.TakesField:
		if !strings.Contains(r.word.text[from:], "=") {
			r.fieldNames(from)
		}
	case pipeline.TakesExpression:
		r.expression(from, n.Calls)
	case pipeline.TakesTemplate:
		if at := lastBrace(r.word.text[from:]); at >= 0 {
			r.expression(from+at+1, nil)
		}
	case pipeline.TakesBlock:
		if r.word.text == "" {
			r.addAsIs(from, "", Candidate{Text: "{", Show: n.Form, Summary: n.Help, Space: true})
		}
	case pipeline.TakesText:
		if strings.HasPrefix(r.word.text[from:], "@") {
			r.files(r.word.text[from+1:], from+1)
		}
	}
}

// lastBrace returns where the brace stands in a template that is not closed, -1 when there is none.
func lastBrace(text string) int {
	at := -1
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "{{") && at < 0:
			i++
		case text[i] == '{':
			at = i
		case text[i] == '}':
			at = -1
		}
	}
	return at
}

// fieldNames offers the names of fields as words.
func (r *request) fieldNames(from int) {
	for _, f := range r.fields() {
		r.add(from, f.Name, Candidate{Text: f.Name, Summary: seenAs(f), Space: r.word.open == 0})
	}
}

// seenAs says what a field was seen to hold.
func seenAs(f pipeline.SeenField) string {
	if f.Kind == "" {
		return "a field"
	}
	return "a field: " + f.Kind
}

// functionSummaries are the forms of all functions with what they give.
func functionSummaries() (list []expression.Function) {
	for _, family := range expression.Functions() {
		list = append(list, family.Functions...)
	}
	return list
}
