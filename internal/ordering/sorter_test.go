package ordering_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mtpipe/internal/ordering"
	"mtpipe/value"
)

// TestLargeTexts adds texts around the sizes of arenas and blocks.
func TestLargeTexts(t *testing.T) {
	for _, budget := range []int64{0, 1 << 20} {
		s := ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{Mode: ordering.Plain}}, Budget: budget, Dir: t.TempDir()})
		var want []string
		for _, n := range []int{1 << 20, 1<<20 - 12, 1<<20 - 13, 3 << 20, 128 << 10, 128<<10 - 1, 0, 1, 700_000} {
			for _, c := range "ba" {
				text := strings.Repeat(string(c), n)
				want = append(want, text)
				if err := s.Add(value.TextOf(text), 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		slices.Sort(want)
		for i, v := range finish(t, s) {
			if v.Str() != want[i] {
				t.Fatalf("got a text of %d bytes at %d, want one of %d", len(v.Str()), i, len(want[i]))
			}
		}
	}
}

// TestParts sorts enough for several goroutines to merge, and stops in the middle, too.
func TestParts(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 0))
	for _, rows := range []int{0, 5, 200_000} {
		for _, unique := range []bool{false, true} {
			sorters := make([]*ordering.Sorter, 3)
			for i := range sorters {
				sorters[i] = ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{Mode: ordering.ByNumber}}, Unique: unique})
				defer sorters[i].Close()
			}
			var want []keyed
			for i := range rows {
				n := r.IntN(60_000)
				v := value.TextOf(fmt.Sprint(n, " ", i))
				want = append(want, keyed{v, []value.Value{value.Int(int64(n))}})
				if err := sorters[i/100%3].Add(v, int64(i/100)); err != nil {
					t.Fatal(err)
				}
			}
			o := ordering.Options{Unique: unique}
			check(t, 7, finish(t, sorters...), wanted(want, compareBy([]ordering.Key{{}}), o))
		}
	}
	sorters := []*ordering.Sorter{ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{}}}), ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{}}})}
	for i := range 200_000 {
		_ = sorters[i%2].Add(value.TextOf(fmt.Sprint(i)), int64(i))
	}
	_ = sorters[1].Finish()
	_ = sorters[0].Finish()
	sorters[0].Merge(sorters[1])
	n := 0
	for range sorters[0].Batches(blocking) {
		if n++; n == 5 {
			break
		}
	}
	sorters[0].Close()
}

// TestEqualKeys wants many rows with few keys in the order in which they came, although
// several goroutines sort them.
func TestEqualKeys(t *testing.T) {
	const rows = 150_000
	for _, c := range []struct {
		name string
		mode ordering.Mode
		keys []string
		o    ordering.Options
	}{
		{"one key", ordering.ByValue, []string{"x"}, ordering.Options{}},
		{"three keys", ordering.ByValue, []string{"1", "20", "3"}, ordering.Options{}},
		{"long keys", ordering.ByValue, []string{"a long key 1", "a long key 2"}, ordering.Options{}},
		{"versions", ordering.ByVersion, []string{"v1", "v10", "v9"}, ordering.Options{}},
		{"the first", ordering.ByValue, []string{"1", "2", "3"}, ordering.Options{First: 60_000}},
		{"without equal ones", ordering.ByValue, []string{"1", "2", "3"}, ordering.Options{Unique: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			key := ordering.Key{Mode: c.mode}
			o := c.o
			o.Keys, o.Keyed = []ordering.Key{key}, true
			sorters := []*ordering.Sorter{ordering.NewSorter(o), ordering.NewSorter(o), ordering.NewSorter(o)}
			r := rand.New(rand.NewPCG(3, 0))
			var list []keyed
			for i := range rows {
				e := keyed{value.Int(int64(i)), []value.Value{value.TextOf(c.keys[r.IntN(len(c.keys))])}}
				list = append(list, e)
				if err := sorters[i/50%7%3].Add(e.row, int64(i/50), e.keys...); err != nil {
					t.Fatal(err)
				}
			}
			compare := func(a, b keyed) int { return key.Compare(a.keys[0], b.keys[0]) }
			check(t, 3, finish(t, sorters...), wanted(list, compare, o))
		})
	}
}

