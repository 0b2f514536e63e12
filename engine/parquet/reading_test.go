package parquet

import (
	"bytes"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

type address struct {
	Street string   `parquet:"street"`
	Lines  []string `parquet:"lines,list"`
}

type person struct {
	ID      int64            `parquet:"id"`
	Name    *string          `parquet:"name,optional"`
	Scores  []float64        `parquet:"scores,list"`
	Tags    map[string]int32 `parquet:"tags"`
	Home    *address         `parquet:"home,optional"`
	Plain   []int32          `parquet:"plain"`
	Price   int64            `parquet:"price,decimal(2:18)"`
	Big     uint64           `parquet:"big"`
	Of      int32            `parquet:"of,date"`
	Checked bool             `parquet:"checked"`
}

// fileOf returns a file of these rows, in groups of two.
func fileOf[T any](t *testing.T, rows ...T) []byte {
	t.Helper()
	var file bytes.Buffer
	w := parquet.NewGenericWriter[T](&file, parquet.MaxRowsPerRowGroup(2))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// read returns what is read of a file.
func read(t *testing.T, file []byte, names []string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := Read(bytes.NewReader(file), int64(len(file)), names, &out)
	return out.String(), err
}

func TestRead(t *testing.T) {
	name := "Ann \"A\"\n"
	file := fileOf(t,
		person{ID: 1 << 60, Name: &name, Scores: []float64{1.5, 2}, Tags: map[string]int32{"x": 1}, Home: &address{"Elm", []string{"a", "b"}}, Plain: []int32{7}, Price: -5, Big: 1<<64 - 1, Of: -1, Checked: true},
		person{},
		person{ID: 3, Home: &address{}, Price: 12345},
	)
	for _, row := range []struct {
		name  string
		asked []string
		want  string
	}{
		{"all", nil, `["id","name","scores","tags","home","plain","price","big","of","checked"]` +
			`{"id":1152921504606846976,"name":"Ann \"A\"\n","scores":[1.5,2],"tags":{"x":1},"home":{"street":"Elm","lines":["a","b"]},"plain":[7],"price":-0.05,"big":18446744073709551615,"of":"1969-12-31","checked":true}
{"id":0,"name":null,"scores":[],"tags":{},"home":null,"plain":[],"price":0.00,"big":0,"of":"1970-01-01","checked":false}
{"id":3,"name":null,"scores":[],"tags":{},"home":{"street":"","lines":[]},"plain":[],"price":123.45,"big":0,"of":"1970-01-01","checked":false}
`},
		{"some", []string{"price", "id", "none"}, `["id","name","scores","tags","home","plain","price","big","of","checked"]` +
			`{"id":1152921504606846976,"price":-0.05}
{"id":0,"price":0.00}
{"id":3,"price":123.45}
`},
		{"none", []string{}, `["id","name","scores","tags","home","plain","price","big","of","checked"]{}
{}
{}
`},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, err := read(t, file, row.asked); err != nil || got != row.want {
				t.Errorf("got %s, %v, want %s", got, err, row.want)
			}
		})
	}
}

// TestReadBroken wants an error of every file that is cut, and no panic of one with a byte changed.
func TestReadBroken(t *testing.T) {
	file := fileOf(t, person{ID: 1, Plain: []int32{1, 2, 3}}, person{ID: 2}, person{ID: 3})
	for n := range len(file) {
		if got, err := read(t, file[:n], nil); err == nil {
			t.Fatalf("cut after %d bytes: got %q and no error", n, got)
		}
	}
	for i := range file {
		changed := bytes.Clone(file)
		changed[i] ^= 0x55
		_, _ = read(t, changed, nil)
	}
}
