package format

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

var csvFormat = &Format{
	Name:       "csv",
	Summary:    "comma-separated values under a header",
	Extensions: []string{".csv"},
	Read: &Reading{
		Stage: StageDoc{
			Name:  "csv",
			Short: "Reads records from CSV",
			Long: `The first record names the fields. Fields in quotes may hold delimiters, newlines and
doubled quotes; a quote inside another field is a character like others. A byte order
mark, empty lines and carriage returns before newlines are passed over; where the first
line ends with a carriage return alone, carriage returns end all lines. A record with
more or fewer fields than the first is an error of that record; with --ragged, fields that
are missing are left out, and those that are more are called by their numbers. A first line such
as sep=; tells the delimiter where -d does not. Without either, where the first line has no comma
but ;, | or tabs, as many as the next one, these stand between the fields, and a warning says so;
csv -d , overrules that. Fields count as numbers
where they look like one, and keep their spelling; with --text they never do. An empty field
counts as null. Each FILE has a header of its own: of files with other names, unsparsify puts
records with all of them. Records that are only chosen are
written as CSV with the bytes that they came with.`,
		},
		Arguments: readBy(func(o csvReading) Cutter {
			return newCSV(o.options())
		}),
	},
	Write: &Writing{
		Stage: StageDoc{
			Name:  "to_csv",
			Short: "Puts each record as a line of CSV, behind a header",
			Long: `The header has the names of the first record; when none comes, those that a header which
was read and the stages after it give. A field that a later one lacks is empty; a
record with a field that the header lacks is an error. Fields with a delimiter, a quote
or a newline in them stand in quotes. A value that is no record is one field called value.`,
		},
		Arguments: writeBy(csvWriting.writer),
	},
}

type csvReading struct {
	Delimiter  delimiter   `opt:"d,delimiter" help:"what stands between fields; without it, a comma, or what the first lines tell"`
	NoHeader   bool        `opt:"no-header" help:"the first record is data: the fields are called c1, c2 and so on"`
	Columns    columnNames `opt:"columns" help:"the names of the fields, with commas between them: the first record is data"`
	Ragged     bool        `opt:"ragged" help:"records may have more or fewer fields than the header"`
	Comment    comment     `opt:"comment" help:"lines that begin with TEXT are passed over"`
	LazyQuotes bool        `opt:"lazy-quotes" help:"blanks may stand around quotes, and single quotes in quoted fields"`
	Text       bool        `opt:"text" help:"fields are text, never numbers"`
}

// options says how a file is read.
func (o csvReading) options() csvOptions {
	d := o.Delimiter
	if d == "" {
		d = ","
	}
	c := csvOptions{name: "csv", delimiter: d[0], noHeader: o.NoHeader || o.Columns.of != nil, text: o.Text, columns: o.Columns.of, ragged: o.Ragged, fixed: o.Delimiter != ""}
	if len(d) > 1 || o.Comment != "" || o.LazyQuotes {
		c.odd = &oddCSV{delimiter: []byte(d), lazy: o.LazyQuotes}
		if o.Comment != "" {
			c.odd.comment = []byte(o.Comment)
		}
	}
	return c
}

// delimiter is what stands between fields; "" when none was given.
type delimiter string

// SetArg reads characters, and the escapes of some.
func (d *delimiter) SetArg(text string, _ func(string) (string, bool)) error {
	*d = delimiter(syntax.Unescape(text))
	return d.check()
}

func (d delimiter) check() error {
	if d == "" || strings.ContainsAny(string(d), "\n\r\"") || len(d) == 1 && d[0] >= 0x80 {
		return errors.New("must be one or more characters, and no quote or newline")
	}
	return nil
}

// comment is what the lines begin with that are passed over.
type comment string

// SetArg reads a text that is not empty.
func (c *comment) SetArg(text string, _ func(string) (string, bool)) error {
	if *c = comment(syntax.Unescape(text)); *c == "" || strings.ContainsAny(string(*c), "\n\r") {
		return errors.New("must be what lines begin with, such as #")
	}
	return nil
}

// columnNames are the names of fields. They are no slice: an option that is one is a word each time.
type columnNames struct{ of []string }

// SetArg reads different names with commas between them.
func (c *columnNames) SetArg(text string, _ func(string) (string, bool)) error {
	c.of = strings.Split(text, ",")
	for i, name := range c.of {
		switch {
		case name == "":
			return errors.New("must be names with commas between them, none of them empty")
		case slices.Contains(c.of[:i], name):
			return fmt.Errorf("has the name %s twice", value.TextOf(name).Quote())
		}
	}
	return nil
}

type csvWriting struct {
	NoHeader  bool   `opt:"no-header" help:"put no header"`
	Delimiter string `opt:"d,delimiter" default:"," help:"the character between fields"`
	QuoteAll  bool   `opt:"quote-all" help:"all fields stand in quotes, those of the header, too"`
}

func (o csvWriting) delimiter() string {
	if o.Delimiter == "" {
		return ","
	}
	return syntax.Unescape(o.Delimiter)
}

// Check wants one character that is not taken.
func (o *csvWriting) Check() error {
	d := o.delimiter()
	switch {
	case o.Delimiter == "" || len(d) != 1 || d[0] >= 0x80:
		return &optionError{"d", "-d must be one ASCII character, not " + value.TextOf(o.Delimiter).Quote()}
	case d == `"` || d == "\n" || d == "\r":
		return &optionError{"d", "-d must be neither a quote nor the end of a line"}
	}
	return nil
}

func (o csvWriting) writer() Writer {
	d := o.delimiter()[0]
	if o.QuoteAll {
		r := newRows("csv", d, o.NoHeader, appendQuoted)
		r.quoted = true
		return r
	}
	return newRows("csv", d, o.NoHeader, func(dst, s []byte) []byte { return appendCSV(dst, s, d) })
}

// appendCSV appends a field as RFC 4180 has it, in quotes only when the delimiter d, a quote or
// the end of a line is in it. Fields are short: a loop is faster than a search for one of a set.
func appendCSV(dst, s []byte, d byte) []byte {
	for _, c := range s {
		if c == d || c == '"' || c == '\r' || c == '\n' {
			return appendQuoted(dst, s)
		}
	}
	return append(dst, s...)
}

// appendQuoted appends a field in quotes.
func appendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
