package search

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// pieces are what random expressions are made of.
var pieces = []string{"a", "b", "ab", "[ab]", "[^a]", ".", "a*", "b+", "c?", "(a|b)", "(ab|ba)+", "^", "$", `\b`, `\B`, `\w`, `\d+`,
	`\s`, "a{2,3}", "(?i:aB)", "", " ", "é", "[^é]", `\pL`, "x|", "(?:a|b|)"}

// TestDFA compares random expressions on random lines with package regexp.
func TestDFA(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		var expr strings.Builder
		for range 1 + rnd.IntN(5) {
			expr.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		re, err := CompilePattern(expr.String()) // what nobody may write is left out
		if err != nil {
			continue
		}
		var text, want bytes.Buffer
		for range rnd.IntN(12) {
			line := randomLine(rnd)
			text.WriteString(line + "\n")
			if re.MatchString(line) {
				want.WriteString(line + "\n")
			}
		}
		if rnd.IntN(2) == 0 && text.Len() > 1 && !bytes.HasSuffix(text.Bytes(), []byte("\n\n")) { // without the last newline
			text.Truncate(text.Len() - 1)
		}
		m, err := Compile(expr.String(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		m.Each(text.Bytes(), func(start, end int) bool {
			got.WriteString(text.String()[start:end] + "\n")
			return true
		})
		if got.String() != want.String() {
			t.Fatalf("%q in %q: got %q, want %q", expr.String(), text.String(), got.String(), want.String())
		}
		for line := range strings.SplitSeq(text.String(), "\n") {
			if got, want := m.Match([]byte(line)), re.MatchString(line); got != want {
				t.Fatalf("%q for the line %q: got %v, want %v", expr.String(), line, got, want)
			}
		}
	}
}

func randomLine(rnd *rand.Rand) string {
	letters := []string{"a", "b", "c", "A", "B", "x", " ", "1", "_", "é", "\xff"}
	var b strings.Builder
	for range rnd.IntN(10) {
		b.WriteString(letters[rnd.IntN(len(letters)-rnd.IntN(2)*2)])
	}
	return b.String()
}

// TestDFAForgets matches with an expression that has more states than are kept.
func TestDFAForgets(t *testing.T) {
	const expr = `(a|b)*a(a|b){14}c`
	m, err := Compile(expr, Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := newDFA(expr)
	re := regexp.MustCompile(expr)
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		line := make([]byte, 300)
		for i := range line {
			line[i] = "aaabbbc"[rnd.IntN(7)]
		}
		if got, want := m.matches(d, line), re.Match(line); got != want {
			t.Fatalf("%q: got %v, want %v", line, got, want)
		}
	}
	if d.fills == 0 {
		t.Errorf("nothing was forgotten: there are %d states", len(d.states))
	}
}
