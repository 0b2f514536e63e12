package from

import (
	"strings"
)

var (
	simplePath = pattern(`^\.([A-Za-z_]\w*)$`)
	longPath   = pattern(`^\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)$`)
)

func jq(c *call) error {
	operands, err := c.parse("rcns", "", "raw-output=r compact-output=c null-input=n slurp=s")
	if err != nil {
		return err
	}
	if len(operands) == 0 {
		return c.cannot(c.name, "it without a program")
	}
	if c.given('n') && !strings.Contains(operands[0].text, "input") {
		return c.cannot(c.name, "-n without inputs")
	}
	if err := c.records("json", operands[1:]); err != nil {
		return err
	}
	if !c.given('c') && !c.given('r') {
		c.note("jq lays each value out over several lines; here it is one line, as with jq -c")
	}
	c.note("numbers that nothing is computed of keep their digits: 1.50 stays 1.50")
	program := operands[0].text
	path := simplePath().FindStringSubmatch(program)
	long := longPath().FindStringSubmatch(program)
	switch {
	case c.given('s') || c.given('n') || path == nil && long == nil && program != ".":
		stage := []string{"jq"}
		for _, o := range c.options {
			if o.letter == 's' || o.letter == 'n' {
				stage = append(stage, "-"+string(o.letter))
			}
		}
		c.put(append(stage, inPipeline(program))...)
	case path != nil:
		c.put("get", path[1])
	case long != nil:
		c.put("map", long[1])
	}
	if !c.given('r') {
		c.put("to_json")
	}
	return nil
}

// inPipeline quotes a program of a language in which the dollar is its own.
func inPipeline(text string) string {
	if strings.Contains(text, "$") && !strings.Contains(text, "'") {
		return "'" + text + "'"
	}
	return quote(text)
}

// records puts the reader of a format.
func (c *call) records(format string, operands []word) error {
	files := operands
	if len(files) == 0 {
		files = c.files
	}
	if len(files) > 0 && !c.first {
		return c.cannot(files[0], "a file in the middle of a pipeline")
	}
	stage := []string{format}
	for _, f := range files {
		stage = append(stage, quote(f.text))
	}
	c.put(stage...)
	return nil
}

var mlrFormats = map[string][2]string{ // reader, and the name for -o
	"csv": {"csv", "csv"}, "tsv": {"tsv", "tsv"}, "json": {"json", "json"}, "jsonl": {"jsonl", "jsonl"}, "xtab": {"xtab", "xtab"},
	"dkvp": {"dkvp", "dkvp"}, "nidx": {"nidx", "nidx"}, "pprint": {"columns", "table"}, "md": {"markdown", "markdown"},
}

var mlrShort = map[byte]string{'c': "csv", 't': "tsv", 'j': "json", 'l': "jsonl", 'x': "xtab", 'd': "dkvp", 'n': "nidx", 'p': "pprint", 'm': "md"}

func mlr(c *call) error {
	in, out := "dkvp", "dkvp"
	args := c.args
	var files []word
	for len(args) > 0 && strings.HasPrefix(args[0].text, "-") {
		w := args[0]
		args = args[1:]
		name := strings.TrimLeft(w.text, "-")
		switch _, both := mlrFormats[name]; {
		case both:
			in, out = name, name
		case len(name) == 3 && name[1] == '2' && mlrShort[name[0]] != "" && mlrShort[name[2]] != "":
			in, out = mlrShort[name[0]], mlrShort[name[2]]
		case name == "from" && len(args) > 0:
			files, args = args[:1], args[1:]
		case name != "" && name[0] == 'i' && mlrFormats[name[1:]][0] != "":
			in = name[1:]
		case name != "" && name[0] == 'o' && mlrFormats[name[1:]][0] != "":
			out = name[1:]
		default:
			return c.cannot(w, "the option "+w.text)
		}
	}
	if out == "json" {
		c.note("mlr lays records out over several lines; here each is one")
	}
	stages := len(c.stages)
	for {
		end := 0
		for end < len(args) && args[end].text != "then" {
			end++
		}
		verb := args[:end]
		if end == len(args) {
			var err error
			if verb, files, err = c.splitVerb(verb, files); err != nil {
				return err
			}
		}
		if err := c.verb(verb); err != nil {
			return err
		}
		if end == len(args) {
			break
		}
		args = args[end+1:]
	}
	made := append([]string(nil), c.stages[stages:]...)
	c.stages = c.stages[:stages]
	if err := c.records(mlrFormats[in][0], files); err != nil {
		return err
	}
	c.stages = append(c.stages, made...)
	if !c.last {
		return c.cannot(c.name, "it before other commands")
	}
	last := len(c.stages) - 1
	if one, is := strings.CutPrefix(c.stages[last], "select "); is && out == "nidx" && !strings.Contains(one, " ") {
		c.stages[last] = "get " + one
		return nil
	}
	if out == "nidx" {
		c.note("a value with a blank in it is an error here")
	}
	c.flags = append(c.flags, "-o", mlrFormats[out][1])
	return nil
}

