package from

import (
	"regexp"
	"strconv"
	"strings"
)

// rule is one form of program that awk is used for, as a regular expression over the program without
// unneeded blanks.
type rule struct {
	form *regexp.Regexp
	put  func(c *call, w word, part []string) error
}

// field is $3, $NF or $(NF-1).
const field = `\$(\d+|NF|\(NF-\d+\))`

func awk(c *call) error {
	operands, err := c.parse("", "Fv", "field-separator=F assign=v")
	if err != nil {
		return err
	}
	if len(operands) == 0 {
		return c.cannot(c.name, "it without a program")
	}
	for _, o := range c.options {
		if o.letter == 'v' && !strings.HasPrefix(o.value, "OFS=") {
			return c.cannot(o.word, "a variable of awk")
		}
	}
	program := operands[0]
	if err := c.read(operands[1:]); err != nil {
		return err
	}
	return c.program(program, strings.TrimSpace(program.text))
}

// program translates a program, or what is left of one after its condition.
func (c *call) program(w word, text string) error {
	for _, r := range awkRules() {
		if m := r.form.FindStringSubmatch(text); m != nil {
			return r.put(c, w, m[1:])
		}
	}
	return c.fail(w.at, "awk: this program cannot be said here; as a stage it is exec awk %s", quote(w.text))
}

// stage is a rule that puts a stage which does not depend on the program.
func stage(text string) func(*call, word, []string) error {
	return func(c *call, _ word, _ []string) error { c.put(text); return nil }
}

// awkRules are the forms, the first that fits counts.
func awkRules() []rule {
	form := func(s string) *regexp.Regexp {
		return regexp.MustCompile("^" + strings.ReplaceAll(s, " ", `\s*`) + "$")
	}
	nothing := func(*call, word, []string) error { return nil }
	column := func(text string) func(*call, word, []string) error {
		return func(c *call, w word, m []string) error {
			if err := c.fields(w, m[:1]); err != nil {
				return err
			}
			c.put(text)
			c.note("awk takes a field that is no number, or is not there, for 0; here it is an error of its line")
			return nil
		}
	}
	return []rule{
		{form(`(?:1|{ print(?: \$0)? })`), nothing},
		{form(`NR == (\d+)(.*)`), numbered("nth", 0)},
		{form(`NR <= (\d+)(.*)`), numbered("head", 0)},
		{form(`NR < (\d+)(.*)`), numbered("head", -1)},
		{form(`NR > (\d+)(.*)`), numbered("skip", 0)},
		{form(`NR >= (\d+)(.*)`), numbered("skip", -1)},
		{form(`NR % (\d+) == (\d+)`), func(c *call, _ word, m []string) error {
			c.put("enumerate | filter", quote("n % "+m[0]+" == "+m[1]), "| get value")
			return nil
		}},
		{form(`END { print NR }`), stage("count")},
		{form(`END { print(?: \$0)? }`), stage("tail 1")},
		{form(`NF`), stage(`grep '\S'`)},
		{form(`! ?seen\[\$0\]\+\+|! ?[a-z]+\[\$0\]\+\+`), stage("distinct")},
		{form(`! ?[a-z]+\[` + field + `\]\+\+`), func(c *call, w word, m []string) error {
			e, err := c.element(w, m[0])
			c.put("distinct", quote(e))
			return err
		}},
		{form(`{ print toupper\(\$0\) }`), stage("upper")},
		{form(`{ print tolower\(\$0\) }`), stage("lower")},
		{form(`{ print length(?:\(\$0\)|\(\))? }`), stage(`map "len(it)"`)},
		{form(`length(?:\(\$0\)|\(\))? (<|>|<=|>=|==|!=) (\d+)`), func(c *call, _ word, m []string) error {
			c.put("filter", quote("len(it) "+m[0]+" "+m[1]))
			return nil
		}},
		{form(`{ print NR, \$0 }`), stage(`enumerate | format "{n} {value}"`)},
		{form(`{ ([a-z]+) \+= ` + field + ` ;? } END { print ([a-z]+) }`), func(c *call, w word, m []string) error {
			if m[0] != m[2] {
				return c.cannot(w, "this program")
			}
			return column("sum")(c, w, m[1:])
		}},
		{form(`{ ([a-z]+) \+= ` + field + ` ;? } END { print ([a-z]+) / NR }`), func(c *call, w word, m []string) error {
			if m[0] != m[2] {
				return c.cannot(w, "this program")
			}
			return column("mean")(c, w, m[1:])
		}},
		{form(`{ ([a-z]+)\[(\$\w+)\]\+\+ ;? } END { for \(([a-z]+) in ([a-z]+)\) print (.*) }`), counts},
		{form(`{ (g?sub)\(/((?:[^/\\]|\\.)*)/, "([^"\\&]*)"\) ;? (?:print(?: \$0)? }|} 1)`), func(c *call, w word, m []string) error {
			from, err := c.pattern(w, m[1], true)
			if err != nil {
				return err
			}
			first := map[string]string{"sub": "--first ", "gsub": ""}[m[0]]
			c.put("replace", first+quote(from), quote(strings.ReplaceAll(m[2], "$", "$$")))
			return nil
		}},
		{form(`(! ?)?/((?:[^/\\]|\\.)*)/(.*)`), matching},
		{form(field + ` (<|>|<=|>=|==|!=) (-?[\d.]+|"[^"\\` + "`" + `]*") (.*)`), compared},
		{form(field + ` (!?~) /((?:[^/\\]|\\.)*)/ (.*)`), func(c *call, w word, m []string) error {
			e, err := c.element(w, m[0])
			if err != nil {
				return err
			}
			p, err := c.pattern(w, m[2], true)
			if err != nil || strings.Contains(p, "`") {
				return c.cannot(w, "this pattern")
			}
			e += " matches `" + p + "`"
			if m[1] == "!~" {
				e = "not (" + e + ")"
			}
			c.put("filter", quote(e))
			return c.action(w, m[3])
		}},
		{form(`{ print (` + field + `(?: , ` + field + `)*) }`), func(c *call, w word, m []string) error {
			return c.fields(w, strings.Split(m[0], ","))
		}},
	}
}

