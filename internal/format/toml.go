package format

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"mtpipe/value"
)

var tomlFormat = &Format{
	Name:       "toml",
	Summary:    "TOML, one record a file",
	Extensions: []string{".toml"},
	Any:        true,
	Read: &Reading{
		Stage: StageDoc{
			Name:  "toml",
			Short: "Reads a file of TOML as a record",
			Long: `A file is one record, read as a whole, and keys keep their order. Dates and times are text as
RFC 3339 has it, without what they leave out: 2024-01-31, 07:32:00. Numbers of other bases become
decimal, and inf and nan are strings.
Names of files do not tell this format: -i toml does.`,
		},
		Arguments: readBy(func(none) Cutter { return &documentCutter{d: tomlDocuments} }),
		Unnamed:   true,
	},
}

var tomlDocuments = &document{name: "toml", read: readTOML}

// readTOML writes the record of a file.
func readTOML(w *documentWriter, text []byte) error {
	var doc map[string]any
	meta, err := toml.Decode(string(text), &doc)
	if err != nil {
		var e toml.ParseError
		if errors.As(err, &e) {
			return &documentError{e.Position.Line, e.Position.Col, errors.New(e.Message)}
		}
		return err
	}
	t := tomlWriter{documentWriter: w, order: make(map[string]int)}
	for i, key := range meta.Keys() {
		for n := range key {
			path := strings.Join(key[:n+1], "\x00")
			if _, ok := t.order[path]; !ok {
				t.order[path] = i
			}
		}
	}
	w.value(1)
	t.table(doc, "")
	return nil
}

// tomlWriter writes values as JSON.
type tomlWriter struct {
	*documentWriter
	order map[string]int // when a key came first, by the path to it
}

// table writes a record.
func (t *tomlWriter) table(table map[string]any, path string) {
	keys := make([]string, 0, len(table))
	for k := range table {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		x, known := t.order[path+a]
		y, both := t.order[path+b]
		if known && both && x != y {
			return x - y
		}
		return strings.Compare(a, b)
	})
	t.out = append(t.out, '{')
	for i, k := range keys {
		if i > 0 {
			t.out = append(t.out, ',')
		}
		t.text(k)
		t.out = append(t.out, ':')
		t.any(table[k], path+k+"\x00")
	}
	t.out = append(t.out, '}')
}

// any writes a value that stands at a path.
func (t *tomlWriter) any(v any, path string) {
	switch v := v.(type) {
	case map[string]any:
		t.table(v, path)
	case []map[string]any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = v[i]
		}
		t.any(list, path)
	case []any:
		t.out = append(t.out, '[')
		for i, e := range v {
			if i > 0 {
				t.out = append(t.out, ',')
			}
			t.any(e, path)
		}
		t.out = append(t.out, ']')
	case string:
		t.text(v)
	case int64:
		t.out = strconv.AppendInt(t.out, v, 10)
	case bool:
		t.out = strconv.AppendBool(t.out, v)
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			t.text(strings.ToLower(strconv.FormatFloat(v, 'g', -1, 64)))
		} else {
			t.out = value.AppendFloat(t.out, v)
		}
	case time.Time:
		t.text(v.Format(tomlLayout(v)))
	}
}

// tomlLayout returns how a time is written that is one of four kinds, which its zone tells.
func tomlLayout(v time.Time) string {
	switch v.Location().String() {
	case "datetime-local":
		return "2006-01-02T15:04:05.999999999"
	case "date-local":
		return time.DateOnly
	case "time-local":
		return "15:04:05.999999999"
	}
	return time.RFC3339Nano
}
