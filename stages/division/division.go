// Package division holds the options of stages that put text: what a piece of it is, when that
// is not a line.
package division

import (
	"bytes"
	"errors"
	"fmt"

	"mtpipe/internal/format"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// Options say what divides the text that a stage puts. None of them means lines.
type Options struct {
	Start      pipeline.Pattern `opt:"start" help:"a text of several lines begins with each line that PATTERN matches"`
	Separator  *separator       `opt:"separator" help:"what stands between texts, in place of newlines"`
	Null       bool             `opt:"z,null" help:"a zero byte ends each text, as find -print0 and sort -z have it"`
	Paragraphs bool             `opt:"p,paragraphs" help:"empty lines stand between texts of several lines"`
}

// Help tells what the options mean, for the text of a stage that has them.
const Help = `With --start, --separator, --null or --paragraphs a value is not a line but a text that
may have several. It is put when the next one begins or the input ends, however long that takes.
What stands before the first line that --start matches is a text, too. --separator takes \n, \t and
the like; a newline at the end of the input belongs to no text then.`

type separator string

// SetArg reads a text with escapes that is not empty.
func (s *separator) SetArg(text string, _ func(string) (string, bool)) error {
	if *s = separator(syntax.Unescape(text)); *s == "" {
		return errors.New("must not be empty; --paragraphs divides at empty lines")
	}
	return nil
}

// Check wants one of the options at the most.
func (o *Options) Check() error {
	type option struct {
		arg, name string
		set       bool
	}
	var given []option
	for _, f := range []option{{"start", "start", o.Start.IsSet()}, {"separator", "separator", o.Separator != nil}, {"z", "null", o.Null}, {"p", "paragraphs", o.Paragraphs}} {
		if f.set {
			given = append(given, f)
		}
	}
	if len(given) < 2 {
		return nil
	}
	return &pipeline.ArgError{Arg: given[1].arg, Err: fmt.Errorf("--%s and --%s cannot both say what divides the text", given[0].name, given[1].name)}
}

// IsSet reports whether one of the options is given.
func (o *Options) IsSet() bool {
	return o.Start.IsSet() || o.Separator != nil || o.Null || o.Paragraphs
}

// Cutter returns the cutter of one file of such text.
func (o *Options) Cutter() format.Cutter {
	switch {
	case o.Start.IsSet():
		start := o.Start.Regexp()
		return format.NewPieces(format.Pieces{Starts: func(line []byte) bool { return start.Match(bytes.TrimSuffix(line, []byte{'\r'})) }})
	case o.Separator != nil:
		return format.NewPieces(format.Pieces{Separator: []byte(*o.Separator), Bare: true})
	case o.Null:
		return format.NewPieces(format.Pieces{Separator: []byte{0}})
	case o.Paragraphs:
		return format.NewPieces(format.Pieces{Paragraphs: true})
	}
	return format.NewLines()
}

// Put returns put for batches as a Cutter makes them: the texts in them are found before.
func Put(put func(*value.Batch)) func(*value.Batch) {
	return func(b *value.Batch) {
		if b.Form() == value.FormRaw {
			b.Parse()
		}
		if b.Len() == 0 {
			b.Release()
			return
		}
		put(b)
	}
}
