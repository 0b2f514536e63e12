package format_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/value"
)

// TestCompact wants the rows of a batch that was copied to be what they were, in their text and at their
// places, whether they are lines, spans or records, and whether other fields were made of them.
func TestCompact(t *testing.T) {
	const rows = 400
	var text strings.Builder
	for i := range rows {
		fmt.Fprintf(&text, "%d,\"a\nb%d\",x\"y\n", i, i)
	}
	setting := value.Setting("b", "d")
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		block := value.NewBlock([]byte("before\n" + text.String()))
		block.SetOrigin(value.Origin{File: "f", Line: 7})
		var b *value.Batch
		switch form := r.IntN(4); {
		case form == 0:
			b = value.NewLines(block, block.Bytes()[len("before\n"):])
			b = b.Part(10, 10+r.IntN(40))
		case form == 1:
			b = value.NewLines(block, block.Bytes()[len("before\n"):])
			b.Choose(someRows(r, b.Len()))
		default:
			c := format.CSVOf(",", "", false, false, "a", "b", "c")()
			b = c.Batch(block, block.Bytes()[len("before\n"):])
			if bad := b.Parse(); len(bad) > 0 {
				t.Fatalf("got %v, want no bad row", bad)
			}
			b.Choose(someRows(r, b.Len()))
			if form == 3 {
				made := make([]value.Value, b.Len())
				for i := range made {
					made[i] = value.Int(int64(i))
				}
				setting.ApplyAll(b, made, made)
			}
		}
		want := described(b)
		compact := b.Compact()
		if compact == b || len(compact.Data()) > text.Len()/4 {
			t.Errorf("seed %d: got a batch over %d bytes, want a copy of its rows", seed, len(compact.Data()))
		}
		if got := described(compact); got != want {
			t.Errorf("seed %d: got %s\nwant %s", seed, got, want)
		}
	}
}

// someRows returns the numbers of a few rows, perhaps the first and the last.
func someRows(r *rand.Rand, n int) (rows []int32) {
	for i := range n {
		if r.IntN(12) == 0 || (i == 0 || i == n-1) && r.IntN(2) == 0 {
			rows = append(rows, int32(i))
		}
	}
	return rows
}

// described says what the rows of a batch are, how they are written and where they stand.
func described(b *value.Batch) string {
	var out strings.Builder
	w := format.ByName("csv").Writer()
	var place value.Place
	i := 0
	for v := range b.Look() {
		at := 0
		if b.Form() == value.FormLines {
			at = strings.Index(string(b.Data()), v.Str()+"\n")
		} else {
			at = int(b.Row(i).Off)
		}
		o, newlines := b.PlaceFrom(&place, at)
		line, _ := w.Append(nil, v)
		fmt.Fprintf(&out, "%s %v %d: %s", dump(v), o.Line+int64(newlines), len(o.File), line)
		i++
	}
	return out.String()
}
