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

// retyped returns s as text of v's kind. What comes of null or an empty field is that.
func retyped(v Value, s string) Value {
	if v.isEmpty() && s == "" {
		return v
	}
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

// piece is a part of a text.
type piece struct{ from, to int }

// pieces is a stage that cuts pieces out of each text, or with printed of what each value is
// printed as; one at its end has the text's end.
func pieces(written string, untyped bool, cut func(s string) []piece) Stage {
	return Each(written, func(v Value) ([]Value, error) {
		if untyped && v.Kind != Record {
			v = Value{Kind: Text, Spell: v.Text(), Open: v.Open}
		}
		s, err := plainText(v)
		if err != nil {
			return nil, err
		}
		var vs []Value
		for _, p := range cut(s) {
			x := retyped(v, s[p.from:p.to])
			x.Open = v.Open && p.to == len(s) && p.from < p.to
			vs = append(vs, x)
		}
		return vs, nil
	})
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
	return pieces(strings.TrimSpace("trim "+option), false, func(s string) []piece {
		from := 0
		if option != "-r" {
			from = len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
		}
		return []piece{{from, from + len(do(s))}}
	})
}

// Chars cuts characters from number from up to number to; both may count from the end.
func Chars(from, to int) Stage {
	return pieces(sprint("chars -- %d %d", from, to), false, func(s string) []piece {
		cs := characters(s)
		place := func(i int) int {
			if i < 0 {
				return len(cs) + i + 1
			}
			return i
		}
		lo, hi := max(place(from), 1), min(place(to), len(cs))
		if lo > hi {
			return []piece{{}}
		}
		from := len(strings.Join(cs[:lo-1], ""))
		return []piece{{from, from + len(strings.Join(cs[lo-1:hi], ""))}}
	})
}

// Split cuts at a delimiter.
func Split(delimiter string) Stage {
	return pieces("split "+Quote(delimiter), false, func(s string) []piece { return between(s, delimiter) })
}

// between returns the pieces between delimiters.
func between(s, delimiter string) (all []piece) {
	at := 0
	for _, part := range strings.Split(s, delimiter) {
		all = append(all, piece{at, at + len(part)})
		at += len(part) + len(delimiter)
	}
	return all
}

// inBlanks returns the pieces between runs of blanks.
func inBlanks(s string) (all []piece) {
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(" \t\n", s[i]) >= 0 {
			continue
		}
		if i == 0 || strings.IndexByte(" \t\n", s[i-1]) >= 0 {
			all = append(all, piece{i, i})
		}
		all[len(all)-1].to = i + 1
	}
	return all
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
	one := func(s string, n int) piece {
		fs := inBlanks(s)
		if delimiter != "" {
			fs = between(s, delimiter)
		}
		if n < 0 {
			n += len(fs) + 1
		}
		if n < 1 || n > len(fs) {
			return piece{}
		}
		return fs[n-1]
	}
	if len(numbers) == 1 {
		return pieces(written, true, func(s string) []piece { return []piece{one(s, numbers[0])} })
	}
	joint := delimiter
	if joint == "" {
		joint = " "
	}
	return Each(written, func(v Value) ([]Value, error) {
		if v.Kind == Record {
			return nil, errRecordText
		}
		var parts []string
		for _, n := range numbers {
			p := one(v.Text(), n)
			parts = append(parts, v.Text()[p.from:p.to])
		}
		return []Value{text(strings.Join(parts, joint))}, nil
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
