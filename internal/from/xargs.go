package from

import (
	"strconv"
	"strings"
)

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