// rowCodec reads lines of fields between commas.
type rowCodec struct{ shape *value.Shape }

func (c *rowCodec) Name() string                   { return "rows" }
func (c *rowCodec) Decode(text []byte) value.Value { return value.Text(text) }
func (c *rowCodec) Parse(r *value.Records) {
	if len(r.Rows) == 0 {
		off := 0
		for line := range strings.Lines(string(r.Text)) {
			r.Rows = append(r.Rows, value.Row{Shape: c.shape, Off: uint32(off), Len: uint32(len(line) - 1)})
			off += len(line)
		}
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		row.First = uint32(len(r.Fields))
		at := row.Off
		for _, f := range strings.Split(string(r.Text[row.Off:row.Off+row.Len]), ",") {
			r.Fields = append(r.Fields, value.Field{Off: at, Len: uint32(len(f))})
			at += uint32(len(f)) + 1
		}
	}
}

// TestRecordsStayRaw wants records to come out as they came, in the form in which they came.
func TestRecordsStayRaw(t *testing.T) {
	codec := &rowCodec{value.NewShape("a", "b")}
	for _, budget := range []int64{0, 1, 5000} {
		s := ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{Mode: ordering.ByValue}}, Keyed: true, Budget: budget, Dir: t.TempDir()})
		var want []keyed
		for i := range 1000 {
			text := fmt.Sprintf("%d,0%d\n,x\n", i*7%1000, i)
			b := value.NewRaw(value.NewBlock([]byte(text)), []byte(text), codec)
			b.Parse()
			keys := b.Column("a")
			for j := range b.Len() {
				want = append(want, keyed{b.Records().Value(j), []value.Value{keys.Values[j]}})
			}
			if err := s.AddKeyed(b, []*value.Column{keys}, int64(i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Finish(); err != nil {
			t.Fatal(err)
		}
		var got []value.Value
		for b, err := range s.Batches(nil) {
			if err != nil {
				t.Fatal(err)
			}
			if b.Form() != value.FormRecords {
				t.Fatalf("got the form %d, want records", b.Form())
			}
			for v := range b.All() {
				raw, c := v.AsRecord().Raw()
				if string(raw) != v.AsRecord().At(0).String()+","+v.AsRecord().At(1).String() || c != value.Codec(codec) {
					t.Fatalf("got %s for %s", raw, v)
				}
				got = append(got, v)
			}
		}
		check(t, 0, got, wanted(want, compareBy([]ordering.Key{{}}), ordering.Options{}))
		s.Close()
	}
}

// TestFullDisk wants a sort to fail with the name of the directory when that is full.
func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := mountSmall(dir); err != nil {
		t.Skip(err)
	}
	defer unmount(dir)
	s := ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{}}, Budget: 100_000, Dir: dir})
	defer s.Close()
	var err error
	for i := 0; i < 100_000 && err == nil; i++ {
		err = s.Add(value.TextOf(fmt.Sprint("some text to fill the disk with ", i)), 0)
	}
	if !errors.Is(err, syscall.ENOSPC) || err.Error() != "cannot spill to "+dir+": no space left on device" {
		t.Errorf("got %v, want that there is no space in %s", err, dir)
	}
	s.Close()
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("got %v in the directory, want nothing", list)
	}
}

func TestPile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		p := &ordering.Pile{Budget: r.Int64N(3) * 2 << 20}
		var want []value.Value
		text := r.IntN(2) == 0
		for range r.IntN(5) {
			b := value.NewValues(0)
			for range r.IntN(20000) {
				v := randomValue(r)
				if text {
					v = value.TextOf(v.String())
				}
				b.Add(v)
				want = append(want, v)
			}
			if err := p.AddBatch(b); err != nil {
				t.Fatal(err)
			}
		}
		p.Reverse()
		slices.Reverse(want)
		var got []value.Value
		for b, err := range p.Batches() {
			if err != nil {
				t.Fatal(err)
			}
			for v := range b.All() {
				got = append(got, v)
			}
		}
		p.Close()
		check(t, 1, got, want)
	}
}
