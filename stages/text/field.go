package text

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
			Long: `Field 1 is the first, -1 the last. Fields stand between runs of blanks, to which newlines in a text
of several lines belong, those at the beginning not counted, or with -d between single delimiters. A field that
a line does not have is empty. Several are joined by a blank, or by the delimiter. 2-4 is the
fields from 2 to 4 and 3- all from 3 on, as far as a line has them; 2--2 ends with the last but one.`,
			Instead: map[string]string{"-f": "fields are arguments: field -d , 2-", "--fields": "fields are arguments: field -d , 2-", "-c": "chars 2 5 keeps a part of each line",
				"-s": "grep -F -- ',' keeps the lines that have the delimiter", "--output-delimiter": "field -d , 1 3 | replace -F , ';', or format, puts others"},
		},
		Find:    (*fieldArgs).finder,
		Spans:   (*fieldArgs).spans,
		Join:    (*fieldArgs).between,
		Untyped: true,
	}.Stage()
}

type fieldArgs struct {
	N          []fieldList `arg:"n...+" help:"which fields, in the order in which they are put: 2, -1, 2-4, 3- or several with commas"`
	Delimiter  string      `opt:"d,delimiter" help:"what stands between fields; \\t is a tab"`
	Complement bool        `opt:"complement" help:"put all fields but those"`
	delimiter  []byte
	ranges     []fieldRange
}

// fieldRange is fields that follow each other: those numbered from from to to, both counted from
// 1, or from -1 at the end.
type fieldRange struct{ from, to int64 }

// single reports whether it is one field, which is put also where a line does not have it.
func (r fieldRange) single() bool { return r.from == r.to }

// fieldList is ranges of fields.
type fieldList []fieldRange

// SetArg reads N, N-M and N-, several with commas between them.
func (l *fieldList) SetArg(text string, _ func(string) (string, bool)) error {
	*l = nil
	for one := range strings.SplitSeq(text, ",") {
		r, err := readRange(one)
		if err != nil {
			return err
		}
		*l = append(*l, r)
	}
	return nil
}

var errFieldZero = errors.New("must not be 0: fields count from 1, or from -1 at the end")

// readRange reads N, N-M or N-.
func readRange(text string) (r fieldRange, err error) {
	dash := strings.IndexByte(text[min(1, len(text)):], '-') + 1
	if dash == 0 {
		r.from, err = strconv.ParseInt(text, 10, 64)
		r.to = r.from
	} else {
		r.to = -1
		if r.from, err = strconv.ParseInt(text[:dash], 10, 64); err == nil && dash+1 < len(text) {
			r.to, err = strconv.ParseInt(text[dash+1:], 10, 64)
		}
	}
	switch {
	case err != nil:
		return r, fmt.Errorf("must be a whole number or a range such as 2-4 or 3-, not %s", syntax.Quote(text))
	case r.from == 0 || r.to == 0:
		return r, errFieldZero
	case r.to < r.from && r.from < 0 == (r.to < 0):
		return r, fmt.Errorf("must be a range from a lower number to a higher one, not %s", syntax.Quote(text))
	}
	return r, nil
}

// Check reads the delimiter and gathers the ranges.
func (a *fieldArgs) Check() error {
	a.delimiter = []byte(syntax.Unescape(a.Delimiter))
	a.ranges = slices.Concat(a.N...)
	return nil
}

// one reports whether one field of each line is put.
func (a *fieldArgs) one() bool { return !a.Complement && len(a.ranges) == 1 && a.ranges[0].single() }

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
	if slices.ContainsFunc(a.ranges, func(r fieldRange) bool { return !r.single() }) || a.Complement {
		return a.several()
	}
	find := a.find()
	return func(to []each.Piece, line []byte) []each.Piece {
		for _, r := range a.ranges {
			start, end := find(line, r.from)
			to = append(to, each.Piece{Start: start, End: end})
		}
		return to
	}
}

// several returns what finds ranges of fields.
func (a *fieldArgs) several() each.Finder {
	var all []each.Piece
	return func(to []each.Piece, line []byte) []each.Piece {
		all = a.all(all[:0], line)
		n := int64(len(all))
		if a.Complement {
			for i, p := range all {
				if !slices.ContainsFunc(a.ranges, func(r fieldRange) bool { return r.holds(int64(i)+1, n) }) {
					to = append(to, p)
				}
			}
			return to
		}
		for _, r := range a.ranges {
			from, end := r.in(n)
			if r.single() && (from < 1 || from > n) {
				to = append(to, each.Piece{})
				continue
			}
			for i := max(from, 1); i <= min(end, n); i++ {
				to = append(to, all[i-1])
			}
		}
		return to
	}
}

// in returns the numbers of the range in a line of n fields, from 1.
func (r fieldRange) in(n int64) (from, to int64) {
	if from = r.from; from < 0 {
		from += n + 1
	}
	if to = r.to; to < 0 {
		to += n + 1
	}
	return from, to
}

// holds reports whether field i of n is one of the range.
func (r fieldRange) holds(i, n int64) bool {
	from, to := r.in(n)
	return from <= i && i <= to
}

// all appends all fields of a line.
func (a *fieldArgs) all(to []each.Piece, line []byte) []each.Piece {
	if len(a.delimiter) == 0 {
		for i := 0; i < len(line); {
			for i < len(line) && blank(line[i]) {
				i++
			}
			start := i
			for i < len(line) && !blank(line[i]) {
				i++
			}
			if start < i {
				to = append(to, each.Piece{Start: start, End: i})
			}
		}
		return to
	}
	for start := 0; ; {
		i := bytes.Index(line[start:], a.delimiter)
		if i < 0 {
			return append(to, each.Piece{Start: start, End: len(line)})
		}
		to = append(to, each.Piece{Start: start, End: start + i})
		start += i + len(a.delimiter)
	}
}

// spans returns what adds the one field of each line.
func (a *fieldArgs) spans() func(out, b *value.Batch) {
	if !a.one() {
		return nil
	}
	find, n := a.find(), a.ranges[0].from
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
		return a.delimiter, !a.one()
	}
	return []byte(" "), !a.one()
}

// blank reports whether c stands between fields. A newline does in a text of several lines.
func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

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
