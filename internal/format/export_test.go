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
