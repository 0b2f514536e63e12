package text

import (
	"bytes"
	"fmt"
	"mtpipe/internal/search"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
)

func replaceStage() *pipeline.Stage {
	return each.Text[replaceArgs]{Doc: pipeline.Doc{
		Name:  "replace",
		Safe:  true,
		Short: "Replaces what matches PATTERN by TEXT",
		Trait: pipeline.Textual,
		Long: `PATTERN is a regular expression in Go's syntax (RE2). In TEXT, $1 is what its first
group matched, $0 the whole match, ${name} what the group (?P<name>…) matched, and $$ a
dollar sign; the name of a group goes on as long as there are letters and digits, so
braces end it: ${1}px. \t, \n and \\ stand for a tab, a newline and a backslash. With
-F, PATTERN is taken as it is, and in TEXT a dollar sign is nothing special.`,
	}, Do: (*replaceArgs).appender, Breaks: func(a *replaceArgs) bool { return bytes.IndexByte(a.template, '\n') >= 0 }}.Stage()
}

type replaceArgs struct {
	Pattern    string      `arg:"pattern" help:"the regular expression"`
	Text       replacement `arg:"text" help:"what to put in place of each match"`
	Fixed      bool        `opt:"F,fixed" help:"PATTERN and TEXT are text without patterns and groups"`
	IgnoreCase bool        `opt:"i,ignore-case" help:"letters match in either case"`
	First      bool        `opt:"first" help:"only the first match of each value"`

	re       *regexp.Regexp
	literal  []byte // instead of re
	template []byte
	groups   bool // the template has groups to expand
}

// replacement is text with groups of the pattern in it, and values of variables, in which there
// are none.
type replacement struct{ pipeline.Template }

// SetArg reads the text.
func (r *replacement) SetArg(text string, lookup func(string) (string, bool)) error {
	return r.SetWord(text, false, lookup)
}

// template returns the text as package regexp expands it; plain returns it as it is.
func (r *replacement) template() string {
	var b strings.Builder
	for i, p := range r.Parts {
		text := syntax.Unescape(p.Literal)
		switch {
		case p.Variable != "":
			text = strings.ReplaceAll(p.Literal, "$", "$$")
		case i+1 < len(r.Parts): // the value does not go on with the name of a group
			text = beforeValue().ReplaceAllStringFunc(text, bracedGroup)
		}
		b.WriteString(text)
	}
	return b.String()
}

// beforeValue is what a dollar sign begins in a replacement, or one at its end.
var beforeValue = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$(?:\$|\w+|\{\w+\}|$)`) })

// bracedGroup returns $name as ${name}, and one dollar sign as two.
func bracedGroup(s string) string {
	switch {
	case s == "$":
		return "$$"
	case s == "$$" || s[1] == '{':
		return s
	}
	return "${" + s[1:] + "}"
}

// plain returns the text without groups.
func (r *replacement) plain() string {
	var b strings.Builder
	for _, p := range r.Parts {
		if p.Variable != "" {
			b.WriteString(p.Literal)
		} else {
			b.WriteString(syntax.Unescape(p.Literal))
		}
	}
	return b.String()
}

// Check compiles the pattern and wants the groups that the text names to be in it.
func (a *replaceArgs) Check() error {
	pattern, template := a.Pattern, a.Text.plain()
	if a.Fixed {
		pattern = regexp.QuoteMeta(pattern)
	} else {
		template = a.Text.template()
	}
	if a.IgnoreCase {
		pattern = "(?i)" + pattern
	}
	re, err := pipeline.CompilePattern(pattern)
	if err != nil {
		return &pipeline.ArgError{Arg: "pattern", Err: fmt.Errorf("pattern %w", err)}
	}
	a.re, a.template, a.literal = re, []byte(template), nil
	if text, plain := re.LiteralPrefix(); plain && text != "" {
		a.literal = []byte(text)
	}
	if a.Fixed {
		return nil
	}
	a.groups = strings.Contains(template, "$")
	for _, p := range a.Text.Parts {
		if p.Variable == "" {
			if err := checkSedGroups(p.Literal); err != nil {
				return &pipeline.ArgError{Arg: "text", Err: err}
			}
		}
	}
	if err := checkGroups(re, template); err != nil {
		return &pipeline.ArgError{Arg: "text", Err: err}
	}
	return nil
}

var (
	groupName = regexp.MustCompile(`\$(?:\$|(\w+)|\{(\w+)\})`)
	sedGroup  = regexp.MustCompile(`\\([1-9])`)
)

// checkSedGroups returns an error when the text names a group as sed does.
func checkSedGroups(text string) error {
	if m := sedGroup.FindStringSubmatch(strings.ReplaceAll(text, `\\`, "")); m != nil {
		return fmt.Errorf("text names a group with $%s, not with %s", m[1], m[0])
	}
	return nil
}

// checkGroups returns an error when the template names a group that the pattern lacks.
func checkGroups(re *regexp.Regexp, template string) error {
	for _, m := range groupName.FindAllStringSubmatch(template, -1) {
		name := m[1] + m[2]
		n, err := strconv.Atoi(name)
		switch {
		case name == "" || err == nil && n <= re.NumSubexp() || err != nil && slices.Contains(re.SubexpNames(), name):
			continue
		case m[1] != "" && name[0] >= '0' && name[0] <= '9' && err != nil:
			digits := name[:len(name)-len(strings.TrimLeft(name, "0123456789"))]
			return fmt.Errorf("pattern has no group called %s; is ${%s}%s meant?", syntax.Short(name), syntax.Cut(digits), syntax.Cut(name[len(digits):]))
		}
		return fmt.Errorf("pattern has no group %s", syntax.Short(name))
	}
	return nil
}

// appender returns what replaces the matches in a text.
func (a *replaceArgs) appender() each.Appender {
	switch {
	case a.groups:
		return a.expand(search.NewSpans(a.re))
	case a.literal != nil:
		return a.plain
	}
	return a.matches(search.NewSpans(a.re))
}

// plain replaces matches of the literal by the template as it is.
func (a *replaceArgs) plain(dst, text []byte) []byte {
	for {
		i := bytes.Index(text, a.literal)
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(append(dst, text[:i]...), a.template...)
		text = text[i+len(a.literal):]
		if a.First {
			return append(dst, text...)
		}
	}
}

// most is how many matches are replaced.
func (a *replaceArgs) most() int {
	if a.First {
		return 1
	}
	return -1
}

// matches returns what replaces matches of the expression by the template as it is.
func (a *replaceArgs) matches(spans *search.Spans) each.Appender {
	var dst, text []byte
	end := 0
	replace := func(from, to int) {
		dst = append(append(dst, text[end:from]...), a.template...)
		end = to
	}
	return func(to, of []byte) []byte {
		dst, text, end = to, of, 0
		spans.Each(text, a.most(), replace)
		return append(dst, text[end:]...)
	}
}

// expand returns what replaces matches of the expression by the template with what its groups have matched.
func (a *replaceArgs) expand(spans *search.Spans) each.Appender {
	var dst, text []byte
	end := 0
	replace := func(m []int) {
		dst = append(dst, text[end:m[0]]...)
		dst = a.re.Expand(dst, a.template, text, m)
		end = m[1]
	}
	return func(to, of []byte) []byte {
		dst, text, end = to, of, 0
		spans.EachGroups(text, a.most(), replace)
		return append(dst, text[end:]...)
	}
}
