package value

import "testing"

// TestEncodedText wants text that goes by its bytes to be told from text that may be a number,
// and from values of other kinds.
func TestEncodedText(t *testing.T) {
	for _, row := range []struct {
		name string
		v    Value
		ok   bool
	}{
		{"text", TextOf("/a"), true}, {"word", TextOf("abc"), true}, {"letter", TextOf("é"), true}, {"string", String("7"), true},
		{"unterminated", TextOf("x").AsUnterminated(), true}, {"digits", TextOf("7"), false}, {"sign", TextOf("-x"), false},
		{"blank", TextOf(" 7"), false}, {"point", TextOf(".5"), false}, {"empty", TextOf(""), false}, {"empty field", EmptyField, false}, {"null", Null, false},
		{"int", Int(7), false}, {"number", Number("7"), false}, {"list", List([]Value{TextOf("a")}), false}, {"true", Bool(true), false},
	} {
		var p Packer
		got, ok := EncodedText(append(p.Append(nil, row.v), "more"...))
		if ok != row.ok || ok && string(got) != row.v.Str() {
			t.Errorf("%s: got %q, %v, want %v", row.name, got, ok, row.ok)
		}
		if _, number := row.v.Numeric(); ok && number {
			t.Errorf("%s: got text for a number", row.name)
		}
	}
}
