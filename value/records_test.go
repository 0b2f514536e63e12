package value

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// letters is a codec for tests: a row is a line of fields between commas, called a, b, c and so
// on. What begins with a mark is of another kind: "…" a string, # a number, ~ null, + true,
// - false, ! something to decode, which in a line of its own is no record. A line with ? is bad.
type letters struct{ shapes map[int]*Shape }

func newLetters() *letters {
	c := &letters{make(map[int]*Shape)}
	names := strings.Split("a b c d e f g h i j k l", " ")
	for i := range names {
		c.shapes[i+1] = NewShape(names[:i+1]...)
	}
	return c
}

func (c *letters) Name() string { return "letters" }

func (c *letters) Parse(r *Records) {
	at := 0
	for line := range bytes.Lines(r.Text) {
		text := bytes.TrimSuffix(line, newline)
		row := Row{Off: uint32(at), Len: uint32(len(text)), First: uint32(len(r.Fields))}
		off := at
		fields := bytes.Split(text, []byte(","))
		for _, f := range fields {
			r.Fields = append(r.Fields, fieldOf(off, f))
			off += len(f) + 1
		}
		if text = bytes.TrimSpace(text); len(text) == 0 || text[0] != '!' {
			row.Shape = c.shapes[len(fields)]
		}
		if i := bytes.IndexByte(text, '?'); i >= 0 {
			r.Bad = append(r.Bad, RowError{Row: len(r.Rows), Off: at + i, Err: errors.New("a question")})
			row.Shape, r.Fields = nil, r.Fields[:row.First]
		}
		r.Rows = append(r.Rows, row)
		at += len(line)
	}
}

func fieldOf(off int, f []byte) Field {
	field := Field{Off: uint32(off), Len: uint32(len(f))}
	if len(f) > 0 {
		if i := strings.IndexByte("~+-!", f[0]); i >= 0 {
			field.Kind = []FieldKind{FieldNull, FieldTrue, FieldFalse, FieldEncoded}[i]
		}
		switch f[0] {
		case '"':
			field.Off, field.Len, field.Kind = field.Off+1, field.Len-2, FieldString
		case '#':
			field.Off, field.Len, field.Kind = field.Off+1, field.Len-1, FieldNumber
		}
	}
	return field
}

// Decode returns a list that has a part of the text in it, or a new text.
func (c *letters) Decode(text []byte) Value {
	if len(text)%2 == 0 {
		return List([]Value{Text(text[1:]), Int(int64(len(text)))})
	}
	return TextOf(strings.ToUpper(string(text)))
}

