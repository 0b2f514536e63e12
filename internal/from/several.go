package from

import (
	"strconv"
	"strings"
)

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
		c.note("batch keeps the line in memory")
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
