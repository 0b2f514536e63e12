package aggregate

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"mtpipe/value"
)

var stateMakers = map[string]func() State{
	"count":    func() State { return new(Counts) },
	"non-null": func() State { return &Counts{NonNull: true} },
	"sum":      func() State { return new(Sums) },
	"mean":     func() State { return &Sums{Mean: true} },
	"stddev":   func() State { return new(Deviations) },
	"min":      func() State { return NewExtremes(-1) },
	"max":      func() State { return NewExtremes(1) },
	"loose":    func() State { s := NewExtremes(1); s.Loose = true; return s },
	"median":   func() State { return &Quantiles{P: big.NewRat(1, 2)} },
	"p99":      func() State { return &Quantiles{P: big.NewRat(99, 100)} },
	"first":    func() State { return new(Places) },
	"last":     func() State { return &Places{Last: true} },
	"list":     func() State { return new(Lists) },
	"distinct": func() State { return new(Distincts) },
	"variance": func() State { return &Moments{Power: 2} },
	"skewness": func() State {
		return resultOf{&Moments{Power: 3}, func(s State, g int) (value.Value, error) { return s.(*Moments).Skewness(g) }}
	},
	"kurtosis": func() State {
		return resultOf{&Moments{Power: 4}, func(s State, g int) (value.Value, error) { return s.(*Moments).Kurtosis(g) }}
	},
	"mode":     func() State { return new(Modes) },
	"antimode": func() State { return &Modes{Rare: true} },
	"minlen":   func() State { return NewLengths(-1) },
	"argmax":   func() State { return paired{&Chosen{Sign: 1}} },
	"argmin":   func() State { return paired{&Chosen{Sign: -1}} },
	"slope": func() State {
		return resultOf{paired{new(Pairs)}, func(s State, g int) (value.Value, error) { return s.(paired).State.(*Pairs).Slope(g) }}
	},
}

// resultOf is a state of which another result is read.
type resultOf struct {
	State
	read func(s State, g int) (value.Value, error)
}

func (s resultOf) Result(g int) (value.Value, error) { return s.read(s.State, g) }
func (s resultOf) Merge(o State, to []int32) error   { return s.State.Merge(o.(resultOf).State, to) }

// paired is a state that takes in lists of each value and one that is made of it.
type paired struct{ State }

func (s paired) Add(groups []int32, c *value.Column, seq int64) {
	var pairs value.Column
	list := make([]value.Value, len(c.Values))
	for i, v := range c.Values {
		list[i] = value.List([]value.Value{v, v})
		if n, err := value.NumberOf(v); err == nil && n.Kind() == value.KindInt {
			list[i] = value.List([]value.Value{v, value.Int(n.AsInt() % 7)})
		}
	}
	pairs.Set(list)
	s.State.Add(groups, &pairs, seq)
}

func (s paired) Merge(o State, to []int32) error { return s.State.Merge(o.(paired).State, to) }

// randomNumber returns a number in some spelling, or null.
func randomNumber(rng *rand.Rand) value.Value {
	switch rng.IntN(8) {
	case 0:
		return value.Null
	case 1:
		return value.Int(rng.Int64())
	case 2:
		return value.TextOf(fmt.Sprintf("%d%d", rng.Int64(), rng.Int64()))
	case 3:
		return value.Float(rng.NormFloat64() * math.Pow10(rng.IntN(40)-20))
	case 4:
		return value.TextOf(fmt.Sprintf("%.2f", rng.NormFloat64()*100))
	}
	return value.TextOf(fmt.Sprint(rng.IntN(20) - 10))
}

// addAll adds the columns to a new state, or those of them that chosen is true for.
func addAll(newState func() State, groups [][]int32, cols []value.Column, chosen func(i int) bool) State {
	s := newState()
	s.Grow(testGroups)
	for i := range cols {
		if chosen == nil || chosen(i) {
			s.Add(groups[i], &cols[i], int64(i))
		}
	}
	return s
}

const testGroups = 5

func resultsOf(t *testing.T, s State) string {
	t.Helper()
	var text []byte
	for g := range testGroups {
		v, err := s.Result(g)
		text = fmt.Appendf(v.AppendJSON(text), " %v\n", err)
	}
	return string(text)
}

// TestStatesMerge wants the same results of columns that were divided among states which
// merge or are read from their encodings, and of all of them together.
func TestStatesMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		cols, groups := make([]value.Column, 1+rng.IntN(8)), make([][]int32, 8)
		for i := range cols {
			vals := make([]value.Value, rng.IntN(20))
			for k := range vals {
				vals[k] = randomNumber(rng)
				groups[i] = append(groups[i], int32(rng.IntN(testGroups)))
			}
			cols[i].Set(vals)
		}
		owner := rng.Perm(len(cols))
		for name, newState := range stateMakers {
			want := resultsOf(t, addAll(newState, groups, cols, nil))
			merged, read := newState(), newState()
			merged.Grow(testGroups)
			read.Grow(testGroups)
			for part := range 3 {
				mine := func(i int) bool { return owner[i]%3 == part }
				other := addAll(newState, groups, cols, mine)
				for g := range testGroups {
					if rest, err := read.ReadFrom(other.AppendTo(nil, g), g); err != nil || len(rest) > 0 {
						t.Fatalf("%s: got the rest %v and error %v", name, rest, err)
					}
				}
				if err := merged.Merge(other, nil); err != nil {
					t.Fatal(err)
				}
			}
			if got := resultsOf(t, merged); got != want {
				t.Fatalf("%s: got %s of merged states, want %s", name, got, want)
			}
			if got := resultsOf(t, read); got != want {
				t.Fatalf("%s: got %s of states that were read, want %s", name, got, want)
			}
		}
	}
}

