package pipeline

import (
	"errors"
	"slices"
	"strings"

	"mtpipe/value"
)

// Chunk is a piece of a template: literal text, or what stands between braces.
type Chunk struct {
	Text  string
	Brace bool
	At    int // the offset of what stands between the braces
}

// CutTemplate cuts a template at its braces; {{ and }} are braces that are text.
func CutTemplate(text string) (chunks []Chunk, err error) {
	var literal []byte
	flush := func() {
		if len(literal) > 0 {
			chunks = append(chunks, Chunk{Text: string(literal)})
			literal = literal[:0]
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "{{"), strings.HasPrefix(text[i:], "}}"):
			literal = append(literal, c)
			i++
		case c == '}':
			return nil, Placed(i, errors.New("must have a { for each }; a brace that is text is doubled"))
		case c == '{':
			end := closingBrace(text, i+1)
			if end < 0 {
				return nil, Placed(i, errors.New("must have a } for each {; a brace that is text is doubled"))
			}
			flush()
			chunks = append(chunks, Chunk{Text: text[i+1 : end], Brace: true, At: i + 1})
			i = end
		default:
			literal = append(literal, c)
		}
	}
	flush()
	return chunks, nil
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
	Literal string
	Brace   bool
	Expr    Expr
}

// SetArg reads the template and compiles its expressions.
func (t *Template) SetArg(text string, lookup func(string) (string, bool)) error {
	chunks, err := CutTemplate(text)
	if err != nil {
		return err
	}
	for _, c := range chunks {
		p := TemplatePart{Literal: c.Text, Brace: c.Brace}
		if c.Brace && strings.TrimSpace(c.Text) != "" {
			// Blanks for what stands before it, so that a mistake is shown at its place.
			if err := p.Expr.SetArg(strings.Repeat(" ", c.At)+c.Text, lookup); err != nil {
				return err
			}
		}
		t.Parts = append(t.Parts, p)
	}
	return nil
}

// Fill puts the values of variables that were not known before.
func (t *Template) Fill(of func(name string) value.Value) {
	t.Parts = slices.Clone(t.Parts)
	for i := range t.Parts {
		t.Parts[i].Expr.Fill(of)
	}
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
		dst = x.AppendText(dst)
	}
	return dst, nil
}
