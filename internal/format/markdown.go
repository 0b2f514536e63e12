package format

import (
	"bytes"
	"strings"

	"mtpipe/value"
)

var markdownFormat = &Format{
	Name:       "markdown",
	Summary:    "a table of Markdown",
	Extensions: []string{".md"},
	Write: &Writing{
		Stage: StageDoc{
			Name:  "to_markdown",
			Short: "Puts records as a table of Markdown",
			Long: `The first record's names are the header; records with other names begin a new table. In a
cell, a bar is written \| and a newline <br>. A value that is no record is one field called value.`,
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
	for _, c := range text {
		switch c {
		case '|':
			dst = append(dst, `\|`...)
		case '\n', '\r':
			dst = append(dst, "<br>"...)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, ' ')
}
