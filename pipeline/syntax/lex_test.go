package syntax

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mattn/go-shellwords"
)

var tokenNames = map[tokenKind]string{
	tokenEnd: "end", tokenError: "error", tokenNewline: "newline", tokenSemicolon: ";", tokenBar: "|",
	tokenOpen: "{", tokenClose: "}", tokenRedirect: "redirect", tokenWord: "word",
}

func TestLexTokens(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"empty", "", "1:1 end"},
		{"blanks", " \t\r", "1:4 end"},
		{"words", "a  bc", "1:1 word a; 1:4 word bc; 1:6 end"},
		{"bar ends a word", "a|b", "1:1 word a; 1:2 |; 1:3 word b; 1:4 end"},
		{"semicolon ends a word", "a;b", "1:1 word a; 1:2 ;; 1:3 word b; 1:4 end"},
		{"redirections", "a<b>c>>d", "1:1 word a; 1:2 redirect <; 1:3 word b; 1:4 redirect >; 1:5 word c; 1:6 redirect >>; 1:8 word d; 1:9 end"},
		{"number before redirection", "2 >x", "1:1 word 2; 1:3 redirect >; 1:4 word x; 1:5 end"},
		{"braces", "{ a }", "1:1 {; 1:3 word a; 1:5 }; 1:6 end"},
		{"placeholder", "{} out/{}.txt", "1:1 word {}; 1:4 word out/{}.txt; 1:14 end"},
		{"close then word", "}a", "1:1 }; 1:2 word a; 1:3 end"},
		{"comment", "a # b | c\nd", "1:1 word a; 1:10 newline; 2:1 word d; 2:2 end"},
		{"comment at the end", "#x", "1:3 end"},
		{"number sign inside a word", "a#b", "1:1 word a#b; 1:4 end"},
		{"CRLF", "a\r\nb", "1:1 word a; 1:2 newline; 2:1 word b; 2:2 end"},
		{"lone carriage return", "a\rb", "1:1 word a; 1:3 word b; 1:4 end"},
		{"continuation between words", "a \\\n b", "1:1 word a; 2:2 word b; 2:3 end"},
		{"continuation then comment", "a \\\n#b", "1:1 word a; 2:3 end"},
		{"continuation inside a word", "a\\\r\nb", "1:1 word a\\\r\nb; 2:2 end"},
		{"byte order mark", "\uFEFFa", "1:1 word a; 1:2 end"},
		{"interpreter line", "#!/usr/bin/env -S mtpipe -f\na", "1:28 newline; 2:1 word a; 2:2 end"},
		{"mark and interpreter line", "\uFEFF#!x\na", "1:4 newline; 2:1 word a; 2:2 end"},
		{"columns count characters", "äö 世 b", "1:1 word äö; 1:4 word 世; 1:6 word b; 1:7 end"},
		{"invalid bytes count one each", "\xff\xe4\xb8 b", "1:1 word \xff\xe4\xb8; 1:5 word b; 1:6 end"},
		{"lines inside quotes", "'a\nb' c", "1:1 word 'a\nb'; 2:4 word c; 2:5 end"},
		{"separators in quotes", `'|' ";"`, `1:1 word '|'; 1:5 word ";"; 1:8 end`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, tok := range lex(tt.src) {
				s := fmt.Sprintf("%d:%d %s", tok.pos.Line, tok.pos.Col, tokenNames[tok.kind])
				if tok.kind == tokenWord || tok.kind == tokenRedirect {
					s += " " + tok.text
				}
				got = append(got, s)
			}
			if got := strings.Join(got, "; "); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestLexParts(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"bare", `abc`, `1:abc`},
		{"single quotes", `'a $x \ "'`, `1:[a $x \ "]`},
		{"double quotes", `"a $x b"`, `1:[a ] 4:[$x] 6:[ b]`},
		{"variable alone in quotes", `"$x"`, `2:[$x]`},
		{"empty single quotes", `''`, `1:[]`},
		{"empty double quotes", `""`, `1:[]`},
		{"empty quotes in a word", `a''b`, `1:a 2:[] 4:b`},
		{"empty quotes beside a quoted variable", `''"$x"`, `4:[$x]`},
		{"empty quotes beside a bare variable", `''$x`, `1:[] 3:$x`},
		{"quotes side by side", `'a'"b"\c`, `1:[abc]`},
		{"mixed", `a'b'c`, `1:a 2:[b] 5:c`},
		{"backslash quotes one character", `a\bc\ d`, `1:a 2:[b] 4:c 5:[ ] 7:d`},
		{"backslash n is n", `\n\t`, `1:[nt]`},
		{"backslash before a wide character", `\世界`, `1:[世] 3:界`},
		{"backslash before an invalid byte", "\\\xff", "1:[\xff]"},
		{"backslash in double quotes stays", `"\d+\n"`, `1:[\d+\n]`},
		{"backslash in double quotes quotes", "\"\\$x \\\" \\\\ \\`\"", "1:[$x \" \\ `]"},
		{"continuation in double quotes", "\"a\\\nb\\\r\nc\"", `1:[abc]`},
		{"continuation in a word", "a\\\nb", `1:ab`},
		{"name", `$abc_1-x`, `1:$abc_1 7:-x`},
		{"name in braces", `${abc}d`, `1:$abc 7:d`},
		{"digit", `$10`, `1:$1 3:0`},
		{"number in braces", `${10}`, `1:$10`},
		{"all", `$@`, `1:$@`},
		{"all in braces", `${@}`, `1:$@`},
		{"how many", `$#`, `1:$#`},
		{"how many inside a word", `a$#b`, `1:a 2:$# 4:b`},
		{"dollar at the end", `^a$`, `1:^a$`},
		{"dollar before punctuation", `$(a)`, `1:$(a)`},
		{"dollar at the end of quotes", `"^a$"`, `1:[^a$]`},
		{"dollar before quotes", `$'a'`, `1:$ 2:[a]`},
		{"two dollars", `$$x`, `1:$ 2:$x`},
		{"escaped dollar", `\$x`, `1:[$] 3:x`},
		{"backtick is text", "`a`", "1:`a`"},
		{"ampersand is text", `a?b=1&c=2`, `1:a?b=1&c=2`},
		{"placeholder inside", `a{}b{}`, `1:a{}b{}`},
		{"placeholder behind a variable", `$x{}`, `1:$x 3:{}`},
		{"braces in quotes", `a'{'"}"`, `1:a 2:[{}]`},
		{"invalid bytes", "\xff\xfe'\xfd'", "1:\xff\xfe 3:[\xfd]"},
		{"NUL", "a\x00b", "1:a\x00b"},
		{"no-break space is text", "a\u00a0b", "1:a\u00a0b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := oneWord(t, tt.src)
			var got []string
			for _, p := range w.Parts {
				s := p.Text
				if p.Kind == Variable {
					s = "$" + s
				}
				if p.Quoted {
					s = "[" + s + "]"
				}
				got = append(got, fmt.Sprintf("%d:%s", p.Pos.Col, s))
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if w.Raw != tt.src || w.End.Offset != len(tt.src) {
				t.Errorf("got raw %q up to %d, want %q", w.Raw, w.End.Offset, tt.src)
			}
		})
	}
}

