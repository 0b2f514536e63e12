package search

import (
	"bytes"
	"math/rand/v2"
	"reflect"
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

// TestSpans compares where random expressions match in random lines with what package regexp says, also where
// they read most of a line in vain for each of its places.
func TestSpans(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	found := 0
	for range 6000 {
		var expr strings.Builder
		for range 1 + rnd.IntN(5) {
			expr.WriteString(append(pieces, "a*?", "(a|ab)", "(?:ab|a)?", "a.*b|a", "a*x")[rnd.IntN(len(pieces)+5)])
		}
		re, err := CompilePattern(expr.String())
		if err != nil {
			continue
		}
		spans := NewSpans(re)
		for range rnd.IntN(6) {
			line := randomLine(rnd)
			if rnd.IntN(40) == 0 {
				line = strings.Repeat("a", 3000) + line
			}
			most := rnd.IntN(4) - 1
			want := re.FindAllStringIndex(line, most)
			var got [][]int
			spans.Each([]byte(line), most, func(start, end int) { got = append(got, []int{start, end}) })
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%q in %q, at most %d: got %v, want %v", expr.String(), line, most, got, want)
			}
			found += len(got)
			groups := re.FindAllStringSubmatchIndex(line, most)
			got = nil
			spans.EachGroups([]byte(line), most, func(m []int) { got = append(got, m) })
			if !reflect.DeepEqual(got, groups) {
				t.Fatalf("%q in %q, at most %d: got the groups %v, want %v", expr.String(), line, most, got, groups)
			}
		}
	}
	if found < 1000 {
		t.Errorf("got %d matches, want many", found)
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
