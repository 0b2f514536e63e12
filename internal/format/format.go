// Package format holds the formats in which values are read and written: CSV, TSV, JSON, JSON
// lines, logfmt, xtab, dkvp, nidx, plain text, tables, columns, YAML, TOML, and some that are only written.
//
// Each is one declaration, a Format, in a file of its own, and a line in the list of formats. The
// stages that read and write it, the formats that options name, the endings of files, help,
// completion and messages come from that list.
//
// A reader cuts a file into blocks of whole records (a Cutter), which is the part that has
// to be done in order; a value.Codec finds the records and fields of a block, which copies
// on several reactors may do. Fields stay where they are in the text until somebody asks
// for their values. A Writer appends values as text, and text of its own format as it came.
package format

import (
	"path/filepath"
	"slices"
	"strings"
)

// Format is a way in which values stand in a file.
type Format struct {
	Name       string   // as options have it, such as csv
	Summary    string   // what it is, in a few words
	Extensions []string // endings of the names of such files, such as .csv
	Any        bool     // it holds all kinds of values; in others each value is a record
	Program    string   // of its own that reads and writes it; "" for none
	Read       *Reading // nil when it is not read
	Write      *Writing // nil when it is not written
}

// Reading says how a format is read.
type Reading struct {
	Stage     StageDoc
	Arguments ReaderArguments // of the stage, with nothing given: a pointer to a struct with tags
	Unnamed   bool            // the name of a file does not tell it, since such files hold other text, too
}

// Writing says how a format is written.
type Writing struct {
	Stage     StageDoc
	Arguments WriterArguments // of the stage, with nothing given: a pointer to a struct with tags
	Apart     bool            // what is written of a value depends on no other one
}

// StageDoc is what the stage that reads or writes a format says about itself. Without a name
// there is no such stage.
type StageDoc struct{ Name, Short, Long string }

// formats is the list: a new format is a file of its own and a line here.
var formats = []*Format{
	textFormat,
	csvFormat,
	tsvFormat,
	jsonFormat,
	jsonlFormat,
	logfmtFormat,
	tableFormat,
	xtabFormat,
	dkvpFormat,
	nidxFormat,
	markdownFormat,
	columnsFormat,
	yamlFormat,
	tomlFormat,
	parquetFormat,
	prettyFormat,
	verticalFormat,
}

// All returns the formats.
func All() []*Format { return slices.Clone(formats) }

// Readable returns the formats of records that are read.
func Readable() []*Format {
	return slices.DeleteFunc(All(), func(f *Format) bool { return f.Read == nil || f.IsText() })
}

// ReadByName returns the formats of records that the names of files tell.
func ReadByName() []*Format {
	return slices.DeleteFunc(Readable(), func(f *Format) bool { return f.Read.Unnamed })
}

// Writable returns the formats that are written, those that hold the most kinds of values
// first.
func Writable() []*Format {
	list := slices.DeleteFunc(All(), func(f *Format) bool { return f.Write == nil })
	slices.SortStableFunc(list, func(a, b *Format) int { return a.limits() - b.limits() })
	return list
}

// limits counts what the writing of a format is bound to: records, or the other values.
func (f *Format) limits() int {
	switch {
	case !f.Any:
		return 2
	case !f.Write.Apart:
		return 1
	}
	return 0
}

// Names returns the names of the formats that are written.
func Names() []string { return NamesOf(Writable()) }

// NamesOf returns the names of these formats.
func NamesOf(list []*Format) []string {
	var names []string
	for _, f := range list {
		names = append(names, f.Name)
	}
	return names
}

// Known reports whether name is a format that is written; "" is text.
func Known(name string) bool { return name == "" || slices.Contains(Names(), name) }

// ByName returns the format called name, nil when there is none.
func ByName(name string) *Format {
	i := slices.IndexFunc(formats, func(f *Format) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return formats[i]
}

// OfFile returns the format that the ending of a file's name tells, in either case: text when it
// tells none.
func OfFile(name string) *Format {
	ext := strings.ToLower(filepath.Ext(name))
	for _, f := range formats {
		if slices.Contains(f.Extensions, ext) {
			return f
		}
	}
	return textFormat
}

// Extensions returns the endings that tell one of these formats.
func Extensions(list []*Format) []string {
	var all []string
	for _, f := range formats {
		if slices.Contains(list, f) {
			all = append(all, f.Extensions...)
		}
	}
	return all
}

// Enumerate returns words as a sentence has them: a, b and c.
func Enumerate(words []string, and string) string {
	n := len(words)
	if n < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n-1], ", ") + " " + and + " " + words[n-1]
}

// IsText reports whether f is plain text, which has no records.
func (f *Format) IsText() bool { return f == textFormat }

// Cutter returns the cutter of one file in the format f, read as usual.
func (f *Format) Cutter() Cutter { return f.Read.Arguments.Cutter() }

// Writer returns a writer of one file in the format f, written as usual.
func (f *Format) Writer() Writer { return f.Write.Arguments.Writer() }

// Choice is the name of a format that is written, as an option.
type Choice string

// Values returns the names that there are.
func (Choice) Values() []string { return Names() }
