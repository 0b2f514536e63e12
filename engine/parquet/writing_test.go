package parquet

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// TestReadTypes reads a file that DuckDB has written, with a column of each of its types. What is
// wanted was compared with what DuckDB prints of it.
func TestReadTypes(t *testing.T) {
	file, err := os.ReadFile("testdata/types.parquet")
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(t, file, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"a":1,"b":-5,"c":7,"d":9007199254740993,"e":255,"f":65535,"g":4294967295,"h":18446744073709551615,"i":1.5,"j":0.1,"k":true`,
		`"l":123.45,"m":-0.001,"n":12345678901234567890123456789.123,"o":"2024-02-29"`,
		`"p":"2024-05-01T12:00:00.123456","q":"2024-05-01T10:00:00.5Z","r":"2024-05-01T12:00:00.123456789","s":"2024-05-01T12:00:00.123","t":"12:34:56.789"`,
		`"u":"héllo \"q\"\nx","v":"` + "\xff" + `\u0000A","w":[1,2,null],"x":[],"y":null,"z":{"a":1,"b":[{"c":"z"}]},"aa":{"k1":1,"k2":null},"ab":{"1":"x"}`,
		`"ac":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`, `"ae":[[1,2],[],null,[3]],"af":"NaN","ag":"-Infinity"}`,
		`{"a":null,"b":null,`, `"ag":null}` + "\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, which lacks %s", got, want)
		}
	}
}

// given is what mtpipe gives to be written: the types, and rows of values.
func given(fields []*field, rows ...[]any) []byte {
	types, _ := json.Marshal(fields)
	out := append(binary.AppendUvarint(nil, uint64(len(types))), types...)
	for _, r := range rows {
		out = appendValue(append(out, 1), r)
	}
	return append(out, 0)
}

func appendValue(out []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(out, tagNull)
	case bool:
		if v {
			return append(out, tagTrue)
		}
		return append(out, tagFalse)
	case int64:
		return binary.AppendVarint(append(out, tagInteger), v)
	case string:
		return append(binary.AppendUvarint(append(out, tagText), uint64(len(v))), v...)
	case []any:
		out = binary.AppendUvarint(append(out, tagValues), uint64(len(v)))
		for _, e := range v {
			out = appendValue(out, e)
		}
		return out
	}
	panic(fmt.Sprintf("%T", v))
}

// randomField makes a type as deep as depth says.
func randomField(r *rand.Rand, name string, depth int) *field {
	types := []string{"", "bool", "integer", "text", "list", "record"}
	f := &field{Name: name, Type: types[r.IntN(len(types)-2*min(1, max(0, 1-depth)))]}
	switch f.Type {
	case "list":
		f.Fields = []*field{randomField(r, "e", depth-1)}
	case "record":
		for i := range 1 + r.IntN(3) {
			f.Fields = append(f.Fields, randomField(r, fmt.Sprint("f", 9-i), depth-1))
		}
	}
	return f
}

// randomValue makes a value of a field, and how it reads as JSON.
func randomValue(r *rand.Rand, f *field) (v any, text string) {
	if f.Type == "" || r.IntN(5) == 0 {
		return nil, "null"
	}
	switch f.Type {
	case "bool":
		b := r.IntN(2) == 0
		return b, fmt.Sprint(b)
	case "integer":
		i := int64(r.Uint64()) >> r.IntN(64)
		return i, fmt.Sprint(i)
	case "text":
		s := strings.Repeat(string(rune('a'+r.IntN(26)))+"\"é", r.IntN(4))
		return s, string(appendQuoted(nil, s))
	case "list":
		list, texts := []any{}, []string{}
		for range r.IntN(4) {
			v, text := randomValue(r, f.Fields[0])
			list, texts = append(list, v), append(texts, text)
		}
		return list, "[" + strings.Join(texts, ",") + "]"
	}
	list, text := randomRecord(r, f.Fields)
	return list, text
}

func randomRecord(r *rand.Rand, fields []*field) (list []any, text string) {
	var texts []string
	for _, f := range fields {
		v, text := randomValue(r, f)
		list, texts = append(list, v), append(texts, `"`+f.Name+`":`+text)
	}
	return list, "{" + strings.Join(texts, ",") + "}"
}

// TestRoundTrip writes random records of random types, and reads them again.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var fields []*field
		for i := range 1 + r.IntN(4) {
			fields = append(fields, randomField(r, fmt.Sprint("c", i), 3))
		}
		var rows [][]any
		var want strings.Builder
		for range r.IntN(40) * r.IntN(80) {
			row, text := randomRecord(r, fields)
			rows = append(rows, row)
			want.WriteString(text + "\n")
		}
		codec, _ := Codec([]string{"snappy", "zstd", "gzip", "brotli", "none"}[seed%5])
		var file bytes.Buffer
		if err := Write(bytes.NewReader(given(fields, rows...)), codec, &file); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, err := read(t, file.Bytes(), nil)
		if _, got, _ = strings.Cut(got, "]"); err != nil || got != want.String() {
			t.Fatalf("seed %d: got %s, want %s, %v", seed, differing(got, want.String()), differing(want.String(), got), err)
		}
	}
}

// differing returns the first line of a text that another one does not have.
func differing(text, other string) string {
	lines := strings.Split(other, "\n")
	for i, line := range strings.Split(text, "\n") {
		if i >= len(lines) || line != lines[i] {
			return fmt.Sprintf("line %d: %q", i+1, line)
		}
	}
	return "no other line"
}

// TestWriteIncomplete wants no file of records whose end was not told.
func TestWriteIncomplete(t *testing.T) {
	whole := given([]*field{{Name: "a", Type: "integer"}, {Name: "b", Type: "text"}}, []any{int64(5), "x"}, []any{nil, "yy"})
	codec, _ := Codec("none")
	for n := range whole {
		if err := Write(bytes.NewReader(whole[:n]), codec, &bytes.Buffer{}); err == nil {
			t.Errorf("after %d bytes of %d: got no error", n, len(whole))
		}
	}
	if err := Write(bytes.NewReader(whole), codec, &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
	if err := Write(bytes.NewReader(given(nil)), codec, &bytes.Buffer{}); err == nil {
		t.Error("got no error for records without fields")
	}
}

// limitedWriter takes so many bytes.
type limitedWriter struct{ left int }

func (w *limitedWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, os.ErrClosed
	}
	return len(p), nil
}
