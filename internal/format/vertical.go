package format

import (
	"fmt"
	"strconv"
	"strings"

	"mtpipe/value"
)

var verticalFormat = &Format{
	Name:    "vertical",
	Summary: "a line for each field under the record's number, for people",
	Write:   &Writing{Arguments: writeBy(func(none) Writer { return new(vertical) })},
}

// vertical prints records below each other, a field on a line, as clients of databases do.
type vertical struct {
	count int
	shape *value.Shape
	width int
}

// Append appends the lines of v.
func (w *vertical) Append(dst []byte, v value.Value) ([]byte, error) {
	if v.Kind() == value.KindError {
		return dst, fmt.Errorf("an error that was kept has no place in vertical: %w", v.AsError())
	}
	rec := record(v)
	if rec.Shape() != w.shape {
		w.shape, w.width = rec.Shape(), 0
		for _, name := range rec.Shape().Names() {
			w.width = max(w.width, width.StringWidth(printable(name)))
		}
	}
	w.count++
	dst = append(dst, "-- "...)
	dst = append(strconv.AppendInt(dst, int64(w.count), 10), '\n')
	for i := range rec.Len() {
		name := printable(rec.Name(i))
		dst = spaces(dst, w.width-width.StringWidth(name))
		dst = append(append(dst, name...), ": "...)
		at := len(dst)
		for k, line := range strings.Split(strings.Clone(rec.At(i).String()), "\n") {
			if k > 0 {
				dst = spaces(append(dst, '\n'), w.width+2)
			}
			dst = append(dst, printable(line)...)
		}
		if len(dst) == at {
			dst = dst[:at-1] // no blank at the end of a line
		}
		dst = append(dst, '\n')
	}
	return dst, nil
}
