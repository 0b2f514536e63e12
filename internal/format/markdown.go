package format

import (
	"bytes"
	"fmt"
	"strings"

	"mtpipe/value"
)

var markdownFormat = &Format{
	Name:       "markdown",
	Summary:    "a table of Markdown",
	Extensions: []string{".md"},
	Read: &Reading{
		Stage: StageDoc{
			Name:  "markdown",
			Short: "Reads records from the tables of a text in Markdown",
			Long: `A table is a line of names with bars between them, a line of dashes below it, and the
lines that have a bar in them up to the first one that has none; bars at the ends of lines may be left out. All else is
passed over, tables in blocks of code too. A table with other names than the first one is an error; --table 2 reads only the
second one. In a cell, \| is a bar, <br> a newline, and &amp;, &lt;, &gt;, &quot; and
numbers such as &#32; are letters. Cells that are missing are empty; a row with more than the
header is wrong. Cells count as numbers where they look like one, unless --text is given, and as null
when they are empty. Names of files do not tell this format: text stands in them, too.`,
		},
		Arguments: readBy(func(o mdReading) Cutter { return &mdCutter{options: o} }),
		Unnamed:   true,
	},
	Write: &Writing{
		Stage: StageDoc{
			Name:  "to_markdown",
			Short: "Puts records as a table of Markdown",
			Long: `The first record's names are the header; records with other names begin a new table. In a
cell, a bar is written \| and a newline <br>, a blank at an end &#32;, and what would be read as
one of these &lt; or &amp;. A value that is no record is one field called value.`,
		},
		Arguments: writeBy(func(none) Writer { return new(markdown) }),
	},
}

// markdown prints records as rows of a table.
type markdown struct {
	shape *value.Shape
	cell  []byte
}

// Append appends the row of v, before the first one the header.
func (m *markdown) Append(dst []byte, v value.Value) ([]byte, error) {
	if v.Kind() == value.KindError {
		return dst, (&rows{name: "markdown"}).noPlace(v)
	}
	rec := record(v)
	if m.shape == nil || rec.Shape() != m.shape && strings.Join(rec.Shape().Names(), "\x00") != strings.Join(m.shape.Names(), "\x00") {
		if m.shape != nil {
			dst = append(dst, '\n')
		}
		dst = m.header(dst, rec.Shape().Names())
	}
	m.shape = rec.Shape()
	for i := range rec.Len() {
		m.cell = rec.At(i).AppendText(m.cell[:0])
		dst = appendCell(dst, m.cell)
	}
	return append(dst, "|\n"...), nil
}

func (m *markdown) header(dst []byte, names []string) []byte {
	for _, name := range names {
		dst = appendCell(dst, []byte(name))
	}
	dst = append(dst, "|\n"...)
	for range names {
		dst = append(dst, "| --- "...)
	}
	return append(dst, "|\n"...)
}

// Continue makes the table begin after an empty line.
func (m *markdown) Continue([]byte) error {
	m.shape = value.NewShape()
	return nil
}

// AppendNames appends the header of a table without rows.
func (m *markdown) AppendNames(dst []byte, names []string) []byte {
	if m.shape != nil || len(names) == 0 {
		return dst
	}
	m.shape = value.NewShape(names...)
	return m.header(dst, names)
}

// appendCell appends a bar and the text of a cell.
func appendCell(dst, text []byte) []byte {
	dst = append(dst, "| "...)
	text = bytes.ReplaceAll(text, []byte("\r\n"), newline)
	for i, c := range text {
		edge := i == 0 || i == len(text)-1
		switch {
		case c == '|':
			dst = append(dst, `\|`...)
		case c == '\n' || c == '\r':
			dst = append(dst, "<br>"...)
		case edge && (c == ' ' || c == '\t'):
			dst = fmt.Appendf(dst, "&#%d;", c)
		case c == '<' && isBreak(text[i:]):
			dst = append(dst, "&lt;"...)
		case c == '&' && isEntity(text[i:]):
			dst = append(dst, "&amp;"...)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, ' ')
}
