package syntax

import (
	"strings"
	"testing"
)

func TestLayout(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"blanks", "a   b|c\t'x  y'  ;  d", "a b | c 'x  y'; d\n"},
		{"empty lines", "\n\na\n\n\n\nb\n\n", "a\n\nb\n"},
		{"comments", "#!/x\n\n# one  \na   # two\n  # three", "#!/x\n\n# one\na # two\n# three\n"},
		{"block in a line", "each {a;b;}", "each { a; b }\n"},
		{"block of lines", "def   f x=1 {a\n b | c;\n\n}\nf", "def f x=1 {\n  a\n  b | c\n}\nf\n"},
		{"empty line after a brace", "f {\n\n\na\n\nb }", "f {\n  a\n\n  b\n}\n"},
		{"bars at ends and beginnings", "a |\nb\n| c\n# d\n| e |\n# f\ng", "a |\n  b\n  | c\n# d\n  | e |\n  # f\n  g\n"},
		{"block in a line that goes on", "a\n| b {\nc\n} { d }\ne", "a\n  | b {\n    c\n  } { d }\ne\n"},
		{"blocks in blocks", "a { b {\nc\n} ; d }", "a { b {\n  c\n}; d }\n"},
		{"else", "route x { a\n} else {\nb }", "route x {\n  a\n} else {\n  b\n}\n"},
		{"backslash", "a \\\n  b \\\n\nc", "a \\\n  b\nc\n"},
		{"redirection", "a   >x", "a > x\n"},
		{"semicolons", ";;a;;b;\n;c", "a; b\nc\n"},
		{"comment after a brace", "a { # x\nb }", "a { # x\n  b\n}\n"},
		{"CRLF", "a\r\nb # c\r\n", "a\nb # c\n"},
		{"nothing", " \n", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Layout("", row.text)
			if err != nil || got != row.want {
				t.Errorf("got %q, %v, want %q", got, err, row.want)
			}
		})
	}
	if _, err := Layout("s", "a |"); err == nil || err.Error() != "s:1:3: a stage is missing after |" {
		t.Errorf("got %v, want the error of the parser", err)
	}
}

// FuzzLayout checks what Layout promises of any text that parses: the same tree, all comments, and the same text when it is
// laid out again.
func FuzzLayout(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add(seed)
	}
	for _, seed := range []string{"a { # b\n c }", "a;# b\n;c", "a \\\n# b\n| c", "a { b { c\n}\n} # d", "a \\\n", "{\n", "a {\\\nb }", "a |\\\n#x\n\n\nb", "\\\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		l, err := Parse(src)
		if err != nil {
			return
		}
		laid, err := Layout("", src)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(laid)
		if err != nil {
			t.Fatalf("%q laid out as %q: %v", src, laid, err)
		}
		if got, want := dump(again), dump(l); got != want {
			t.Fatalf("%q laid out as %q: got tree %s, want %s", src, laid, got, want)
		}
		if twice, _ := Layout("", laid); twice != laid {
			t.Fatalf("%q laid out as %q and then as %q", src, laid, twice)
		}
		if got, want := strings.Count(laid, "#"), strings.Count(src, "#"); got != want {
			t.Fatalf("%q laid out as %q: got %d #, want %d", src, laid, got, want)
		}
	})
}
