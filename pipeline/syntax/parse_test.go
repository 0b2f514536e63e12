package syntax

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// dump writes a tree without positions: words in their own brackets, quoted parts in quotes.
func dump(n Node) string {
	var b strings.Builder
	dumpNode(&b, n)
	return b.String()
}

func dumpNode(b *strings.Builder, n Node) {
	switch n := n.(type) {
	case *List:
		for i, item := range n.Items {
			if i > 0 {
				b.WriteString("; ")
			}
			dumpNode(b, item)
		}
	case *Pipeline:
		for i, c := range n.Calls {
			if i > 0 {
				b.WriteString(" | ")
			}
			dumpNode(b, c)
		}
	case *Call:
		b.WriteString("(")
		dumpNode(b, n.Name)
		for _, arg := range n.Args {
			b.WriteString(" ")
			dumpNode(b, arg)
		}
		for _, r := range n.Redirs {
			b.WriteString(" " + r.Op)
			dumpNode(b, r.Target)
		}
		b.WriteString(")")
	case *Block:
		b.WriteString("{")
		dumpNode(b, n.List)
		b.WriteString("}")
	case *Definition:
		b.WriteString("<def ")
		dumpNode(b, n.Name)
		for _, p := range n.Params {
			b.WriteString(" ")
			dumpNode(b, p)
		}
		b.WriteString(" ")
		dumpNode(b, n.Body)
		b.WriteString(">")
	case *Import:
		b.WriteString("<import ")
		dumpNode(b, n.File)
		b.WriteString(">")
	case *Word:
		for _, p := range n.Parts {
			switch text := p.Text; {
			case p.Kind == Variable && p.Quoted:
				fmt.Fprintf(b, "\"${%s}\"", text)
			case p.Kind == Variable:
				fmt.Fprintf(b, "${%s}", text)
			case p.Quoted:
				fmt.Fprintf(b, "%q", text)
			default:
				b.WriteString(text)
			}
		}
	}
}

func mustParse(t *testing.T, src string) *List {
	t.Helper()
	l, err := Parse(src)
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	return l
}

