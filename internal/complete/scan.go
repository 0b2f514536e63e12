package complete

import "strings"

// word is one of a text that may be broken off anywhere.
type word struct {
	start  int
	raw    string // as it stands in the text
	text   string // without its quotes
	quoted bool   // it begins with a quote
	block  bool   // it is a block, which is closed
	open   byte   // the quote that is not closed, 0 when there is none
	at     []int  // where each byte of text stands, and where the word ends
}

// call is a stage as far as it is written.
type call struct {
	words  []word
	start  int
	source string // FILE of "< FILE"
	op     string // a redirection whose file is to come
}

// level is the pipeline that is being written at the end of a text, or of one of the blocks
// around it.
type level struct {
	done []call // whose bar is there
	cur  call
	def  bool // it is the body of a definition
}

// scanned is what is known of a text up to its end, the cursor.
type scanned struct {
	src     string
	levels  []level // the outermost first
	defs    []string
	names   []string // of defs
	imports []string // files
	word    word     // at the cursor; empty when it is to begin there
	comment bool     // the cursor stands in one
}

// scan reads a text as the lexer of the language does, but refuses nothing.
func scan(src string) *scanned {
	s := &scanned{src: src, levels: make([]level, 1)}
	i := 0
	for i < len(src) {
		i = s.token(i)
	}
	l := s.level()
	if n := len(l.cur.words); n > 0 && l.cur.op == "" && !l.cur.words[n-1].block && l.cur.words[n-1].end() == len(src) {
		s.word = l.cur.words[n-1]
		l.cur.words = l.cur.words[:n-1]
	} else if s.word.at == nil {
		s.word = word{start: len(src), at: []int{len(src)}}
	}
	return s
}

func (w *word) end() int { return w.start + len(w.raw) }

func (s *scanned) level() *level { return &s.levels[len(s.levels)-1] }

// token reads what begins at i, and returns where it ends.
func (s *scanned) token(i int) int {
	rest := s.src[i:]
	switch c := rest[0]; {
	case c == ' ' || c == '\t' || c == '\r':
		return i + 1
	case strings.HasPrefix(rest, "\\\n"):
		return i + 2
	case c == '\n' || c == ';':
		s.endPipeline(c == '\n')
		return i + 1
	case c == '|':
		l := s.level()
		l.done, l.cur = append(l.done, l.cur), call{start: i + 1}
		return i + 1
	case c == '<' || c == '>':
		s.level().cur.op = string(c)
		return i + 1
	case c == '#':
		n := strings.IndexByte(rest, '\n')
		if n < 0 {
			s.comment, n = true, len(rest)
		}
		return i + n
	case c == '{' && !strings.HasPrefix(rest, "{}") && !strings.HasPrefix(rest, "{...}"):
		cur := &s.level().cur
		s.levels = append(s.levels, level{def: len(cur.words) > 0 && cur.words[0].text == "def", cur: call{start: i + 1}})
		return i + 1
	case c == '}':
		s.closeBlock(i)
		return i + 1
	}
	w := readWord(s.src, i)
	s.addWord(w)
	return w.end()
}

func (s *scanned) addWord(w word) {
	cur := &s.level().cur
	switch {
	case cur.op == "":
		if len(cur.words) == 0 {
			cur.start = w.start
		}
		cur.words = append(cur.words, w)
		return
	case w.end() == len(s.src): // the cursor stands in the file's name
		s.word = w
		return
	case cur.op == "<":
		cur.source = w.text
	}
	cur.op = ""
}

// endPipeline begins another pipeline. One whose last stage is to come after a bar goes on in the
// next line.
func (s *scanned) endPipeline(newline bool) {
	l := s.level()
	if newline && len(l.cur.words) == 0 && len(l.done) > 0 {
		return
	}
	if w := l.cur.words; len(w) == 2 && w[0].text == "import" && len(l.done) == 0 {
		s.imports = append(s.imports, w[1].text)
	}
	l.done, l.cur = nil, call{}
}

func (s *scanned) closeBlock(i int) {
	if len(s.levels) == 1 {
		return
	}
	s.levels = s.levels[:len(s.levels)-1]
	l := s.level()
	cur := &l.cur
	if len(cur.words) > 1 && cur.words[0].text == "def" {
		s.defs = append(s.defs, s.src[cur.start:i+1])
		s.names = append(s.names, cur.words[1].text)
		l.done, l.cur = nil, call{}
		return
	}
	cur.words = append(cur.words, word{start: i, raw: "}", block: true})
}

// readWord reads a word that begins at i.
func readWord(src string, i int) word {
	w := word{start: i, quoted: src[i] == '\'' || src[i] == '"'}
	var text []byte
	add := func(at int) { text, w.at = append(text, src[at]), append(w.at, at) }
	for ; i < len(src); i++ {
		c := src[i]
		switch {
		case w.open != 0 && c == w.open:
			w.open = 0
		case w.open == '\'':
			add(i)
		case c == '\\' && i+1 < len(src) && (w.open == 0 || strings.IndexByte("$\"\\`", src[i+1]) >= 0):
			i++
			add(i)
		case w.open == '"':
			add(i)
		case c == '\'' || c == '"':
			w.open = c
		case strings.HasPrefix(src[i:], "{}") || strings.HasPrefix(src[i:], "{...}") || strings.HasPrefix(src[i:], "${"):
			n := strings.IndexByte(src[i:], '}')
			if n < 0 {
				n = len(src) - i - 1
			}
			for end := i + n; i < end; i++ {
				add(i)
			}
			add(i)
		case strings.IndexByte(" \t\r\n;|<>{}", c) >= 0 && i > w.start:
			w.text, w.raw, w.at = string(text), src[w.start:i], append(w.at, i)
			return w
		default:
			add(i)
		}
	}
	w.text, w.raw, w.at = string(text), src[w.start:], append(w.at, len(src))
	return w
}
