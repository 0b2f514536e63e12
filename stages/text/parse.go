package text

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// parseStages turn text into records and back.
func parseStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		each.Value[parseArgs]{Doc: pipeline.Doc{
			Name:  "parse",
			Safe:  true,
			Short: "Makes a record of each text, by a pattern or a name",
			Long: `PATTERN is a template, in which {name} is a field and all else is text that has to stand
there: '{host} - {user} [{time}] {rest}'. A field ends where the text behind it begins
for the first time, the last one at the end; {} and {_} are passed over, {{ and }} are
braces. The template has to fit the whole text.

A PATTERN with (?<name>…) or (?P<name>…) is a regular expression instead (RE2), whose
named groups are the fields. It may fit any part of the text; ^ and $ tie it to the ends.
A group that took no part is null.

Or PATTERN is the name of lines that many programs write, with these fields:

` + namedHelp() + `

A field that is - or not there is null. apache is common or combined. Times are text that
date(time) reads, but for that of RFC 3164, which has no year. A request that is no
METHOD PATH PROTOCOL is a path as a whole; what is escaped in quotes stays so. syslog is RFC 5424,
whose data are records in a record, or RFC 3164, with a priority or without; app and pid stand there before the
first colon and blank.

The fields are text, which counts as a number where it looks like one. A text that does
not fit is an error.`,
		}, Do: (*parseArgs).parse, Fresh: true}.Stage(),
		each.Value[formatArgs]{Doc: pipeline.Doc{
			Name:  "format",
			Safe:  true,
			Short: "Puts TEMPLATE filled with the fields of each record",
			Long: `In TEMPLATE, {name} is a field and {EXPR} an expression, such as {price * count}; {} is the
value itself; {{ and }} are braces. A field that is null or missing gives no text, a
list or a record gives JSON. {price:.2f}, {name:<10} and {count:,} say how a value is written:
mtpipe help templates tells all of it.`,
		}, Do: (*formatArgs).format, Fresh: true}.Stage(),
	}
}

type parseArgs struct {
	Pattern recordPattern `arg:"pattern" help:"a template with {name} parts, a regular expression with named groups, or the name of lines such as apache"`
}

// NamesAfter returns the names of the fields.
func (a *parseArgs) NamesAfter([]string) []string {
	if a.Pattern.shape == nil {
		return nil
	}
	return a.Pattern.shape.Names()
}

var errNoFit = errors.New("does not fit the pattern")

func (a *parseArgs) parse() func(put func(value.Value), v value.Value) error {
	p := &a.Pattern
	return func(put func(value.Value), v value.Value) error {
		text, err := each.TextOf(v)
		if err != nil {
			return err
		}
		if p.lines != nil {
			return p.lines(string(text), put)
		}
		vals := make([]value.Value, len(p.shape.Names()))
		if err := p.find(string(text), vals); err != nil {
			return err
		}
		put(value.Rec(value.NewRecord(p.shape, vals...)))
		return nil
	}
}

// recordPattern says how a text is cut into the fields of a record.
type recordPattern struct {
	shape *value.Shape                                   // nil when each line names its own
	find  func(text string, vals []value.Value) error    // sets the fields, unless text does not fit
	lines func(text string, put func(value.Value)) error // puts records, when there is no shape
}

// SetArg reads a template, a regular expression if it has named groups, or the name of a form.
func (p *recordPattern) SetArg(text string, _ func(string) (string, bool)) error {
	if strings.Contains(text, "(?P<") || strings.Contains(text, "(?<") {
		return p.setRegexp(text)
	}
	if p.setNamed(text) {
		return nil
	}
	return p.setTemplate(text)
}

func (p *recordPattern) setRegexp(text string) error {
	re, err := pipeline.CompilePattern(text)
	if err != nil {
		return err
	}
	var names []string
	var groups []int
	for i, name := range re.SubexpNames() {
		if name != "" {
			names, groups = append(names, name), append(groups, i)
		}
	}
	if len(names) == 0 {
		return errors.New("must have a group with a name: (?<name>…)")
	}
	p.shape = value.NewShape(names...)
	p.find = func(text string, vals []value.Value) error { return findGroups(re, groups, text, vals) }
	return nil
}

func findGroups(re *regexp.Regexp, groups []int, text string, vals []value.Value) error {
	at := re.FindStringSubmatchIndex(text)
	if at == nil {
		return errNoFit
	}
	for i, g := range groups {
		if start := at[2*g]; start >= 0 {
			vals[i] = value.TextOf(text[start:at[2*g+1]])
		}
	}
	return nil
}

// fieldPart is a part of a text that a template describes.
type fieldPart struct {
	field int    // its number in the record; -1 when it is passed over
	until string // what stands behind it
}

func (p *recordPattern) setTemplate(text string) error {
	chunks, err := pipeline.CutTemplate(text)
	if err != nil {
		return err
	}
	var names []string
	var parts []fieldPart
	lead := ""
	for i, c := range chunks {
		name := strings.TrimSpace(c.Text)
		switch {
		case !c.Brace && len(parts) == 0:
			lead = c.Text
		case !c.Brace:
			parts[len(parts)-1].until = c.Text
		case i > 0 && chunks[i-1].Brace:
			return pipeline.Placed(c.At-1, errors.New("must have text between two fields, to tell where the first one ends"))
		case name == "" || name == "_":
			parts = append(parts, fieldPart{field: -1})
		case slices.Contains(names, name):
			return pipeline.Placed(c.At, fmt.Errorf("must not have the field %s twice", syntax.Short(name)))
		default:
			parts = append(parts, fieldPart{field: len(names)})
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return errNoPattern(text)
	}
	p.shape = value.NewShape(names...)
	p.find = func(text string, vals []value.Value) error { return findParts(lead, parts, text, vals) }
	return nil
}

// findParts cuts each part at the first place where what is behind it stands: if the text
// fits at all, it fits so.
func findParts(lead string, parts []fieldPart, text string, vals []value.Value) error {
	text, ok := strings.CutPrefix(text, lead)
	if !ok {
		return errNoFit
	}
	for i, p := range parts {
		var piece string
		if i == len(parts)-1 {
			piece, ok = strings.CutSuffix(text, p.until)
		} else {
			piece, text, ok = strings.Cut(text, p.until)
		}
		if !ok {
			return errNoFit
		}
		if p.field >= 0 {
			vals[p.field] = value.TextOf(piece)
		}
	}
	return nil
}

type formatArgs struct {
	Template pipeline.Template `arg:"template" help:"text with {name} or {expr} in it"`
}

// printfVerb is how other languages mark a field.
var printfVerb = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`%[-+ 0-9.]*[sdifgexv]\b`) })

// Check refuses a template of printf, which has no fields.
func (a *formatArgs) Check() error {
	if parts := a.Template.Parts; len(parts) == 1 && parts[0].Variable == "" && printfVerb().MatchString(parts[0].Literal) {
		return &pipeline.ArgError{Arg: "template", Err: errors.New("fields stand in braces, not after %: '{name} {price:.2f}'")}
	}
	return nil
}

func (a *formatArgs) format() func(put func(value.Value), v value.Value) error {
	return func(put func(value.Value), v value.Value) error {
		text, err := a.Template.Append(nil, v)
		if err == nil {
			put(value.Text(text))
		}
		return err
	}
}