func lettersText(r *rand.Rand, rows int) string {
	words := []string{"", "x", "12", "-", "+", "~", "#1e400", `"7"`, `""`, "!ab", "!abc", "a longer text that is copied", "0.1000"}
	var b strings.Builder
	for range rows {
		for i := range 1 + r.IntN(4) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(words[r.IntN(len(words))])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// lettersBatch returns the records in text, and the block that they stand in.
func lettersBatch(text string) (*Batch, *Block) {
	block := NewBlock([]byte(text))
	b := NewRaw(block, block.Bytes(), newLetters())
	b.Parse()
	return b, block
}

// modelOf returns the rows of b as they are to be.
func modelOf(b *Batch) []string {
	var list []string
	for i := range b.Records().Rows {
		list = append(list, shown(b.Records().Value(i)))
	}
	return list
}

func shown(v Value) string { return v.Kind().String() + " " + string(v.AppendJSON(nil)) }

func shownAll(vals []Value) []string {
	var list []string
	for _, v := range vals {
		list = append(list, shown(v))
	}
	return list
}

// checkBatch wants b to have these rows, whatever way they are looked at.
func checkBatch(t *testing.T, b *Batch, want []string, deed string) {
	t.Helper()
	if b.Len() != len(want) {
		t.Fatalf("%s: got %d rows, want %d", deed, b.Len(), len(want))
	}
	i := 0
	for v := range b.All() {
		if shown(v) != want[i] {
			t.Fatalf("%s: row %d: got %s, want %s", deed, i, shown(v), want[i])
		}
		i++
	}
	for _, name := range []string{"a", "c", "zz"} {
		col := b.Column(name).Values
		if len(col) != len(want) {
			t.Fatalf("%s: column %s has %d rows, want %d", deed, name, len(col), len(want))
		}
		i := 0
		for v := range b.All() {
			field := Null
			if v.Kind() == KindRecord {
				field, _ = v.AsRecord().Get(name)
			}
			if shown(col[i]) != shown(field) {
				t.Fatalf("%s: column %s, row %d: got %s, want %s", deed, name, i, shown(col[i]), shown(field))
			}
			number, _ := NumberOf(field) // null of what is no number
			if got := b.Column(name).Numbers().At(i); shown(got) != shown(number) {
				t.Fatalf("%s: column %s, row %d: got the number %s, want %s", deed, name, i, shown(got), shown(number))
			}
			i++
		}
	}
}

// TestRecordBatches does random things to batches of records and wants the rows to be those of
// a list to which the same was done.
func TestRecordBatches(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		b, _ := lettersBatch(lettersText(r, r.IntN(80)))
		want := modelOf(b)
		for range r.IntN(6) {
			deed := ""
			switch n := r.IntN(len(want) + 1); r.IntN(7) {
			case 0:
				deed = "Skip"
				b.Skip(n)
				want = want[n:]
			case 1:
				deed = "Truncate"
				b.Truncate(n)
				want = want[:n]
			case 2:
				deed = "Choose"
				var rows []int32
				var kept []string
				for i := range want {
					if r.IntN(3) > 0 {
						rows, kept = append(rows, int32(i)), append(kept, want[i])
					}
				}
				b.Choose(rows)
				want = kept
			case 3:
				deed = "Share"
				c := b.Share()
				c.Choose(nil)
				c.Release()
				c = b.Share()
				b.Release()
				b = c
			case 4:
				deed = "Pick"
				var rows []int32
				var kept []string
				for i := range want {
					if r.IntN(3) > 0 {
						rows, kept = append(rows, int32(i)), append(kept, want[i])
					}
				}
				c := b.Pick(rows)
				checkBatch(t, b, want, fmt.Sprintf("seed %d: the batch behind Pick", seed))
				b.Release()
				b, want = c, kept
			case 5:
				deed = "ToValues"
				b.ToValues()
			case 6:
				deed = "Column"
				b.Column("c")
			}
			checkBatch(t, b, want, fmt.Sprintf("seed %d: %s", seed, deed))
		}
		b.Release()
	}
}

// TestRowsOfRecords wants a row to be the text that it came from.
func TestRowsOfRecords(t *testing.T) {
	text := "x,y\n~\n\n\"s\",#1,+\n"
	b, _ := lettersBatch(text)
	var got []string
	i := 0
	for s, row := range b.Rows() {
		if s != b.Row(i) {
			t.Errorf("row %d: got %v from Rows, %v from Row", i, s, b.Row(i))
		}
		got = append(got, string(row))
		i++
	}
	if want := []string{"x,y", "~", "", `"s",#1,+`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for v := range b.All() {
		if raw, c := v.AsRecord().Raw(); string(raw) != got[0] || c.Name() != "letters" || cap(raw) != len(raw) {
			t.Errorf("got %q of capacity %d, want %q", raw, cap(raw), got[0])
		}
		got = got[1:]
	}
	b.Release()
}

// TestBadRows wants what is wrong with rows to be told by Parse, and the others to be there.
func TestBadRows(t *testing.T) {
	block := NewBlock([]byte("x\ny?\nz,?\nw\n"))
	b := NewRaw(block, block.Bytes(), newLetters())
	if b.Form() != FormRaw || b.Len() != 1 {
		t.Errorf("got the form %d of %d rows before Parse", b.Form(), b.Len())
	}
	bad := b.Parse()
	if b.Form() != FormRecords || len(bad) != 2 || bad[0].Row != 1 || bad[0].Off != 3 || bad[1].Row != 2 || bad[1].Off != 7 {
		t.Errorf("got %v, want the rows 1 and 2, at 3 and 7", bad)
	}
	b.Choose([]int32{0, 3})
	checkBatch(t, b, []string{`record {"a":"x"}`, `record {"a":"w"}`}, "Choose")
	b.Release()
}

// TestOnlyRecords tells batches with other values.
func TestOnlyRecords(t *testing.T) {
	for text, want := range map[string]bool{"x,y\nz\n": true, "x\n!ab\n": false, "": true} {
		b, _ := lettersBatch(text)
		if got := b.Records().OnlyRecords(); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
		b.Release()
	}
}

// TestClonesOfRecords wants a clone to have memory of its own: the text that it came from may
// be written over.
func TestClonesOfRecords(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		b, block := lettersBatch(lettersText(r, 20))
		var clones []Value
		var want, raws []string
		for i := range b.Records().Rows {
			v := b.Records().Value(i)
			if v.Kind() == KindRecord && r.IntN(4) == 0 { // changed: it has no text
				v = Rec(v.AsRecord().With("b", Text(block.Bytes()[:1])))
			}
			raw := []byte(nil)
			if v.Kind() == KindRecord {
				raw, _ = v.AsRecord().Raw()
			}
			clones, want, raws = append(clones, v.Clone()), append(want, shown(v)), append(raws, string(raw))
		}
		for i := range block.Bytes() {
			block.Bytes()[i] = 'Z'
		}
		for i, v := range clones {
			raw := []byte(nil)
			if v.Kind() == KindRecord {
				raw, _ = v.AsRecord().Raw()
			}
			if shown(v) != want[i] || string(raw) != raws[i] {
				t.Fatalf("seed %d: got %s from %q, want %s from %q", seed, shown(v), raw, want[i], raws[i])
			}
		}
		b.Release()
	}
}

// TestDetach wants values to be safe when their batch is released: copied or in memory that
// is not used again.
func TestDetach(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 3))
		text := lettersText(r, 1+r.IntN(60))
		pool := NewBlockPool(len(text))
		block := pool.Get()
		copy(block.Bytes(), text)
		b := NewRaw(block, block.Bytes(), newLetters())
		b.Parse()
		var rows []int32
		for i := range b.Len() {
			if r.IntN(3) == 0 {
				rows = append(rows, int32(i))
			}
		}
		b.Choose(rows)
		var vals []Value
		for _, name := range []string{"a", "b"}[:1+r.IntN(2)] {
			vals = append(vals, b.Column(name).Values...)
		}
		want := shownAll(vals)
		b.Detach(vals)
		if got := shownAll(vals); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %v from Detach, want %v", seed, got, want)
		}
		b.Release()
		again := pool.Get() // the same block, unless it was pinned
		for i := range again.Bytes() {
			again.Bytes()[i] = 'Z'
		}
		if got := shownAll(vals); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %v when the block is used again, want %v", seed, got, want)
		}
	}
}

