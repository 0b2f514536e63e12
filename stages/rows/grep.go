package rows

import (
	"fmt"
	"strings"

	"mtpipe/internal/search"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func grepStage() *pipeline.Stage {
	return each.Choose[grepArgs]{Doc: pipeline.Doc{
		Name:  "grep",
		Safe:  true,
		Short: "Passes on values whose text matches PATTERN",
		Trait: pipeline.Textual | pipeline.Passes,
		Long: `PATTERN is a regular expression in Go's syntax (RE2). A value that is no text is
matched by what it would print as, and passed on as it is. A value with newlines in it is one
text, for all options: ^ and $ are its ends, and with -x it matches as a whole.`,
	},
		Keep:  (*grepArgs).keep,
		Parts: (*grepArgs).parts,
		Batch: (*grepArgs).batch,
	}.Stage()
}

type grepArgs struct {
	Pattern    string `arg:"pattern" help:"the regular expression"`
	Invert     bool   `opt:"v,invert" help:"pass on what does not match"`
	IgnoreCase bool   `opt:"i,ignore-case" help:"letters match in either case"`
	Word       bool   `opt:"w,word" help:"a match is no part of a longer word"`
	Line       bool   `opt:"x,line" help:"a match is the whole value"`
	Fixed      bool   `opt:"F,fixed" help:"PATTERN is text, not a regular expression"`
	Only       bool   `opt:"o,only" help:"put the matches instead, one a value"`
	matcher    *search.Matcher
}

// Check compiles the pattern.
func (a *grepArgs) Check() error {
	m, err := search.Compile(a.Pattern, search.Options{Fixed: a.Fixed, IgnoreCase: a.IgnoreCase, Word: a.Word, Line: a.Line})
	if err != nil {
		return &pipeline.ArgError{Arg: "pattern", Err: fmt.Errorf("bad regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))}
	}
	a.matcher = m
	if a.Only && a.Invert {
		return fmt.Errorf("-o and -v exclude each other: what does not match has no matches")
	}
	return nil
}

// NamesAfter returns the names of the input, unless the matches are put.
func (a *grepArgs) NamesAfter(in []string) []string {
	if a.Only {
		return nil
	}
	return in
}

func (a *grepArgs) keep() func(v value.Value) (bool, error) {
	var text []byte
	return func(v value.Value) (bool, error) {
		text = v.AppendText(text[:0])
		return a.matcher.MatchText(text) != a.Invert, nil
	}
}

// parts returns what finds the matches, which are put with -o.
func (a *grepArgs) parts() each.Finder {
	if !a.Only {
		return nil
	}
	return func(to []each.Piece, text []byte) []each.Piece {
		a.matcher.FindAll(text, func(start, end int) { to = append(to, each.Piece{Start: start, End: end}) })
		return to
	}
}

// batch puts the lines or matches of text as spans of it.
func (a *grepArgs) batch() each.Batch {
	spans := a.lines
	switch {
	case a.Only:
		spans = a.matches
	case a.Invert:
		spans = a.others
	}
	return func(j *pipeline.Job, b *value.Batch) (bool, error) {
		if !b.IsText() {
			return false, nil
		}
		out := value.NewSpans(b)
		spans(out, b)
		j.PutSome(out)
		return true, nil
	}
}

// lines adds the rows of b that match to out.
func (a *grepArgs) lines(out, b *value.Batch) {
	if b.Form() == value.FormLines {
		a.matcher.Each(b.Data(), func(start, end int) bool {
			out.AddSpan(start, end-start)
			return true
		})
		return
	}
	for s, row := range b.Rows() {
		if a.matcher.MatchText(row) {
			out.AddSpan(int(s.Off), int(s.Len))
		}
	}
}

// others adds the rows of b that do not match.
func (a *grepArgs) others(out, b *value.Batch) {
	match := a.matcher.Match
	if b.Form() != value.FormLines {
		match = a.matcher.MatchText
	}
	for s, row := range b.Rows() {
		if !match(row) {
			out.AddSpan(int(s.Off), int(s.Len))
		}
	}
}

// matches adds the matches in the rows of b.
func (a *grepArgs) matches(out, b *value.Batch) {
	for s, row := range b.Rows() {
		a.matcher.FindAll(row, func(start, end int) { out.AddSpan(int(s.Off)+start, end-start) })
	}
}
