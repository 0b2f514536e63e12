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

// TestBinaryKeepsJSON wants a record of JSON that goes through bytes alone to be printed in others
// as it was read, as one that has not gone there.
func TestBinaryKeepsJSON(t *testing.T) {
	r := NewRecord(NewShape("a", "b"), Int(1), Number("-0"))
	r.raw, r.codec = []byte(`{"a":1, "b": -0}`), jsonText{}
	for _, v := range []Value{Rec(r), List([]Value{Rec(r), Int(2)}), Rec(NewRecord(NewShape("r"), Rec(r)))} {
		back, n, err := ReadBinary(AppendBinary(nil, v))
		if got, want := string(back.AppendJSON(nil)), string(v.AppendJSON(nil)); got != want || err != nil {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
		for cut := range n {
			if _, _, err := ReadBinary(AppendBinary(nil, v)[:cut]); err == nil {
				t.Errorf("got no error for %d of %d bytes", cut, n)
			}
		}
	}
}

// TestBinaryKeepsErrorsInLists wants an error in a list or record to be printed as it is without
// the way through bytes.
func TestBinaryKeepsErrorsInLists(t *testing.T) {
	bad := Error(errBinary)
	for _, v := range []Value{List([]Value{bad, Int(1)}), Rec(NewRecord(NewShape("a"), bad))} {
		back, _, err := ReadBinary(AppendBinary(nil, v))
		if got, want := string(back.AppendJSON(nil)), string(v.AppendJSON(nil)); got != want || err != nil {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}