// action translates what stands in braces after a condition: nothing prints the line.
func (c *call) action(w word, text string) error {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	if !strings.HasPrefix(text, "{") || strings.HasPrefix(text, "{ print NR") || strings.Contains(text, "NR") {
		return c.cannot(w, "this program")
	}
	return c.program(w, text)
}

// numbered is a rule for a number of lines.
func numbered(stage string, more int) func(*call, word, []string) error {
	return func(c *call, w word, m []string) error {
		n, err := strconv.Atoi(m[0])
		if err != nil || n+more < 0 || stage == "nth" && n == 0 {
			return c.cannot(w, "this number")
		}
		c.put(stage, strconv.Itoa(n+more))
		rest := strings.TrimSpace(m[1])
		if and, ok := strings.CutPrefix(rest, "&&"); ok {
			if strings.Contains(and, "NR") {
				return c.cannot(w, "this condition")
			}
			return c.program(w, strings.TrimSpace(and))
		}
		return c.action(w, rest)
	}
}

func matching(c *call, w word, m []string) error {
	p, err := c.pattern(w, m[1], true)
	if err != nil {
		return err
	}
	not := ""
	if m[0] != "" {
		not = "-v "
	}
	if strings.HasPrefix(p, "-") {
		not += "-e "
	}
	c.put("grep", not+quote(p))
	return c.action(w, m[2])
}

func compared(c *call, w word, m []string) error {
	e, err := c.element(w, m[0])
	if err != nil {
		return err
	}
	value := m[2]
	if strings.HasPrefix(value, `"`) {
		value = "`" + strings.Trim(value, `"`) + "`"
		if m[1] != "==" && m[1] != "!=" {
			return c.cannot(w, "an order of texts")
		}
	} else {
		c.note("awk compares a field that is no number as text; here it is an error of its line")
	}
	c.put("filter", quote(e+" "+m[1]+" "+value))
	return c.action(w, m[3])
}

// counts is an array that counts.
func counts(c *call, w word, m []string) error {
	array, key, name, of, print := m[0], m[1], m[2], m[3], strings.ReplaceAll(m[4], " ", "")
	if array != of || key == "$" {
		return c.cannot(w, "this program")
	}
	if key != "$0" {
		if err := c.fields(w, []string{key}); err != nil {
			return err
		}
	}
	c.put("count_by")
	switch print {
	case name + "," + array + "[" + name + "]":
		c.put(`format "{value} {count}"`)
	case array + "[" + name + "]," + name:
		c.put(`format "{count} {value}"`)
	default:
		return c.cannot(w, "this way of printing")
	}
	c.note("the groups come in the order in which they were first seen")
	return nil
}

// number reads what stands after a dollar: a number, or one from the end.
func (c *call) number(w word, text string) (int, error) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "$")
	if text == "NF" {
		return -1, nil
	}
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n, nil
	}
	if n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(text, "(NF-"), ")")); err == nil && n >= 0 {
		return -1 - n, nil
	}
	return 0, c.cannot(w, "the field "+text)
}

// separator is what -F says; ok is false when fields stand between blanks.
func (c *call) separator(w word) (text string, ok bool, err error) {
	o, ok := c.has('F')
	if !ok || o.value == " " {
		return "", false, nil
	}
	if o.value == `\t` || o.value == "t" {
		return "\t", true, nil
	}
	if len([]rune(o.value)) != 1 || strings.ContainsAny(o.value, "`\\") {
		return "", false, c.cannot(o.word, "a pattern between fields")
	}
	return o.value, true, nil
}

// fields puts the stage that prints fields.
func (c *call) fields(w word, list []string) error {
	separator, given, err := c.separator(w)
	if err != nil {
		return err
	}
	stage := []string{"field"}
	if given {
		stage = append(stage, "-d", quote(strings.ReplaceAll(separator, "\t", `\t`)))
	}
	for _, f := range list {
		n, err := c.number(w, f)
		if err != nil {
			return err
		}
		stage = append(stage, strconv.Itoa(n))
	}
	c.put(stage...)
	out := " "
	if o, ok := c.has('v'); ok {
		out = strings.TrimPrefix(o.value, "OFS=")
	}
	between := " "
	if given {
		between = separator
	}
	if len(list) > 1 && out != between {
		c.put("replace -F", quote(between), quote(out))
	}
	return nil
}

// element is an expression for a field.
func (c *call) element(w word, text string) (string, error) {
	separator, given, err := c.separator(w)
	if err != nil {
		return "", err
	}
	n, err := c.number(w, text)
	if n > 0 {
		n--
	}
	list := "split(gsub(trim(it), `[ \\t]+`, ` `), ` `)"
	if given {
		list = "split(it, `" + separator + "`)"
	}
	return list + "[" + strconv.Itoa(n) + "]", err
}
