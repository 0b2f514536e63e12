package syntax

// maxDepth limits how deep blocks may be nested.
const maxDepth = 200

// Parse reads a pipeline text. The error, if any, is an *Error that has the whole text in Src; it is about the first
// thing that is wrong. Parse knows no stages: a stage's name is any word, and what a stage may be given is not checked.
func Parse(src string) (*List, error) { return ParseNamed("", src) }

// ParseNamed is Parse for a script: name is in File of the error.
func ParseNamed(name, src string) (*List, error) {
	p := &parser{file: name, src: src, tokens: lex(src)}
	l, err := p.list()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, p.fail(t.pos, "} without {")
	}
	return l, nil
}

type parser struct {
	file, src string
	tokens    []token // the rest of them; the last one, an end or an error, stays
	depth     int     // open blocks
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if len(p.tokens) > 1 {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) fail(pos Pos, msg string) error {
	return &Error{File: p.file, Pos: pos, Msg: msg, Src: p.src}
}

// missing is fail for what should come next; if the lexer stopped there, its error is the one to tell.
func (p *parser) missing(pos Pos, msg string) error {
	if t := p.peek(); t.kind == tokenError {
		return p.fail(t.pos, t.text)
	}
	return p.fail(pos, msg)
}

func (p *parser) skipNewlines() {
	for p.peek().kind == tokenNewline {
		p.next()
	}
}

func (p *parser) skipSeparators() {
	for p.peek().kind == tokenNewline || p.peek().kind == tokenSemicolon {
		p.next()
	}
}

// list reads up to the end of the text or a closing brace.
func (p *parser) list() (*List, error) {
	l := &List{Pos: p.peek().pos}
	for {
		p.skipSeparators()
		if t := p.peek(); t.kind == tokenEnd || t.kind == tokenClose {
			l.End = t.pos
			return l, nil
		}
		item, err := p.item()
		if err != nil {
			return nil, err
		}
		l.Items = append(l.Items, item)
	}
}

func (p *parser) item() (Item, error) {
	switch {
	case p.atDefinition():
		return p.definition()
	case p.atImport():
		return p.imported()
	}
	return p.pipeline()
}

// pipeline reads stages and the bars between them. It stops at a separator, a closing brace or the end.
func (p *parser) pipeline() (*Pipeline, error) {
	pl := &Pipeline{Pos: p.peek().pos}
	for {
		c, err := p.call()
		if err != nil {
			return nil, err
		}
		pl.Calls = append(pl.Calls, c)
		if !p.atBar() {
			return pl, nil
		}
		bar := p.next()
		p.skipNewlines()
		switch p.peek().kind {
		case tokenWord, tokenOpen, tokenRedirect:
		default:
			return nil, p.missing(bar.pos, "a stage is missing after |")
		}
	}
}

// atBar reports whether a bar comes next, and moves to it over line ends.
func (p *parser) atBar() bool {
	i := 0
	for p.tokens[i].kind == tokenNewline {
		i++ // never beyond the last token, which is no line end
	}
	if p.tokens[i].kind != tokenBar {
		return false
	}
	p.tokens = p.tokens[i:]
	return true
}

// call reads one stage with all that belongs to it.
func (p *parser) call() (*Call, error) {
	name := p.peek()
	switch name.kind {
	case tokenWord:
		p.next()
	case tokenBar:
		return nil, p.fail(name.pos, "a stage is missing before |")
	default:
		return nil, p.missing(name.pos, "the name of a stage is missing before "+name.text)
	}
	c := &Call{Name: name.word, Pos: name.pos}
	for {
		t := p.peek()
		switch t.kind {
		case tokenWord, tokenOpen:
			arg, err := p.arg(c)
			if err != nil {
				return nil, err
			}
			c.Args = append(c.Args, arg)
		case tokenRedirect:
			r, err := p.redirection()
			if err != nil {
				return nil, err
			}
			c.Redirs = append(c.Redirs, r)
		case tokenError:
			return nil, p.fail(t.pos, t.text)
		default:
			return c, nil
		}
	}
}

// arg reads a word or a block of c.
func (p *parser) arg(c *Call) (Arg, error) {
	t := p.peek()
	if len(c.Redirs) > 0 {
		return nil, p.fail(t.pos, p.late(c))
	}
	if t.kind == tokenOpen {
		return p.block()
	}
	return p.next().word, nil
}

// late is the message about an argument behind the redirections of c: with the comparison that may be meant.
func (p *parser) late(c *Call) string {
	r := c.Redirs[0]
	msg := "arguments stand before " + r.Op + "; an expression with " + r.Op + " in it is quoted"
	if len(c.Args) == 0 {
		return msg
	}
	w, ok := c.Args[len(c.Args)-1].(*Word)
	if !ok || w.Quoted() {
		return msg
	}
	whole := p.src[w.Pos.Offset:r.Target.End.Offset]
	if Cut(whole) != whole {
		return msg
	}
	return msg + ": " + (&Word{Parts: []Part{{Text: whole, Quoted: true}}}).String()
}

func (p *parser) redirection() (*Redirection, error) {
	op := p.next()
	if p.peek().kind != tokenWord {
		return nil, p.missing(op.pos, "a file name is missing after "+op.text)
	}
	return &Redirection{Op: op.text, Target: p.next().word, Pos: op.pos}, nil
}

func (p *parser) block() (*Block, error) {
	open := p.next()
	if p.depth == maxDepth {
		return nil, p.fail(open.pos, "blocks are nested too deep")
	}
	p.depth++
	l, err := p.list()
	if err != nil {
		return nil, err
	}
	p.depth--
	if p.peek().kind == tokenEnd {
		return nil, p.fail(open.pos, "{ is not closed")
	}
	end := p.next().pos
	if len(l.Items) == 0 {
		return nil, p.fail(open.pos, "empty block")
	}
	end.Offset++
	end.Col++
	return &Block{List: l, Pos: open.pos, End: end}, nil
}

// atDefinition reports whether a definition comes next. "def" is a keyword only there, unquoted, and with a word or a
// block behind it; everywhere else it is a name like any other.
func (p *parser) atDefinition() bool {
	if t := p.peek(); t.kind != tokenWord || !t.word.IsPlain("def") {
		return false
	}
	after := p.tokens[1].kind // there is one: a word is never the last token
	return after == tokenWord || after == tokenOpen
}

func (p *parser) definition() (*Definition, error) {
	d := &Definition{Pos: p.next().pos}
	t := p.next()
	if t.kind != tokenWord {
		return nil, p.fail(t.pos, "the name is missing after def")
	}
	name, ok := t.word.plainName()
	if !ok {
		return nil, p.fail(t.pos, "the name of a definition must be letters, digits and _, not "+Quote(t.text))
	}
	d.Name = t.word
	if err := p.params(d); err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenOpen {
		return nil, p.missing(t.pos, "the block of "+Short(name)+" is missing")
	}
	body, err := p.block()
	if err != nil {
		return nil, err
	}
	d.Body = body
	return d, p.ended("a definition ends with its block")
}

// ended returns an error with what rule says, unless what was read is followed by a separator, a brace or the end.
func (p *parser) ended(rule string) error {
	switch t := p.peek(); t.kind {
	case tokenEnd, tokenNewline, tokenSemicolon, tokenClose:
		return nil
	default:
		return p.missing(t.pos, rule+": write ; or a new line before "+Quote(t.text))
	}
}

// params reads what stands between the name of d and its block.
func (p *parser) params(d *Definition) error {
	seen := make(map[string]bool)
	before := "" // the last parameter with a default
	for p.peek().kind == tokenWord {
		t := p.next()
		name, byDefault := t.word.Parameter()
		switch {
		case t.text == "{}":
			return p.fail(t.pos, "empty block")
		case name == "":
			return p.fail(t.pos, "a parameter must be letters, digits and _, not "+Quote(t.text))
		case seen[name]:
			return p.fail(t.pos, "parameter "+Short(name)+" stands twice")
		case byDefault == nil && before != "":
			return p.fail(t.pos, "parameter "+Short(name)+" must have a default, as "+Short(before)+" before it has one")
		case byDefault != nil:
			before = name
		}
		seen[name] = true
		d.Params = append(d.Params, t.word)
	}
	return nil
}

// atImport reports whether an import comes next: "import" is a keyword only where a pipeline begins, unquoted, and with a
// word after it.
func (p *parser) atImport() bool {
	t := p.peek()
	return t.kind == tokenWord && t.word.IsPlain("import") && p.tokens[1].kind == tokenWord
}

func (p *parser) imported() (*Import, error) {
	i := &Import{Pos: p.next().pos}
	if p.depth > 0 {
		return nil, p.fail(i.Pos, "an import stands outside of blocks")
	}
	i.File = p.next().word
	if p.peek().kind == tokenWord {
		return nil, p.fail(p.peek().pos, "an import names one file; a name with blanks is quoted")
	}
	return i, p.ended("an import ends with its file")
}
