package records

import (
	"fmt"
	"io"
	"strings"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// besideArgs are those of a stage that reads a file beside its input.
type besideArgs struct {
	File   string              `arg:"file" reach:"reads" help:"the file to compare with; - is standard input"`
	Format pipeline.FileFormat `opt:"format" help:"how FILE is read: a format, perhaps with options, such as 'csv -d \";\"'; without it, its name tells"`
}

// beside is a file that a stage reads beside its input.
type beside struct {
	args   *besideArgs
	header func(names []string) error // is told a header, before the records
	rows   func(b *value.Batch) error // is given records, or lines; it does not own them
	line   string                     // what a line is to be called, as the one field of a record; "" to leave it
	asked  []joinSide                 // what is asked of the records, by which a file is known for one of another format
	lines  bool                       // the file has lines
}

// read reads the file. What is wrong with a record is rejected.
func (f *beside) read(j *pipeline.Job) error {
	cutter := f.args.Format.Cutter(f.args.File)
	file, err := input.OpenFor(j.Thread, f.args.File, j.Stdin(), cutter, j.Memory())
	if err != nil {
		return err
	}
	defer file.Close()
	j.Bound(file)
	f.lines = format.IsLines(cutter)
	reader := input.NewBlocks(j.MaxLine(), j.MostBlock()).Reader(file, file.Name(), cutter)
	told, warned := false, false
	for {
		j.GiveTurn()
		b, err := reader.Next()
		if guess := format.Guessed(cutter, file.Name()); guess != "" && !warned {
			warned = true
			j.Warn("%s", guess)
		}
		if heading, ok := cutter.(format.Heading); ok && !told && heading.Header() != nil {
			told = true
			if wrong := f.header(heading.Header()); wrong != nil {
				if err == nil {
					b.Release()
				}
				return wrong
			}
		}
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = f.batch(j, b, &told)
		}
		if err != nil {
			return err
		}
	}
}

// batch takes a batch of the file, which it releases.
func (f *beside) batch(j *pipeline.Job, b *value.Batch, told *bool) error {
	defer b.Release()
	if b.Form() == value.FormRaw {
		if err := j.Parse(b); err != nil {
			return err
		}
	}
	if f.lines && f.line != "" {
		if !*told {
			*told = true
			if err := f.check(b); err != nil {
				return err
			}
		}
		b = f.named(b)
		defer b.Release()
	}
	j.SeeFile(b)
	return f.rows(b)
}

// named returns the lines of b as records.
func (f *beside) named(b *value.Batch) *value.Batch {
	shape := value.NewShape(f.line)
	out := value.NewValues(b.Len())
	for v := range b.All() {
		out.Add(value.Rec(value.NewRecord(shape, v)))
	}
	return out
}

// check refuses a file of lines whose first one names what is asked of its records: it is one of
// another format.
func (f *beside) check(b *value.Batch) error {
	for _, row := range b.Rows() {
		if strings.HasPrefix(string(row), "{") {
			return fmt.Errorf("%s: there are records inside, which its name does not say; --format jsonl reads them", f.args.File)
		}
		for _, sep := range []string{",", ";", "\t", "|"} {
			fields := strings.Split(string(row), sep)
			for _, side := range f.asked {
				for i := range fields {
					if len(fields) > 1 && strings.Trim(fields[i], "\" ") == side.text {
						return fmt.Errorf("%s: the first line has the name %s, as a table would; --format says which: csv, or 'csv -d \"%s\"'", f.args.File, side.text, sep)
					}
				}
			}
		}
		break
	}
	return nil
}