// oneWord lexes src, which must be one word.
func oneWord(t *testing.T, src string) *Word {
	t.Helper()
	tokens := lex(src)
	if len(tokens) != 2 || tokens[0].kind != tokenWord || tokens[1].kind != tokenEnd {
		t.Fatalf("%q: got %d tokens, the last %q; want one word", src, len(tokens), tokens[len(tokens)-1].text)
	}
	return tokens[0].word
}

// TestLexLikeShellwords compares the words of random texts with those of go-shellwords. Where the rules differ the texts
// stay away: no parentheses or backticks outside quotes, no \n and \t, no backslash in double quotes but before $, " and
// another one, no variables, no number signs at the beginning of a word, no line ends or bars.
func TestLexLikeShellwords(t *testing.T) {
	pieces := []string{
		"a", "Z", "0", "ä", "世", "-", "--x=", "/", "*", "?", "~", "=", "a#b", "$", "^$", "{}", " ", "  ", "\t", "\r",
		`\a`, `\ `, `\\`, `\'`, `\"`, `\|`, `\;`, `\{`, `\}`, `\$`, `\#`, `\世`,
		`''`, `'a b'`, `'\d'`, `'"'`, `'|;<>{}()'`, "'`'", `'$x'`, "'\n'", `""`, `"a b"`, `"'"`, `"\""`, `"\\"`, `"\$x"`, `"|;<>{}()"`, "\"`\"", "\"\n\"",
	}
	shell := shellwords.NewParser()
	shell.ParseEnv, shell.ParseBacktick, shell.ParseComment = false, false, false
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var src strings.Builder
		for range 1 + rng.IntN(8) {
			src.WriteString(pieces[rng.IntN(len(pieces))])
		}
		// A dollar sign before a letter or a brace begins a variable here.
		if hasVariable(src.String()) || strings.Contains(src.String(), "${") {
			continue
		}
		want, err := shell.Parse(src.String())
		if err != nil {
			t.Fatalf("%q: go-shellwords: %v", src.String(), err)
		}
		compareWords(t, src.String(), want)
	}
}

