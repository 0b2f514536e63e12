package input

import (
	"path"
	"testing"
)

// TestPattern matches names with patterns as shells do.
func TestPattern(t *testing.T) {
	for _, c := range []struct{ pattern, fits, not string }{
		{"*.log", "a.log", "a.txt"},
		{"[ab]x?", "axy", "cxy"},
		{"[!a]x", "bx", "ax"},
		{"[^a]x", "bx", "ax"},
		{"[a!]x", "!x", "bx"},
		{"[!!]x", "ax", "!x"},
		{"[]a]x", "]x", "bx"},
		{"[!]a]x", "bx", "]x"},
		{"[-a]x", "-x", "bx"},
		{"[a-]x", "-x", "bx"},
		{"[a-c]x", "bx", "-x"},
		{"[[]x", "[x", "x"},
		{"[[!]x", "!x", "^x"},
		{"[[:digit:]]x", "7x", "dx"},
		{"[![:alpha:]_]x", "7x", "_x"},
		{"[[:space:]]x", " x", "ax"},
		{"[[:none:]x", ":x", "x"},
		{`\[!a]`, "[!a]", "b"},
		{`[\]!]x`, "]x", `\x`},
		{`a\*`, "a*", "ab"},
	} {
		for name, want := range map[string]bool{c.fits: true, c.not: false} {
			if got, err := path.Match(Pattern(c.pattern), name); got != want || err != nil {
				t.Errorf("%s, which is %s: got %v, %v for %q, want %v", c.pattern, Pattern(c.pattern), got, err, name, want)
			}
		}
	}
	for _, bad := range []string{"[", "[a", "[]", "[!", `a\`, "[b-a]x["} {
		if _, err := path.Match(Pattern(bad), "a"); err == nil {
			t.Errorf("%s, which is %s: got no error, want one", bad, Pattern(bad))
		}
	}
}
