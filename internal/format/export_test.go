package format

// CutterOf returns the cutter of the format called name, with the usual options.
func CutterOf(name string) func() Cutter { return ByName(name).Cutter }

// NewCSV returns a cutter of CSV.
func NewCSV(delimiter byte, noHeader bool) Cutter {
	return newCSV(csvOptions{name: "csv", delimiter: delimiter, noHeader: noHeader})
}

// NewTSV returns a cutter of TSV.
func NewTSV(noHeader bool) Cutter {
	return newCSV(csvOptions{name: "tsv", delimiter: '\t', noHeader: noHeader})
}

// CSVOf returns a function that opens cutters of CSV read with these options: what stands between
// fields, and which of the others are set.
func CSVOf(delimited, commented string, lazy, ragged bool, columns ...string) func() Cutter {
	return func() Cutter {
		return newCSV(csvReading{Delimiter: delimiter(delimited), Comment: comment(commented), LazyQuotes: lazy, Ragged: ragged, Columns: columnNames{columns}, NoHeader: true}.options())
	}
}

// ColumnsOf returns a cutter of columns with these options.
func ColumnsOf(widths, columns string, noHeader bool) Cutter {
	o := columnsReading{NoHeader: noHeader}
	if err := o.Widths.SetArg(widths, nil); err != nil {
		panic(err)
	}
	if columns != "" {
		if err := o.Columns.SetArg(columns, nil); err != nil {
			panic(err)
		}
	}
	return &columnsCutter{options: o}
}

// MarkdownOf returns a cutter of the table with that number.
func MarkdownOf(table int64) Cutter { return &mdCutter{options: mdReading{Table: table}} }
