package records

import (
	"errors"

	"mtpipe/internal/format"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// toTextStages write values as text, in the formats in which files have them.
func toTextStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		each.Value[noArgs]{Doc: pipeline.Doc{
			Name:  "to_json",
			Short: "Puts each value as a line of JSON",
			Long: `Numbers keep their digits and records the order of their fields. Untyped text, such as a
line or a field of CSV, is a number where it is spelled as one; other text is a string.`,
		}, Do: toJSON, Fresh: true}.Stage(),
		each.Value[csvArgs]{Doc: pipeline.Doc{
			Name:  "to_csv",
			Short: "Puts each record as a line of CSV, behind a header",
			Trait: pipeline.Ordered,
			Long: `The header has the names of the first record. A field that a later one lacks is empty; a
record with a field that the header lacks is an error. Fields with a delimiter, a quote
or a newline in them stand in quotes. A value that is no record is one field called value.`,
		}, Do: (*csvArgs).lines, Fresh: true}.Stage(),
		each.Value[tsvArgs]{Doc: pipeline.Doc{
			Name:  "to_tsv",
			Short: "Puts each record as a line of TSV, behind a header",
			Trait: pipeline.Ordered,
			Long: `The header has the names of the first record. A field that a later one lacks is empty; a
record with a field that the header lacks is an error. Tabs, newlines and backslashes in
fields are written \t, \n and \\. A value that is no record is one field called value.`,
		}, Do: (*tsvArgs).lines, Fresh: true}.Stage(),
		each.Value[noArgs]{Doc: pipeline.Doc{
			Name:  "to_logfmt",
			Short: "Puts each record as a line of key=value pairs",
			Long: `A value with blanks, quotes or = in it stands in quotes, escaped as in Go, and so does
empty text; of null there is only the key and =. Lists and records are JSON. A value that
is no record is one field called value. A name with blanks, quotes or = is an error.`,
		}, Do: toLogfmt, Fresh: true}.Stage(),
	}
}

// valueFunc puts what it makes of a value.
type valueFunc = func(put func(value.Value), v value.Value) error

func toJSON(*noArgs) valueFunc {
	return func(put func(value.Value), v value.Value) error {
		put(value.Text(v.AppendJSON(nil)))
		return nil
	}
}

func toLogfmt(*noArgs) valueFunc {
	return func(put func(value.Value), v value.Value) error {
		line, err := format.AppendLogfmt(nil, v)
		if err == nil {
			put(value.Text(line))
		}
		return err
	}
}

type noArgs struct{}

type csvArgs struct {
	NoHeader  bool   `opt:"no-header" help:"put no header"`
	Delimiter string `opt:"d,delimiter" default:"," help:"the character between fields"`
}

// Check wants one character that is not taken.
func (a *csvArgs) Check() error {
	d := pipeline.Unescape(a.Delimiter)
	switch {
	case len(d) != 1 || d[0] >= 0x80:
		return &pipeline.ArgError{Arg: "d", Err: errors.New("-d must be one ASCII character, not " + value.TextOf(a.Delimiter).Quote())}
	case d == `"` || d == "\n" || d == "\r":
		return &pipeline.ArgError{Arg: "d", Err: errors.New("-d must be neither a quote nor the end of a line")}
	}
	return nil
}

func (a *csvArgs) lines() valueFunc {
	return lines(format.NewRows("csv", pipeline.Unescape(a.Delimiter)[0]), a.NoHeader)
}

type tsvArgs struct {
	NoHeader bool `opt:"no-header" help:"put no header"`
}

func (a *tsvArgs) lines() valueFunc { return lines(format.NewRows("tsv", '\t'), a.NoHeader) }

// lines returns what puts a line for each value, and the header before the first.
func lines(rows *format.Rows, noHeader bool) valueFunc {
	begun := false
	return func(put func(value.Value), v value.Value) error {
		if !begun {
			begun = true
			header := rows.Header(nil, v)
			if !noHeader {
				put(value.Text(header))
			}
		}
		line, err := rows.Row(nil, v)
		if err == nil {
			put(value.Text(line))
		}
		return err
	}
}
