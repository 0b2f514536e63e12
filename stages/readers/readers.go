// Package readers holds the family of stages that read files.
package readers

import (
	"errors"

	"mtpipe/internal/codec"
	"mtpipe/internal/input"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "readers", Stages: append(readerStages(), findStage(), envStage())}
}

// readerStages read files in the formats that there are.
func readerStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.DefineReader(pipeline.Doc{
			Name:  "lines",
			Short: "Puts the lines of files, or passes its input on",
			Trait: pipeline.PerValue | pipeline.Textual | pipeline.Light,
			Role:  pipeline.ReadsPlain,
			Long: `A line is what stands before a newline; its bytes are not touched, whatever they
are. ` + fileHelp,
		}, lines),
		pipeline.DefineReader(pipeline.Doc{
			Name:  "read",
			Short: "Reads each file in the format that its name tells",
			Trait: pipeline.Ordered,
			Role:  pipeline.ReadsByName,
			Long: `Names that end in .csv, .tsv, .json, .jsonl, .ndjson and .logfmt give records, others
lines. Without files the input is passed on. ` + fileHelp,
		}, read),
		pipeline.DefineReader(pipeline.Doc{
			Name:  "csv",
			Short: "Reads records from CSV",
			Trait: pipeline.Ordered,
			Long: `The first record names the fields. Fields in quotes may hold delimiters, newlines and
doubled quotes; a quote inside another field is a character like others. A byte order
mark, empty lines and carriage returns before newlines are passed over. A record with
more or fewer fields than the first is an error of that record. Fields count as numbers
where they look like one, and keep their spelling. Records that are only chosen are
written as CSV with the bytes that they came with. ` + fileHelp,
		}, readCSV),
		pipeline.DefineReader(pipeline.Doc{
			Name:  "tsv",
			Short: "Reads records from tab-separated text",
			Trait: pipeline.Ordered,
			Long: `The first line names the fields. In fields, \t, \n, \r and \\ stand for a tab, a
newline, a carriage return and a backslash; quotes are characters like others. ` + fileHelp,
		}, readTSV),
		pipeline.DefineReader(pipeline.Doc{
			Name:  "json",
			Short: "Reads any JSON: documents, lists by their elements",
			Trait: pipeline.Ordered,
			Long: `Values may stand one behind the other, on as many lines as they like. The elements of a
list at the outermost level come one by one, before the list has ended. Numbers keep
their digits and keys their order; of a key that stands twice the last value counts.
For one value a line, jsonl is quicker. ` + fileHelp,
		}, readJSON),
		pipeline.DefineReader(pipeline.Doc{
			Name:  "jsonl",
			Short: "Reads JSON, one value a line",
			Trait: pipeline.Ordered,
			Long: `Numbers keep their digits and keys their order; of a key that stands twice the last
value counts. Empty lines are passed over. Records that are only chosen are written as
JSON lines with the bytes that they came with. ` + fileHelp,
		}, readJSONLines),
		pipeline.DefineReader(pipeline.Doc{
			Name:  "logfmt",
			Short: "Reads records from lines of key=value",
			Trait: pipeline.Ordered,
			Long: `A value with blanks stands in double quotes, in which a backslash escapes as in JSON. A
key without a value is true. ` + fileHelp,
		}, readLogfmt),
	}
}

const fileHelp = `FILE may be a pattern with *, ? and […], or - for standard input. Files
whose names end in .gz, .zst or .bz2 are unpacked.`

type linesArgs struct {
	Files []string "arg:\"file...\" help:\"the files to read, one after another\""
}

// IsSource reports whether the stage reads files.
func (a *linesArgs) IsSource() bool { return len(a.Files) > 0 }

// WithFiles returns a copy that reads these files.
func (a *linesArgs) WithFiles(files []string) any {
	b := *a
	b.Files = files
	return &b
}

func lines(j *pipeline.Job, a *linesArgs) error {
	if len(a.Files) == 0 {
		return passOn(j)
	}
	return readFiles(j, a.Files, func(string) codec.Cutter { return codec.NewLines() })
}

// passOn passes the input on.
func passOn(j *pipeline.Job) error {
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		j.PutBatch(b)
	}
	return nil
}

func read(j *pipeline.Job, a *linesArgs) error {
	if len(a.Files) == 0 {
		return passOn(j)
	}
	return readFiles(j, a.Files, input.Cutter)
}

type readCSVArgs struct {
	Files     []string      `arg:"file..." help:"the files to read, one after another; without them the input is read"`
	Delimiter delimiterByte `opt:"d,delimiter" default:"," help:"the character between fields"`
	NoHeader  bool          `opt:"no-header" help:"the first record is data: the fields are called c1, c2 and so on"`
}

// delimiterByte is a single byte.
type delimiterByte byte