// TestStatesOfNoGroups wants a column without groups to be the same as one whose rows are all
// of group 0.
func TestStatesOfNoGroups(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		vals := make([]value.Value, rng.IntN(20))
		for k := range vals {
			vals[k] = randomNumber(rng)
		}
		var c value.Column
		c.Set(vals)
		for name, newState := range stateMakers {
			with, without := newState(), newState()
			with.Grow(1)
			without.Grow(1)
			with.Add(make([]int32, len(vals)), &c, 0)
			without.Add(nil, &c, 0)
			a, _ := with.Result(0)
			b, _ := without.Result(0)
			if string(a.AppendJSON(nil)) != string(b.AppendJSON(nil)) {
				t.Fatalf("%s: got %v without groups, want %v", name, b, a)
			}
		}
	}
}

// TestSelectKeys compares with sorting, for keys that are spread, near each other or equal.
func TestSelectKeys(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		keys := make([]uint64, 1+rng.IntN(5000))
		spread := rng.IntN(64)
		for i := range keys {
			keys[i] = rng.Uint64() >> spread
			if rng.IntN(3) == 0 {
				keys[i] = keys[0]
			}
		}
		sorted := slices.Clone(keys)
		slices.Sort(sorted)
		i := rng.IntN(len(keys))
		low, high := selectKeys(keys, i)
		if low != sorted[i] || high != sorted[min(i+1, len(sorted)-1)] {
			t.Fatalf("place %d of %d: got %d and %d, want %d and %d", i, len(keys), low, high, sorted[i], sorted[min(i+1, len(sorted)-1)])
		}
	}
}

// TestSketch wants percentiles of a sketch within its error, and the same from merged ones.
func TestSketch(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	newState := func() *Quantiles { s := &Quantiles{P: big.NewRat(9, 10)}; s.Grow(1); return s }
	exact, parts := newState(), []*Quantiles{newState(), newState(), newState()}
	for i := range 60 {
		vals := make([]value.Value, 100)
		for k := range vals {
			vals[k] = value.Float(math.Exp(rng.NormFloat64() * 5))
		}
		var c value.Column
		c.Set(vals)
		exact.Add(nil, &c, 0)
		parts[i%3].Add(nil, &c, 0)
		if i%20 == 19 {
			parts[i%3].Shrink()
		}
	}
	want := value.FloatOf(exact.At(0, exact.P))
	all := newState()
	for _, p := range parts {
		if _, err := all.ReadFrom(p.AppendTo(nil, 0), 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range parts[1:] {
		if err := parts[0].Merge(p, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []*Quantiles{parts[0], all} {
		if got := value.FloatOf(s.At(0, exact.P)); math.Abs(got-want) > 1.01*SketchError*want || !s.Approximate() {
			t.Errorf("got %v, want about %v", got, want)
		}
	}
}

// TestDistinctsSample wants an estimate that is near.
func TestDistinctsSample(t *testing.T) {
	s := &Distincts{Sample: true}
	s.Grow(1)
	for seq := range 200 {
		vals := make([]value.Value, 1000)
		for k := range vals {
			vals[k] = value.Int(int64(seq*1000 + k))
		}
		var c value.Column
		c.Set(vals)
		s.Add(nil, &c, int64(seq))
		if s.Bytes() > 2<<20 {
			s.Shrink()
		}
	}
	if v, _ := s.Result(0); !s.Approximate() || math.Abs(float64(v.AsInt())-200_000) > 8000 {
		t.Errorf("got %v different values, want about 200000", v)
	}
}

// TestExtremesConflict wants values that do not go together to be found, and the best of the
// class that came first.
func TestExtremesConflict(t *testing.T) {
	for _, row := range []struct {
		parts [][]string
		best  string
		err   string
	}{
		{[][]string{{"1", "2"}, {"3"}}, "3", ""},
		{[][]string{{"1", "2", "x"}}, "2", `"x" is not a number`},
		{[][]string{{"x", "9", "a"}}, "x", `"9" cannot be compared with "x"`},
		{[][]string{{"1"}, {"x"}, {"5"}, {"y"}, {"7"}}, "7", `"x" is not a number`},
	} {
		for first := range row.parts { // merged in another order
			all := NewExtremes(1)
			all.Grow(1)
			for k := range row.parts {
				at := (first + k) % len(row.parts)
				vals := make([]value.Value, len(row.parts[at]))
				for i, text := range row.parts[at] {
					vals[i] = value.TextOf(text)
				}
				var c value.Column
				c.Set(vals)
				part := NewExtremes(1)
				part.Grow(1)
				part.Add(nil, &c, int64(at))
				if err := all.Merge(part, nil); err != nil {
					t.Fatal(err)
				}
			}
			v, err := all.Result(0)
			if got := fmt.Sprint(err); v.String() != row.best || row.err == "" && err != nil || row.err != "" && got != row.err {
				t.Errorf("%q from %d on: got %v and error %v, want %s and %s", row.parts, first, v, err, row.best, row.err)
			}
		}
	}
}
