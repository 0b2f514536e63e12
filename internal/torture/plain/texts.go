package plain

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var errRecordText = errors.New("a record is not text")

// plainText returns the text of what is no record.
func plainText(v Value) (string, error) {
	if v.Kind == Record {
		return "", errRecordText
	}
	return v.Text(), nil
}

// retyped returns s as text of v's kind.
func retyped(v Value, s string) Value {
	if v.Kind == String {
		return str(s)
	}
	return text(s)
}

// OfText is a stage that makes another text of each text.
func OfText(written string, do func(s string) string) Stage {
	return Each(written, func(v Value) ([]Value, error) {
		s, err := plainText(v)
		if err != nil {
			return nil, err
		}
		return []Value{retyped(v, do(s))}, nil
	})
}

// Letters turns letters into capitals or small ones, by the stage's name.
func Letters(name string) Stage {
	return OfText(name, mapLetters(map[string]func(rune) rune{"upper": unicode.ToUpper, "lower": unicode.ToLower}[name]))
}

// characters cuts a text; a byte that is not UTF-8 is one character.
func characters(s string) (cs []string) {
	for len(s) > 0 {
		_, n := utf8.DecodeRuneInString(s)
		cs, s = append(cs, s[:n]), s[n:]
	}
	return cs
}

// Rev turns texts round.
func Rev() Stage {
	return OfText("rev", func(s string) string {
		var b strings.Builder
		cs := characters(s)
		for i := len(cs) - 1; i >= 0; i-- {
			b.WriteString(cs[i])
		}
		return b.String()
	})
}

// pieces is a stage that cuts pieces out of each text; one at its end has the text's end.
func pieces(written string, cut func(s string) []string) Stage {
	return Each(written, func(v Value) ([]Value, error) {
		s, err := plainText(v)
		if err != nil {
			return nil, err
		}
		var vs []Value
		for i, p := range cut(s) {
			x := retyped(v, p)
			x.Open = v.Open && p != "" && strings.HasSuffix(s, p) && lastIs(s, cut, i)
			vs = append(vs, x)
		}
		return vs, nil
	})
}

// lastIs reports whether piece i is the one at the end of s: with another last letter it
// would be another.
func lastIs(s string, cut func(s string) []string, i int) bool {
	other := cut(s + "Z")
	return i < len(other) && other[i] != cut(s)[i]
}

// Trim removes blanks at the ends.
func Trim(option string) Stage {
	do := strings.TrimSpace
	switch option {
	case "-l":
		do = func(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }
	case "-r":
		do = func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }
	}
	return pieces(strings.TrimSpace("trim "+option), func(s string) []string { return []string{do(s)} })
}

// Chars cuts characters from number from up to number to; both may count from the end.
func Chars(from, to int) Stage {
	return pieces(sprint("chars -- %d %d", from, to), func(s string) []string {
		cs := characters(s)
		place := func(i int) int {
			if i < 0 {
				return len(cs) + i + 1
			}
			return i
		}
		lo, hi := max(place(from), 1), min(place(to), len(cs))
		if lo > hi {
			return []string{""}
		}
		return []string{strings.Join(cs[lo-1:hi], "")}
	})
}

// Split cuts at a delimiter.
func Split(delimiter string) Stage {
	return pieces("split "+Quote(delimiter), func(s string) []string { return strings.Split(s, delimiter) })
}

// FieldsOf puts fields: between runs of blanks, or between delimiters.
func FieldsOf(delimiter string, numbers ...int) Stage {
	written := "field"
	if delimiter != "" {
		written += " -d " + Quote(delimiter)
	}
	written += " --"
	for _, n := range numbers {
		written += sprint(" %d", n)
	}
	cut := func(s string) []string {
		if delimiter == "" {
			return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' })
		}
		return strings.Split(s, delimiter)
	}
	one := func(s string, n int) string {
		fs := cut(s)
		if n < 0 {
			n += len(fs) + 1
		}
		if n < 1 || n > len(fs) {
			return ""
		}
		return fs[n-1]
	}
	if len(numbers) == 1 {
		return pieces(written, func(s string) []string { return []string{one(s, numbers[0])} })
	}
	between := delimiter
	if between == "" {
		between = " "
	}
	return Each(written, func(v Value) ([]Value, error) {
		s, err := plainText(v)
		if err != nil {
			return nil, err
		}
		var parts []string
		for _, n := range numbers {
			parts = append(parts, one(s, n))
		}
		return []Value{text(strings.Join(parts, between))}, nil
	})
}

// Replace puts to in place of what matches.
func Replace(fixed bool, pattern, to string) Stage {
	if fixed {
		return OfText("replace -F -- "+Quote(pattern)+" "+Quote(to), func(s string) string { return strings.ReplaceAll(s, pattern, to) })
	}
	re := regexp.MustCompile(pattern)
	return OfText("replace -- "+Quote(pattern)+" "+Quote(to), func(s string) string { return re.ReplaceAllString(s, to) })
}

// Quote writes a word of a pipeline.
func Quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