// TestColumnsOfValues wants columns to be there for values that are no records, too, and to
// follow the rows that are added.
func TestColumnsOfValues(t *testing.T) {
	b := NewValues(4)
	shape := NewShape("a", "b")
	b.Add(Rec(NewRecord(shape, Int(1), Int(2))))
	b.Add(Int(7))
	b.Add(Error(errors.New("e")))
	b.Add(Rec(NewRecord(NewShape("b"), Int(3))))
	if got, want := shownAll(b.Column("b").Values), []string{"int 2", "null null", "null null", "int 3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	b.Choose([]int32{1, 3})
	if got, want := shownAll(b.Column("b").Values), []string{"null null", "int 3"}; !slices.Equal(got, want) {
		t.Errorf("got %v behind Choose, want %v", got, want)
	}
	lines := lines("a\nb\n")
	if got, want := shownAll(lines.Column("a").Values), []string{"null null", "null null"}; !slices.Equal(got, want) {
		t.Errorf("got %v of lines, want %v", got, want)
	}
	lines.Choose([]int32{1})
	if lines.Form() != FormSpans || lines.Len() != 1 || string(lines.Data()[lines.Row(0).Off:]) != "b\n" {
		t.Errorf("got form %d with %d rows, want the span b", lines.Form(), lines.Len())
	}
}

// TestManyColumns asks for more columns than are found by looking at each, twice, and again after
// the rows have changed.
func TestManyColumns(t *testing.T) {
	const n = 3 * fewColumns
	names := make([]string, n)
	vals := make([]Value, n)
	for i := range names {
		names[i], vals[i] = fmt.Sprint("c", i), Int(int64(i))
	}
	shape := NewShape(names...)
	b := NewValues(2)
	defer b.Release()
	for rows := range 3 {
		b.Add(Rec(NewRecord(shape, vals...)))
		for range 2 {
			for i, name := range names {
				c := b.Column(name)
				if len(c.Values) != rows+1 || c.Values[rows].AsInt() != int64(i) {
					t.Fatalf("%s of %d rows: got %v", name, rows+1, c.Values)
				}
			}
		}
		if len(b.columns) != n {
			t.Errorf("got %d columns, want %d", len(b.columns), n)
		}
		if c := b.Column("none"); !c.Values[0].IsNull() {
			t.Errorf("got %v for a field that is not there", c.Values)
		}
	}
}

// TestSharedLists wants lists that hold a list twice, which holds another one twice, and so on,
// to be looked at in a time that somebody can wait for.
func TestSharedLists(t *testing.T) {
	for _, row := range []struct {
		leaf Value
		want bool
	}{{Int(1), true}, {Any(new(int)), false}} {
		v := List([]Value{row.leaf})
		for range 100 {
			v = List([]Value{v, v})
		}
		b := NewValues(1)
		b.Add(v)
		if err := b.MayCross(); (err == nil) != row.want {
			t.Errorf("%s: got %v, want that it may cross: %v", row.leaf.Kind(), err, row.want)
		}
		if n := v.Memory(); n < mostParts {
			t.Errorf("got %d bytes, want more than %d", n, mostParts)
		}
		b.Release()
	}
}
