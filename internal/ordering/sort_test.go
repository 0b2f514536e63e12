package ordering_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mtpipe/internal/ordering"
	"mtpipe/value"
)

// randomValue returns values of all kinds, few enough that many are equal or nearly so.
func randomValue(r *rand.Rand) value.Value {
	text := strings.Repeat("a", r.IntN(10)) + string("ab\x00 é0"[r.IntN(7)])
	numbers := []string{"1", "01", "1.0", "-0", "1e3", "1000", "4503599627370497", "4503599627370496.5", "9223372036854775808", " 7 "}
	number := numbers[r.IntN(len(numbers))]
	floats := []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 0.1, 1, 1000, 1 << 52, 1<<52 + 1, 1 << 63, 5e-324}
	large, _ := new(big.Int).SetString("9223372036854775808", 10)
	switch r.IntN(15) {
	case 0:
		return value.Null
	case 1:
		return value.Bool(r.IntN(2) == 0)
	case 2:
		return value.Int(r.Int64N(7) - 3)
	case 3:
		return value.Int([]int64{math.MaxInt64, math.MinInt64, 1<<48 - 1, 1 << 48, -1 << 48, 1 << 49, 1<<49 + 1, 1 << 53, 1<<53 + 1}[r.IntN(9)])
	case 4:
		return value.Float(floats[r.IntN(len(floats))])
	case 5:
		return value.Big(new(big.Int).Add(large, big.NewInt(r.Int64N(3))))
	case 6:
		return value.Number(strings.TrimSpace(number))
	case 7:
		return value.TextOf(number)
	case 8:
		return value.TextOf(text)
	case 9:
		return value.String(text)
	case 10:
		return value.Time(time.Unix(r.Int64N(3), 0))
	case 11:
		return value.Duration(time.Duration(r.IntN(3)))
	case 12:
		return value.Error(errors.New(text))
	case 13:
		return value.List([]value.Value{value.Int(r.Int64N(3)), value.TextOf(text)})
	}
	return value.Rec(value.NewRecord(value.NewShape("a"), value.TextOf(number)))
}

// keyed is a row with its keys.
type keyed struct {
	row  value.Value
	keys []value.Value
}

// compareBy compares keyed rows as keys say.
func compareBy(keys []ordering.Key) func(a, b keyed) int {
	return func(a, b keyed) int {
		for i, k := range keys {
			if c := value.Compare(a.keys[i], b.keys[i]); c != 0 {
				if k.Descending {
					return -c
				}
				return c
			}
		}
		return 0
	}
}

// randomSorters returns several sorters with the same options, some of them with next to no
// memory.
func randomSorters(t *testing.T, r *rand.Rand, o ordering.Options) []*ordering.Sorter {
	o.Budget = []int64{0, 1, 3000, 20000}[r.IntN(4)]
	o.Dir = t.TempDir()
	sorters := make([]*ordering.Sorter, 1+r.IntN(3))
	for i := range sorters {
		sorters[i] = ordering.NewSorter(o)
		t.Cleanup(sorters[i].Close)
	}
	return sorters
}

// finish merges sorters and returns their rows.
func finish(t *testing.T, sorters ...*ordering.Sorter) (list []value.Value) {
	t.Helper()
	for _, s := range sorters {
		if err := s.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range sorters[1:] {
		sorters[0].Merge(s)
		s.Close()
	}
	for b, err := range sorters[0].Batches(blocking) {
		if err != nil {
			t.Fatal(err)
		}
		for v := range b.All() {
			list = append(list, v)
		}
	}
	for _, s := range sorters {
		s.Close()
	}
	return list
}

func blocking(call func() (any, error)) (any, error) { return call() }

// check compares rows with those that are wanted.
func check(t *testing.T, seed uint64, got, want []value.Value) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("seed %d: got %d rows, want %d", seed, len(got), len(want))
	}
	for i, v := range got {
		if fmt.Sprint(v.Kind(), v) != fmt.Sprint(want[i].Kind(), want[i]) {
			t.Fatalf("seed %d: got %v %v at %d, want %v %v", seed, v.Kind(), v, i, want[i].Kind(), want[i])
		}
	}
}

// TestSortByValue compares with a stable sort by value.Compare, with rows dealt out to several
// sorters, with runs in files and without, with all rows wanted or the first ones.
func TestSortByValue(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	for range 150 {
		width := r.IntN(3)
		keys := make([]ordering.Key, max(width, 1))
		for i := range keys {
			keys[i] = ordering.Key{Mode: ordering.ByValue, Descending: r.IntN(2) == 0}
		}
		o := ordering.Options{Keys: keys, Keyed: width > 0, Unique: r.IntN(3) == 0, First: r.IntN(2) * r.IntN(30)}
		sorters := randomSorters(t, r, o)
		var rows []keyed
		seq := int64(0)
		for i := range r.IntN(2000) {
			e := keyed{row: randomValue(r)}
			if width > 0 && r.IntN(2) == 0 {
				e.row = value.Int(int64(i))
			}
			for range width {
				e.keys = append(e.keys, randomKey(r))
			}
			if r.IntN(4) == 0 {
				seq++
			}
			if err := sorters[seq%int64(len(sorters))].Add(e.row, seq, e.keys...); err != nil {
				t.Fatal(err)
			}
			if width == 0 {
				e.keys = []value.Value{e.row}
			}
			rows = append(rows, e)
		}
		check(t, seed, finish(t, sorters...), wanted(rows, compareBy(keys), o))
	}
}

