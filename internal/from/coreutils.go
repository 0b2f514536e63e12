package from

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func cat(c *call) error {
	operands, err := c.parse("nu", "", "number=n")
	if err != nil {
		return err
	}
	if err := c.read(operands); err != nil {
		return err
	}
	if c.given('n') {
		c.put(`enumerate | format "{n:>6}\t{value}"`)
	}
	return nil
}

// dashes turns the old form -5 into -n 5.
func (c *call) dashes() {
	if len(c.args) > 0 && regexp.MustCompile(`^-\d+$`).MatchString(c.args[0].text) {
		w := c.args[0]
		c.args = append([]word{{"-n" + w.text[1:], w.at, false}}, c.args[1:]...)
	}
}

func head(c *call) error {
	c.dashes()
	operands, err := c.parse("q", "n", "lines=n quiet=q")
	if err != nil {
		return err
	}
	if err := c.single(operands); err != nil {
		return err
	}
	o, ok := c.has('n')
	if !ok {
		o.value = "10"
	}
	if _, err := c.count(o, strings.TrimPrefix(o.value, "-")); err != nil {
		return err
	}
	if strings.HasPrefix(o.value, "-") {
		c.put("head -n", o.value)
	} else {
		c.put("head", o.value)
	}
	return nil
}

func tail(c *call) error {
	c.dashes()
	operands, err := c.parse("qfF", "n", "lines=n quiet=q follow=f")
	if err != nil {
		return err
	}
	if c.given('f') || c.given('F') {
		if o, ok := c.has('n'); ok && o.value != "0" {
			return c.cannot(o.word, "-n beside -f")
		}
		if len(operands) != 1 || !c.first {
			return c.cannot(c.name, "-f without one file")
		}
		c.note("follow begins at the end of the file; tail -f prints the last ten lines before")
		c.put("follow", quote(operands[0].text))
		return nil
	}
	if err := c.single(operands); err != nil {
		return err
	}
	o, ok := c.has('n')
	if !ok {
		o.value = "10"
	}
	n, err := c.count(o, strings.TrimLeft(o.value, "+-"))
	if err != nil {
		return err
	}
	if strings.HasPrefix(o.value, "+") {
		c.put("skip", strconv.Itoa(max(n-1, 0)))
	} else {
		c.put("tail", strconv.Itoa(n))
	}
	return nil
}

func sortLines(c *call) error {
	operands, err := c.parse("nrufhVMs", "kto", "numeric-sort=n reverse=r unique=u ignore-case=f human-numeric-sort=h version-sort=V month-sort=M stable=s key=k field-separator=t output=o")
	if err != nil {
		return err
	}
	if o, ok := c.has('o'); ok {
		return c.fail(o.word.at, "sort: -o is > at the end here")
	}
	if err := c.read(operands); err != nil {
		return err
	}
	c.put(c.same("sort")...)
	c.note("sort goes by bytes, as with LC_ALL=C")
	return nil
}

func uniq(c *call) error {
	operands, err := c.parse("cduDi", "fsw", "count=c repeated=d unique=u ignore-case=i skip-fields=f skip-chars=s check-chars=w")
	if err != nil {
		return err
	}
	if err := c.single(operands); err != nil {
		return err
	}
	c.put(c.same("uniq")...)
	return nil
}

var listed = pattern(`^(\d+)?(-)?(\d+)?$`)

// ranges reads a list of cut, in the order of the line.
func (c *call) ranges(o option) (string, error) {
	parts := strings.Split(o.value, ",")
	from := func(p string) int { n, _ := strconv.Atoi(strings.SplitN(p, "-", 2)[0]); return n }
	for _, p := range parts {
		if !listed().MatchString(p) || strings.Trim(p, "-") == "" {
			return "", c.cannot(o.word, "the list "+o.value)
		}
	}
	slices.SortStableFunc(parts, func(a, b string) int { return from(a) - from(b) })
	for i, p := range parts {
		if p[0] == '-' {
			parts[i] = "1" + p
		}
		if i > 0 && (strings.Contains(parts[i-1], "-") || from(parts[i-1]) == from(p)) {
			return "", c.cannot(o.word, "a list whose parts may meet")
		}
	}
	return strings.Join(parts, ","), nil
}

