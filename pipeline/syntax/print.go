package syntax

import "strings"

// String returns the list as a text that parses to the same tree: the same stages, words and quoted parts. Items stand
// on lines of their own, a block stays on its line; comments are not in the tree and are lost.
func (l *List) String() string {
	var b strings.Builder
	printList(&b, l, "\n")
	if s := b.String(); strings.HasPrefix(s, byteOrderMark) {
		return byteOrderMark + s // the first one is skipped, and the word keeps its own
	}
	return b.String()
}

// String returns the pipeline on one line.
func (p *Pipeline) String() string {
	var b strings.Builder
	printItem(&b, p)
	return b.String()
}

// String returns the definition on one line.
func (d *Definition) String() string {
	var b strings.Builder
	printItem(&b, d)
	return b.String()
}

// String returns the import.
func (i *Import) String() string { return "import " + i.File.String() }

// String returns the stage with its arguments and redirections.
func (c *Call) String() string {
	var b strings.Builder
	printCall(&b, c)
	return b.String()
}

// String returns the block with its braces.
func (b *Block) String() string {
	var out strings.Builder
	printBlock(&out, b)
	return out.String()
}

// String returns the operator and its target.
func (r *Redirection) String() string { return r.Op + " " + r.Target.String() }

// String returns the word with the quotes it needs and no others than it had.
func (w *Word) String() string {
	var b strings.Builder
	printWord(&b, w)
	return b.String()
}

func printList(b *strings.Builder, l *List, separator string) {
	for i, item := range l.Items {
		if i > 0 {
			b.WriteString(separator)
		}
		printItem(b, item)
	}
}

func printItem(b *strings.Builder, item Item) {
	switch item := item.(type) {
	case *Pipeline:
		for i, c := range item.Calls {
			if i > 0 {
				b.WriteString(" | ")
			}
			if i == 0 && c.readsAsItem() {
				printQuoted(b, []Part{{Text: c.Name.Parts[0].Text, Quoted: true}})
				printArgs(b, c)
				continue
			}
			printCall(b, c)
		}
	case *Import:
		b.WriteString("import ")
		printWord(b, item.File)
	case *Definition:
		b.WriteString("def ")
		printWord(b, item.Name)
		for _, param := range item.Params {
			b.WriteByte(' ')
			printWord(b, param)
		}
		b.WriteByte(' ')
		printBlock(b, item.Body)
	}
}

// readsAsItem reports whether the call would be read as a definition or an import where a pipeline begins.
func (c *Call) readsAsItem() bool {
	if len(c.Args) == 0 {
		return false
	}
	_, word := c.Args[0].(*Word)
	return c.Name.IsPlain("def") || word && c.Name.IsPlain("import")
}

func printCall(b *strings.Builder, c *Call) {
	printWord(b, c.Name)
	printArgs(b, c)
}

func printArgs(b *strings.Builder, c *Call) {
	for _, arg := range c.Args {
		b.WriteByte(' ')
		switch arg := arg.(type) {
		case *Word:
			printWord(b, arg)
		case *Block:
			printBlock(b, arg)
		}
	}
	for _, r := range c.Redirs {
		b.WriteString(" " + r.Op + " ")
		printWord(b, r.Target)
	}
}

func printBlock(b *strings.Builder, block *Block) {
	b.WriteString("{ ")
	printList(b, block.List, "; ")
	b.WriteString(" }")
}

// printWord writes runs of quoted parts between one pair of quotes each, and the others bare.
func printWord(b *strings.Builder, w *Word) {
	parts := printable(w.Parts)
	for i := 0; i < len(parts); {
		if !parts[i].Quoted {
			printPart(b, parts, i)
			i++
			continue
		}
		end := i
		for end < len(parts) && parts[end].Quoted {
			end++
		}
		printQuoted(b, parts[i:end])
		i = end
	}
}

// printable returns parts with neighbouring literals joined and all literals quoted that cannot stand bare.
func printable(parts []Part) []Part {
	var out []Part
	for _, p := range parts {
		if n := len(out) - 1; n >= 0 && p.Kind == Literal && out[n].Kind == Literal && out[n].Quoted == p.Quoted {
			out[n].Text += p.Text
			continue
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		return []Part{{Kind: Literal, Quoted: true}}
	}
	for i := range out {
		if p := &out[i]; p.Kind == Literal && !p.Quoted {
			p.Quoted = !standsBare(p.Text, i == 0)
		}
	}
	return out
}

// standsBare reports whether the lexer reads s as nothing but text, at the beginning of a word or inside one.
func standsBare(s string, begins bool) bool {
	if !begins {
		s = "x" + s
	}
	tokens := lex(" " + s) // the blank keeps a byte order mark from being skipped
	if len(tokens) != 2 || tokens[0].kind != tokenWord || tokens[1].kind != tokenEnd {
		return false
	}
	w := tokens[0].word
	return w.Raw == s && w.IsPlain(s)
}

// printPart writes parts[i], which is not quoted, as far as the next part allows it.
func printPart(b *strings.Builder, parts []Part, i int) {
	if parts[i].Kind == Literal {
		b.WriteString(parts[i].Text)
		return
	}
	after := ""
	if i+1 < len(parts) && parts[i+1].Kind == Literal && !parts[i+1].Quoted {
		after = parts[i+1].Text
	}
	b.WriteString(variableText(parts[i].Text, after))
}

// variableText returns $name, or ${name} where the name would be read otherwise, alone or with after behind it.
func variableText(name, after string) string {
	if variableLen(name+after) == len(name) {
		return "$" + name
	}
	return "${" + name + "}"
}

// printQuoted writes quoted parts: between single quotes if these do, else between double quotes.
func printQuoted(b *strings.Builder, parts []Part) {
	if len(parts) == 1 && parts[0].Kind == Literal {
		text := parts[0].Text
		if !strings.Contains(text, "'") || strings.ContainsAny(text, `$"\`) {
			b.WriteString("'" + strings.ReplaceAll(text, "'", `'\''`) + "'")
			return
		}
	}
	b.WriteByte('"')
	for i, p := range parts {
		after := ""
		if i+1 < len(parts) && parts[i+1].Kind == Literal {
			after = parts[i+1].Text
		}
		switch p.Kind {
		case Variable:
			b.WriteString(variableText(p.Text, after))
		default:
			printDouble(b, p.Text)
		}
	}
	b.WriteByte('"')
}

// printDouble writes text as it stands between double quotes.
func printDouble(b *strings.Builder, text string) {
	for i := range len(text) {
		switch c := text[i]; c {
		case '$', '"':
			b.WriteByte('\\')
		case '\\':
			// Before an ordinary character a backslash is text.
			if i+1 == len(text) || strings.IndexByte("$\"\\`\r\n", text[i+1]) >= 0 {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(text[i])
	}
}
