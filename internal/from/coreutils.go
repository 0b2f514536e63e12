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

var listed = regexp.MustCompile(`^(\d+)?(-)?(\d+)?$`)

// ranges reads a list of cut, in the order of the line.
func (c *call) ranges(o option) (string, error) {
	parts := strings.Split(o.value, ",")
	from := func(p string) int { n, _ := strconv.Atoi(strings.SplitN(p, "-", 2)[0]); return n }
	for _, p := range parts {
		if !listed.MatchString(p) || strings.Trim(p, "-") == "" {
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
	m := listed.FindStringSubmatch(o.value)
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

func paste(c *call) error {
	operands, err := c.parse("s", "d", "serial=s delimiters=d")
	if err != nil {
		return err
	}
	delimiter := `\t`
	if o, ok := c.has('d'); ok {
		delimiter = o.value
	}
	if len([]rune(strings.TrimPrefix(delimiter, `\`))) != 1 || strings.ContainsAny(delimiter, "`") {
		return c.cannot(c.name, "several delimiters")
	}
	if c.given('s') {
		if err := c.single(operands); err != nil {
			return err
		}
		c.note("reduce keeps the line in memory")
		c.put("batch 1000000000 | map", quote("join(it, `"+strings.ReplaceAll(delimiter, `\t`, "\t")+"`)"))
		return nil
	}
	if len(operands) < 2 || !c.first {
		return c.cannot(c.name, "it without two files")
	}
	var blocks, template []string
	for i, w := range operands {
		if w.text == "-" {
			return c.cannot(w, "- among the files")
		}
		blocks = append(blocks, "{ lines "+quote(w.text)+" }")
		template = append(template, "{it["+strconv.Itoa(i)+"]}")
	}
	c.note("zip ends with the shortest file; paste goes on to the end of the longest")
	c.put("zip", strings.Join(blocks, " "))
	c.put("format", quote(strings.Join(template, strings.NewReplacer("{", "{{", "}", "}}").Replace(delimiter))))
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

func seq(c *call) error {
	stage := []string{"seq"}
	for _, w := range c.args {
		if _, err := strconv.ParseFloat(w.text, 64); err != nil {
			return c.cannot(w, w.text)
		}
		stage = append(stage, w.text)
	}
	if !c.first || len(stage) == 1 || len(stage) > 4 {
		return c.cannot(c.name, "it in this way")
	}
	c.put(stage...)
	if len(stage) == 3 {
		c.note("seq counts down here when its first number is the larger one")
	}
	return nil
}

func shuf(c *call) error {
	operands, err := c.parse("", "ni", "head-count=n input-range=i")
	if err != nil {
		return err
	}
	if o, ok := c.has('i'); ok {
		from, to, ok := strings.Cut(o.value, "-")
		if !ok || !c.first || len(operands) > 0 {
			return c.cannot(o.word, "the range "+o.value)
		}
		c.put("seq", from, to)
	} else if err := c.single(operands); err != nil {
		return err
	}
	if o, ok := c.has('n'); ok {
		if _, err := c.count(o, o.value); err != nil {
			return err
		}
		c.put("sample", o.value)
	}
	c.put("shuffle")
	return nil
}

func comm(c *call) error {
	operands, err := c.parse("123", "", "")
	if err != nil {
		return err
	}
	if len(operands) != 2 || !c.first || operands[0].text == "-" {
		return c.cannot(c.name, "it without two files")
	}
	a, b := operands[0], operands[1]
	one, two, three := c.given('1'), c.given('2'), c.given('3')
	stage := "minus"
	switch {
	case one && two && !three:
		stage = "intersect"
	case !one && two && three:
	case one && !two && three:
		a, b = b, a
	default:
		return c.cannot(c.name, "columns side by side")
	}
	if err := c.read([]word{a}); err != nil {
		return err
	}
	c.put(stage, "--format lines", quote(b.text))
	c.note("comm pairs equal lines; here a line that comes twice in one file stays twice")
	return nil
}

func tee(c *call) error {
	operands, err := c.parse("a", "", "append=a")
	if err != nil {
		return err
	}
	if err := c.read(nil); err != nil {
		return err
	}
	stage := "write"
	if c.given('a') {
		stage = "append"
	}
	blocks := []string{"tee"}
	for _, w := range operands {
		blocks = append(blocks, "{ "+stage+" "+quote(w.text)+" }")
	}
	c.put(append(blocks, "{ lines }")...)
	return nil
}

func xargs(c *call) error {
	var own []word // what stands before the command
	rest := c.args
	for len(rest) > 0 && strings.HasPrefix(rest[0].text, "-") {
		n := 1
		if text := rest[0].text; len(text) == 2 && strings.Contains("nPId", text[1:]) && len(rest) > 1 {
			n = 2
		}
		own, rest = append(own, rest[:n]...), rest[n:]
	}
	all := c.args
	c.args = own
	if _, err := c.parse("0r", "nPId", "null=0 max-args=n max-procs=P delimiter=d no-run-if-empty=r"); err != nil {
		return err
	}
	c.args = all
	if err := c.read(nil); err != nil {
		return err
	}
	return c.runs(rest)
}

// runs puts the block that xargs runs for each value.
func (c *call) runs(program []word) error {
	place, each := "", c.given('I')
	if o, ok := c.has('I'); ok {
		place = o.value
	}
	if o, ok := c.has('n'); ok {
		if o.value != "1" {
			return c.cannot(o.word, "-n "+o.value)
		}
		each = true
	}
	if o, ok := c.has('0'); ok {
		return c.fail(o.word.at, "xargs: -0 cannot be said here: lines --null reads what a zero byte ends")
	}
	if !each {
		return c.fail(c.name.at, "xargs: all values in one run cannot be said in the same way; with -n 1 it can, and mtpipe help from-xargs shows batch")
	}
	if !c.given('I') && !c.given('d') {
		c.note("xargs splits lines at blanks and takes quotes out; here a value is a line")
	}
	words := []string{"exec"}
	if len(program) == 0 {
		words = append(words, "echo")
	}
	for _, w := range program {
		if strings.ContainsAny(w.text, "{}") && !strings.Contains(w.text, "{}") || place != "" && place != "{}" && strings.Contains(w.text, "{}") {
			return c.cannot(w, "a brace in an argument")
		}
		text := w.text
		if place != "" {
			text = strings.ReplaceAll(text, place, "{}")
		}
		words = append(words, quoteArgument(text))
	}
	if place == "" {
		words = append(words, "{}")
	}
	run := "each"
	if o, ok := c.has('P'); ok {
		n, err := c.count(o, o.value)
		if err != nil {
			return err
		}
		if n != 1 {
			run = "pmap -j " + strconv.Itoa(max(n, 1))
			c.note("pmap keeps the order of the input; with --unordered results come as they are done")
		}
	}
	c.put(run, "{", strings.Join(words, " "), "}")
	return nil
}

// quoteArgument is quote for an argument that may be {}, the value.
func quoteArgument(text string) string {
	if text == "{}" {
		return text
	}
	return quote(text)
}