func cut(c *call) error {
	operands, err := c.parse("s", "dfcb", "delimiter=d fields=f characters=c bytes=b only-delimited=s complement=C")
	if err != nil {
		return err
	}
	if err := c.read(operands); err != nil {
		return err
	}
	if o, ok := c.has('c'); ok {
		return c.characters(o)
	}
	if o, ok := c.has('b'); ok {
		c.note("chars counts characters, not bytes")
		return c.characters(o)
	}
	o, ok := c.has('f')
	if !ok {
		return c.cannot(c.name, "it without -f or -c")
	}
	list, err := c.ranges(o)
	if err != nil {
		return err
	}
	delimiter := "\\t"
	if d, ok := c.has('d'); ok {
		delimiter = d.value
	}
	if c.given('s') {
		c.put("grep -F", quote(delimiter))
	} else {
		c.note("of a line without the delimiter, field leaves nothing or all of it; cut prints it whole")
	}
	stage := []string{"field -d", quote(delimiter)}
	if c.given('C') {
		stage = append(stage, "--complement")
	}
	c.put(append(stage, list)...)
	return nil
}

func (c *call) characters(o option) error {
	m := listed().FindStringSubmatch(o.value)
	if m == nil || m[1]+m[3] == "" {
		return c.cannot(o.word, "the list "+o.value)
	}
	from, to := m[1], m[3]
	switch {
	case m[2] == "":
		to = from
	case from == "":
		from = "1"
	case to == "":
		to = "-1"
	}
	c.put("chars", from, to)
	return nil
}

func tr(c *call) error {
	operands, err := c.parse("dscC", "", "delete=d squeeze-repeats=s complement=c")
	if err != nil {
		return err
	}
	for i, o := range c.options {
		if o.letter == 'C' {
			c.options[i].letter = 'c'
		}
	}
	if len(operands) == 0 || len(operands) > 2 {
		return c.cannot(c.name, "it without its sets")
	}
	if err := c.read(nil); err != nil {
		return err
	}
	words := c.same("tr")
	for _, w := range operands {
		words = append(words, quote(w.text))
	}
	c.put(words...)
	return nil
}

func wc(c *call) error {
	operands, err := c.parse("lwL", "", "lines=l words=w max-line-length=L")
	if err != nil {
		return err
	}
	if len(c.options) != 1 {
		return c.cannot(c.name, "several counts in a line")
	}
	if len(operands) > 0 {
		c.note("wc prints the name of the file, too")
	}
	if err := c.single(operands); err != nil {
		return err
	}
	switch c.options[0].letter {
	case 'l':
		c.note("a last line without a newline counts here")
		c.put("count")
	case 'w':
		c.put(`grep -o '\S+'`)
		c.put("count")
	default:
		c.put(`map "len(it)"`)
		c.put("max")
	}
	return nil
}

func nl(c *call) error {
	operands, err := c.parse("", "b", "body-numbering=b")
	if err != nil {
		return err
	}
	if err := c.read(operands); err != nil {
		return err
	}
	if o, ok := c.has('b'); !ok {
		c.note("nl does not number empty lines")
	} else if o.value != "a" {
		return c.cannot(o.word, "the option -b "+o.value)
	}
	c.put(`enumerate | format "{n:>6}\t{value}"`)
	return nil
}

func reversed(c *call) error {
	operands, err := c.parse("", "", "")
	if err != nil {
		return err
	}
	if c.name.text == "tac" && len(operands) > 1 {
		return c.cannot(operands[1], "a second file")
	}
	if err := c.read(operands); err != nil {
		return err
	}
	c.put(c.name.text)
	return nil
}
