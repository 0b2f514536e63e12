package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"mtpipe/pipeline/syntax"
)

// templateReader cuts a template into its pieces.
type templateReader struct {
	text    string
	lookup  func(name string) (string, bool) // nil: a dollar sign is text
	braces  bool                             // they stand for something
	escapes bool                             // and so do backslashes, and variables between single quotes

	list    []templatePiece
	literal []byte
	found   int // expressions
}

// maxExpressions is how many expressions a template may have. Each takes some kilobytes when it
// is compiled.
const maxExpressions = 10_000

type pieceKind uint8

const (
	literalPiece pieceKind = iota
	bracePiece
	variablePiece
)

// templatePiece is literal text, what stands between braces, or the name of a variable.
type templatePiece struct {
	kind pieceKind
	text string
	at   int // its offset
}

// pieces returns them. Neighbours are not both literal.
func (r *templateReader) pieces() ([]templatePiece, error) {
	for i := 0; i < len(r.text); {
		n, err := r.next(i)
		if err != nil {
			return nil, err
		}
		i += n
	}
	r.flush()
	return r.list, nil
}

// next reads what stands at a byte of the text, and returns how long it is.
func (r *templateReader) next(i int) (int, error) {
	rest := r.text[i:]
	switch c := rest[0]; {
	case c == syntax.Reference[0] && r.lookup != nil:
		name, _, _ := strings.Cut(rest[1:], syntax.Reference)
		if name == syntax.Dollar {
			return r.char('$', len(name)+2)
		}
		r.add(templatePiece{variablePiece, name, i})
		return len(name) + 2, nil
	case r.braces && (strings.HasPrefix(rest, "{{") || strings.HasPrefix(rest, "}}")):
		return r.char(c, 2)
	case r.braces && c == '}':
		return 0, Placed(i, errors.New("must have a { for each }; a brace that is text is doubled"))
	case r.braces && c == '{':
		end := closingBrace(r.text, i+1)
		if end < 0 {
			return 0, Placed(i, errors.New("must have a } for each {; a brace that is text is doubled"))
		}
		if r.found++; r.found > maxExpressions {
			return 0, Placed(i, fmt.Errorf("must not have more than %d expressions", maxExpressions))
		}
		r.add(templatePiece{bracePiece, r.text[i+1 : end], i + 1})
		return end + 1 - i, nil
	case r.escapes && c == '\\':
		return r.escape(rest)
	case r.escapes && c == '$' && r.lookup != nil:
		if name, n := syntax.VariableAt(rest); n == len(name)+1 { // ${ is the text $ before a brace
			r.add(templatePiece{variablePiece, name, i})
			return n, nil
		}
	}
	return r.char(rest[0], 1)
}

// escape reads a backslash and what it quotes.
func (r *templateReader) escape(rest string) (int, error) {
	if strings.HasPrefix(rest, `\$`) && r.lookup != nil {
		return r.char('$', 2)
	}
	if c, ok := syntax.Escape(rest); ok {
		return r.char(c, 2)
	}
	return r.char('\\', 1)
}

// char adds a character to the literal, which has n bytes in the text.
func (r *templateReader) char(c byte, n int) (int, error) {
	r.literal = append(r.literal, c)
	return n, nil
}

func (r *templateReader) add(p templatePiece) {
	r.flush()
	r.list = append(r.list, p)
}

func (r *templateReader) flush() {
	if len(r.literal) > 0 {
		r.list = append(r.list, templatePiece{text: string(r.literal)})
		r.literal = r.literal[:0]
	}
}
