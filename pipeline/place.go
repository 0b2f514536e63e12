package pipeline

import (
	"strconv"
	"strings"

	"mtpipe/internal/input"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// Placed returns err as the error of an argument that stands at a byte of its text: what an
// ArgSetter returns, so that the message points there.
func Placed(offset int, err error) error { return &offsetError{offset, err} }

// Placed returns err with the stage's name and its place in the pipeline: for an error of
// the stage that goes through other stages before it is told.
func (j *Job) Placed(err error) error { return j.run.annotate(j.stage.boundStage, err) }

// DataError is an error about one value of the input: where that came from and a short
// piece of it.
type DataError struct {
	File  string // "" when it has no name
	Line  int64  // from 1; 0 when it is not known
	Col   int    // byte in the line, from 1; 0 when the error is about a whole value
	Piece string // at most 40 characters of the value
	Err   error

	Value  value.Value // the value, as far as it is known: a record, text, or what else it is
	passed bool        // Line is that of text which the stage was given
}

// Error returns "FILE:LINE:COL: message: piece", as far as these are known. A line of standard
// input is "line N", and one of text that the stage was given "line N of its input".
func (e *DataError) Error() string {
	place := e.place()
	if place != "" {
		place += ": "
	}
	return place + e.bare()
}

// place returns where the value came from, as messages have it; "" when that is not known.
func (e *DataError) place() string {
	if e.Line == 0 {
		return ""
	}
	place := "line "
	if e.File != "" {
		place = e.File + ":"
	}
	place += strconv.FormatInt(e.Line, 10)
	if e.Col > 0 {
		place += ":" + strconv.Itoa(e.Col)
	}
	if e.passed {
		place += " of its input"
	}
	return place
}

// bare returns the message without the place.
func (e *DataError) bare() string {
	msg := e.Err.Error()
	if e.Piece != "" && !strings.Contains(msg, e.Piece) {
		msg += ": " + e.Piece
	}
	return msg
}

// Unwrap returns the error itself.
func (e *DataError) Unwrap() error { return e.Err }

// Bad returns err as an error about the value v, which the stage has just read with In or
// Next.
func (j *Job) Bad(v value.Value, err error) error {
	e := &DataError{Piece: v.Quote(), Err: err, Value: v}
	if j.in != nil {
		if b, off, ok := j.in.Position(); ok {
			j.locate(e, b, off, false)
		}
	}
	return e
}

// File returns the name of the file that the value stood in which the stage has just read with In
// or Next; "" when that has no name, or is not known.
func (j *Job) File() string {
	if j.in == nil {
		return ""
	}
	b, off, ok := j.in.Position()
	if !ok {
		return ""
	}
	origin, _ := b.PlaceFrom(&j.place, off)
	return origin.File
}

// BadRow returns err as an error about the row at s of the batch b.
func (j *Job) BadRow(b *value.Batch, s value.Span, err error) error {
	b.Block().Pin() // err may hold a part of the row
	row := b.Data()[s.Off : s.Off+s.Len]
	e := &DataError{Piece: syntax.Quote(string(row)), Err: err, Value: value.Text(row)}
	j.locate(e, b, int(s.Off), false)
	return e
}

// badAt returns err as an error about the place off in the text of the batch b, in the row
// at s.
func (j *Job) badAt(b *value.Batch, s value.Span, off int, err error) error {
	b.Block().Pin()
	row := b.Data()[s.Off : s.Off+s.Len]
	e := &DataError{Col: b.ColumnOf(off), Piece: syntax.Quote(string(row)), Err: err, Value: value.Text(row)}
	j.locate(e, b, off, true)
	return e
}

// PlaceOf returns what the block of b is a part of, and how many lines of the block stand before
// the place off in b's text, which is not before that of the last call: for an error that comes to
// light when the row is gone; see BadFrom.
func (j *Job) PlaceOf(b *value.Batch, off int) (o value.Origin, lines int) {
	return b.PlaceFrom(&j.place, off)
}

// BadFrom returns err as an error about the value v, from a row of which PlaceOf has returned the
// place.
func (j *Job) BadFrom(o value.Origin, lines int, v value.Value, err error) error {
	e := &DataError{Piece: v.Quote(), Err: err, Value: v}
	if o.Known() && !o.Passed {
		j.locateFrom(e, o, int64(lines))
	}
	return e
}

// linesBefore is how many newlines stand before a place in a file.
type linesBefore struct {
	file   string
	offset int64
	n      int64
}

// locate finds the line of a row: its reader has counted lines, or the file is read again
// from the place of the last error to the block that holds the row. Own says that the stage has
// found the row in the text that it was given, so that a line of that text means something.
func (j *Job) locate(e *DataError, b *value.Batch, off int, own bool) {
	origin, newlines := b.PlaceFrom(&j.place, off)
	if !origin.Known() || origin.Passed && !own {
		e.Col = 0
		return
	}
	j.locateFrom(e, origin, int64(newlines))
}

// locateFrom finds the line of a row in a block that comes from origin, with so many newlines
// before the row.
func (j *Job) locateFrom(e *DataError, origin value.Origin, newlines int64) {
	e.passed = origin.Passed
	e.File = origin.File
	if origin.Line > 0 {
		e.Line = origin.Line + newlines
		return
	}
	if j.last.file != origin.File || j.last.offset > origin.Offset {
		j.last = linesBefore{file: origin.File}
	}
	if j.last.offset < origin.Offset {
		n, err := input.CountLines(origin.File, j.last.offset, origin.Offset)
		if err != nil {
			return
		}
		j.last.offset, j.last.n = origin.Offset, j.last.n+n
	}
	e.Line = j.last.n + origin.After + newlines + 1
}

// placeOfLong returns err with its place.
func (j *Job) placeOfLong(err *input.TooLongError) error {
	e := &DataError{Err: err}
	if err.Origin.Known() {
		j.locateFrom(e, err.Origin, 0)
	}
	return e
}
