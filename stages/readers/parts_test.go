package readers

import (
	"reflect"
	"slices"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/pipeline"
)

// TestParts wants all readers to say which files they read and what finds their records, unless
// one is standard input.
func TestParts(t *testing.T) {
	readers := map[string]pipeline.FileParts{"lines": &plainArgs{linesArgs: linesArgs{Files: []string{"a", "b*"}}}, "read": &linesArgs{Files: []string{"a", "b*"}}}
	for _, f := range format.Readable() {
		files, ok := f.Read.Arguments.(interface{ WithFiles([]string) any })
		if !ok {
			t.Fatalf("%s: its arguments have no files", f.Name)
		}
		readers[f.Name] = files.WithFiles([]string{"a", "b*"}).(pipeline.FileParts)
	}
	for name, r := range readers {
		files, cutter := r.Parts()
		want := format.NewLines()
		if f := format.ByName(name); f != nil {
			want = f.Cutter()
		}
		if got := cutter("a"); !slices.Equal(files, []string{"a", "b*"}) || reflect.TypeOf(got) != reflect.TypeOf(want) {
			t.Errorf("%s: got %v and a %T, want a, b* and a %T", name, files, got, want)
		}
		with := r.(interface{ WithFiles([]string) any }).WithFiles([]string{"a", "-"})
		if files, _ := with.(pipeline.FileParts).Parts(); files != nil {
			t.Errorf("%s: got the files %v of a reader of standard input, want none", name, files)
		}
	}
}