// SetArg reads a character; \t is a tab.
func (d *delimiterByte) SetArg(text string, _ func(string) (string, bool)) error {
	if text == `\t` {
		text = "\t"
	}
	if len(text) != 1 || text == "\n" || text == "\r" || text == `"` {
		return errors.New("must be one ASCII character, and no quote or newline")
	}
	*d = delimiterByte(text[0])
	return nil
}

// IsSource reports whether the stage reads files.
func (a *readCSVArgs) IsSource() bool { return len(a.Files) > 0 }

// WithFiles returns a copy that reads these files.
func (a *readCSVArgs) WithFiles(files []string) any {
	b := *a
	b.Files = files
	return &b
}

func readCSV(j *pipeline.Job, a *readCSVArgs) error {
	return readRecords(j, a.Files, func(string) codec.Cutter {
		return codec.NewCSV(codec.CSVOptions{Name: "csv", Delimiter: byte(a.Delimiter), NoHeader: a.NoHeader})
	})
}

type readTSVArgs struct {
	Files    []string `arg:"file..." help:"the files to read, one after another; without them the input is read"`
	NoHeader bool     `opt:"no-header" help:"the first line is data: the fields are called c1, c2 and so on"`
}

// IsSource reports whether the stage reads files.
func (a *readTSVArgs) IsSource() bool { return len(a.Files) > 0 }

// WithFiles returns a copy that reads these files.
func (a *readTSVArgs) WithFiles(files []string) any {
	b := *a
	b.Files = files
	return &b
}

func readTSV(j *pipeline.Job, a *readTSVArgs) error {
	return readRecords(j, a.Files, func(string) codec.Cutter {
		return codec.NewCSV(codec.CSVOptions{Name: "tsv", Delimiter: '\t', NoHeader: a.NoHeader})
	})
}

type fileArgs struct {
	Files []string `arg:"file..." help:"the files to read, one after another; without them the input is read"`
}

// IsSource reports whether the stage reads files.
func (a *fileArgs) IsSource() bool { return len(a.Files) > 0 }

// WithFiles returns a copy that reads these files.
func (a *fileArgs) WithFiles(files []string) any {
	b := *a
	b.Files = files
	return &b
}

func readJSON(j *pipeline.Job, a *fileArgs) error {
	return readRecords(j, a.Files, func(string) codec.Cutter { return codec.NewJSON() })
}

func readJSONLines(j *pipeline.Job, a *fileArgs) error {
	return readRecords(j, a.Files, func(string) codec.Cutter { return codec.NewJSONLines() })
}

func readLogfmt(j *pipeline.Job, a *fileArgs) error {
	return readRecords(j, a.Files, func(string) codec.Cutter { return codec.NewLogfmt() })
}

// readRecords puts the records of files, or of the text that comes in.
func readRecords(j *pipeline.Job, files []string, cutter func(name string) codec.Cutter) error {
	if len(files) > 0 {
		return readFiles(j, files, cutter)
	}
	text := &incoming{j: j}
	defer text.close()
	return input.NewBlocks().Reader(text, "", cutter("")).PutAll(j.PutBatch)
}

func readFiles(j *pipeline.Job, names []string, cutter func(name string) codec.Cutter) error {
	files, err := input.Expand(names)
	if err != nil {
		return err
	}
	blocks := input.NewBlocks()
	for _, name := range files {
		if err := readFile(j, blocks, name, cutter(name)); err != nil {
			return err
		}
	}
	return nil
}

func readFile(j *pipeline.Job, blocks *input.Blocks, name string, cutter codec.Cutter) error {
	f, err := input.Open(j.Thread, name, j.Stdin())
	if err != nil {
		return err
	}
	defer f.Close()
	if r := f.Ranges(cutter, j.Combined()); r != nil {
		defer r.Close()
		for b := r.Next(); b != nil; b = r.Next() {
			j.PutBatch(b)
		}
		return nil
	}
	return blocks.Reader(f, f.Name(), cutter).PutAll(j.PutBatch)
}

// incoming is the text of a stage's input, as a source of bytes.
type incoming struct {
	j    *pipeline.Job
	rest []byte // that was not read
	text []byte // of values
}

// Read gives what is left of the present batch, or that of the next one.
func (s *incoming) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		b, err := s.j.Input().NextBatch()
		if err != nil {
			return 0, err
		}
		if err := s.take(b); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// take makes text of a batch.
func (s *incoming) take(b *value.Batch) error {
	if b.Form() == value.FormLines {
		s.rest = b.Data()
		return nil
	}
	s.text = s.text[:0]
	for v := range b.All() {
		if !v.IsText() {
			return &pipeline.DataError{Piece: v.Quote(), Err: errors.New(v.Kind().String() + " is not text, and cannot be read")}
		}
		s.text = append(s.text, v.Bytes()...)
		if !v.Unterminated() {
			s.text = append(s.text, '\n')
		}
	}
	s.rest = s.text
	return nil
}

func (s *incoming) close() { s.j.Input().CloseRead() }
