package format

// parquetProgram is what reads and writes Parquet files. The module engine/parquet has it.
const parquetProgram = "mtpipe-parquet"

var parquetFormat = &Format{
	Name:       "parquet",
	Summary:    "Apache Parquet, by the program mtpipe-parquet",
	Extensions: []string{".parquet"},
	Program:    parquetProgram,
	Read: &Reading{
		Stage: StageDoc{
			Name:  "parquet",
			Short: "Reads the records of Parquet files",
			Long: `It is the program mtpipe-parquet that reads them, which is looked for beside mtpipe and then in
PATH: the library for it would make mtpipe itself a quarter larger. Columns that nobody
asks for are not read, where the stages tell which those are: filter, select, get, map, count, group_by
and other totals do.

Integers, decimals and floating-point numbers are exact, lists and groups become lists and
records, and maps records by their keys. Dates and times are text as ISO 8601 has it,
those in UTC with a Z and those of no zone without: date(), strftime(), timeslice and others take them, and
they are compared with other such text. set t=date(t) makes times, which are written as such. Bytes that are no text stay as they are.
A page with a checksum that is not its own is an error, and so is one that takes more than half of --max-memory.
What is not a regular file is first copied to a temporary one, since such a file is read from its end.

write and -o parquet make files. The types of the fields are those of the first 20,000 records, or the
first 8 MB of them: whole numbers, numbers, text, true and false, times (those that functions such as
date() make), lists and records. Untyped text is a number where all of a field is. A record that does not
fit, or has a number with more digits than 64 bits hold, is an error of that record (see --on-error).`,
		},
		Arguments: readBy(func(none) Cutter {
			return &outsideCutter{codec: newJSON("jsonl"), program: parquetProgram}
		}),
	},
	Write: &Writing{Arguments: writeBy(func(none) Writer {
		return &typed{program: parquetProgram, args: []string{"write", "snappy"}}
	})},
}
