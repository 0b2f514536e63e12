package text

import (
	"bytes"
	"errors"

	"mtpipe/pipeline"
	"mtpipe/value"
)

func fieldStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "field",
		Short: "Puts the fields numbered N of each line",
		Trait: pipeline.PerValue | pipeline.Textual,
		Long: `Field 1 is the first, -1 the last. Fields stand between runs of blanks, those at the
beginning of the line not counted, or with -d between single delimiters. A field that
a line does not have is empty. Several are joined by a blank, or by the delimiter.`,
	}, field)
}

type fieldArgs struct {
	N         []int64 `arg:"n...+" help:"which fields, in the order in which they are put"`
	Delimiter string  `opt:"d,delimiter" help:"what stands between fields; \\t is a tab"`
	delimiter []byte
}

// Check reads the delimiter and refuses field 0.
func (a *fieldArgs) Check() error {
	for _, n := range a.N {
		if n == 0 {
			return errors.New("n counts from 1, or from -1 at the end")
		}
	}
	a.delimiter = []byte(pipeline.Unescape(a.Delimiter))
	return nil
}

func field(j *pipeline.Job, a *fieldArgs) error {
	find := a.blanks
	if len(a.delimiter) > 0 {
		find = a.delimited
	}
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		switch {
		case b.Form() == value.FormValues:
			fieldValues(j, a, b, find)
		case len(a.N) == 1:
			fieldSpans(j, a.N[0], b, find)
		default:
			for _, row := range b.Rows() {
				j.Put(value.Text(a.join(nil, row, find)))
			}
		}
	}
	return nil
}

// finder returns where field n of the line begins and ends; both are 0 when the line does
// not have it.
type finder func(line []byte, n int64) (start, end int)

// fieldSpans puts one field of each line as a span of its text.
func fieldSpans(j *pipeline.Job, n int64, b *value.Batch, find finder) {
	out := value.NewSpans(b)
	for s, row := range b.Rows() {
		start, end := find(row, n)
		out.AddSpan(int(s.Off)+start, end-start)
	}
	j.PutSome(out)
}

// fieldValues is the plain way, a value at a time.
func fieldValues(j *pipeline.Job, a *fieldArgs, b *value.Batch, find finder) {
	for _, v := range b.Values() {
		j.Put(value.Text(a.join(nil, v.AppendText(nil), find)))
	}
}

func (a *fieldArgs) join(dst, line []byte, find finder) []byte {
	for i, n := range a.N {
		if i > 0 && len(a.delimiter) > 0 {
			dst = append(dst, a.delimiter...)
		} else if i > 0 {
			dst = append(dst, ' ')
		}
		start, end := find(line, n)
		dst = append(dst, line[start:end]...)
	}
	return dst
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// blanks finds fields between runs of blanks.
func (a *fieldArgs) blanks(line []byte, n int64) (start, end int) {
	if n < 0 {
		return blanksFromEnd(line, n)
	}
	for i := 0; ; {
		for i < len(line) && blank(line[i]) {
			i++
		}
		if i == len(line) {
			return 0, 0
		}
		start = i
		for i < len(line) && !blank(line[i]) {
			i++
		}
		if n--; n == 0 {
			return start, i
		}
	}
}

func blanksFromEnd(line []byte, n int64) (start, end int) {
	for i := len(line); ; {
		for i > 0 && blank(line[i-1]) {
			i--
		}
		if i == 0 {
			return 0, 0
		}
		end = i
		for i > 0 && !blank(line[i-1]) {
			i--
		}
		if n++; n == 0 {
			return i, end
		}
	}
}

// delimited finds fields between single delimiters.
func (a *fieldArgs) delimited(line []byte, n int64) (start, end int) {
	d := a.delimiter
	if n < 0 {
		n += int64(bytes.Count(line, d)) + 2
		if n <= 0 {
			return 0, 0
		}
	}
	for {
		i := bytes.Index(line[start:], d)
		if n--; n == 0 {
			if i < 0 {
				return start, len(line)
			}
			return start, start + i
		}
		if i < 0 {
			return 0, 0
		}
		start += i + len(d)
	}
}
