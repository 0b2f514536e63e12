package stages

import (
	"errors"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// chunk is a piece of a template: literal text, or what stands between braces.
type chunk struct {
	text  string
	brace bool
	at    int // the offset of what stands between the braces
}

// cutTemplate cuts a template at its braces; {{ and }} are braces that are text.
func cutTemplate(text string) (chunks []chunk, err error) {
	var literal []byte
	flush := func() {
		if len(literal) > 0 {
			chunks = append(chunks, chunk{text: string(literal)})
			literal = literal[:0]
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "{{"), strings.HasPrefix(text[i:], "}}"):
			literal = append(literal, c)
			i++
		case c == '}':
			return nil, pipeline.Placed(i, errors.New("must have a { for each }; a brace that is text is doubled"))
		case c == '{':
			end := closingBrace(text, i+1)
			if end < 0 {
				return nil, pipeline.Placed(i, errors.New("must have a } for each {; a brace that is text is doubled"))
			}
			flush()
			chunks = append(chunks, chunk{text: text[i+1 : end], brace: true, at: i + 1})
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

// template is literal text with expressions in it.
type template struct{ parts []templatePart }

// templatePart is literal text, or an expression; one that is not set stands for {}.
type templatePart struct {
	literal string
	brace   bool
	expr    pipeline.Expr
}

// SetArg reads the template and compiles its expressions.
func (t *template) SetArg(text string, lookup func(string) (string, bool)) error {
	chunks, err := cutTemplate(text)
	if err != nil {
		return err
	}
	for _, c := range chunks {
		p := templatePart{literal: c.text, brace: c.brace}
		if c.brace && strings.TrimSpace(c.text) != "" {
			// Blanks for what stands before it, so that a mistake is shown at its place.
			if err := p.expr.SetArg(strings.Repeat(" ", c.at)+c.text, lookup); err != nil {
				return err
			}
		}
		t.parts = append(t.parts, p)
	}
	return nil
}

// append appends the text of the template for v.
func (t *template) append(dst []byte, v value.Value) ([]byte, error) {
	for i := range t.parts {
		p := &t.parts[i]
		if !p.brace {
			dst = append(dst, p.literal...)
			continue
		}
		x, err := p.expr.Of(v)
		if err != nil {
			return dst, err
		}
		dst = x.AppendText(dst)
	}
	return dst, nil
}