func TestParse(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"nothing", "", ""},
		{"separators only", " ;;\n ; # c\n", ""},
		{"one stage", "count", "(count)"},
		{"pipeline", `lines f | grep " 500 " | head -3`, `(lines f) | (grep " 500 ") | (head -3)`},
		{"list", "a; b\nc", "(a); (b); (c)"},
		{"empty statements", "\n\na;;b;\n;", "(a); (b)"},
		{"bar ends a line", "a |\n\n# c\n b", "(a) | (b)"},
		{"bar begins a line", "a # x\n\n# y\n  | b\n| c", "(a) | (b) | (c)"},
		{"bar begins a line, CRLF", "a\r\n\r\n| b\r\n", "(a) | (b)"},
		{"new line without bar", "a\nb | c", "(a); (b) | (c)"},
		{"block", "pmap { a | b }", "(pmap {(a) | (b)})"},
		{"blocks and words", "route x { a } else { b }", "(route x {(a)} else {(b)})"},
		{"two blocks", "zip { a } { b; c }", "(zip {(a)} {(b); (c)})"},
		{"blocks close together", "zip { a }{ b }| c", "(zip {(a)} {(b)}) | (c)"},
		{"lines in a block", "zip {\n a\n b |\n c\n} {\n\n d; }", "(zip {(a); (b) | (c)} {(d)})"},
		{"comment in a block", "each { a # }\n}", "(each {(a)})"},
		{"nested blocks", "a { b { c } | d }", "(a {(b {(c)}) | (d)})"},
		{"options behind a block", "pmap { a } --jobs 4", "(pmap {(a)} --jobs 4)"},
		{"placeholder", "exec cp {} out/{}.txt", "(exec cp {} out/{}.txt)"},
		{"quoted brace and bar", `a '{' "|" \}`, `(a "{" "|" "}")`},
		{"redirections", "sort -n < in > out", "(sort -n <in >out)"},
		{"redirections close by", "sort<in>>out", "(sort <in >>out)"},
		{"redirection with quotes", `a > "$d/x y"`, `(a >"${d}""/x y")`},
		{"redirection before a bar", "a > x | b", "(a >x) | (b)"},
		{"number before a redirection", "a 2 > x", "(a 2 >x)"},
		{"quoted stage name", "'a b' c", `("a b" c)`},
		{"definition", "def odd_even n { odd $n; even $n }", "<def odd_even n {(odd ${n}); (even ${n})}>"},
		{"definition and use", "def f { a }\nf | b", "<def f {(a)}>; (f) | (b)"},
		{"definition, semicolon", "def f x y { a };f 1 2", "<def f x y {(a)}>; (f 1 2)"},
		{"definition in a block", "each { def f { a } ; f }", "(each {<def f {(a)}>; (f)})"},
		{"definition ends a block", "each { def f { a } }", "(each {<def f {(a)}>})"},
		{"definition with defaults", "def f x y=1 z='a b'$x w= { a }", `<def f x y=1 z="a b"${x} w= {(a)}>`},
		{"import", "import a.mtp\nb", "<import a.mtp>; (b)"},
		{"import of a quoted name", "b; import 'a b'", `(b); <import "a b">`},
		{"import alone is a name", "import", "(import)"},
		{"import behind a bar is a name", "a | import b", "(a) | (import b)"},
		{"import before a block is a name", "import { a }", "(import {(a)})"},
		{"quoted import is a name", "'import' a", `("import" a)`},
		{"def alone is a name", "def", "(def)"},
		{"def alone in a pipeline", "def | a", "(def) | (a)"},
		{"def behind a bar is a name", "a | def b { c }", "(a) | (def b {(c)})"},
		{"quoted def is a name", "'def' b { c }", `("def" b {(c)})`},
		{"def as an argument", "a def", "(a def)"},
		{"def across lines", "d\\\nef f { a }", "<def f {(a)}>"},
		{"interpreter line", "#!/usr/bin/env -S mtpipe -f\r\na\r\n", "(a)"},
		{"variables", `a $1 "$@" $# ${it}s`, `(a ${1} "${@}" ${#} ${it}s)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := dump(mustParse(t, tt.src)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	deep := strings.Repeat("a { ", maxDepth+1)
	tests := []struct{ name, src, want string }{
		{"no stage between bars", "a | | b", "3: a stage is missing after |"},
		{"two bars together", "a || b", "3: a stage is missing after |"},
		{"no stage before a bar", "| a", "1: a stage is missing before |"},
		{"no stage before a bar on line 2", "a;\n | b", "2:2: a stage is missing before |"},
		{"no stage after a definition", "def f { a }\n| b", "2:1: a stage is missing before |"},
		{"no stage at the end", "a |", "3: a stage is missing after |"},
		{"no stage at the end of lines", "a |\n\n", "3: a stage is missing after |"},
		{"no stage before a semicolon", "a | ; b", "3: a stage is missing after |"},
		{"no stage before a brace", "x { a | }", "7: a stage is missing after |"},
		{"block as a stage", "{ a }", "1: the name of a stage is missing before {"},
		{"block after a bar", "a | { b }", "5: the name of a stage is missing before {"},
		{"redirection as a stage", "< f a", "1: the name of a stage is missing before <"},
		{"redirection after a bar", "a | >> f", "5: the name of a stage is missing before >>"},
		{"argument behind a redirection", "sort < f -n", "10: arguments stand before <; an expression with < in it is quoted"},
		{"block behind a redirection", "each > f { a }", "10: arguments stand before >; an expression with > in it is quoted"},
		{"block behind a comparison", "route a > 5 { b }", "13: arguments stand before >; an expression with > in it is quoted: 'a > 5'"},
		{"no target", "a >", "3: a file name is missing after >"},
		{"no target before a bar", "a >> | b", "3: a file name is missing after >>"},
		{"no target before a line end", "a <\nb", "3: a file name is missing after <"},
		{"block as a target", "a > { b }", "3: a file name is missing after >"},
		{"here document", "a << b", "3: there is no <<; take_from LINE… | … puts lines that stand in the pipeline"},
		{"here document behind a word", "a b<<c", "4: there is no <<; take_from LINE… | … puts lines that stand in the pipeline"},
		{"here string", "a <<< b", "3: there is no <<<; take_from TEXT | … puts a text"},
		{"input of a process", "a <(b)", "3: there is no <(; a list of pipelines in braces gives its values to concat, zip or merge_sorted; a comparison is quoted"},
		{"output to a process", "a >(b)", "3: there is no >(; tee { … } { … } gives the values to several pipelines; a comparison is quoted"},
		{"both directions", "a <>b", "3: there is no <>; < reads a file, > writes one"},
		{"force", "a >|b", "3: there is no >|; > replaces a file that is there already"},
		{"descriptor behind", "a >&2", "3: there is no >&; messages are the shell's to redirect: mtpipe '…' 2>FILE; a file's name that begins with & is quoted"},
		{"descriptor to read", "a <&2", "3: there is no <&; a file's name that begins with & is quoted"},
		{"messages", "a 3 2>b", "5: there is no 2>; messages are the shell's to redirect: mtpipe '…' 2>FILE; a number that is an argument stands apart: 2 >"},
		{"messages to be added", "a 2>>b", "3: there is no 2>; messages are the shell's to redirect: mtpipe '…' 2>FILE; a number that is an argument stands apart: 2 >"},
		{"messages to the results", "a 2>&1", "3: there is no 2>; messages are the shell's to redirect: mtpipe '…' 2>FILE; a number that is an argument stands apart: 2 >"},
		{"descriptor 1", "a 1>b", "3: there is no 1>; write > FILE; a number that is an argument stands apart: 1 >"},
		{"descriptor 0", "a 0<b", "3: there is no 0<; write < FILE; a number that is an argument stands apart: 0 <"},
		{"descriptor 3", "a 3<b", "3: there is no 3<; only the input and the results have redirections here; a number that is an argument stands apart: 3 <"},
		{"all to a file", "a &>b", "3: there is no &>; > FILE takes the results, and messages are the shell's to redirect: mtpipe '…' 2>FILE"},
		{"all to a file, behind a word", "a b&>>c", "4: there is no &>; > FILE takes the results, and messages are the shell's to redirect: mtpipe '…' 2>FILE"},
		{"block is not closed", "a { b", "3: { is not closed"},
		{"inner block is not closed", "a { b { c", "7: { is not closed"},
		{"outer block is not closed", "a { b { c }", "3: { is not closed"},
		{"block is not closed on line 2", "a\nb {\nc\n", "2:3: { is not closed"},
		{"stray brace", "a }", "3: } without {"},
		{"stray brace first", "}", "1: } without {"},
		{"stray brace behind a block", "a { b } }", "9: } without {"},
		{"empty block", "each { }", "6: empty block"},
		{"empty block of lines", "each {\n # x\n;}", "6: empty block"},
		{"brace inside a word", "a b{c", "4: quote the { inside a word, or put a blank before it"},
		{"brace at the end of a word", "a { b}", "6: quote the } inside a word, or put a blank before it"},
		{"brace behind quotes", "a 'b'{c", "6: quote the { inside a word, or put a blank before it"},
		{"brace behind a placeholder", "a {}}", "5: quote the } inside a word, or put a blank before it"},
		{"single quote is not closed", "a 'b | c", "3: ' is not closed"},
		{"single quote inside a word", "a b'c", "4: ' is not closed"},
		{"double quote is not closed", "a \"b\nc", "3: \" is not closed"},
		{"double quote and backslash", `a "b\`, `3: " is not closed`},
		{"double quote and escaped quote", `a "b\"`, `3: " is not closed`},
		{"backslash at the end", `ä b\`, `4: nothing follows \`},
		{"variable is not closed", "a ${b", "3: ${ is not closed"},
		{"variable is not closed on its line", "a ${b\n}", "3: ${ is not closed"},
		{"variable is not closed in quotes", `a "x ${b"`, "6: ${ is not closed"},
		{"variable without a name", "a ${}", `3: ${…} must hold the name of a variable, not ""`},
		{"variable with a bad name", "a ${b-c}", `3: ${…} must hold the name of a variable, not "b-c"`},
		{"variable with a default", `a "${b:-c}"`, `4: ${…} must hold the name of a variable, not "b:-c"`},
		{"variable with a leading zero", "a ${01}", `3: ${…} must hold the name of a variable, not "01"`},
		{"variable with a digit first", "a ${1b}", `3: ${…} must hold the name of a variable, not "1b"`},
		{"long bad name", "a ${" + strings.Repeat("-", 50) + "}", `3: ${…} must hold the name of a variable, not "` + strings.Repeat("-", 40) + `…"`},
		{"definition without a name", "def { a }", "5: the name is missing after def"},
		{"definition with a bad name", "def a-b { c }", `5: the name of a definition must be letters, digits and _, not "a-b"`},
		{"definition with a quoted name", "def 'a' { c }", `5: the name of a definition must be letters, digits and _, not "'a'"`},
		{"definition without a block", "def f", "6: the block of f is missing"},
		{"definition without a block, semicolon", "def f x ; a", "9: the block of f is missing"},
		{"definition with its block on the next line", "def f\n{ a }", "6: the block of f is missing"},
		{"definition with an empty block", "def f { }", "7: empty block"},
		{"definition with a placeholder", "def f {}", "7: empty block"},
		{"bad parameter", "def f 1x { a }", `7: a parameter must be letters, digits and _, not "1x"`},
		{"variable as a parameter", "def f $x { a }", `7: a parameter must be letters, digits and _, not "$x"`},
		{"quoted parameter with a default", "def f 'x=1' { a }", `7: a parameter must be letters, digits and _, not "'x=1'"`},
		{"default without a parameter", "def f =1 { a }", `7: a parameter must be letters, digits and _, not "=1"`},
		{"no default after one", "def f x=1 y { a }", "11: parameter y must have a default, as x before it has one"},
		{"parameter with a default twice", "def f x x=1 { a }", "9: parameter x stands twice"},
		{"import of two files", "import a b", "10: an import names one file; a name with blanks is quoted"},
		{"bar behind an import", "import a | b", `10: an import ends with its file: write ; or a new line before "|"`},
		{"redirection behind an import", "import a > b", `10: an import ends with its file: write ; or a new line before ">"`},
		{"import in a block", "a { import b }", "5: an import stands outside of blocks"},
		{"parameter twice", "def f x y x { a }", "11: parameter x stands twice"},
		{"word behind a definition", "def f { a } b", `13: a definition ends with its block: write ; or a new line before "b"`},
		{"bar behind a definition", "def f { a } | b", `13: a definition ends with its block: write ; or a new line before "|"`},
		{"redirection behind a definition", "def f { a } > b", `13: a definition ends with its block: write ; or a new line before ">"`},
		{"too deep", deep, fmt.Sprintf("%d: blocks are nested too deep", 4*maxDepth+3)},
		{"much too deep", strings.Repeat("a { ", 1<<16), fmt.Sprintf("%d: blocks are nested too deep", 4*maxDepth+3)},
		{"the first of two errors", "a | | 'b", "3: a stage is missing after |"},
		{"the first of two errors in a definition", "def a-b 'c", `5: the name of a definition must be letters, digits and _, not "a-b"`},
		{"quote behind a bar", "a | 'b", "5: ' is not closed"},
		{"quote as a target", "a > 'b", "5: ' is not closed"},
		{"quote behind a definition", "def f { a } 'b", "13: ' is not closed"},
		{"quote as a parameter", "def f 'b", "7: ' is not closed"},
		{"quote in a block", "a { b 'c", "7: ' is not closed"},
		{"quote as a stage", "'a", "1: ' is not closed"},
		{"byte order mark has no column", "\uFEFFa |", "3: a stage is missing after |"},
		{"columns count characters", "'äöü' | 世 |", "11: a stage is missing after |"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := Parse(tt.src)
			if err == nil {
				t.Fatalf("got %s, want error %q", dump(l), tt.want)
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			var e *Error
			if !errors.As(err, &e) || e.Src != tt.src || e.Stage != "" {
				t.Errorf("got %#v, want an *Error with the source", err)
			}
		})
	}
}

func TestParseNamed(t *testing.T) {
	_, err := ParseNamed("x.mtp", "a\nb |")
	if got, want := fmt.Sprint(err), "x.mtp:2:3: a stage is missing after |"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if l, err := ParseNamed("x.mtp", "a"); err != nil || dump(l) != "(a)" {
		t.Errorf("got %v, %v, want (a)", l, err)
	}
}

func TestParseDeepest(t *testing.T) {
	src := strings.Repeat("a { ", maxDepth) + "b" + strings.Repeat(" }", maxDepth)
	if got := mustParse(t, src).String(); got != src {
		t.Errorf("got %q, want %q", got, src)
	}
	// Only what is open counts.
	mustParse(t, "zip"+strings.Repeat(" { a }", 2*maxDepth))
}

func TestWalk(t *testing.T) {
	l := mustParse(t, "def f n { a $n }\nb { c } x > y")
	var got []string
	Walk(l, func(n Node) bool {
		pos := n.Position()
		got = append(got, fmt.Sprintf("%s@%d:%d", strings.TrimPrefix(fmt.Sprintf("%T", n), "*syntax."), pos.Line, pos.Col))
		return true
	})
	want := "List@1:1 Definition@1:1 Word@1:5 Word@1:7 Block@1:9 List@1:11 Pipeline@1:11 Call@1:11 Word@1:11 Word@1:13 " +
		"Pipeline@2:1 Call@2:1 Word@2:1 Block@2:3 List@2:5 Pipeline@2:5 Call@2:5 Word@2:5 Word@2:9 Redirection@2:11 Word@2:13"
	if got := strings.Join(got, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWalkSkips(t *testing.T) {
	var words []string
	Walk(mustParse(t, "a { b } c"), func(n Node) bool {
		if w, ok := n.(*Word); ok {
			words = append(words, w.Raw)
		}
		_, block := n.(*Block)
		return !block
	})
	if got, want := strings.Join(words, " "), "a c"; got != want {
		t.Errorf("got words %q, want %q", got, want)
	}
}

func TestBlockBounds(t *testing.T) {
	src := "ä {\n b\n} | c"
	block := mustParse(t, src).Items[0].(*Pipeline).Calls[0].Args[0].(*Block)
	if got, want := src[block.Pos.Offset:block.End.Offset], "{\n b\n}"; got != want {
		t.Errorf("got block %q, want %q", got, want)
	}
	if want := (Pos{Offset: 9, Line: 3, Col: 2}); block.End != want {
		t.Errorf("got end %v, want %v", block.End, want)
	}
	if got, want := src[block.List.Pos.Offset:block.List.End.Offset], "\n b\n"; got != want {
		t.Errorf("got list %q, want %q", got, want)
	}
}

func TestWord(t *testing.T) {
	vars := map[string]string{"x": "1 2", "it": "$x", "10": "ten", "@": "all", "#": "3"}
	tests := []struct {
		name, src, literal string
		isLiteral, quoted  bool
		isAll              bool
		expanded           string
	}{
		{name: "bare", src: `a`, literal: "a", isLiteral: true, expanded: "a"},
		{name: "quoted", src: `a'b c'`, literal: "ab c", isLiteral: true, quoted: true, expanded: "ab c"},
		{name: "empty quotes", src: `''`, isLiteral: true, quoted: true},
		{name: "escaped", src: `\$x`, literal: "$x", isLiteral: true, quoted: true, expanded: "$x"},
		{name: "variable", src: `$x`, expanded: "1 2"},
		{name: "variable inside", src: `a${x}b`, expanded: "a1 2b"},
		{name: "variable in quotes", src: `"<$x>"`, quoted: true, expanded: "<1 2>"},
		{name: "values are not expanded", src: `$it`, expanded: "$x"},
		{name: "number", src: `${10}`, expanded: "ten"},
		{name: "all", src: `$@`, isAll: true, expanded: "all"},
		{name: "all in quotes", src: `"$@"`, quoted: true, isAll: true, expanded: "all"},
		{name: "all in braces", src: `${@}`, isAll: true, expanded: "all"},
		{name: "all and more", src: `$@x`, expanded: "allx"},
		{name: "all as text", src: `'$@'`, literal: "$@", isLiteral: true, quoted: true, expanded: "$@"},
		{name: "how many", src: `$#`, expanded: "3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := oneWord(t, tt.src)
			if got, ok := w.Literal(); got != tt.literal || ok != tt.isLiteral {
				t.Errorf("Literal: got %q, %t, want %q, %t", got, ok, tt.literal, tt.isLiteral)
			}
			if got := w.Quoted(); got != tt.quoted {
				t.Errorf("Quoted: got %t, want %t", got, tt.quoted)
			}
			if got := w.IsAll(); got != tt.isAll {
				t.Errorf("IsAll: got %t, want %t", got, tt.isAll)
			}
			got, err := w.Expand(func(name string) (string, bool) { s, ok := vars[name]; return s, ok })
			if err != nil || got != tt.expanded {
				t.Errorf("Expand: got %q, %v, want %q", got, err, tt.expanded)
			}
		})
	}
}

func TestExpandUnset(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"name", `$x`, "1: $x is not set"},
		{"inside quotes", `"ä $y"`, "4: $y is not set"},
		{"braces", `a${name}b`, "2: $name is not set"},
		{"number", `${12}`, "1: ${12} is not set"},
		{"zero", `$0`, "1: $0 is not set"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := oneWord(t, tt.src).Expand(func(string) (string, bool) { return "", false })
			if err == nil || err.Error() != tt.want || got != "" {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}
