package expression

import (
	"strings"
	"testing"

	"mtpipe/value"
)

// TestPlaceFunctionsWithoutPlace wants an error where nothing is known, also of an expression that
// is constant but for the place, and none that is computed before there is a value.
func TestPlaceFunctionsWithoutPlace(t *testing.T) {
	for _, text := range []string{"line()", "filename()", "1 + line()", "[filename()]", "map(1..2, line())"} {
		p, err := Compile(text, nil)
		if err != nil {
			t.Fatal(text, err)
		}
		if v, err := p.Eval(value.Int(1)); err == nil {
			t.Errorf("%s: got %s, want an error", text, v)
		}
		if v, err := p.At(secondOfOrders{}).Eval(value.Int(1)); err != nil {
			t.Errorf("%s, where it is known: got %s, %v", text, v, err)
		}
	}
	for _, text := range []string{"line(1)", "filename(it)"} {
		if _, err := Compile(text, nil); err == nil || !strings.Contains(err.Error(), "needs no arguments") {
			t.Errorf("%s: got %v", text, err)
		}
	}
	if _, err := CompileWith("acc + line()", nil, "acc"); err == nil || err.Error() != "line() is not known beside acc; keep it before, as set line=line() does" {
		t.Errorf("got %v", err)
	}
}

// TestBoundaryBesideLettersIsTold wants \b beside a letter beyond ASCII to be told, whenever the
// pattern is known.
func TestBoundaryBesideLettersIsTold(t *testing.T) {
	for _, text := range []string{"it matches `\\bé`", "gsub(it, `é\\b`, `e`)"} {
		p, err := Compile(text, nil)
		if err == nil {
			_, err = p.Eval(value.TextOf("né"))
		}
		if err == nil || !strings.Contains(err.Error(), "knows only letters of ASCII, and é is another one") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
