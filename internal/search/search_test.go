package search

import (
	"bytes"
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestLiteralIndex compares with bytes.Index at every distance from both ends.
func TestLiteralIndex(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for range 20000 {
		text := random(rng, rng.Intn(60))
		want := random(rng, 1+rng.Intn(6))
		if rng.Intn(2) == 0 && len(text) > len(want) {
			copy(text[rng.Intn(len(text)-len(want)):], want)
		}
		if got, at := NewLiteral(want, false).Index(text), bytes.Index(text, want); got != at {
			t.Fatalf("%q in %q: got %d, want %d", want, text, got, at)
		}
	}
}

func random(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = "ab\n\x00\xff0 "[rng.Intn(7)]
	}
	return b
}

func TestLiteralFold(t *testing.T) {
	for _, row := range []struct {
		text, literal string
		want          int
	}{
		{"one ERROR two", "error", 4},
		{"one error two", "ERROR", 4},
		{strings.Repeat("x", 30) + "Error", "eRRor", 30},
		{"none here", "error", -1},
	} {
		if got := NewLiteral([]byte(row.literal), true).Index([]byte(row.text)); got != row.want {
			t.Errorf("%q in %q: got %d, want %d", row.literal, row.text, got, row.want)
		}
	}
}

// TestEach compares the lines that Each finds in a text with those that package regexp
// matches one by one.
func TestEach(t *testing.T) {
	patterns := []string{"ab", "a+b", "^a", "b$", "", "a.*b", "(ab|ba)", "[ab]0", "x", "a{2}", "(?i)AB0", `\x00`, "a|", "(ab)+0", "k", "(?:ab)*"}
	rng := rand.New(rand.NewSource(2))
	for _, pattern := range patterns {
		for _, o := range []Options{{}, {IgnoreCase: true}, {Line: true}, {Fixed: true}} {
			m, err := Compile(pattern, o)
			if err != nil {
				t.Fatal(err)
			}
			for range 300 {
				text := random(rng, rng.Intn(80))
				checkEach(t, m, reference(pattern, o), fmt.Sprintf("%q %+v", pattern, o), text)
			}
		}
	}
}

func reference(pattern string, o Options) *regexp.Regexp {
	if o.Fixed {
		pattern = regexp.QuoteMeta(pattern)
	}
	if o.Line {
		pattern = "^(?:" + pattern + ")$"
	}
	if o.IgnoreCase {
		pattern = "(?i)" + pattern
	}
	return regexp.MustCompile(pattern)
}

func checkEach(t *testing.T, m *Matcher, re *regexp.Regexp, name string, text []byte) {
	t.Helper()
	var got, want []string
	m.Each(text, func(start, end int) bool {
		got = append(got, fmt.Sprint(start, end))
		return true
	})
	off := 0
	for line := range bytes.Lines(text) {
		bare := bytes.TrimSuffix(line, []byte{'\n'})
		if re.Match(bare) {
			want = append(want, fmt.Sprint(off, off+len(bare)))
		}
		if m.Match(bare) != re.Match(bare) {
			t.Fatalf("%s on the line %q: got %v, want %v", name, bare, m.Match(bare), re.Match(bare))
		}
		off += len(line)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s in %q: got %v, want %v", name, text, got, want)
	}
}

func TestWord(t *testing.T) {
	m, err := Compile("cat", Options{Word: true})
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]bool{"cat": true, "a cat!": true, "cats": false, "concat": false, "concat cat": true, "cat_": false, "écat": false} {
		if got := m.Match([]byte(line)); got != want {
			t.Errorf("%q: got %v, want %v", line, got, want)
		}
	}
}

func TestFindAll(t *testing.T) {
	for _, row := range []struct {
		pattern string
		o       Options
		line    string
		want    []string
	}{
		{"a+", Options{}, "aa b a", []string{"aa", "a"}},
		{"a*", Options{}, "b a", []string{"a"}},
		{"cat", Options{Word: true}, "cat cat cats cat", []string{"cat", "cat", "cat"}},
		{"x", Options{}, "none", nil},
		{".", Options{Word: true}, "x]", []string{"x"}},
		{".", Options{Word: true}, "x]]y", []string{"x", "y"}},
		{".", Options{Word: true}, "] x", []string{"]", "x"}},
		{"a.", Options{Word: true}, "ab ac abc ax", []string{"ab", "ac", "ax"}},
		{"^a", Options{Word: true}, "a a", []string{"a"}},
		{".", Options{Word: true}, "é] \xff", []string{"é", " ", "\xff"}},
	} {
		m, err := Compile(row.pattern, row.o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		m.FindAll([]byte(row.line), func(start, end int) { got = append(got, row.line[start:end]) })
		if !slices.Equal(got, row.want) {
			t.Errorf("%q in %q: got %q, want %q", row.pattern, row.line, got, row.want)
		}
	}
}

func FuzzLiteral(f *testing.F) {
	f.Add([]byte("one two three four five"), []byte("four"))
	f.Fuzz(func(t *testing.T, text, literal []byte) {
		if len(literal) == 0 {
			return
		}
		if got, want := NewLiteral(literal, false).Index(text), bytes.Index(text, literal); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	})
}

func BenchmarkLiteral(b *testing.B) {
	text := bytes.Repeat([]byte("10.0.0.1 - - [10/Oct/2025:13:55:36 +0000] \"GET /index.html HTTP/1.1\" 200 2326\n"), 1600)
	l := NewLiteral([]byte(" 500 "), false)
	b.Run("wide", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			l.Index(text)
		}
	})
	b.Run("bytes.Index", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			bytes.Index(text, []byte(" 500 "))
		}
	})
}

// BenchmarkExpression finds the lines that an expression matches: one without a literal, and
// one whose literal stands in every line.
func BenchmarkExpression(b *testing.B) {
	text := bytes.Repeat([]byte("10.0.0.1 - - [10/Oct/2025:13:55:36 +0000] \"GET /index.html HTTP/1.1\" 200 2326\n"), 1600)
	for _, expr := range []string{`[0-9]+ 5[0-9][0-9] `, `"(GET|POST) /api/v[0-9]+/u[a-z]+`} {
		m, err := Compile(expr, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(expr, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				m.Each(text, func(int, int) bool { return true })
			}
		})
		b.Run("regexp "+expr, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				for line := range bytes.Lines(text) {
					m.re.Match(line)
				}
			}
		})
	}
}
