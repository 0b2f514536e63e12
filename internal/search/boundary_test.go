package search

import (
	"strings"
	"testing"
)

// TestBoundaryBesideLetters wants \b beside a letter that it does not know to be told, and nothing
// said of others.
func TestBoundaryBesideLetters(t *testing.T) {
	for text, wrong := range map[string]bool{
		`\büber`: true, `caf\xe9\b`: true, `(é)\b`: true, `a|\bß+`: true, `(?i)\bÜBER`: true, `x(\b(né|e))`: false, `\b日本\b`: true,
		`\bber`: false, `über\b`: false, `\b`: false, `é \b`: false, `\b-é`: false, `\\bé`: false, `[\x{e9}]b`: false, `\b.é`: false,
	} {
		_, err := CompilePattern(text)
		if got := err != nil && strings.Contains(err.Error(), "knows only letters of ASCII"); got != wrong {
			t.Errorf("%s: got %v, want an error: %v", text, err, wrong)
		}
	}
	for _, o := range []Options{{}, {Word: true}, {IgnoreCase: true}} {
		if _, err := CompileAny(o, "a", `\bé`); err == nil || !strings.Contains(err.Error(), "knows only letters of ASCII, and é is another one") {
			t.Errorf("%v: got %v", o, err)
		}
	}
	if _, err := CompileAny(Options{Fixed: true}, `\bé`); err != nil {
		t.Errorf("as text: got %v", err)
	}
}
