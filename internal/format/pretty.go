package format

import (
	"bytes"
	"encoding/json"

	"mtpipe/value"
)

var prettyFormat = &Format{
	Name:    "pretty",
	Summary: "JSON on several lines, indented, for people",
	Any:     true,
	Write:   &Writing{Arguments: writeBy(func(none) Writer { return pretty{} }), Apart: true},
}

// pretty prints each value as indented JSON, one after another.
type pretty struct{}

// Append appends v and a newline.
func (pretty) Append(dst []byte, v value.Value) ([]byte, error) {
	return append(appendPretty(dst, v), '\n'), nil
}

// appendPretty appends v as JSON that is indented by two blanks, as jq and Python do it.
func appendPretty(dst []byte, v value.Value) []byte {
	text := v.AppendJSON(nil)
	b := bytes.NewBuffer(dst)
	if err := json.Indent(b, text, "", "  "); err != nil {
		return append(dst, text...) // deeper than can be indented
	}
	return b.Bytes()
}