// randomKey is randomValue without errors, which become text as keys.
func randomKey(r *rand.Rand) value.Value {
	for {
		if v := randomValue(r); v.Kind() != value.KindError {
			return v
		}
	}
}

// wanted sorts rows as o says.
func wanted(rows []keyed, compare func(a, b keyed) int, o ordering.Options) (want []value.Value) {
	slices.SortStableFunc(rows, compare)
	if o.Unique {
		var kept []keyed
		known := make(map[string]bool) // of the rows that are equal in the order to the present one
		for i, e := range rows {
			if i > 0 && compare(rows[i-1], e) != 0 {
				clear(known)
			}
			if key := string(value.List(e.keys).AppendKey(nil)); !known[key] {
				known[key], kept = true, append(kept, e)
			}
		}
		rows = kept
	}
	if o.First > 0 {
		rows = rows[:min(o.First, len(rows))]
	}
	for _, e := range rows {
		want = append(want, e.row)
	}
	return want
}

// TestSortPlain sorts text, behind which there may be something else, so that it is to be
// sorted in another way than by its bytes.
func TestSortPlain(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		o := ordering.Options{Keys: []ordering.Key{{Mode: ordering.Plain, Descending: r.IntN(2) == 0}}, Unique: r.IntN(3) == 0, First: r.IntN(2) * r.IntN(30)}
		sorters := randomSorters(t, r, o)
		var rows []keyed
		n := r.IntN(1000)
		if r.IntN(10) == 0 {
			n *= 10
		}
		other := 2 * n
		if r.IntN(3) == 0 {
			other = r.IntN(n + 1)
		}
		common := strings.Repeat("p", r.IntN(20))
		text := true
		for i := 0; i < n; {
			seq := int64(i)
			b := value.NewValues(0)
			for range r.IntN(10) {
				v := value.TextOf(common + []string{"", "1", "01", "1.0", "-3", "x", "xy", "x\x00", "longer than a prefix", "longer than a prefix, too", "a\nb"}[r.IntN(11)])
				if i == other {
					v = value.Int(1)
					text = false
				}
				b.Add(v)
				rows = append(rows, keyed{v, []value.Value{v}})
				i++
			}
			if err := sorters[r.IntN(len(sorters))].AddBatch(b, seq); err != nil {
				t.Fatal(err)
			}
			i++
		}
		compare := compareBy(o.Keys)
		if text {
			compare = func(a, b keyed) int {
				if c := strings.Compare(a.row.Str(), b.row.Str()); o.Keys[0].Descending {
					return -c
				} else {
					return c
				}
			}
		}
		check(t, seed, finish(t, sorters...), wanted(rows, compare, o))
	}
}

// TestModesAgree sorts the same texts as lines and as values. ByValue is none of its modes: it
// tells text from strings.
func TestModesAgree(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	for _, mode := range []ordering.Mode{ordering.Plain, ordering.ByNumber, ordering.ByHuman, ordering.ByVersion, ordering.ByLetter} {
		for i := range 50 {
			o := ordering.Options{Keys: []ordering.Key{{Mode: mode, Descending: i%2 == 0}}, Unique: i%3 == 0}
			lines, values := randomSorters(t, r, o), randomSorters(t, r, o)
			for i := range r.IntN(200) {
				seq := int64(i)
				text := strings.Repeat("a", r.IntN(10)) + []string{"", "B", "b", "\x00", "\n", "10", "9", "1K", "-1"}[r.IntN(9)]
				if err := lines[i%len(lines)].Add(value.TextOf(text), seq); err != nil {
					t.Fatal(err)
				}
				if err := values[i%len(values)].Add(value.String(text), seq); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := fmt.Sprintf("%q", finish(t, lines...)), fmt.Sprintf("%q", finish(t, values...)); got != want {
				t.Fatalf("seed %d, %v: got %s, want %s", seed, o.Keys, got, want)
			}
		}
	}
}

func TestRowsOfManyKinds(t *testing.T) {
	for _, c := range []struct {
		name string
		add  []value.Value
		want string
	}{
		{"nothing", nil, "[]"},
		{"text", []value.Value{value.TextOf("b"), value.TextOf("a")}, `["a" "b"]`},
		{"text that becomes values", []value.Value{value.TextOf("10"), value.Int(3), value.TextOf("9")}, `["3" "9" "10"]`},
		{"a newline in the first text", []value.Value{value.TextOf("b\nc"), value.TextOf("a")}, `["a" "b\nc"]`},
		{"a newline in a later text", []value.Value{value.TextOf("b"), value.TextOf("a\nc"), value.TextOf("d")}, `["a\nc" "b" "d"]`},
	} {
		s := ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{Mode: ordering.Plain}}})
		for _, v := range c.add {
			_ = s.Add(v, 0)
		}
		if got := fmt.Sprintf("%q", finish(t, s)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestKeysOfSeveralModes sorts numbers by their text, then values.
func TestKeysOfSeveralModes(t *testing.T) {
	s := ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{Mode: ordering.ByNumber}, {Mode: ordering.ByValue}}, Keyed: true})
	add := func(row string, keys ...value.Value) { _ = s.Add(value.TextOf(row), 0, keys...) }
	add("c", value.Int(10), value.Int(10))
	add("d", value.Float(10.5), value.Int(0))
	add("b", value.TextOf("10x"), value.Int(9))
	add("a", value.Int(9), value.Int(7))
	if got := fmt.Sprint(finish(t, s)); got != "[a b c d]" {
		t.Errorf("got %v, want [a b c d]", got)
	}
}
