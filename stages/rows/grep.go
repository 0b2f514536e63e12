package rows

import (
	"fmt"
	"strings"

	"mtpipe/internal/search"
	"mtpipe/pipeline"
	"mtpipe/value"
)

func grepStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "grep",
		Short: "Passes on values whose text matches PATTERN",
		Trait: pipeline.PerValue | pipeline.Textual,
		Long: `PATTERN is a regular expression in Go's syntax (RE2). A value that is no text is
matched by what it would print as, and passed on as it is.`,
	}, grep)
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

func grep(j *pipeline.Job, a *grepArgs) error {
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		switch {
		case b.Form() == value.FormValues:
			grepValues(j, a, b)
		case a.Only:
			grepOnly(j, a, b)
		case a.Invert:
			grepInvert(j, a, b)
		default:
			grepText(j, a, b)
		}
	}
	return nil
}

// grepText puts the lines that match as spans of their text.
func grepText(j *pipeline.Job, a *grepArgs, b *value.Batch) {
	out := value.NewSpans(b)
	if b.Form() == value.FormLines {
		a.matcher.Each(b.Data(), func(start, end int) bool {
			out.AddSpan(start, end-start)
			return true
		})
	} else {
		for s, row := range b.Rows() {
			if a.matcher.Match(row) {
				out.AddSpan(int(s.Off), int(s.Len))
			}
		}
	}
	j.PutSome(out)
}

func grepInvert(j *pipeline.Job, a *grepArgs, b *value.Batch) {
	out := value.NewSpans(b)
	for s, row := range b.Rows() {
		if !a.matcher.Match(row) {
			out.AddSpan(int(s.Off), int(s.Len))
		}
	}
	j.PutSome(out)
}

func grepOnly(j *pipeline.Job, a *grepArgs, b *value.Batch) {
	out := value.NewSpans(b)
	for s, row := range b.Rows() {
		a.matcher.FindAll(row, func(start, end int) { out.AddSpan(int(s.Off)+start, end-start) })
	}
	j.PutSome(out)
}

// grepValues is the plain way, a value at a time.
func grepValues(j *pipeline.Job, a *grepArgs, b *value.Batch) {
	var scratch []byte
	for _, v := range b.Values() {
		scratch = v.AppendText(scratch[:0])
		if a.Only {
			a.matcher.FindAll(scratch, func(start, end int) { j.Put(value.TextOf(string(scratch[start:end]))) })
		} else if a.matcher.Match(scratch) != a.Invert {
			j.Put(v)
		}
	}
}
