package format

import (
	"bytes"
	"fmt"
	"strings"

	"mtpipe/pipeline/syntax"
)

// guesses are what may stand between fields where no commas do.
const guesses = ";\t|"

// Guessed says what the cutter of a file took for the delimiter where nothing tells it; "" when
// it is what the options say. The file is called name, "" for one that has none.
func Guessed(cutter Cutter, name string) string {
	c, ok := cutter.(*csvCutter)
	if !ok || !c.guessed {
		return ""
	}
	if name == "" || name == "-" {
		name = "the input"
	}
	said := c.delimiterSaid()
	return fmt.Sprintf("the first line of %s has no comma, and %s is taken for the delimiter; csv -d %s says so, csv -d , overrules it", syntax.Short(name), said, said)
}

// guessDelimiter looks whether another character stands between fields than a comma: the first
// line has no comma, but one of the others, and the next one has it as often. In a file of one
// field that a comma would have to follow, that is as good as impossible, and a record that has it
// more or less often is an error like any with a field too many. It reports false when text does
// not tell.
func (c *csvCutter) guessDelimiter(text []byte, ended bool) bool {
	first, rest, whole := cutLine(text, ended)
	if !whole {
		return false
	}
	counts, ok := countOutside(first)
	if !ok || counts[','] > 0 || counts[';']+counts['\t']+counts['|'] == 0 {
		return true
	}
	second, _, whole := cutLine(rest, ended)
	if !whole {
		return false
	}
	others, ok := countOutside(second)
	if !ok || len(second) == 0 {
		return true
	}
	found := byte(0)
	for _, d := range []byte(guesses) {
		if counts[d] > 0 && counts[d] == others[d] {
			if found != 0 {
				return true // it could be either
			}
			found = d
		}
	}
	if found != 0 {
		c.options.delimiter, c.guessed = found, true
	}
	return true
}

// cutLine returns the first line that is not empty, and what is after it. It reports false when
// text does not tell where it ends.
func cutLine(text []byte, ended bool) (line, rest []byte, whole bool) {
	for {
		n := bytes.IndexByte(text, '\n')
		if n < 0 {
			return text, nil, ended
		}
		if !isEmpty(text[:n]) {
			return text[:n], text[n+1:], true
		}
		text = text[n+1:]
	}
}

// countOutside counts the characters of a line that may stand between fields, outside of quotes. It
// reports false when a quote is open at the end of the line.
func countOutside(line []byte) (counts [128]int, closed bool) {
	closed = true
	for _, b := range line {
		switch {
		case b == '"':
			closed = !closed
		case closed && b < 128:
			counts[b]++
		}
	}
	return counts, closed
}

// Separator says what stands between the fields of a file whose header the cutter has read, and
// where that is known from; "" for a format that has no choice.
func Separator(cutter Cutter) string {
	c, ok := cutter.(*csvCutter)
	if !ok {
		return ""
	}
	said := c.delimiterSaid() + " between fields"
	switch {
	case c.guessed:
		said += ", as the first lines tell; csv -d overrules it"
	case c.told > 0:
		said += ", as the line " + tellsDelimiter + " says"
	}
	return said
}

// delimiterSaid returns what stands between fields, as it is written for -d.
func (c *csvCutter) delimiterSaid() string {
	d := string(c.options.delimiter)
	if o := c.options.odd; o != nil {
		d = string(o.delimiter)
	}
	return "'" + strings.ReplaceAll(d, "\t", `\t`) + "'"
}
