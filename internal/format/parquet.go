package format

var parquetFormat = &Format{
	Name:       "parquet",
	Summary:    "Apache Parquet, by the program mtpipe-parquet",
	Extensions: []string{".parquet"},
	Read: &Reading{
		Stage: StageDoc{
			Name:  "parquet",
			Short: "Reads the records of Parquet files",
			Long: `It is the program mtpipe-parquet that reads them, which is looked for beside mtpipe and then in
PATH: the library for it would make mtpipe itself a quarter larger.

Integers, decimals and floating-point numbers are exact, lists and groups become lists and
records, and maps records by their keys. Dates and times are text as ISO 8601 has it,
those in UTC with a Z and those of no zone without. Bytes that are no text stay as they are.
What is not a regular file is first copied to a temporary one, since such a file is read from its end.`,
		},
		Arguments: readBy(func(none) Cutter {
			return &outsideCutter{records: records{codec: newJSON("jsonl")}, program: "mtpipe-parquet"}
		}),
	},
}
