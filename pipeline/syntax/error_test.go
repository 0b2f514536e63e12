package syntax

import (
	"errors"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
)

func TestErrorText(t *testing.T) {
	cause := errors.New("no such file")
	at := func(line, col int) Pos { return Pos{Line: line, Col: col} }
	tests := []struct {
		name string
		err  Error
		want string
	}{
		{"command line", Error{Pos: at(1, 7), Stage: "head", Msg: "n is missing"}, "7: head: n is missing"},
		{"no stage", Error{Pos: at(1, 7), Msg: "{ is not closed"}, "7: { is not closed"},
		{"second line", Error{Pos: at(2, 3), Stage: "head", Msg: "m"}, "2:3: head: m"},
		{"script", Error{File: "a.mtp", Pos: at(1, 3), Stage: "head", Msg: "m"}, "a.mtp:1:3: head: m"},
		{"script without stage", Error{File: "a.mtp", Pos: at(4, 3), Msg: "m"}, "a.mtp:4:3: m"},
		{"no place", Error{Stage: "head", Msg: "m"}, "head: m"},
		{"script without place", Error{File: "a.mtp", Msg: "m"}, "a.mtp: m"},
		{"message and cause", Error{Pos: at(1, 1), Msg: "m", Err: cause}, "1: m"},
		{"cause alone", Error{Pos: at(1, 1), Stage: "lines", Err: cause}, "1: lines: no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := errors.Unwrap(&tt.err); got != tt.err.Err {
				t.Errorf("Unwrap: got %v, want %v", got, tt.err.Err)
			}
		})
	}
}

func TestCaret(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"first column", "| a", "| a\n^"},
		{"inside", "a | | b", "a | | b\n  ^"},
		{"at the end", "def f", "def f\n     ^"},
		{"second line", "a\nb |\nc } d", "c } d\n  ^"},
		{"first line of several", "a | ;\nb", "a | ;\n  ^"},
		{"CRLF", "def f\r\nb", "def f\n     ^"},
		{"tab", "a\t| |", "a       | |\n        ^"},
		{"two tabs", "\tabc\t}", "        abc     }\n                ^"},
		{"wide", "世界 }", "世界 }\n     ^"},
		{"combining", "e\u0301 }", "e\u0301 }\n  ^"},
		{"control characters", "'\x1b[31m' \x00 }", "'\uFFFD[31m' \uFFFD }\n          ^"},
		{"bidirectional controls", "a\u202e }", "a\uFFFD }\n   ^"},
		{"invalid bytes", "\xff\xfe }", "\uFFFD\uFFFD }\n   ^"},
		{"byte order mark", "\uFEFF }", " }\n ^"},
		{"exactly the window", strings.Repeat("a", 70) + " }", strings.Repeat("a", 70) + " }\n" + strings.Repeat(" ", 71) + "^"},
		{"cut at the end", "} " + strings.Repeat("a", 100), "} " + strings.Repeat("a", 68) + "…\n^"},
		{"cut at the beginning", strings.Repeat("a", 100) + " }", "…" + strings.Repeat("a", 68) + " }\n" + strings.Repeat(" ", 70) + "^"},
		{
			"cut on both sides", strings.Repeat("a", 100) + " } " + strings.Repeat("b", 100),
			"…" + strings.Repeat("a", 47) + " } " + strings.Repeat("b", 20) + "…\n" + strings.Repeat(" ", 49) + "^",
		},
		{
			"wide characters are not halved", strings.Repeat("世", 100) + "} " + strings.Repeat("界", 100),
			"…" + strings.Repeat("世", 24) + "} " + strings.Repeat("界", 10) + "…\n" + strings.Repeat(" ", 49) + "^",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.src)
			if err == nil {
				t.Fatal("got no error")
			}
			got := err.(*Error).Caret()
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			line, _, _ := strings.Cut(got, "\n")
			if n := (&runewidth.Condition{StrictEmojiNeutral: true}).StringWidth(line); n > caretWindow {
				t.Errorf("got %d columns, want at most %d", n, caretWindow)
			}
		})
	}
}

func TestCaretAbsent(t *testing.T) {
	tests := []struct {
		name string
		err  Error
	}{
		{"no source", Error{Pos: Pos{Line: 1, Col: 1}}},
		{"no place", Error{Src: "a"}},
		{"place outside", Error{Src: "a", Pos: Pos{Offset: 2, Line: 1, Col: 3}}},
	}
	for _, tt := range tests {
		if got := tt.err.Caret(); got != "" {
			t.Errorf("%s: got %q, want nothing", tt.name, got)
		}
	}
}

// TestQuote checks that a message never quotes more than 40 characters.
func TestQuote(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"short", "a\n", `"a\n"`},
		{"forty", strings.Repeat("ä", 40), `"` + strings.Repeat("ä", 40) + `"`},
		{"more", strings.Repeat("ä", 41), `"` + strings.Repeat("ä", 40) + `…"`},
	}
	for _, tt := range tests {
		if got := Quote(tt.text); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestPrintable keeps messages from acting on a terminal.
func TestPrintable(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"plain text, ünïcode\t\n", "plain text, ünïcode\t\n"},
		{"red \x1b[31m, bell \a, return \r", `red \x1b[31m, bell \a, return \r`},
		{"turned \u202e round", `turned \u202e round`},
		{"C1 \u009b", `C1 \u009b`},
	} {
		if got := Printable(test.in); got != test.want {
			t.Errorf("%q: got %q, want %q", test.in, got, test.want)
		}
	}
}
