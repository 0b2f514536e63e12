package from

import "strings"

// word is a word of a shell's command, without its quotes.
type word struct {
	text   string
	at     int  // where it begins in the source
	quoted bool // in part, at least: a word that the shell does not change any more
}

// command is one command of a pipeline.
type command struct {
	words   []word
	in, out *word // of < and >
	more    bool  // the redirection is >>
}

// lexer reads what POSIX calls a pipeline, as far as its words are known before it runs.
type lexer struct {
	t    *translation
	src  string
	at   int
	list []command
}

// commands returns the commands of the pipeline.
func (t *translation) commands() ([]command, error) {
	l := &lexer{t: t, src: t.src, list: []command{{}}}
	for {
		l.at += len(l.src[l.at:]) - len(strings.TrimLeft(l.src[l.at:], " \t\n"))
		if l.at == len(l.src) {
			break
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	for i, c := range l.list {
		if len(c.words) == 0 && (i > 0 || len(l.list) > 1 || c.in == nil) {
			return nil, t.fail(len(t.src), "a command is missing")
		}
	}
	return l.list, nil
}

// next reads a word or an operator.
func (l *lexer) next() error {
	last := &l.list[len(l.list)-1]
	rest := l.src[l.at:]
	switch {
	case strings.HasPrefix(rest, "||"), strings.HasPrefix(rest, "|&"), strings.HasPrefix(rest, "<<"), strings.HasPrefix(rest, "<("),
		strings.HasPrefix(rest, ">("), strings.ContainsRune("&;()#`", rune(rest[0])):
		return l.t.fail(l.at, "only commands with | between them, and < and >, can be said here")
	case rest[0] == '|':
		l.at++
		l.list = append(l.list, command{})
		return nil
	case rest[0] == '<', rest[0] == '>':
		return l.redirection(last, rest)
	}
	w, err := l.word()
	if err == nil {
		last.words = append(last.words, w)
	}
	return err
}

func (l *lexer) redirection(c *command, rest string) error {
	place := l.at
	l.at++
	if strings.HasPrefix(rest, ">>") {
		c.more = true
		l.at++
	}
	l.at += len(l.src[l.at:]) - len(strings.TrimLeft(l.src[l.at:], " \t"))
	if l.at == len(l.src) || strings.ContainsRune("|<>&;()", rune(l.src[l.at])) {
		return l.t.fail(place, "this redirection cannot be said here")
	}
	w, err := l.word()
	if err != nil {
		return err
	}
	if rest[0] == '<' {
		c.in = &w
	} else {
		c.out = &w
	}
	return nil
}

// word reads a word, whose quotes it removes.
func (l *lexer) word() (word, error) {
	w := word{at: l.at}
	var b strings.Builder
	for l.at < len(l.src) && !strings.ContainsRune(" \t\n|<>&;()", rune(l.src[l.at])) {
		c := l.src[l.at]
		l.at++
		switch c {
		case '\'':
			part, _, ok := strings.Cut(l.src[l.at:], "'")
			if !ok {
				return w, l.t.fail(l.at-1, "this quote has no end")
			}
			b.WriteString(part)
			l.at += len(part) + 1
			w.quoted = true
		case '"':
			if err := l.double(&b); err != nil {
				return w, err
			}
			w.quoted = true
		case '\\':
			if l.at < len(l.src) {
				b.WriteByte(l.src[l.at])
				l.at++
			}
			w.quoted = true
		case '$', '`':
			return w, l.t.fail(l.at-1, "what the shell puts in here is not known: quote it, or write the value")
		default:
			b.WriteByte(c)
		}
	}
	w.text = b.String()
	return w, nil
}

// double reads the rest of a part in double quotes.
func (l *lexer) double(b *strings.Builder) error {
	begin := l.at - 1
	for l.at < len(l.src) {
		c := l.src[l.at]
		l.at++
		switch {
		case c == '"':
			return nil
		case c == '\\' && l.at < len(l.src) && strings.ContainsRune("$`\"\\", rune(l.src[l.at])):
			b.WriteByte(l.src[l.at])
			l.at++
		case c == '`', c == '$' && l.at < len(l.src) && (isLetter(l.src[l.at]) || strings.ContainsRune("({0123456789@*#?", rune(l.src[l.at]))):
			return l.t.fail(l.at-1, "what the shell puts in here is not known: use single quotes, or write the value")
		default:
			b.WriteByte(c)
		}
	}
	return l.t.fail(begin, "this quote has no end")
}

func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// word writes text as a word of mtpipe's language.
func quote(text string) string {
	bare := text != ""
	for i := range len(text) {
		c := text[i]
		bare = bare && (isLetter(c) || c >= '0' && c <= '9' || strings.IndexByte("./:,=+@%^-", c) >= 0 || c >= 0x80)
	}
	switch {
	case bare:
		return text
	case !strings.ContainsAny(text, "\"\\$`"):
		return `"` + text + `"`
	case !strings.Contains(text, "'"):
		return "'" + text + "'"
	}
	return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`, `$`, `\$`).Replace(text) + `"`
}

// inShell writes text as one word of a shell.
func inShell(text string) string {
	if strings.Contains(text, "'") && !strings.ContainsAny(text, "\"$`\\!") {
		return `"` + text + `"`
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
