package from

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// pattern writes a regular expression of POSIX, basic or extended, as one of RE2. It complains about
// what RE2 does not have.
func (c *call) pattern(w word, text string, extended bool) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		x := text[i]
		switch {
		case x == '\\' && i+1 < len(text):
			i++
			switch y := text[i]; {
			case y >= '1' && y <= '9':
				return "", c.cannot(w, "a pattern with a reference back")
			case y == '<' || y == '>':
				b.WriteString(`\b`)
			case strings.IndexByte("(){}|+?", y) >= 0 && !extended:
				b.WriteByte(y)
			case y == '/' || y == '"' || y == '\'' || y == '&':
				b.WriteByte(y)
			default:
				b.WriteByte('\\')
				b.WriteByte(y)
			}
		case x == '[':
			end := bracket(text[i:])
			if end == 0 {
				return "", c.cannot(w, "a pattern with a bracket that has no end")
			}
			b.WriteString(strings.ReplaceAll(text[i:i+end], `\`, `\\`))
			i += end - 1
		case !extended && strings.IndexByte("(){}|+?", x) >= 0, !extended && x == '*' && i == 0:
			b.WriteByte('\\')
			b.WriteByte(x)
		default:
			b.WriteByte(x)
		}
	}
	if _, err := regexp.Compile(b.String()); err != nil {
		return "", c.cannot(w, "the pattern "+text)
	}
	return b.String(), nil
}

// bracket returns the length of the bracket expression at the beginning of text, 0 when it has no end.
func bracket(text string) int {
	i := 1
	if strings.HasPrefix(text[i:], "^") {
		i++
	}
	if strings.HasPrefix(text[i:], "]") {
		i++
	}
	for i < len(text) {
		if strings.HasPrefix(text[i:], "[:") {
			end := strings.Index(text[i:], ":]")
			if end < 0 {
				return 0
			}
			i += end + 2
			continue
		}
		if text[i] == ']' {
			return i + 1
		}
		i++
	}
	return 0
}

const grepLong = "invert-match=v ignore-case=i word-regexp=w line-regexp=x fixed-strings=F only-matching=o regexp=e file=f " +
	"after-context=A before-context=B context=C count=c line-number=n with-filename=H no-filename=h max-count=m quiet=q extended-regexp=E"

func grep(c *call) error {
	operands, err := c.parse("viwxFocnHhqEG", "efABCm", grepLong)
	if err != nil {
		return err
	}
	extended := c.given('E') || c.name.text == "egrep" || c.name.text == "rg"
	fixed := c.given('F') || c.name.text == "fgrep"
	stage := []string{"grep"}
	if fixed && !c.given('F') {
		stage = append(stage, "-F")
	}
	pattern := func(w word, text string) (string, error) {
		if fixed {
			return text, nil
		}
		return c.pattern(w, text, extended)
	}
	for _, o := range c.options {
		switch o.letter {
		case 'E', 'G', 'h':
			continue
		case 'e':
			if o.value, err = pattern(o.word, o.value); err != nil {
				return err
			}
		}
		stage = append(stage, "-"+string(o.letter))
		if o.value != "" || o.letter == 'e' {
			stage = append(stage, quote(o.value))
		}
	}
	if !c.given('e') && !c.given('f') {
		if len(operands) == 0 {
			return c.cannot(c.name, "it without a pattern")
		}
		text, err := pattern(operands[0], operands[0].text)
		if err != nil {
			return err
		}
		if strings.HasPrefix(text, "-") {
			stage = append(stage, "-e")
		}
		stage, operands = append(stage, quote(text)), operands[1:]
	}
	if len(operands) > 1 && !c.given('h') {
		if c.given('c') || c.given('q') || c.given('H') {
			return c.cannot(operands[1], "a second file")
		}
		stage = append(stage, "-H")
	}
	if len(operands) == 1 && !operands[0].quoted && strings.ContainsAny(operands[0].text, "*?[") {
		c.note("of several files, grep prints the names, and here -H does")
	}
	if err := c.read(operands); err != nil {
		return err
	}
	c.put(stage...)
	c.note("grep has the status 1 when nothing matches, and here 0")
	return nil
}

// address is where a command of sed acts.
type address struct {
	from, to string // numbers of lines, or $
	pattern  string
}

var sedAddress = pattern(`^(?:(\d+|\$)(?:,(\d+|\$))?|/((?:[^/\\]|\\.)*)/)?\s*`)

func sed(c *call) error {
	operands, err := c.parse("nEr", "e", "quiet=n silent=n regexp-extended=E expression=e")
	if err != nil {
		return err
	}
	var programs []word
	for _, o := range c.options {
		if o.letter == 'e' {
			programs = append(programs, word{o.value, o.word.at, true})
		}
	}
	if programs == nil {
		if len(operands) == 0 {
			return c.cannot(c.name, "it without a program")
		}
		programs, operands = operands[:1], operands[1:]
	}
	if len(operands) > 1 {
		c.note("numbers of lines go on through all files, as sed's do")
	}
	if err := c.read(operands); err != nil {
		return err
	}
	for _, p := range programs {
		rest := strings.TrimSpace(p.text)
		for n := 0; rest != ""; n++ {
			if c.given('n') && n > 0 || len(programs) > 1 && c.given('n') {
				return c.cannot(p, "several commands beside -n")
			}
			if rest, err = c.edit(p, rest); err != nil {
				return err
			}
			rest = strings.TrimLeft(rest, "; \n")
		}
	}
	return nil
}

// edit translates the first command of a program of sed, and returns the rest.
func (c *call) edit(p word, text string) (string, error) {
	m := sedAddress().FindStringSubmatch(text)
	rest := text[len(m[0]):]
	at := address{m[1], m[2], ""}
	if strings.HasPrefix(text, "/") {
		var err error
		if at.pattern, err = c.pattern(p, m[3], c.given('E') || c.given('r')); err != nil {
			return "", err
		}
	}
	if rest == "" || strings.HasPrefix(rest, ",") {
		return "", c.cannot(p, text)
	}
	command := rest[0]
	if (command == 's' || command == 'y') && m[0] == "" && !c.given('n') {
		return c.substitute(p, rest)
	}
	tail := rest[1:]
	if tail != "" && !strings.ContainsRune("; \n", rune(tail[0])) {
		return "", c.cannot(p, text)
	}
	if command == 'd' && c.given('n') || command == 'p' && !c.given('n') || m[0] == "" || strings.IndexByte("pdq", command) < 0 {
		return "", c.cannot(p, text)
	}
	return tail, c.choose(p, command, at)
}

// choose puts the stage that keeps or leaves out the lines of an address.
func (c *call) choose(p word, command byte, at address) error {
	quoted := quote(at.pattern)
	switch {
	case at.from == "" && command == 'p':
		c.put("grep", quoted)
	case at.from == "" && command == 'd':
		c.put("grep -v", quoted)
	case command == 'q' && at.to == "" && at.from != "$" && at.from != "":
		c.put("head", at.from)
	case command == 'p' && at.to == "" && at.from == "$":
		c.put("tail 1")
	case command == 'p' && at.to == "":
		c.put("nth", at.from)
	case command == 'p' && at.to == "$" && at.from != "$":
		n, _ := strconv.Atoi(at.from)
		c.put("skip", strconv.Itoa(n-1))
	case command == 'p' && at.from != "$":
		c.put("slice", at.from, at.to)
	case command == 'd' && at.from == "1" && at.to != "$":
		c.put("skip", map[bool]string{true: "1", false: at.to}[at.to == ""])
	case command == 'd' && at.from == "$" && at.to == "":
		c.put("head -n -1")
	default:
		return c.cannot(p, "this choice of lines")
	}
	return nil
}

// substitute puts the stage for s/a/b/ or y/a/b/.
func (c *call) substitute(p word, text string) (string, error) {
	if len(text) < 4 {
		return "", c.cannot(p, text)
	}
	var parts []string
	i, begin := 2, 2
	for ; i < len(text) && len(parts) < 2; i++ {
		switch text[i] {
		case '\\':
			i++
		case text[1]:
			parts = append(parts, text[begin:i])
			begin = i + 1
		}
	}
	if len(parts) < 2 {
		return "", c.cannot(p, text)
	}
	end := i + strings.IndexAny(text[i:]+";", "; \n}")
	flags := text[i:end]
	if text[0] == 'y' {
		if flags != "" || strings.ContainsAny(parts[0]+parts[1], `\-[`) {
			return "", c.cannot(p, text)
		}
		c.put("tr", quote(parts[0]), quote(parts[1]))
		return text[end:], nil
	}
	if strings.Trim(flags, "gIi") != "" || parts[0] == "" {
		return "", c.cannot(p, "the flags "+flags)
	}
	if text[1] != '/' {
		parts[0] = strings.ReplaceAll(parts[0], `\`+text[1:2], text[1:2])
	}
	from, err := c.pattern(p, parts[0], c.given('E') || c.given('r'))
	if err != nil {
		return "", err
	}
	to, ok := replacement(parts[1])
	if !ok {
		return "", c.cannot(p, "the replacement "+parts[1])
	}
	stage := []string{"replace"}
	if strings.ContainsAny(flags, "Ii") {
		stage = append(stage, "-i")
	}
	if !strings.Contains(flags, "g") {
		stage = append(stage, "--first")
	}
	c.put(append(stage, quote(from), quote(to))...)
	return text[end:], nil
}

// replacement writes what sed puts in place of a match as the stage replace takes it.
func replacement(text string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch x := text[i]; {
		case x == '\\' && i+1 < len(text):
			i++
			switch y := text[i]; {
			case y >= '0' && y <= '9':
				b.WriteString("${" + string(y) + "}")
			case y == 'n' || y == 't' || y == '\\':
				b.WriteString(`\` + string(y))
			case y|0x20 >= 'a' && y|0x20 <= 'z':
				return "", false // \U, \L and the like
			default:
				b.WriteByte(y)
			}
		case x == '&':
			b.WriteString("${0}")
		case x == '$':
			b.WriteString("$$")
		default:
			b.WriteByte(x)
		}
	}
	return b.String(), true
}

// pattern returns what compiles s when it is asked for.
func pattern(s string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(s) })
}
