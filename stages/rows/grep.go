package rows

import (
	"errors"
	"fmt"

	"mtpipe/internal/search"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
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
text, for all options: ^ and $ are its ends, and with -x it matches as a whole.

-A, -B and -C pass on what stands around matches, too, with a line of -- between groups of text
that do not touch. -n and -H put the number of the value in the input of grep, and the name
of its file, before text, as Unix grep does; records get the fields n and file. With -H
numbers begin anew with each file. -c puts one number for the whole input. -q puts nothing, and
the run fails when nothing matches. -m N and -q stop everything before them when they have enough.`,
		Instead: map[string]string{
			"-E": "patterns are extended regular expressions anyway (Go's RE2 syntax); leave it out",
			"-P": "patterns have the syntax of RE2, which is most of Perl's; leave it out. There is nothing to look ahead or back by",
			"-G": "patterns are extended regular expressions: ( ) { } | + ? are written without backslashes, as text with them",
			"-r": "find DIR --type f | each { lines $it } | grep PATTERN, or lines 'DIR/*' | grep PATTERN", "-R": "find DIR --type f | each { lines $it } | grep PATTERN",
			"-l": "grep -H PATTERN | field -d : 1 | uniq puts the names of files with matches", "-L": "find DIR --type f | filter with a condition chooses files",
			"-h": "no name is put without -H; leave it out", "-s": "--on-error skip goes on after a file that cannot be read",
			"-a": "any bytes are text; leave it out", "-z": "lines --null reads texts that end with a zero byte", "-b": "the place of a line is known by its number: -n",
			"--color": "matches are not coloured; -o puts them alone", "--include": "lines 'DIR/*.log' reads the files of a pattern", "--line-buffered": "nothing waits in a buffer; leave it out",
		},
	},
		Keep:  (*grepArgs).keep,
		Parts: (*grepArgs).parts,
		Batch: (*grepArgs).batch,
	}.Stage()
}

type grepArgs struct {
	Pattern    *string  `arg:"pattern?" help:"the regular expression; not beside -e and -f"`
	Invert     bool     `opt:"v,invert" help:"pass on what does not match"`
	IgnoreCase bool     `opt:"i,ignore-case" help:"letters match in either case"`
	Word       bool     `opt:"w,word" help:"a match is no part of a longer word"`
	Line       bool     `opt:"x,line" help:"a match is the whole value"`
	Fixed      bool     `opt:"F,fixed" help:"PATTERN is text, not a regular expression"`
	Only       bool     `opt:"o,only" help:"put the matches instead, one a value"`
	Patterns   []string `opt:"e,regexp" help:"a pattern; of several, one has to match"`
	File       string   `opt:"f,file" reach:"reads" help:"a file with a pattern in each line"`
	grepView
	matcher *search.Matcher
}

// Check compiles the pattern.
func (a *grepArgs) Check() error {
	switch given := a.patterns(); {
	case len(given) == 0 && a.File == "":
		return errors.New("pattern is missing; usage: grep [OPTION...] PATTERN")
	case a.Pattern != nil && len(given)+len(a.File) > 1:
		return &pipeline.ArgError{Arg: "pattern", Err: fmt.Errorf("takes no pattern beside -e and -f; files are read by lines: lines %s | grep …", syntax.Short(*a.Pattern))}
	case a.Only && a.Invert:
		return errors.New("-o and -v exclude each other: what does not match has no matches")
	case a.Only && a.around():
		return errors.New("-o and -A, -B and -C exclude each other: what is around has no matches")
	}
	m, err := a.compile(a.patterns())
	if err != nil {
		return err
	}
	a.matcher = m
	return nil
}

// patterns returns those of the arguments.
func (a *grepArgs) patterns() []string {
	if a.Pattern != nil {
		return append([]string{*a.Pattern}, a.Patterns...)
	}
	return a.Patterns
}

// compile returns what matches one of the patterns.
func (a *grepArgs) compile(patterns []string) (*search.Matcher, error) {
	m, err := search.CompileAny(search.Options{Fixed: a.Fixed, IgnoreCase: a.IgnoreCase, Word: a.Word, Line: a.Line}, patterns...)
	if err != nil {
		if a.Pattern == nil {
			return nil, &pipeline.ArgError{Arg: "e", Err: fmt.Errorf("-e %w", pipeline.PatternError(err))}
		}
		return nil, &pipeline.ArgError{Arg: "pattern", Err: fmt.Errorf("pattern %w", pipeline.PatternError(err))}
	}
	return m, nil
}

// NamesAfter returns the names of the input, with those that -n and -H add, unless something else
// is put.
func (a *grepArgs) NamesAfter(in []string) []string {
	if a.Only || a.Count || in == nil {
		return nil
	}
	if a.Number {
		in = withFirst("n", in)
	}
	if a.WithFile {
		in = withFirst("file", in)
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
