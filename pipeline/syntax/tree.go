package syntax

import (
	"slices"
	"strings"
)

// Pos is a place in a pipeline text: a byte offset from 0, a line and a column from 1. Columns count characters, and a
// byte that is not valid UTF-8 counts as one. The zero Pos is no place at all.
type Pos struct{ Offset, Line, Col int }

// IsValid reports whether p is a place in a text.
func (p Pos) IsValid() bool { return p.Line > 0 }

// Node is any part of the tree: a *List, *Pipeline, *Definition, *Import, *Call, *Block, *Redirection or *Word.
type Node interface {
	// Position returns the place where the node begins.
	Position() Pos
}

// Item is what stands in a list: a *Pipeline, a *Definition or an *Import.
type Item interface {
	Node
	item()
}

// Arg is what a stage is given: a *Word or a *Block.
type Arg interface {
	Node
	arg()
}

// List is pipelines and definitions in source order, to run one after another. Pos is where the first thing in it stands
// that is no blank or comment, End the end of the text or the place of the closing brace.
type List struct {
	Items    []Item
	Pos, End Pos
}

// Pipeline is one or more stages joined by bars.
type Pipeline struct {
	Calls []*Call
	Pos   Pos
}

// Call is one stage as it is written: its name, its arguments in source order, then its redirections.
type Call struct {
	Name   *Word
	Args   []Arg
	Redirs []*Redirection
	Pos    Pos
}

// Block is a list between braces. Pos is the opening brace, End the place behind the closing one.
type Block struct {
	List     *List
	Pos, End Pos
}

// Redirection is "<", ">" or ">>" and the word behind it. Pos is the operator.
type Redirection struct {
	Op     string
	Target *Word
	Pos    Pos
}

// Definition is "def name param... { list }". Name is a plain name without variables or quotes, and so is each of Params,
// perhaps with = and a default after it; no parameter stands twice, and all after one with a default have one.
type Definition struct {
	Name   *Word
	Params []*Word
	Body   *Block
	Pos    Pos
}

// Import is "import FILE": the definitions of another text. It stands in no block. Pos is the word "import".
type Import struct {
	File *Word
	Pos  Pos
}

// Word is one word of the text. Neighbouring literal parts differ in Quoted; a parsed word has at least one part.
type Word struct {
	Parts    []Part
	Pos, End Pos
	Raw      string // the source text, exactly as written
}

// PartKind tells the kinds of parts apart.
type PartKind uint8

// The kinds of parts a word is made of.
const (
	Literal  PartKind = iota // text
	Variable                 // $name
)

// Part is a piece of a word.
type Part struct {
	Kind   PartKind
	Text   string // a literal's text without its quotes, or a variable's name: "it", "1", "@", "#"
	Quoted bool   // written between quotes or behind a backslash
	Pos    Pos    // where it begins, its own quote or backslash included

	runs []run // of a literal that was parsed
}

// LosesQuotes reports whether a part of the word stood in quotes or behind a backslash, and another one did not.
func (w *Word) LosesQuotes() bool {
	quoted := func(p Part) bool { return p.Kind == Literal && p.Quoted }
	return slices.ContainsFunc(w.Parts, quoted) && slices.ContainsFunc(w.Parts, func(p Part) bool { return p.Kind == Literal && !p.Quoted })
}

// Literal returns the word's text without quotes. It returns false if the word has a variable in it.
func (w *Word) Literal() (string, bool) {
	if len(w.Parts) == 1 && w.Parts[0].Kind == Literal {
		return w.Parts[0].Text, true
	}
	var b strings.Builder
	for _, p := range w.Parts {
		if p.Kind != Literal {
			return "", false
		}
		b.WriteString(p.Text)
	}
	return b.String(), true
}

// Quoted reports whether any part of the word is quoted.
func (w *Word) Quoted() bool {
	for _, p := range w.Parts {
		if p.Quoted {
			return true
		}
	}
	return false
}

// IsPlain reports whether the word is s, without quotes.
func (w *Word) IsPlain(s string) bool {
	text, ok := w.Literal()
	return ok && text == s && !w.Quoted()
}

// plainName returns the word's text if it is a name without quotes.
func (w *Word) plainName() (string, bool) {
	text, ok := w.Literal()
	return text, ok && IsName(text) && !w.Quoted()
}

