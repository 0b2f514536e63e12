package syntax

import "testing"

func TestPrint(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"nothing", "", ""},
		{"blanks", "  a   b|c  ", "a b | c"},
		{"list", "a;b\n\nc", "a\nb\nc"},
		{"blocks", "zip {\na\nb } { c }", "zip { a; b } { c }"},
		{"nested", "a { b { c };d }", "a { b { c }; d }"},
		{"definition", "def f x   y {\n a $x\n}", "def f x y { a $x }"},
		{"redirections", "a<b>>c", "a < b >> c"},
		{"comment is lost", "a # b\n", "a"},
		{"bar on the next line", "a\n| b", "a | b"},
		{"quotes stay", `a 'b' "c"`, `a 'b' 'c'`},
		{"empty", `a ""`, `a ''`},
		{"backslash becomes quotes", `a\ b`, `a' 'b`},
		{"regular expression", `a "\d+$"`, `a '\d+$'`},
		{"single quote", `a "it's"`, `a "it's"`},
		{"single quote and dollar", `a "it's \$x"`, `a 'it'\''s $x'`},
		{"variable", `a ${x}`, `a $x`},
		{"variable before letters", `a ${x}y`, `a ${x}y`},
		{"variable before a dash", `a ${x}-`, `a $x-`},
		{"digit before a digit", `a $10`, `a $10`},
		{"number", `a ${10}`, `a ${10}`},
		{"all", `a "${@}"`, `a "$@"`},
		{"double quotes", `a "b $x c"`, `a "b $x c"`},
		{"double quotes, braces", `a "${x}c\$d\"\\"`, `a "${x}c\$d\"\\"`},
		{"double quotes, backslash", `a "$x\d"`, `a "$x\d"`},
		{"double quotes, backslash at the end", `a "$x\\"`, `a "$x\\"`},
		{"runs of quotes", `a 'b'"$x"\c`, `a "b${x}c"`},
		{"bare dollar", `a ^x$`, `a ^x$`},
		{"two dollars", `a $$x`, `a $$x`},
		{"placeholder", `exec {} x/{}`, `exec {} x/{}`},
		{"defaults", "def f x   y=' ' { a }", "def f x y=' ' { a }"},
		{"import", "import   'a b'", "import 'a b'"},
		{"quoted import", `'import' a`, `'import' a`},
		{"quoted def", `'def' a`, `'def' a`},
		{"def as a name", `def | a`, `def | a`},
		{"number sign", `a b#c '#d'`, `a b#c '#d'`},
		{"byte order mark in the text", "\n\uFEFFa", "\uFEFF\uFEFFa"},
		{"line end in quotes", "a 'b\nc'", "a 'b\nc'"},
		{"CRLF behind a backslash in quotes", "a \"$x\\\\\r\n\"", "a \"$x\\\\\r\n\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := mustParse(t, tt.src)
			got := l.String()
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if again, want := dump(mustParse(t, got)), dump(l); again != want {
				t.Errorf("printed tree: got %s, want %s", again, want)
			}
		})
	}
}

// TestPrintBuilt prints words that no text has made.
func TestPrintBuilt(t *testing.T) {
	lit := func(s string) Part { return Part{Kind: Literal, Text: s} }
	quoted := func(s string) Part { return Part{Kind: Literal, Text: s, Quoted: true} }
	variable := func(s string) Part { return Part{Kind: Variable, Text: s} }
	tests := []struct {
		name  string
		parts []Part
		want  string
	}{
		{"no parts", nil, `''`},
		{"empty", []Part{lit("")}, `''`},
		{"plain", []Part{lit("a-b")}, `a-b`},
		{"blank", []Part{lit("a b")}, `'a b'`},
		{"blank at the end", []Part{lit("a ")}, `'a '`},
		{"bar", []Part{lit("a|b")}, `'a|b'`},
		{"comment", []Part{lit("#a")}, `'#a'`},
		{"brace", []Part{lit("{")}, `'{'`},
		{"brace inside", []Part{lit("a}")}, `'a}'`},
		{"placeholder", []Part{lit("{}")}, `{}`},
		{"looks like a variable", []Part{lit("$x")}, `'$x'`},
		{"quote", []Part{lit("'")}, `"'"`},
		{"backslash", []Part{lit(`\`)}, `'\'`},
		{"line end", []Part{lit("a\\\nb")}, "'a\\\nb'"},
		{"byte order mark", []Part{lit("\uFEFF")}, "\uFEFF"},
		{"joined", []Part{lit("$"), lit("x")}, `'$x'`},
		{"joined braces", []Part{lit("{"), lit("}")}, `{}`},
		{"number sign behind a variable", []Part{variable("x"), lit("#")}, `$x#`},
		{"variable between unlike quotes", []Part{quoted("a"), variable("x"), lit("b c")}, `'a'$x'b c'`},
		{"bare beside quoted", []Part{quoted("a"), lit(" ")}, `"a "`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &Word{Parts: tt.parts}
			got := w.String()
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			lookup := func(string) (string, bool) { return "<v>", true }
			want, _ := w.Expand(lookup)
			tokens := lex(" " + got)
			if len(tokens) != 2 || tokens[0].kind != tokenWord {
				t.Fatalf("%s is not one word", got)
			}
			if again, _ := tokens[0].word.Expand(lookup); again != want {
				t.Errorf("%s means %q, want %q", got, again, want)
			}
		})
	}
}

func TestPrintNodes(t *testing.T) {
	l := mustParse(t, "def f { a };b { c | d } 'x y' > z")
	p := l.Items[1].(*Pipeline)
	c := p.Calls[0]
	tests := []struct{ name, got, want string }{
		{"definition", l.Items[0].(*Definition).String(), "def f { a }"},
		{"pipeline", p.String(), "b { c | d } 'x y' > z"},
		{"call", c.String(), "b { c | d } 'x y' > z"},
		{"block", c.Args[0].(*Block).String(), "{ c | d }"},
		{"word", c.Args[1].(*Word).String(), "'x y'"},
		{"redirection", c.Redirs[0].String(), "> z"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, tt.got, tt.want)
		}
	}
}

func TestPrintBuiltDef(t *testing.T) {
	word := func(s string) *Word { return &Word{Parts: []Part{{Text: s}}} }
	call := &Call{Name: word("def"), Args: []Arg{word("a")}}
	l := &List{Items: []Item{&Pipeline{Calls: []*Call{call, call}}}}
	if got, want := l.String(), "'def' a | def a"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
