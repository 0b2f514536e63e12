package syntax

import (
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd       tokenKind = iota // end of the text
	tokenError                      // always the last token; text is the message
	tokenNewline                    // a line end outside quotes
	tokenSemicolon                  // ;
	tokenBar                        // |
	tokenOpen                       // { that opens a block
	tokenClose                      // }
	tokenRedirect                   // < > >>
	tokenWord
)

type token struct {
	kind tokenKind
	pos  Pos
	text string // as written, or the message of an error
	word *Word  // of a tokenWord
}

const (
	eof = -1

	byteOrderMark = "\uFEFF"

	// wordBounds ends an unquoted word.
	wordBounds = " \t\r\n;|<>"
	// wordBreaks interrupts plain text inside an unquoted word.
	wordBreaks = wordBounds + `'"\${}`
	// spread stands, unquoted as {} does, for all elements of a value.
	spread = "{...}"
)

// stateFunc scans a piece of the text and returns the state that scans on, nil at the end.
type stateFunc func(*lexer) stateFunc

type lexer struct {
	src    string
	pos    Pos // of the next character
	tokens []token
	word   *Word  // the word being read, nil between words
	joined []byte // the text of its last part, if that was joined of pieces
}

// lex returns the tokens of src. The last one is a tokenEnd or a tokenError. A first line that begins with "#!" needs no
// care here: it is a comment.
func lex(src string) []token {
	l := &lexer{src: src, pos: Pos{Line: 1, Col: 1}}
	if strings.HasPrefix(src, byteOrderMark) {
		l.pos.Offset = len(byteOrderMark)
	}
	for state := lexItem; state != nil; {
		state = state(l)
	}
	return l.tokens
}

func (l *lexer) rest() string { return l.src[l.pos.Offset:] }

// peek returns the byte n places ahead, or eof.
func (l *lexer) peek(n int) int {
	if i := l.pos.Offset + n; i < len(l.src) {
		return int(l.src[i])
	}
	return eof
}

// advance moves over n bytes, which must not end inside a character, and returns them.
func (l *lexer) advance(n int) string {
	start := l.pos.Offset
	for l.pos.Offset < start+n {
		if l.src[l.pos.Offset] == '\n' {
			l.pos = Pos{Offset: l.pos.Offset + 1, Line: l.pos.Line + 1, Col: 1}
			continue
		}
		_, width := utf8.DecodeRuneInString(l.rest())
		l.pos.Offset += width
		l.pos.Col++
	}
	return l.src[start:l.pos.Offset]
}

// emit adds a token of the next n bytes.
func (l *lexer) emit(kind tokenKind, n int) stateFunc {
	pos := l.pos
	l.tokens = append(l.tokens, token{kind: kind, pos: pos, text: l.advance(n)})
	return lexItem
}

// fail ends the tokens with an error.
func (l *lexer) fail(pos Pos, msg string) stateFunc {
	l.tokens = append(l.tokens, token{kind: tokenError, pos: pos, text: msg})
	return nil
}

// continuation returns the length of a backslash and the line end behind it, 0 if there is none.
func (l *lexer) continuation() int {
	switch rest := l.rest(); {
	case strings.HasPrefix(rest, "\\\n"):
		return 2
	case strings.HasPrefix(rest, "\\\r\n"):
		return 3
	}
	return 0
}

// skipBlanks moves over blanks and continued lines. A carriage return alone is a blank, too.
func (l *lexer) skipBlanks() {
	for {
		n := l.continuation()
		switch l.peek(0) {
		case ' ', '\t':
			n = 1
		case '\r':
			if l.peek(1) != '\n' {
				n = 1
			}
		}
		if n == 0 {
			return
		}
		l.advance(n)
	}
}

// lexItem scans between words.
func lexItem(l *lexer) stateFunc {
	l.skipBlanks()
	switch l.peek(0) {
	case eof:
		l.emit(tokenEnd, 0)
		return nil
	case '\n':
		return l.emit(tokenNewline, 1)
	case '\r': // with the line feed that skipBlanks has seen
		return l.emit(tokenNewline, 2)
	case ';':
		return l.emit(tokenSemicolon, 1)
	case '|':
		return l.emit(tokenBar, 1)
	case '<', '>':
		return lexRedirect
	case '{':
		if l.peek(1) != '}' && !strings.HasPrefix(l.rest(), spread) {
			return l.emit(tokenOpen, 1)
		}
	case '}':
		return l.emit(tokenClose, 1)
	case '#':
		return lexComment
	}
	l.word = &Word{Pos: l.pos}
	return lexWord
}

