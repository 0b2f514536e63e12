package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
)

// TestPieceErrors wants errors of a piece of a file to name the line of the file, also when lines of
// the piece were read before.
func TestPieceErrors(t *testing.T) {
	name := filepath.Join(t.TempDir(), "big.csv")
	text := "a,b\n" + strings.Repeat("1,\"x\ny\"\n", 3000) + "1,2,3\n" + strings.Repeat("1,2\n", 3000) + "wrong\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	csv := func(string) format.Cutter { return format.ByName("csv").Cutter() }
	pieces, err := input.Pieces([]string{name}, 5000, csv, nil)
	if err != nil {
		t.Fatal(err)
	}
	piece := func(p input.Piece) *Registry {
		return NewRegistry(Family{Name: "own", Stages: []*Stage{DefineReader(Doc{Name: "piece", Trait: Source}, func(j *Job, _ *struct{}) error {
			r, err := input.ReadPiece(j.Thread, p, csv(name), input.NewBlocks(j.MaxLine(), j.MostBlock()), j.Memory())
			if err != nil {
				return err
			}
			defer r.Close()
			for {
				b, err := r.Next()
				if err != nil {
					return input.NotEnd(err)
				}
				j.PutBatch(b)
			}
		})}})
	}
	var got []string
	for _, p := range pieces {
		if err := ranOwn(t, "piece", piece(p), Settings{}); err != nil {
			got = append(got, message(err))
		}
	}
	want := []string{name + ":6002:1: the record has 3 fields", name + ":9003:1: the record has 1 field"}
	for i, m := range got {
		if i >= len(want) || !strings.Contains(m, want[i]) {
			t.Errorf("got %s, want %s", m, want)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d errors of %d pieces, want %d", len(got), len(pieces), len(want))
	}
}
