package format

import (
	"errors"
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
more or fewer fields than the first is an error of that record. Fields count as numbers
where they look like one, and keep their spelling; with --text they never do. An empty field
counts as null. Records that are only chosen are
written as CSV with the bytes that they came with.`,
		},
		Arguments: readBy(func(o csvReading) Cutter {
			return newCSV(csvOptions{name: "csv", delimiter: o.Delimiter.or(','), noHeader: o.NoHeader, text: o.Text})
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
	Delimiter delimiter `opt:"d,delimiter" default:"," help:"the character between fields"`
	NoHeader  bool      `opt:"no-header" help:"the first record is data: the fields are called c1, c2 and so on"`
	Text      bool      `opt:"text" help:"fields are text, never numbers"`
}

// delimiter is one more than a byte; 0 when none was given.
type delimiter uint16

// SetArg reads a character, or the escape of one.
func (d *delimiter) SetArg(text string, _ func(string) (string, bool)) error {
	text = syntax.Unescape(text)
	if len(text) != 1 || text[0] >= 0x80 || text == "\n" || text == "\r" || text == `"` {
		return errors.New("must be one ASCII character, and no quote or newline")
	}
	*d = delimiter(text[0]) + 1
	return nil
}

// or returns the byte, or usual when none was given.
func (d delimiter) or(usual byte) byte {
	if d == 0 {
		return usual
	}
	return byte(d - 1)
}

type csvWriting struct {
	NoHeader  bool   `opt:"no-header" help:"put no header"`
	Delimiter string `opt:"d,delimiter" default:"," help:"the character between fields"`
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
	special := string([]byte{d, '"', '\r', '\n'})
	return newRows("csv", d, o.NoHeader, func(dst, s []byte) []byte { return appendCSV(dst, s, special) })
}

// appendCSV appends a field as RFC 4180 has it, in quotes only when one of the special
// characters is in it.
func appendCSV(dst, s []byte, special string) []byte {
	if !strings.ContainsAny(value.Text(s).Str(), special) {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