// lexRedirect scans < > >>, and refuses what shells have besides.
func lexRedirect(l *lexer) stateFunc {
	rest := l.rest()
	for _, r := range refusals {
		if strings.HasPrefix(rest, r.op) {
			return l.fail(l.pos, "there is no "+r.op+r.instead)
		}
	}
	if strings.HasPrefix(rest, ">>") {
		return l.emit(tokenRedirect, 2)
	}
	return l.emit(tokenRedirect, 1)
}

func lexComment(l *lexer) stateFunc {
	n := strings.IndexByte(l.rest(), '\n')
	if n < 0 {
		n = len(l.rest())
	}
	l.advance(n)
	return lexItem
}

// lexWord scans inside a word, outside quotes.
func lexWord(l *lexer) stateFunc {
	switch c := l.peek(0); c {
	case eof, ' ', '\t', '\r', '\n', ';', '|', '<', '>':
		return lexWordEnd
	case '\'':
		return lexSingle
	case '"':
		return lexDouble
	case '\\':
		return lexEscape
	case '$':
		return lexDollar
	case '{', '}':
		if strings.HasPrefix(l.rest(), spread) {
			l.addNext(len(spread), false)
			return lexWord
		}
		if !strings.HasPrefix(l.rest(), "{}") {
			return l.fail(l.pos, "quote the "+string(rune(c))+" inside a word, or put a blank before it")
		}
		l.addNext(2, false)
		return lexWord
	}
	n := strings.IndexAny(l.rest(), wordBreaks)
	if n < 0 {
		n = len(l.rest())
	}
	l.addNext(n, false)
	return lexWord
}

// lexWordEnd hands over the word. An empty literal that stands beside a quoted variable says nothing and is dropped.
func lexWordEnd(l *lexer) stateFunc {
	l.settle()
	w := l.word
	parts := w.Parts[:0]
	for i, p := range w.Parts {
		beside := len(parts) > 0 && parts[len(parts)-1].Quoted || i+1 < len(w.Parts) && w.Parts[i+1].Quoted
		if p.Text != "" || !beside {
			parts = append(parts, p)
		}
	}
	w.Parts = parts
	w.End = l.pos
	w.Raw = l.src[w.Pos.Offset:w.End.Offset]
	if c := l.peek(0); c == '<' || c == '>' {
		if pos, msg := joinedRedirect(w, string(rune(c))); msg != "" {
			return l.fail(pos, msg)
		}
	}
	l.tokens = append(l.tokens, token{kind: tokenWord, pos: w.Pos, text: w.Raw, word: w})
	l.word = nil
	return lexItem
}

// add puts a part to the word, or its text to the part before if both are literals quoted alike. The text of a literal
// begins at at.
func (l *lexer) add(kind PartKind, pos, at Pos, text string, quoted bool) {
	w := l.word
	if n := len(w.Parts) - 1; n >= 0 && kind == Literal && w.Parts[n].Kind == Literal && w.Parts[n].Quoted == quoted {
		p := &w.Parts[n]
		if len(l.joined) == 0 {
			l.joined = append(l.joined, p.Text...)
		}
		p.runs = append(p.runs, run{from: len(l.joined), pos: at})
		l.joined = append(l.joined, text...)
		return
	}
	l.settle()
	p := Part{Kind: kind, Text: text, Quoted: quoted, Pos: pos}
	if kind == Literal {
		p.runs = []run{{pos: at}}
	}
	w.Parts = append(w.Parts, p)
}

// escaped notes that what was added is quoted by a backslash.
func (l *lexer) escaped() {
	p := &l.word.Parts[len(l.word.Parts)-1]
	p.runs[len(p.runs)-1].escaped = true
}

// settle gives the word's last part the text that was joined for it.
func (l *lexer) settle() {
	if len(l.joined) > 0 {
		l.word.Parts[len(l.word.Parts)-1].Text = string(l.joined)
		l.joined = l.joined[:0]
	}
}

