package syntax

import (
	"errors"
	"strings"
	"testing"
)

var fuzzSeeds = []string{
	"", "\uFEFF", "#!/x\na", "a", "a | b", "a |\nb", "a\n# c\n| b", "a;;b\n", "a | | b", "| a", "a |",
	`lines access.log | grep " 500 " | field 1 | count_by | top 3 count`,
	`take_from { odd 10; even 10 } | pmap --jobs 4 { exec curl {} } > out`,
	"route 'x > 3' { a } else { b }", "try { a } catch { b }",
	"def odd_even n { odd $n; even $n }\nodd_even 10", "def f { }", "def f {}", "def", "def 'x'", "def f a b=1 c=\"$a x\" d= { a $b }", "import a.mtp", "import 'a b' ; b", "'import' a", "a | import b", "import { a }", "import $x/y\n", "a | def b { c }",
	`a "b $x ${y}z \d \" \$ \\" $1 $10 ${10} $@ $# $ $$x`, "a 'b\nc' \\\n d\\\r\ne \\", `a '' ""'' ''$x "$x"''`,
	"a < b > c >> d", "a<b>c", "a 2>&1", "a {}b{} {}", "a{b", "{", "}", "{ }", "${", "${}", "${x", "$", "'", `"`, "`$(x)`",
	"\xff\x00\xfe \u00a0", "a\r\nb\r| c", "世界 | 'é'", "\n\uFEFFa\uFEFF",
}

// FuzzParse checks what Parse promises of any text: it does not panic; positions lie in the text and never go back; the
// printed tree parses to the same tree; an error has a place in the text, and a caret.
func FuzzParse(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		l, err := ParseNamed("f", src)
		if err != nil {
			checkError(t, src, err)
			return
		}
		checkPositions(t, src, l)
		printed := l.String()
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("%q printed as %q: %v", src, printed, err)
		}
		if got, want := dump(again), dump(l); got != want {
			t.Fatalf("%q printed as %q: got tree %s, want %s", src, printed, got, want)
		}
		if got := again.String(); got != printed {
			t.Fatalf("%q printed as %q and then as %q", src, printed, got)
		}
	})
}

func checkError(t *testing.T, src string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got a %T, want an *Error", err)
	}
	if e.Msg == "" || strings.ContainsAny(e.Msg, "\n\x00") {
		t.Errorf("got message %q", e.Msg)
	}
	checkPos(t, src, e.Pos)
	lines := strings.Split(e.Caret(), "\n")
	if len(lines) != 2 || strings.Trim(lines[1], " ") != "^" {
		t.Errorf("%q at %v: got caret %q", src, e.Pos, lines)
	}
}

func checkPos(t *testing.T, src string, p Pos) {
	t.Helper()
	if p.Offset < 0 || p.Offset > len(src) {
		t.Fatalf("%q: got offset %d, want one inside", src, p.Offset)
	}
	before := strings.TrimPrefix(src[:p.Offset], byteOrderMark)
	line := 1 + strings.Count(before, "\n")
	col := 1 + len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
	if p.Line != line || p.Col != col {
		t.Fatalf("%q at %d: got %d:%d, want %d:%d", src, p.Offset, p.Line, p.Col, line, col)
	}
}

func checkPositions(t *testing.T, src string, l *List) {
	t.Helper()
	last := 0
	Walk(l, func(n Node) bool {
		pos := n.Position()
		checkPos(t, src, pos)
		if pos.Offset < last {
			t.Fatalf("%q: %T at %d stands before %d", src, n, pos.Offset, last)
		}
		last = pos.Offset
		switch n := n.(type) {
		case *Word:
			checkWord(t, src, n)
			last = n.End.Offset
		case *Block:
			checkPos(t, src, n.End)
			if s := src[n.Pos.Offset:n.End.Offset]; s[0] != '{' || s[len(s)-1] != '}' {
				t.Fatalf("%q: got block %q", src, s)
			}
		}
		return true
	})
}

func checkWord(t *testing.T, src string, w *Word) {
	t.Helper()
	checkPos(t, src, w.End)
	if got := src[w.Pos.Offset:w.End.Offset]; got != w.Raw || got == "" {
		t.Fatalf("%q: got word %q, raw %q", src, got, w.Raw)
	}
	if len(w.Parts) == 0 {
		t.Fatalf("%q: word %q has no parts", src, w.Raw)
	}
	for i, p := range w.Parts {
		checkPos(t, src, p.Pos)
		if p.Pos.Offset < w.Pos.Offset || p.Pos.Offset >= w.End.Offset || i > 0 && p.Pos.Offset <= w.Parts[i-1].Pos.Offset {
			t.Fatalf("%q: part %d of word %q at %d", src, i, w.Raw, p.Pos.Offset)
		}
	}
}
