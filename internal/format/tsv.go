package format

var tsvFormat = &Format{
	Name:       "tsv",
	Summary:    "tab-separated values under a header",
	Extensions: []string{".tsv"},
	Read: &Reading{
		Stage: StageDoc{
			Name:  "tsv",
			Short: "Reads records from tab-separated text",
			Long: `The first line names the fields. In fields, \t, \n, \r and \\ stand for a tab, a
newline, a carriage return and a backslash; quotes are characters like others. Fields count
as numbers where they look like one; with --text they never do. An empty field counts as null. Empty lines are passed over, but where the header has
one name: they are records with an empty field then.`,
		},
		Arguments: readBy(func(o tsvReading) Cutter {
			return newCSV(csvOptions{name: "tsv", delimiter: '\t', noHeader: o.NoHeader, text: o.Text, fixed: true})
		}),
	},
	Write: &Writing{
		Stage: StageDoc{
			Name:  "to_tsv",
			Short: "Puts each record as a line of TSV, behind a header",
			Long: `The header has the names of the first record; when none comes, those that a header which
was read and the stages after it give. A field that a later one lacks is empty; a
record with a field that the header lacks is an error. Tabs, newlines and backslashes in
fields are written \t, \n and \\. A value that is no record is one field called value.`,
		},
		Arguments: writeBy(func(o tsvWriting) Writer { return newRows("tsv", '\t', o.NoHeader, appendTSV) }),
	},
}

type tsvReading struct {
	NoHeader bool `opt:"no-header" help:"the first line is data: the fields are called c1, c2 and so on"`
	Text     bool `opt:"text" help:"fields are text, never numbers"`
}

type tsvWriting struct {
	NoHeader bool `opt:"no-header" help:"put no header"`
}

// appendTSV appends a field with tabs, newlines and backslashes written as \t, \n and \\.
func appendTSV(dst, s []byte) []byte {
	for _, c := range s {
		switch c {
		case '\t':
			dst = append(dst, `\t`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\\':
			dst = append(dst, `\\`...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
