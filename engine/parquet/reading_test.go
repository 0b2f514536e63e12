package parquet

import (
	"bytes"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
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
func fileOf[T any](t testing.TB, rows ...T) []byte {
	t.Helper()
	return packedOf(t, &parquet.Uncompressed, 2, rows...)
}

// packedOf returns a file of these rows, in groups of so many.
func packedOf[T any](t testing.TB, codec compress.Codec, group int64, rows ...T) []byte {
	t.Helper()
	var file bytes.Buffer
	w := parquet.NewGenericWriter[T](&file, parquet.MaxRowsPerRowGroup(group), parquet.Compression(codec))
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

// TestReadChecksums wants a bit that is changed in the values of a page to be told: the pages have
// checksums.
func TestReadChecksums(t *testing.T) {
	const text = "what stands in the file as it is"
	type row struct {
		Plain      string `parquet:"plain"`
		Dictionary string `parquet:"dictionary,dict"`
	}
	file := fileOf(t, row{text, "a dictionary has it: " + text})
	var told []string
	for at := 0; ; at++ {
		n := bytes.Index(file[at:], []byte(text))
		if n < 0 {
			break
		}
		changed := bytes.Clone(file)
		at += n
		changed[at] ^= 1
		got, err := read(t, changed, nil)
		switch {
		case err != nil && strings.Contains(err.Error(), "checksum"):
			told = append(told, regexp.MustCompile(`"\w+"`).FindString(err.Error()))
		case err == nil && strings.Contains(got, "vhat"):
			t.Errorf("byte %d changed: got %s, and no error", at, got)
		}
	}
	if want := []string{`"plain"`, `"dictionary"`}; !slices.Equal(told, want) { // elsewhere it is in the statistics
		t.Errorf("got errors of the pages of %v, want %v", told, want)
	}
}

// TestReadCodecs wants files of all codecs to be read that the library knows, and another one to be told.
func TestReadCodecs(t *testing.T) {
	rows := make([]person, 2000)
	for i := range rows {
		rows[i] = person{ID: int64(i % 7), Plain: []int32{1, 2, 3}}
	}
	want, err := read(t, packedOf(t, &parquet.Uncompressed, 1000, rows...), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, codec := range []compress.Codec{&parquet.Snappy, &parquet.Gzip, &parquet.Brotli, &parquet.Zstd, &parquet.Lz4Raw} {
		if got, err := read(t, packedOf(t, codec, 1000, rows...), nil); err != nil || got != want {
			t.Errorf("%v: got %.100q, %v, want %.100q", codec, got, err, want)
		}
	}
}

// TestReadLargePage wants a page that does not fit into memory to be told before it is read.
func TestReadLargePage(t *testing.T) {
	file := packedOf(t, &parquet.Zstd, 2, address{Street: "small"}, address{Street: "small"}, address{Street: strings.Repeat("long ", 1<<20)})
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(5 << 20))
	got, err := read(t, file, nil)
	if err == nil || err.Error() != "a page of the column \"street\" takes 6 MB of memory; give more with --max-memory" {
		t.Errorf("got %v, want an error of the page", err)
	}
	if got != "[\"street\",\"lines\"]{\"street\":\"small\",\"lines\":[]}\n{\"street\":\"small\",\"lines\":[]}\n" {
		t.Errorf("got %.200q, want the rows before it", got)
	}
	if got, err := read(t, file, []string{"lines"}); err != nil || strings.Count(got, "\n") != 3 {
		t.Errorf("the other column: got %q, %v", got, err)
	}
}

// FuzzRead wants no panic, and an end, of any file.
func FuzzRead(f *testing.F) {
	name := "x"
	f.Add(fileOf(f, person{ID: 1, Name: &name, Plain: []int32{1, 2, 3}, Tags: map[string]int32{"x": 1}}, person{ID: 2}, person{ID: 3, Home: &address{"Elm", []string{"a"}}}))
	types, err := os.ReadFile("testdata/types.parquet")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(types)
	f.Add(types[:1000])
	for _, codec := range []compress.Codec{&parquet.Snappy, &parquet.Gzip, &parquet.Brotli, &parquet.Zstd, &parquet.Lz4Raw} {
		f.Add(packedOf(f, codec, 1, address{strings.Repeat("Elm ", 100), []string{"a", "b"}}))
	}
	limit := debug.SetMemoryLimit(1 << 30)
	f.Cleanup(func() { debug.SetMemoryLimit(limit) })
	f.Add(append(bytes.Clone(types[:len(types)-8]), "\xff\xff\xff\xffPAR1"...))
	f.Fuzz(func(t *testing.T, file []byte) {
		_ = Read(bytes.NewReader(file), int64(len(file)), nil, &limitedWriter{left: 1 << 20})
	})
}

// TestReadBroken wants an error of every file that is cut, and no panic of one with a byte changed.
func TestReadBroken(t *testing.T) {
	file := fileOf(t, person{ID: 1, Plain: []int32{1, 2, 3}}, person{ID: 2}, person{ID: 3})
	for n := range len(file) {
		if got, err := read(t, file[:n], nil); err == nil {
			t.Fatalf("cut after %d bytes: got %q and no error", n, got)
		}
	}
	long := append(bytes.Clone(file[:len(file)-8]), "\xff\xff\xff\xffPAR1"...)
	if _, err := read(t, long, nil); err == nil || !strings.Contains(err.Error(), "its footer is 4294967295 bytes long") {
		t.Errorf("a footer longer than the file: got %v", err)
	}
	packed := packedOf(t, &parquet.Lz4Raw, 1, address{Street: strings.Repeat("Elm ", 100)})
	told := 0
	for i := range packed {
		changed := bytes.Clone(packed)
		changed[i] = 0xff
		if _, err := read(t, changed, nil); err != nil && strings.Contains(err.Error(), "a page of the column \"street\": ") {
			told++
		}
	}
	if told < 4 {
		t.Errorf("got %d errors of pages packed with LZ4, want one for each byte that says a length", told)
	}
	for i := range file {
		changed := bytes.Clone(file)
		changed[i] ^= 0x55
		_, _ = read(t, changed, nil)
	}
}