// splitVerb divides the words of the last verb from the files after them.
func (c *call) splitVerb(words, files []word) (verb, rest []word, err error) {
	if len(words) == 0 {
		return nil, nil, c.cannot(c.name, "it without a verb")
	}
	n := 1
	for n < len(words) && strings.HasPrefix(words[n].text, "-") {
		if n++; !strings.Contains(" -x -o -n -a ", " "+words[n-1].text+" ") || words[0].text != "cut" && words[0].text != "top" {
			n++ // with its value
		} else if words[0].text == "top" && words[n-1].text == "-n" {
			n++
		}
	}
	switch words[0].text {
	case "filter", "put", "rename":
		n++
	}
	if n > len(words) {
		return nil, nil, c.cannot(words[0], "a verb that is not whole")
	}
	if n < len(words) {
		files = words[n:]
	}
	return words[:n], files, nil
}

// verb puts the stages of one verb.
func (c *call) verb(words []word) error {
	if len(words) == 0 {
		return c.cannot(c.name, "an empty verb")
	}
	v := &call{translation: c.translation, name: words[0], args: words[1:]}
	names := func(o option) string { return strings.Join(quoted(strings.Split(o.value, ",")), " ") }
	switch v.name.text {
	case "cat", "tac", "unsparsify":
		if len(v.args) > 0 {
			return v.cannot(v.args[0], "this option")
		}
		if v.name.text != "cat" {
			v.put(v.name.text)
		}
		return nil
	case "head", "tail":
		if _, err := v.parse("", "n", ""); err != nil {
			return err
		}
		o, ok := v.has('n')
		if !ok {
			o.value = "10"
		}
		_, err := v.count(o, o.value)
		v.put(v.name.text, o.value)
		return err
	case "cut":
		if _, err := v.parse("xo", "f", ""); err != nil {
			return err
		}
		o, ok := v.has('f')
		switch {
		case !ok:
			return v.cannot(v.name, "it without -f")
		case v.given('x'):
			v.put("drop", names(o))
		case v.given('o'), !strings.Contains(o.value, ","):
			v.put("select", names(o))
		default:
			return v.cannot(o.word, "several names without -o: say in which order")
		}
		return nil
	case "sort":
		return v.order()
	case "uniq", "count-distinct":
		if _, err := v.parse("", "gf", ""); err != nil || len(v.options) == 0 {
			return v.cannot(v.name, "it in this way")
		}
		v.put(map[string]string{"uniq": "distinct", "count-distinct": "count_by"}[v.name.text], names(v.options[0]))
		return nil
	case "count":
		if len(v.args) > 0 {
			return v.cannot(v.args[0], "this option")
		}
		v.put("group_by", quote("count=count()"))
		return nil
	case "stats1":
		return v.stats()
	case "filter", "put", "rename":
		return v.expression()
	case "top":
		if _, err := v.parse("a", "nf", ""); err != nil {
			return err
		}
		f, ok := v.has('f')
		n, many := v.has('n')
		if !many {
			n.value = "1"
		}
		if !ok || !v.given('a') {
			return v.cannot(v.name, "it without -f and -a")
		}
		v.put("top", n.value, quote(f.value))
		return nil
	}
	return v.cannot(v.name, "this verb")
}

