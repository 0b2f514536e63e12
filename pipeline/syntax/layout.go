package syntax

import "strings"

// Layout returns a text laid out anew, with its comments: blanks and empty lines where they make it read well, words as
// they were written. Lines stay lines, and a block that had several is indented. The result parses to the same tree. The
// error is that of ParseNamed.
func Layout(name, src string) (string, error) {
	if _, err := ParseNamed(name, src); err != nil {
		return "", err
	}
	l := &layouter{src: src, tokens: lex(src)}
	for i, t := range l.tokens {
		l.between(src[l.at:t.pos.Offset])
		l.token(i, t)
		l.at = t.pos.Offset + len(t.text)
	}
	l.endLine()
	laid := l.out.String()
	if strings.HasPrefix(src, byteOrderMark) || strings.HasPrefix(laid, byteOrderMark) {
		laid = byteOrderMark + laid // the first one is skipped, and a word keeps its own
	}
	return laid, nil
}

// indentation is that of what stands in a block, and of a pipeline that goes on in a further line.
const indentation = "  "

// layouter writes the tokens of a text that parses.
type layouter struct {
	src    string
	tokens []token
	out    strings.Builder
	at     int // where in src the token before ended

	open   []layoutBlock
	level  int  // how far lines are indented
	line   int  // how far this one is
	begun  bool // there is something in this line
	empty  int  // lines without anything before it
	joined bool // the line before goes on in this one, after a backslash
	bar    bool // what was written last is a bar
	brace  bool // what was written last opens a block
}

// layoutBlock is an open block.
type layoutBlock struct {
	lines       bool // it has line ends of its own
	level, line int  // of where it was opened
}

// between takes in what stands between two tokens: a comment, or a line end after a backslash.
func (l *layouter) between(text string) {
	if i := strings.IndexByte(text, '#'); i >= 0 {
		more := 0
		if l.bar {
			more = 1
		}
		l.put(strings.TrimRight(text[i:], " \t\r"), more)
		return
	}
	l.joined = l.begun && strings.Contains(text, `\`)
}

// put writes something, in a line that is indented by more when it begins with that.
func (l *layouter) put(text string, more int) {
	switch {
	case !l.begun:
		if l.empty > 0 && !l.brace && l.out.Len() > 0 {
			l.out.WriteByte('\n')
		}
		l.line = l.level + more
		l.out.WriteString(strings.Repeat(indentation, l.line))
	case l.joined:
		l.out.WriteString(" \\\n" + strings.Repeat(indentation, l.level+1))
	default:
		l.out.WriteByte(' ')
	}
	l.out.WriteString(text)
	l.begun, l.empty, l.joined, l.brace = true, 0, false, false
}

func (l *layouter) endLine() {
	if l.begun {
		if strings.HasSuffix(l.out.String(), "\\\r") {
			l.out.WriteByte(' ') // or else they would join the lines
		}
		l.out.WriteByte('\n')
	} else {
		l.empty++
	}
	l.begun, l.joined = false, false
}

func (l *layouter) token(i int, t token) {
	switch t.kind {
	case tokenEnd:
	case tokenNewline:
		l.endLine()
	case tokenSemicolon:
		l.semicolon(i)
	case tokenOpen:
		l.openBlock(i)
	case tokenClose:
		l.closeBlock()
	case tokenBar:
		l.put("|", 1)
		l.bar = true
	default:
		more := 0
		if l.bar {
			more = 1
		}
		l.put(t.text, more)
		l.bar = false
	}
}

// semicolon writes one where what it divides stands in one line.
func (l *layouter) semicolon(i int) {
	switch l.tokens[i+1].kind {
	case tokenNewline, tokenSemicolon, tokenEnd, tokenClose:
		return
	}
	if l.begun && !l.brace {
		l.out.WriteByte(';')
	}
}

func (l *layouter) openBlock(i int) {
	l.put("{", 0)
	b := layoutBlock{lines: l.hasLines(i), level: l.level, line: l.line}
	l.open = append(l.open, b)
	l.bar, l.brace = false, true
	if !b.lines {
		return
	}
	l.level = l.line + 1
	if l.tokens[i+1].kind != tokenNewline {
		l.endLine()
	}
}

func (l *layouter) closeBlock() {
	b := l.open[len(l.open)-1]
	l.open = l.open[:len(l.open)-1]
	if b.lines && l.begun {
		l.endLine()
	}
	l.level, l.empty = b.line, 0
	l.put("}", 0)
	l.level, l.line = b.level, b.line
}

// hasLines reports whether the block that token i opens has a line end of its own.
func (l *layouter) hasLines(i int) bool {
	depth := 0
	for _, t := range l.tokens[i+1:] {
		switch {
		case t.kind == tokenOpen:
			depth++
		case t.kind == tokenClose && depth == 0:
			return false
		case t.kind == tokenClose:
			depth--
		case t.kind == tokenNewline && depth == 0:
			return true
		}
	}
	return false
}
