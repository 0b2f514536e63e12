// Package readers holds the family of stages that read files.
package readers

import (
	"errors"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/pipeline"
	"mtpipe/stages/division"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "readers", Stages: append(readerStages(), findStage(), envStage())}
}

// readerStages read files in the formats that there are.
func readerStages() []*pipeline.Stage {
	return append([]*pipeline.Stage{
		pipeline.DefineReader(pipeline.Doc{
			Name:  "lines",
			Safe:  true,
			Short: "Puts the lines of files, or passes its input on",
			Trait: pipeline.PerValue | pipeline.Textual | pipeline.Light | pipeline.Passes,
			Role:  pipeline.ReadsPlain,
			Long: `A line is what stands before a newline; its bytes are not touched, whatever they
are. A carriage return alone ends none: tr '\r' '\n' makes newlines of them. ` + fileHelp + `

` + division.Help,
		}, lines).WithTrait(func(a any) pipeline.Trait {
			if a.(*plainArgs).IsSet() {
				return pipeline.Ordered
			}
			return 0
		}),
		pipeline.DefineReader(pipeline.Doc{
			Name:  "read",
			Safe:  true,
			Short: "Reads each file in the format that its name tells",
			Trait: pipeline.Ordered | pipeline.Passes,
			Role:  pipeline.ReadsByName,
			Long: "Names that end in " + format.Enumerate(format.Extensions(format.ReadByName()), "and") + ` give records, others
lines. Without files the input is passed on. ` + fileHelp,
		}, read),
	}, formatReaders()...)
}

// formatReaders are the stages that read the formats of records.
func formatReaders() []*pipeline.Stage {
	var list []*pipeline.Stage
	for _, f := range format.Readable() {
		doc := f.Read.Stage
		list = append(list, pipeline.DefineReaderAs(pipeline.Doc{
			Name:  doc.Name,
			Safe:  true,
			Short: doc.Short,
			Trait: pipeline.Ordered,
			Long:  doc.Long + " " + fileHelp,
		}, f.Read.Arguments, readFormat))
	}
	return list
}

const fileHelp = `FILE may be a pattern with *, ? and […], and with ** for any number of directories,
an object, s3://BUCKET/KEY or gs://BUCKET/KEY, or - for standard input. What gzip, zstd, bzip2 and xz have packed is known by its first
bytes and unpacked, and UTF-16 and UTF-32 with a byte order mark become UTF-8.`

type linesArgs struct {
	Files []string "arg:\"file...\" reach:\"reads\" help:\"the files to read, one after another\""
}

// IsSource reports whether the stage reads files.
func (a *linesArgs) IsSource() bool { return len(a.Files) > 0 }

// FileNames returns the files.
func (a *linesArgs) FileNames() []string { return a.Files }

// WithFiles returns a copy that reads these files.
func (a *linesArgs) WithFiles(files []string) any {
	b := *a
	b.Files = files
	return &b
}

// Parts returns the files, and what finds the records of one, where several may read them.
func (a *linesArgs) Parts() ([]string, func(name string) format.Cutter) {
	return format.Shared(a.Files), input.Cutter
}

// plainArgs are the arguments of lines.
type plainArgs struct {
	linesArgs
	division.Options
}

// WithFiles returns a copy that reads these files.
func (a *plainArgs) WithFiles(files []string) any {
	b := *a
	b.Files = files
	return &b
}

// Parts returns the files, and what finds the texts of one, where several may read them.
func (a *plainArgs) Parts() ([]string, func(name string) format.Cutter) {
	return format.Shared(a.Files), func(string) format.Cutter { return a.Cutter() }
}

func lines(j *pipeline.Job, a *plainArgs) error {
	if len(a.Files) == 0 && !a.IsSet() {
		return passOn(j)
	}
	return readRecords(j, a.Files, func(string) format.Cutter { return a.Cutter() })
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

// readFormat is the body of the stages that read a format.
func readFormat(j *pipeline.Job, args any) error {
	a := args.(format.ReaderArguments)
	return readRecords(j, a.FileNames(), func(string) format.Cutter { return a.Cutter() })
}

// readRecords puts the records of files, or of the text that comes in.
func readRecords(j *pipeline.Job, files []string, cutter func(name string) format.Cutter) error {
	if len(files) > 0 {
		return readFiles(j, files, cutter)
	}
	text := &incoming{j: j}
	defer text.close()
	c := cutter("")
	format.TellDocuments(c, j.Documents())
	var from input.Source = text
	askFor(j, c)
	if outside, ok := c.(format.Outside); ok {
		f, err := input.Through(j.Thread, text, "", outside, j.Memory())
		if err != nil {
			return err
		}
		defer f.Close()
		from = f
	}
	return putRecords(input.NewBlocks(j.MaxLine(), j.MostBlock()).Reader(from, "", c).Passed(), &header{j: j, cutter: c})
}

func readFiles(j *pipeline.Job, names []string, cutter func(name string) format.Cutter) error {
	files, err := input.Expand(j.Thread, names)
	if err != nil {
		return err
	}
	blocks := input.NewBlocks(j.MaxLine(), j.MostBlock())
	for _, name := range files {
		h := &header{j: j, cutter: cutter(name), name: name, files: files, of: cutter}
		if err := readFile(j, blocks, name, h); err != nil {
			return err
		}
	}
	return nil
}

func readFile(j *pipeline.Job, blocks *input.Blocks, name string, h *header) error {
	askFor(j, h.cutter)
	f, err := input.OpenFor(j.Thread, name, j.Stdin(), h.cutter, j.Memory())
	if err != nil {
		return err
	}
	defer f.Close()
	j.Bound(f)
	format.TellDocuments(h.cutter, j.Documents())
	if r := f.Ranges(h.cutter, j.Combined(), j.MaxLine(), j.MostBlock()); r != nil {
		defer r.Close()
		if err := h.tell(); err != nil {
			return err
		}
		for b := r.Next(); b != nil; b = r.Next() {
			j.PutBatch(b)
		}
		return nil
	}
	return putRecords(blocks.Reader(f, f.Name(), h.cutter), h)
}

// askFor tells a cutter, for which a program reads the file, which fields are wanted.
func askFor(j *pipeline.Job, c format.Cutter) {
	if outside, ok := c.(format.Outside); ok {
		if names, some := j.Wanted(); some {
			outside.Ask(names)
		}
	}
}

// putRecords puts all records of r, when it has told the names in the header.
func putRecords(r *input.Reader, h *header) error {
	for {
		b, err := r.Next()
		if wrong := h.tell(); wrong != nil {
			if err == nil {
				b.Release()
			}
			return wrong
		}
		if err != nil {
			return input.NotEnd(err)
		}
		h.j.PutBatch(b)
	}
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
