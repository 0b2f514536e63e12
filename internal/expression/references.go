package expression

import (
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// A variable stands in a text as $name, or as a reference (syntax.Reference). Outside of strings
// it is an operand; in a string, its value is a part of the text. For the parser, which knows
// nothing of the latter, letters that nobody types take the place of what is special there, so
// that the places of all that follows stay what they are.

// disguise is the letters of one expression.
type disguise struct {
	short  rune // before a name that ends where no name can go on
	long   rune // before a name that end follows
	end    rune
	filler rune // stands for nothing
}

// The names of the variables $@ and $#, of which the parser knows nothing, when they stand as
// references.
const (
	allName   = "ᴬ"
	countName = "ᴺ"
)

// special reports whether the text has to be looked through for variables.
func special(text string) bool { return strings.ContainsAny(text, "$"+syntax.Reference) }

// letters returns four letters that are not in the text.
func letters(text string) disguise {
	var list [4]rune
	next := '\uE000'
	for i := range list {
		for strings.ContainsRune(text, next) {
			next++
		}
		list[i] = next
		next++
	}
	return disguise{list[0], list[1], list[2], list[3]}
}

// disguised returns the text as the parser is given it: with as many characters.
func (c *compiler) disguised() string {
	if !special(c.text) {
		return c.text
	}
	c.hidden = letters(c.text)
	var b strings.Builder
	for i := 0; i < len(c.text); {
		if n := stringEnd(c.text[i:]); n > 0 {
			c.hidden.inString(&b, c.text[i:i+n])
			i += n
			continue
		}
		n := 1
		switch rest := c.text[i:]; {
		case rest[0] == syntax.Reference[0]:
			name, _, _ := strings.Cut(rest[1:], syntax.Reference)
			n = len(name) + 2
			if name == syntax.Dollar { // it begins a variable all the same
				b.WriteString("  $")
			} else {
				b.WriteString("$" + aliasOf(name) + " ")
			}
		case strings.HasPrefix(rest, `\$`):
			b.WriteByte(' ')
		case strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "/*"):
			n = commentEnd(rest)
			b.WriteString(rest[:n])
		default:
			b.WriteByte(rest[0])
		}
		i += n
	}
	return b.String()
}

func aliasOf(name string) string {
	switch name {
	case "@":
		return allName
	case "#":
		return countName
	}
	return name
}

// commentEnd returns the length of the comment that s begins with.
func commentEnd(s string) int {
	end := "\n"
	if s[1] == '*' {
		end = "*/"
	}
	if i := strings.Index(s[2:], end); i >= 0 {
		return 2 + i + len(end)
	}
	return len(s)
}

// stringEnd returns the length of the string that s begins with, 0 when it begins with none.
func stringEnd(s string) int {
	quote := s[0]
	if quote != '"' && quote != '\'' && quote != '`' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i + 1
		case s[i] == '\\' && quote != '`':
			i++
		}
	}
	return len(s)
}

// inString writes a string with its variables in disguise.
func (d disguise) inString(b *strings.Builder, s string) {
	raw := s[0] == '`'
	for i := 0; i < len(s); {
		rest := s[i:]
		n := 1
		switch {
		case rest[0] == syntax.Reference[0]:
			name, _, _ := strings.Cut(rest[1:], syntax.Reference)
			n = len(name) + 2
			if name == syntax.Dollar {
				b.WriteString(string(d.filler) + "$" + string(d.filler))
			} else {
				b.WriteString(string(d.long) + name + string(d.end))
			}
		case rest[0] == '\\' && strings.HasPrefix(rest, `\$`):
			n = 2
			if raw {
				b.WriteString(`\$`)
			} else {
				b.WriteString(string(d.filler) + "$")
			}
		case rest[0] == '\\' && !raw && len(rest) > 1:
			n = 2
			b.WriteString(rest[:2])
		case rest[0] == '$':
			name, length := syntax.VariableAt(rest)
			switch {
			case length == 0:
				b.WriteByte('$')
			case length == len(name)+1:
				b.WriteString(string(d.short) + name)
				n = length
			default:
				b.WriteString(string(d.long) + string(d.filler) + name + string(d.end))
				n = length
			}
		default:
			b.WriteByte(rest[0])
		}
		i += n
	}
}

// shown returns a text with its references as they are written.
func shown(text string) string {
	if !strings.Contains(text, syntax.Reference) {
		return text
	}
	var b strings.Builder
	for i, piece := range strings.Split(text, syntax.Reference) {
		if i%2 == 1 && piece != syntax.Dollar {
			b.WriteByte('$')
		}
		b.WriteString(piece)
	}
	return b.String()
}

// hasVariables reports whether variables stand in the value of a string.
func (c *compiler) hasVariables(s string) bool {
	return c.hidden != disguise{} && strings.ContainsAny(s, string([]rune{c.hidden.short, c.hidden.long, c.hidden.filler}))
}

// textOf compiles a string in which variables may stand: their values are text there.
func (c *compiler) textOf(n ast.Node, s string) (operand, error) {
	if !c.hasVariables(s) {
		return constant(value.String(s)), nil
	}
	var parts []operand
	var literal []byte
	for s != "" {
		i := strings.IndexAny(s, string([]rune{c.hidden.short, c.hidden.long, c.hidden.filler}))
		if i < 0 {
			literal, s = append(literal, s...), ""
			continue
		}
		literal = append(literal, s[:i]...)
		name, length := c.hidden.variable(s[i:])
		s = s[i+length:]
		if name == "" {
			continue
		}
		v, err := c.outer(n, name, `; a dollar sign that is text is written \$`)
		if err != nil {
			return operand{}, err
		}
		if v.constant {
			literal = v.v.AppendText(literal)
			continue
		}
		parts = append(parts, constant(value.String(string(literal))), v)
		literal = nil
	}
	if len(parts) == 0 {
		return constant(value.String(string(literal))), nil
	}
	return joined(append(parts, constant(value.String(string(literal))))), nil
}

// variable returns the name of the variable that s begins with in disguise, and its length; no
// name when that stands for nothing.
func (d disguise) variable(s string) (name string, length int) {
	first, at := utf8.DecodeRuneInString(s)
	switch first {
	case d.short:
		name, n := syntax.VariableAt("$" + s[at:])
		return name, at + n - 1
	case d.long:
		rest := strings.TrimPrefix(s[at:], string(d.filler))
		name, after, _ := strings.Cut(rest, string(d.end))
		return name, len(s) - len(after)
	}
	return "", at
}

// joined is the texts of all parts in one.
func joined(parts []operand) operand {
	return operand{run: func(it value.Value, f *frame) (value.Value, error) {
		var text []byte
		for _, p := range parts {
			v, err := p.run(it, f)
			if err != nil {
				return value.Null, err
			}
			text = v.AppendText(text)
		}
		return value.String(string(text)), nil
	}}
}
