package input

import "mtpipe/internal/codec"

// Cutter returns what finds the records in a file of that name.
func Cutter(name string) codec.Cutter {
	switch Format(name) {
	case "csv":
		return codec.NewCSV(codec.CSVOptions{Name: "csv", Delimiter: ','})
	case "tsv":
		return codec.NewCSV(codec.CSVOptions{Name: "tsv", Delimiter: '\t'})
	case "json":
		return codec.NewJSON()
	case "jsonl":
		return codec.NewJSONLines()
	case "logfmt":
		return codec.NewLogfmt()
	}
	return codec.NewLines()
}
