package value

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRemake makes batches of records into others, or does not after all, and wants what records by
// themselves would give.
func TestRemake(t *testing.T) {
	shape := NewShape("c", "a", "n", "s")
	var m Remake
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		b, _ := lettersBatch(lettersText(r, r.IntN(40)))
		b.Choose(recordsOf(b))
		for range 3 { // what was made is made into others again
			before := modelOf(b)
			var want []string
			m.Start(b)
			same := m.Value(TextOf("the same"))
			for i := range b.Len() {
				rec := b.Records().Value(i).AsRecord()
				if r.IntN(4) == 0 || rec.Len() == 0 {
					m.Row(i)
					want = append(want, shown(Rec(rec)))
					continue
				}
				for k := range r.IntN(4) {
					last := rec.Len() - 1
					m.Record(shape, i, []int{last, 0}, m.Value(Int(int64(k))), same)
					want = append(want, shown(Rec(NewRecord(shape, rec.At(last), rec.At(0), Int(int64(k)), TextOf("the same")))))
				}
			}
			if r.IntN(3) == 0 {
				m.Drop()
				checkBatch(t, b, before, "drop")
				continue
			}
			m.Done()
			checkBatch(t, b, want, "done")
			if b.InText() {
				t.Fatal("rows that were made are told by where they stand")
			}
		}
		b.Release()
	}
}

// TestReplace replaces fields of records.
func TestReplace(t *testing.T) {
	b, _ := lettersBatch("x,y\n#1,~\n")
	kept := b.Share()
	b.Unplace()
	b.Replace(1, 1, TextOf("new"))
	if got, want := modelOf(b), []string{`record {"a":"x","b":"y"}`, `record {"a":1,"b":"new"}`}; !slices.Equal(got, want) || b.InText() {
		t.Errorf("got %v, in its text %t, want %v", got, b.InText(), want)
	}
	for i, made := range []bool{false, true} {
		if raw, _ := b.Records().Value(i).AsRecord().Raw(); raw == nil != made {
			t.Errorf("row %d: got the text %q", i, raw)
		}
	}
	if got, want := modelOf(kept), []string{`record {"a":"x","b":"y"}`, `record {"a":1,"b":null}`}; !slices.Equal(got, want) {
		t.Errorf("of a batch that shares them: got %v, want %v", got, want)
	}
	b.Release()
	kept.Release()
}

// recordsOf returns the numbers of the rows of b that are records.
func recordsOf(b *Batch) (rows []int32) {
	for i, row := range b.Records().Rows {
		if row.Shape != nil {
			rows = append(rows, int32(i))
		}
	}
	return rows
}
