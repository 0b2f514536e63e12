package watching

import (
	"bytes"

	"mtpipe/internal/format"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func tableStage() *pipeline.Stage {
	return each.Writing{
		Doc: pipeline.Doc{
			Name:  "table",
			Safe:  true,
			Short: "Puts records as lines of a table with aligned columns",
			Trait: pipeline.Ordered | pipeline.AsksNames,
			Long: `The names stand over the columns, and columns of numbers are aligned to the right. The widths are
those of the first 1,000 records, which are kept until there are so many. Records with other names begin
a new table, after an empty line. Where results are written, -o table does the same, and on a terminal, which is
what records come as there by themselves, the table is fitted to it and each row is shown soon.`,
		},
		Usual: new(struct{}),
		Do:    func(any) each.Writer { return &tableLines{w: format.New("table", format.Screen{})} },
	}.Stage()
}

// tableLines puts the lines of a table.
type tableLines struct{ w format.Writer }

// Write puts the lines that come of v and those before it.
func (t *tableLines) Write(put func(value.Value), v value.Value) error {
	text, err := t.w.Append(nil, v)
	putLines(put, text)
	return err
}

// End puts the lines that are left, or the names of a table without rows.
func (t *tableLines) End(put func(value.Value), names []string) {
	putLines(put, format.End(format.AppendHeader(nil, t.w, names), t.w))
}

func putLines(put func(value.Value), text []byte) {
	for line := range bytes.Lines(text) {
		put(value.Text(bytes.TrimSuffix(line, []byte{'\n'})))
	}
}
