package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mtpipe/internal/expression"
	"mtpipe/internal/layout"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// Chunk is a piece of a template: literal text, or what stands between braces.
type Chunk struct {
	Text  string
	Brace bool
	At    int // the offset of what stands between the braces
}

// CutTemplate cuts a template at its braces; {{ and }} are braces that are text. Text escapes are
// replaced.
func CutTemplate(text string) ([]Chunk, error) {
	r := templateReader{text: text, braces: true, escapes: true}
	pieces, err := r.pieces()
	var chunks []Chunk
	for _, p := range pieces {
		chunks = append(chunks, Chunk{p.text, p.kind == bracePiece, p.at})
	}
	return chunks, err
}

// closingBrace returns where the brace is that closes the one before i, or -1. Braces in
// quotes do not count.
func closingBrace(text string, i int) int {
	for depth := 1; i < len(text); i++ {
		switch c := text[i]; c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		case '"', '\'', '`':
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' && c != '`' {
					i++
				}
			}
		}
	}
	return -1
}

// Template is literal text with expressions in it.
type Template struct{ Parts []TemplatePart }

// TemplatePart is literal text, or an expression; one that is not set stands for {}.
type TemplatePart struct {
	Literal  string
	Variable string // whose value Literal is; "" when it stands in the template
	Brace    bool
	Expr     Expr

	at     int          // where the text of Expr stands in the template
	layout *layout.Spec // how the value is written; nil: as it is
	late   bool         // Literal comes with Fill
}

// FromData reports whether the part is made of values, those of a block around it or those that
// the template is filled with.
func (p *TemplatePart) FromData() bool { return p.Brace || p.late }

// SetArg reads the template, with variables and text escapes in its text, and compiles its
// expressions.
func (t *Template) SetArg(text string, lookup func(string) (string, bool)) error {
	return t.set(&templateReader{text: text, lookup: lookup, braces: true, escapes: true})
}

// SetWord reads a text that is no more than a word: it has neither escapes nor, between single
// quotes, variables, and braces stand for something only if braces says so.
func (t *Template) SetWord(text string, braces bool, lookup func(string) (string, bool)) error {
	return t.set(&templateReader{text: text, lookup: lookup, braces: braces})
}

func (t *Template) set(r *templateReader) error {
	pieces, err := r.pieces()
	if err != nil {
		return err
	}
	t.Parts = nil
	for _, piece := range pieces {
		p := TemplatePart{Literal: piece.text}
		switch piece.kind {
		case bracePiece:
			p.Brace = true
			err = p.brace(piece, r.lookup)
		case variablePiece:
			err = p.variable(piece, r)
		}
		if err != nil {
			return err
		}
		t.Parts = append(t.Parts, p)
	}
	return nil
}

// brace reads what stands between braces: an expression, and after a colon how its value is
// written.
func (p *TemplatePart) brace(piece templatePiece, lookup func(string) (string, bool)) error {
	text := piece.text
	if i := layoutColon(text); i >= 0 {
		spec, err := layout.Parse(text[i+1:])
		if err != nil && len(text)-i > 40 {
			err = fmt.Errorf("%s is no format; one is [[FILL]<|>|^][+][0][WIDTH][,][.DIGITS][TYPE], and the type is %s", syntax.Quote(text[i+1:]), layout.Kinds)
		}
		if err != nil {
			return Placed(piece.at+i+1, err)
		}
		text, p.layout = text[:i], &spec
	}
	if strings.TrimSpace(text) == "" {
		return nil
	}
	p.at = piece.at
	err := p.Expr.SetArg(text, lookup)
	var o *offsetError
	if errors.As(err, &o) {
		return Placed(piece.at+o.offset, o.err)
	}
	return err
}

// layoutColon returns where the colon is after which a template says how a value is written, -1
// when there is none: one that stands neither in quotes nor in brackets nor after a
// question mark that it belongs to.
func layoutColon(text string) int {
	depth, questions := 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\'' || c == '`':
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' && c != '`' {
					i++
				}
			}
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case depth != 0:
		case c == '?' && i+1 < len(text) && (text[i+1] == '?' || text[i+1] == '.'):
			i++
		case c == '?':
			questions++
		case c == ':' && questions > 0:
			questions--
		case c == ':':
			return i
		}
	}
	return -1
}

// variable makes the part the value of a variable.
func (p *TemplatePart) variable(piece templatePiece, r *templateReader) error {
	p.Variable = piece.text
	if _, p.late = r.lookup(expression.Given + piece.text); p.late {
		p.Literal = ""
		return nil
	}
	text, ok := r.lookup(piece.text)
	switch {
	case ok:
		p.Literal = text
		return nil
	case r.escapes:
		return Placed(piece.at, fmt.Errorf(`$%s is not set; a dollar sign that is text is written \$`, syntax.Short(piece.text)))
	}
	return Placed(piece.at, fmt.Errorf("$%s is not set", syntax.Short(piece.text)))
}

// Fill puts the values of variables that were not known before.
func (t *Template) Fill(of func(name string) value.Value) {
	t.Parts = slices.Clone(t.Parts)
	for i := range t.Parts {
		p := &t.Parts[i]
		if p.late {
			p.Literal = string(of(p.Variable).AppendText(nil))
		}
		p.Expr.Fill(of)
	}
}

// Late reports whether the template has variables that only Fill gives.
func (t *Template) Late() bool {
	return slices.ContainsFunc(t.Parts, func(p TemplatePart) bool { return p.late })
}

// Append appends the text of the template for v.
func (t *Template) Append(dst []byte, v value.Value) ([]byte, error) {
	for i := range t.Parts {
		p := &t.Parts[i]
		if !p.Brace {
			dst = append(dst, p.Literal...)
			continue
		}
		x, err := p.Expr.Of(v)
		if err != nil {
			return dst, err
		}
		if dst, err = p.AppendValue(dst, x); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// AppendValue appends the text of x, what the expression of a part gives, as the part says that
// it is written.
func (p *TemplatePart) AppendValue(dst []byte, x value.Value) ([]byte, error) {
	if p.layout == nil {
		return x.AppendText(dst), nil
	}
	return p.layout.Append(dst, x)
}
