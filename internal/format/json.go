package format

import "mtpipe/value"

var jsonFormat = &Format{
	Name:       "json",
	Summary:    "JSON: documents, or one list of all values",
	Extensions: []string{".json"},
	Any:        true,
	Read: &Reading{
		Stage: StageDoc{
			Name:  "json",
			Short: "Reads any JSON: documents, lists by their elements",
			Long: `Values may stand one behind the other, on as many lines as they like. The elements of a
list at the outermost level come one by one, before the list has ended. Numbers keep
their digits and keys their order; of a key that stands twice the last value counts.
For one value a line, jsonl is quicker.

Where the pipeline writes JSON, what was read as one value that is no list is written as
one value, if one is left, and several values that stand one behind the other are written
so. Everything else is written as a list. On a terminal each value is written when it comes, so
that values which one value was made into are no list there.`,
		},
		Arguments: readBy(func(none) Cutter { return &jsonCutter{codec: newJSON("json")} }),
	},
	Write: &Writing{Arguments: writeBy(func(none) Writer { return &array{} })},
}

// array prints all values as one JSON array, a value a line. What was read as one value that is
// no list is printed as one value, and several that were read one after another are printed so.
type array struct {
	documents *Documents // what was read; nil when nobody tells
	count     int        // values
	alone     []byte     // the first one, as long as it may stay the only one
	lines     bool       // there is no list
	atOnce    bool       // the first value does not wait for others
}

func (a *array) Append(dst []byte, v value.Value) ([]byte, error) {
	a.count++
	switch kept := a.documents.kept(); {
	case a.count == 1 && kept > 0 && a.atOnce:
		a.lines = true
	case a.count == 1 && kept > 0:
		a.alone = v.AppendJSON(a.alone[:0])
		return dst, nil
	case a.count == 2 && a.alone != nil:
		a.lines = kept > 1
		dst = a.begin(dst)
	case a.count == 1:
		return v.AppendJSON(append(dst, "[\n"...)), nil
	}
	if !a.lines {
		return v.AppendJSON(append(dst, ",\n"...)), nil
	}
	return append(v.AppendJSON(dst), '\n'), nil
}

// begin prints the first value, after which others come.
func (a *array) begin(dst []byte) []byte {
	if !a.lines {
		return append(append(dst, "[\n"...), a.alone...)
	}
	return append(append(dst, a.alone...), '\n')
}

func (a *array) End(dst []byte) []byte {
	switch {
	case a.count == 0 && a.documents.kept() > 1, a.lines: // no values are a text, too
		return dst
	case a.count == 0:
		return append(dst, "[]\n"...)
	case a.count == 1 && a.alone != nil:
		return append(append(dst, a.alone...), '\n')
	}
	return append(dst, "\n]\n"...)
}