// Parameter returns the name and the default of a word that is a parameter of a definition: name or name=DEFAULT. The name
// is "" when the word is no parameter, the default nil when it has none.
func (w *Word) Parameter() (name string, byDefault *Word) {
	first := w.Parts[0]
	name, text, has := strings.Cut(first.Text, "=")
	if first.Kind != Literal || first.Quoted || !IsName(name) || !has && len(w.Parts) > 1 {
		return "", nil
	}
	if !has {
		return name, nil
	}
	from := len(name) + 1
	byDefault = &Word{Parts: w.Parts[1:], Pos: w.Pos, End: w.End, Raw: w.Raw[from:]}
	byDefault.Pos.Offset, byDefault.Pos.Col = w.Pos.Offset+from, w.Pos.Col+from
	if text != "" || len(w.Parts) == 1 {
		rest := Part{Text: text, Pos: byDefault.Pos, runs: []run{{pos: byDefault.Pos}}}
		byDefault.Parts = append([]Part{rest}, byDefault.Parts...)
	}
	return name, byDefault
}

// IsAll reports whether the word is $@ and nothing else, between double quotes or bare.
func (w *Word) IsAll() bool {
	return len(w.Parts) == 1 && w.Parts[0].Kind == Variable && w.Parts[0].Text == "@"
}

// maxWord is how long a text may become that is put together of others: a definition whose argument stands in it twice
// doubles it each time that it is called by another.
const maxWord = 16 << 20

// Expand returns the word's text with each variable replaced by what lookup has for its name; values are taken as they
// are, never split or expanded again. If lookup reports false, or if the text would become too long, Expand returns an
// error at the variable's position; the caller fills in the file, the stage and the source.
func (w *Word) Expand(lookup func(name string) (string, bool)) (string, *Error) {
	if s, ok := w.Literal(); ok {
		return s, nil
	}
	var b strings.Builder
	for _, p := range w.Parts {
		text := p.Text
		if p.Kind == Variable {
			value, ok := lookup(p.Text)
			if !ok {
				return "", &Error{Pos: p.Pos, Msg: Short(variableText(p.Text, "")) + " is not set"}
			}
			text = value
		}
		if len(w.Parts) > 1 && b.Len()+len(text) > maxWord {
			return "", &Error{Pos: p.Pos, Msg: "a word that is made of variables is at most 16 MB long; with this it would be longer"}
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// Position returns the place where the list begins.
func (l *List) Position() Pos { return l.Pos }

// Position returns the place where the first stage begins.
func (p *Pipeline) Position() Pos { return p.Pos }

// Position returns the place where the stage's name begins.
func (c *Call) Position() Pos { return c.Pos }

// Position returns the place of the opening brace.
func (b *Block) Position() Pos { return b.Pos }

// Position returns the place of the operator.
func (r *Redirection) Position() Pos { return r.Pos }

// Position returns the place of the word "def".
func (d *Definition) Position() Pos { return d.Pos }

// Position returns the place of the word "import".
func (i *Import) Position() Pos { return i.Pos }

// Position returns the place where the word begins.
func (w *Word) Position() Pos { return w.Pos }

func (*Pipeline) item()   {}
func (*Definition) item() {}
func (*Import) item()     {}
func (*Word) arg()        {}
func (*Block) arg()       {}

// Walk calls f for n and then, if f returned true, walks the nodes below n in source order.
func Walk(n Node, f func(Node) bool) {
	if !f(n) {
		return
	}
	switch n := n.(type) {
	case *List:
		for _, item := range n.Items {
			Walk(item, f)
		}
	case *Pipeline:
		for _, call := range n.Calls {
			Walk(call, f)
		}
	case *Definition:
		Walk(n.Name, f)
		for _, param := range n.Params {
			Walk(param, f)
		}
		Walk(n.Body, f)
	case *Import:
		Walk(n.File, f)
	case *Call:
		Walk(n.Name, f)
		for _, arg := range n.Args {
			Walk(arg, f)
		}
		for _, redir := range n.Redirs {
			Walk(redir, f)
		}
	case *Block:
		Walk(n.List, f)
	case *Redirection:
		Walk(n.Target, f)
	}
}