func hasVariable(src string) bool {
	for _, tok := range lex(src) {
		if tok.kind != tokenWord {
			continue
		}
		if _, ok := tok.word.Literal(); !ok {
			return true
		}
	}
	return false
}

func compareWords(t *testing.T, src string, want []string) {
	t.Helper()
	var got []string
	for _, tok := range lex(src) {
		switch tok.kind {
		case tokenWord:
			text, _ := tok.word.Literal()
			got = append(got, text)
		case tokenOpen, tokenClose:
			got = append(got, tok.text)
		case tokenError:
			t.Errorf("%q: got error %q, want words %q", src, tok.text, want)
			return
		}
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%q: got %q, want %q as go-shellwords has it", src, got, want)
	}
}

// TestPrintForShellwords checks that a printed word means the same to go-shellwords.
func TestPrintForShellwords(t *testing.T) {
	alphabet := []string{"a", "b", " ", "'", `"`, `\`, "$", "|", ";", "<", ">", "{", "}", "#", "\n", "\t", "世", "n", "t", "&x", "`", "(", ")"}
	shell := shellwords.NewParser()
	shell.ParseEnv, shell.ParseBacktick, shell.ParseComment = false, false, true
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		var text strings.Builder
		for range rng.IntN(7) {
			text.WriteString(alphabet[rng.IntN(len(alphabet))])
		}
		w := &Word{Parts: []Part{{Kind: Literal, Text: text.String(), Quoted: true}}}
		got, err := shell.Parse("x " + w.String())
		if err != nil || len(got) != 2 || got[1] != text.String() {
			t.Errorf("%q printed as %s: got %q, %v", text.String(), w, got, err)
		}
	}
}

func TestLexLongWord(t *testing.T) {
	tests := []struct{ name, src string }{
		{"one piece", strings.Repeat("世", 1<<16)},
		{"many pieces", strings.Repeat(`\世`, 1<<16)},
		{"many parts", strings.Repeat("世$x", 1<<16)},
	}
	for _, tt := range tests {
		w := oneWord(t, tt.src)
		if got, want := w.End.Col, utf8.RuneCountInString(tt.src)+1; got != want {
			t.Errorf("%s: got column %d, want %d", tt.name, got, want)
		}
		text, err := w.Expand(func(string) (string, bool) { return "", true })
		if want := strings.Repeat("世", 1<<16); err != nil || text != want {
			t.Errorf("%s: got %s, %v", tt.name, Quote(text), err)
		}
	}
}