func quoted(words []string) []string {
	for i, w := range words {
		words[i] = quote(w)
	}
	return words
}

// order is the verb sort.
func (c *call) order() error {
	stage := []string{"sort"}
	for i := 0; i < len(c.args); i++ {
		w := c.args[i]
		kind := map[string]string{"-nr": ":desc", "-nf": "", "-n": ""}
		end, ok := kind[w.text]
		if i++; !ok || i == len(c.args) {
			return c.cannot(w, "sorting by "+w.text)
		}
		for name := range strings.SplitSeq(c.args[i].text, ",") {
			stage = append(stage, "--by", quote(name+end))
		}
	}
	c.put(stage...)
	return nil
}

// stats is the verb stats1.
func (c *call) stats() error {
	if _, err := c.parse("", "afg", ""); err != nil {
		return err
	}
	a, ok := c.has('a')
	f, also := c.has('f')
	if !ok || !also {
		return c.cannot(c.name, "it without -a and -f")
	}
	stage := []string{"group_by"}
	if g, ok := c.has('g'); ok {
		stage = append(stage, quoted(strings.Split(g.value, ","))...)
	}
	for field := range strings.SplitSeq(f.value, ",") {
		for total := range strings.SplitSeq(a.value, ",") {
			if !strings.Contains(" sum mean min max count ", " "+total+" ") {
				return c.cannot(a.word, "the total "+total)
			}
			stage = append(stage, quote(field+"_"+total+"="+total+"("+field+")"))
		}
	}
	c.put(stage...)
	return nil
}

var assignment = pattern(`^\$(\w+)\s*=([^=].*)$`)

// expression is one of the verbs with an expression or with pairs of names.
func (c *call) expression() error {
	if len(c.args) != 1 {
		return c.cannot(c.name, "it in this way")
	}
	w := c.args[0]
	if c.name.text == "rename" {
		pairs := strings.Split(w.text, ",")
		stage := []string{"rename"}
		for i := 0; i+1 < len(pairs); i += 2 {
			stage = append(stage, quote(pairs[i]+"="+pairs[i+1]))
		}
		c.put(stage...)
		return nil
	}
	text := w.text
	m := assignment().FindStringSubmatch(text)
	if c.name.text == "put" {
		if m == nil {
			return c.cannot(w, "this statement")
		}
		text = m[2]
	}
	e, err := c.formula(w, text)
	if err != nil {
		return err
	}
	if c.name.text == "put" {
		c.put("set", quote(m[1]+"="+e))
	} else {
		c.put("filter", quote(e))
	}
	return nil
}

var (
	formulaParts = pattern("^(?:\\s+|\"[^\"\\\\`]*\"|\\$\\w+|[\\d.]+|==|!=|<=|>=|=~|&&|\\|\\||[-+*/<>()!]|(?:sub|gsub|strlen|toupper|tolower|abs|ceil|floor|round)\\(|,)")
	functions    = map[string]string{"strlen(": "len(", "toupper(": "upper(", "tolower(": "lower("}
)

// formula writes an expression of Miller as one of ours.
func (c *call) formula(w word, text string) (string, error) {
	var b strings.Builder
	for text = strings.TrimSpace(text); text != ""; {
		part := formulaParts().FindString(text)
		if part == "" || part == "." {
			return "", c.cannot(w, "the expression from "+strings.TrimSpace(text)+" on")
		}
		text = text[len(part):]
		switch {
		case part[0] == '"':
			b.WriteString("`" + part[1:len(part)-1] + "`")
		case part[0] == '$':
			b.WriteString(part[1:])
		case part == "=~":
			b.WriteString("matches")
		case functions[part] != "":
			b.WriteString(functions[part])
		default:
			b.WriteString(part)
		}
	}
	return b.String(), nil
}