// addNext puts the next n bytes to the word as they are.
func (l *lexer) addNext(n int, quoted bool) {
	pos := l.pos
	l.add(Literal, pos, pos, l.advance(n), quoted)
}

func lexSingle(l *lexer) stateFunc {
	open := l.pos
	n := strings.IndexByte(l.rest()[1:], '\'')
	if n < 0 {
		return l.fail(open, "' is not closed")
	}
	text := l.advance(n + 2)
	at := open
	at.Offset, at.Col = at.Offset+1, at.Col+1
	l.add(Literal, open, at, text[1:n+1], true)
	return lexWord
}

func lexDouble(l *lexer) stateFunc {
	open := l.pos
	l.advance(1)
	l.add(Literal, open, l.pos, "", true) // the word is quoted even if nothing follows
	for {
		n := strings.IndexAny(l.rest(), `"$\`)
		if n < 0 {
			return l.fail(open, `" is not closed`)
		}
		if n > 0 {
			l.addNext(n, true)
		}
		switch l.peek(0) {
		case '"':
			l.advance(1)
			return lexWord
		case '$':
			if msg := l.variable(true); msg != "" {
				return l.fail(l.pos, msg)
			}
		default:
			l.doubleEscape()
		}
	}
}

// doubleEscape reads a backslash between double quotes: it quotes what is special there and is text before the rest.
func (l *lexer) doubleEscape() {
	if n := l.continuation(); n > 0 {
		l.advance(n)
		return
	}
	pos := l.pos
	text := l.advance(1)
	switch l.peek(0) {
	case '$', '"', '\\', '`':
		l.add(Literal, pos, pos, l.advance(1), true)
		l.escaped()
		return
	}
	l.add(Literal, pos, pos, text, true)
}

// lexEscape scans a backslash outside quotes.
func lexEscape(l *lexer) stateFunc {
	if n := l.continuation(); n > 0 {
		l.advance(n)
		return lexWord
	}
	pos := l.pos
	if l.peek(1) == eof {
		return l.fail(pos, `nothing follows \`)
	}
	_, width := utf8.DecodeRuneInString(l.rest()[1:])
	text := l.advance(1 + width)
	l.add(Literal, pos, pos, text[1:], true)
	l.escaped()
	return lexWord
}

func lexDollar(l *lexer) stateFunc {
	if msg := l.variable(false); msg != "" {
		return l.fail(l.pos, msg)
	}
	return lexWord
}

// variable reads a variable, or the dollar sign alone if no name follows. It returns what is wrong, with the lexer still at
// the dollar sign.
func (l *lexer) variable(quoted bool) string {
	rest := l.rest()[1:]
	if strings.HasPrefix(rest, "{") {
		return l.braced(rest[1:], quoted)
	}
	n := variableLen(rest)
	if n == 0 {
		l.addNext(1, quoted)
		return ""
	}
	pos := l.pos
	l.advance(1 + n)
	l.add(Variable, pos, pos, rest[:n], quoted)
	return ""
}

// braced reads a variable whose name stands in braces; rest is the text behind the opening one.
func (l *lexer) braced(rest string, quoted bool) string {
	line, _, _ := strings.Cut(rest, "\n")
	name, _, closed := strings.Cut(line, "}")
	if !closed {
		return "${ is not closed"
	}
	if !isVariable(name) {
		return "${…} must hold the name of a variable, not " + Quote(name)
	}
	pos := l.pos
	l.advance(len(name) + 3)
	l.add(Variable, pos, pos, name, quoted)
	return ""
}

// variableLen returns the length of the variable's name that s begins with, 0 if there is none.
func variableLen(s string) int {
	if s == "" {
		return 0
	}
	if s[0] == '@' || s[0] == '#' || isDigit(s[0]) {
		return 1
	}
	n := 0
	for n < len(s) && isNameByte(s[n]) {
		n++
	}
	return n
}

// isVariable reports whether s may stand in ${s}: a name, a number without leading zeros, @ or #.
func isVariable(s string) bool {
	if s == "@" || s == "#" || s == "0" || IsName(s) {
		return true
	}
	return s != "" && s[0] != '0' && strings.Trim(s, "0123456789") == ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
