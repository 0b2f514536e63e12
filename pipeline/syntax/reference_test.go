package syntax

import (
	"strings"
	"testing"
)

// TestReferences wants the text of words with their variables in it, and back from a piece of the text its column.
func TestReferences(t *testing.T) {
	for _, row := range []struct {
		name, src, want, mark string // ‹name› is a reference
		col                   int    // of mark
	}{
		{"bare", "abc", "abc", "c", 3},
		{"single quotes", "'a\\nb'", `a\nb`, "b", 5},
		{"double quotes", `"abc"`, "abc", "c", 4},
		{"escaped quote", `"a == \"x\" +"`, `a == "x" +`, "+", 13},
		{"escape itself", `"a \" b"`, `a " b`, `"`, 4},
		{"two escapes in a row", `"\"\"a"`, `""a`, "a", 6},
		{"backslash that is text", `"a\d$"`, `a\d$`, "d", 4},
		{"backslash outside quotes", `a\ b`, "a b", "b", 4},
		{"variable", `"a $v + b"`, "a ‹v› + b", "b", 9},
		{"the variable itself", `"a ${v}b"`, "a ‹v›b", "‹", 4},
		{"dollar sign that is text", `"a \$v + b"`, "a ‹$›v + b", "b", 10},
		{"dollar sign in single quotes", `'\$v + b'`, `\$v + b`, "b", 8},
		{"quotes of two kinds", `'a'"\"b"c`, `a"bc`, "b", 7},
		{"lines", "'a\nbc'", "a\nbc", "c", 2},
		{"letters", `"ä\"世x"`, `ä"世x`, "x", 6},
	} {
		t.Run(row.name, func(t *testing.T) {
			list, err := Parse("x " + row.src)
			if err != nil {
				t.Fatal(err)
			}
			w := list.Items[0].(*Pipeline).Calls[0].Args[0].(*Word)
			text := w.References()
			var shown strings.Builder
			for i, piece := range strings.Split(text, Reference) {
				if i > 0 {
					shown.WriteString([]string{"›", "‹"}[i%2])
				}
				shown.WriteString(piece)
			}
			if shown.String() != row.want {
				t.Fatalf("got %s, want %s", shown.String(), row.want)
			}
			col := row.col + 2
			if strings.Contains(row.src, "\n") {
				col = row.col
			}
			mark := strings.Replace(row.mark, "‹", Reference, 1)
			if got := w.Place(strings.LastIndex(text, mark), nil); mark != Reference && got.Col != col {
				t.Errorf("%s is in column %d, want %d", row.mark, got.Col, col)
			}
			if got := w.Place(strings.Index(text, mark), nil); mark == Reference && got.Col != col {
				t.Errorf("%s is in column %d, want %d", row.mark, got.Col, col)
			}
		})
	}
}

// TestUnescape wants each text escape replaced once.
func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{`a\tb\n`: "a\tb\n", `\\t`: `\t`, `\r\0`: "\r\x00", `\d\`: `\d\`, "": "", `\\\\n`: `\\n`} {
		if got := Unescape(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
