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
For one value a line, jsonl is quicker.`,
		},
		Arguments: readBy(func(none) Cutter { return &jsonCutter{codec: newJSON("json")} }),
	},
	Write: &Writing{Arguments: writeBy(func(none) Writer { return &array{} })},
}

// array prints all values as one JSON array, a value a line.
type array struct{ begun bool }

func (a *array) Append(dst []byte, v value.Value) ([]byte, error) {
	if a.begun {
		dst = append(dst, ",\n"...)
	} else {
		dst = append(dst, "[\n"...)
		a.begun = true
	}
	return v.AppendJSON(dst), nil
}
func (a *array) End(dst []byte) []byte {
	if !a.begun {
		return append(dst, "[]\n"...)
	}
	return append(dst, "\n]\n"...)
}
