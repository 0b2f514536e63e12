package text

import (
	"bytes"
	"errors"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func fieldStage() *pipeline.Stage {
	return each.Pieces[fieldArgs]{
		Doc: pipeline.Doc{
			Name:  "field",
			Safe:  true,
			Short: "Puts the fields numbered N of each line",
			Trait: pipeline.Textual,
			Long: `Field 1 is the first, -1 the last. Fields stand between runs of blanks, those at the
beginning of the line not counted, or with -d between single delimiters. A field that
a line does not have is empty. Several are joined by a blank, or by the delimiter.`,
		},
		Find:    (*fieldArgs).finder,
		Spans:   (*fieldArgs).spans,
		Join:    (*fieldArgs).between,
		Untyped: true,
	}.Stage()
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
	a.delimiter = []byte(syntax.Unescape(a.Delimiter))
	return nil
}

// oneFinder returns where field n of the line begins and ends; both are 0 when the line does
// not have it.
type oneFinder func(line []byte, n int64) (start, end int)

func (a *fieldArgs) find() oneFinder {
	if len(a.delimiter) > 0 {
		return a.delimited
	}
	return blanks
}

func (a *fieldArgs) finder() each.Finder {
	find := a.find()
	return func(to []each.Piece, line []byte) []each.Piece {
		for _, n := range a.N {
			start, end := find(line, n)
			to = append(to, each.Piece{Start: start, End: end})
		}
		return to
	}
}

// spans adds the one field of each line.
func (a *fieldArgs) spans() func(out, b *value.Batch) {
	find, n := a.find(), a.N[0]
	return func(out, b *value.Batch) {
		for s, row := range b.Rows() {
			start, end := find(row, n)
			out.AddSpan(int(s.Off)+start, end-start)
		}
	}
}

// between returns what joins several fields.
func (a *fieldArgs) between() ([]byte, bool) {
	if len(a.delimiter) > 0 {
		return a.delimiter, len(a.N) > 1
	}
	return []byte(" "), len(a.N) > 1
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// blanks finds fields between runs of blanks.
func blanks(line []byte, n int64) (start, end int) {
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
