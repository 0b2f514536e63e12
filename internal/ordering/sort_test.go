package ordering_test

import (
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
	switch r.IntN(14) {
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
		return value.List([]value.Value{value.Int(r.Int64N(3)), value.TextOf(text)})
	}
	return value.Rec(value.NewRecord(value.NewShape("a"), value.TextOf(number)))
}

// keyed is a row with its keys.
type keyed struct {
	row  value.Value
	keys []value.Value
}

// TestSortByValue compares with a stable sort by value.Compare.
func TestSortByValue(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		width := r.IntN(3)
		keys := make([]ordering.Key, max(width, 1))
		for i := range keys {
			keys[i] = ordering.Key{Mode: ordering.ByValue, Descending: r.IntN(2) == 0}
		}
		unique := r.IntN(3) == 0
		rows := &ordering.Rows{}
		var want []keyed
		for i := range r.IntN(300) {
			e := keyed{row: randomValue(r)}
			if width > 0 {
				e.row = value.Int(int64(i))
			}
			for range width {
				e.keys = append(e.keys, randomValue(r))
			}
			rows.Add(e.row, e.keys...)
			if width == 0 {
				e.keys = []value.Value{e.row}
			}
			want = append(want, e)
		}
		compare := func(a, b keyed) int {
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
		slices.SortStableFunc(want, compare)
		if unique {
			want = slices.CompactFunc(want, func(a, b keyed) bool { return compare(a, b) == 0 })
		}
		rows.Sort(keys, unique)
		got := valuesOf(rows)
		if len(got) != len(want) {
			t.Fatalf("seed %d: got %d rows, want %d", seed, len(got), len(want))
		}
		for i, v := range got {
			if fmt.Sprint(v.Kind(), v) != fmt.Sprint(want[i].row.Kind(), want[i].row) {
				t.Fatalf("seed %d, %v: got %v %v at %d, want %v %v", seed, keys, v.Kind(), v, i, want[i].row.Kind(), want[i].row)
			}
		}
	}
}

func valuesOf(rows *ordering.Rows) (list []value.Value) {
	for b := range rows.Batches() {
		for v := range b.All() {
			list = append(list, v)
		}
	}
	return list
}

// TestModesAgree sorts the same texts as lines and as values. ByValue is none of its modes: it
// tells text from strings.
func TestModesAgree(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	for _, mode := range []ordering.Mode{ordering.Plain, ordering.ByNumber, ordering.ByHuman, ordering.ByVersion, ordering.ByLetter} {
		for i := range 50 {
			lines, values := &ordering.Rows{}, &ordering.Rows{}
			for range r.IntN(200) {
				text := strings.Repeat("a", r.IntN(10)) + []string{"", "B", "b", "\x00", "\n", "10", "9", "1K", "-1"}[r.IntN(9)]
				lines.Add(value.TextOf(text))
				values.Add(value.String(text))
			}
			keys := []ordering.Key{{Mode: mode, Descending: i%2 == 0}}
			lines.Sort(keys, i%3 == 0)
			values.Sort(keys, i%3 == 0)
			if got, want := fmt.Sprintf("%q", valuesOf(lines)), fmt.Sprintf("%q", valuesOf(values)); got != want {
				t.Fatalf("seed %d, %v: got %s, want %s", seed, keys, got, want)
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
		rows := &ordering.Rows{}
		for _, v := range c.add {
			rows.Add(v)
		}
		if rows.Len() != len(c.add) {
			t.Errorf("%s: got %d rows, want %d", c.name, rows.Len(), len(c.add))
		}
		rows.Sort([]ordering.Key{{Mode: ordering.Plain}}, false)
		if got := fmt.Sprintf("%q", valuesOf(rows)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestKeysOfSeveralModes sorts numbers by their text, then values.
func TestKeysOfSeveralModes(t *testing.T) {
	rows := &ordering.Rows{}
	add := func(row string, keys ...value.Value) { rows.Add(value.TextOf(row), keys...) }
	add("c", value.Int(10), value.Int(10))
	add("d", value.Float(10.5), value.Int(0))
	add("b", value.TextOf("10x"), value.Int(9))
	add("a", value.Int(9), value.Int(7))
	rows.Sort([]ordering.Key{{Mode: ordering.ByNumber}, {Mode: ordering.ByValue}}, false)
	if got := fmt.Sprint(valuesOf(rows)); got != "[a b c d]" {
		t.Errorf("got %v, want [a b c d]", got)
	}
}

// TestLargeTexts adds texts around the sizes of chunks and blocks.
func TestLargeTexts(t *testing.T) {
	rows := &ordering.Rows{}
	var want []string
	for _, n := range []int{1 << 20, 1<<20 - 4, 1<<20 - 3, 3 << 20, 128 << 10, 128<<10 - 1, 0, 1, 700_000} {
		for _, c := range "ba" {
			text := strings.Repeat(string(c), n)
			want = append(want, text)
			rows.Add(value.TextOf(text))
		}
	}
	slices.Sort(want)
	rows.Sort([]ordering.Key{{Mode: ordering.Plain}}, false)
	for i, v := range valuesOf(rows) {
		if v.Str() != want[i] {
			t.Fatalf("got a text of %d bytes at %d, want one of %d", len(v.Str()), i, len(want[i]))
		}
	}
}
