package plain

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
)

var errMixed = errors.New("numbers and other text together")

// of evaluates e for the values that are there; those for which it fails are wrong.
func (r *Run) of(out *Stream, e Expr, vs []Value) (items []item) {
	for _, v := range vs {
		x, err := e.Eval(v)
		if err != nil {
			if r.wrong(out, err) {
				return nil
			}
			continue
		}
		items = append(items, item{v, x})
	}
	return items
}

// item is a value and what an expression gives for it.
type item struct{ v, x Value }

// total is a stage that makes one value of what e gives for all values, or none.
func total(name string, e Expr, usable func(x Value) error, sum func(xs []Value) (Value, bool)) Stage {
	if e.Text != "it" {
		name += " " + Quote(e.Text)
	}
	return All(name, func(r *Run, out *Stream, vs []Value) []Value {
		var xs []Value
		for _, it := range r.of(out, e, vs) {
			if it.x.isEmpty() {
				continue
			}
			if err := usable(it.x); err != nil {
				if r.wrong(out, err) {
					return nil
				}
				continue
			}
			xs = append(xs, it.x)
		}
		v, ok := sum(xs)
		if !ok || out.Failed != nil {
			return nil
		}
		if math.IsInf(v.F, 0) {
			out.Failed = errTooLarge
			return nil
		}
		return []Value{v}
	})
}

// isNumber is an error for what cannot be added up.
func isNumber(x Value) error {
	n, ok := x.numeric()
	if !ok {
		return errNotNumber
	}
	if math.IsInf(n.F, 0) {
		return errTooLarge
	}
	return nil
}

// Total is sum, mean, median or stddev.
func Total(name string, e Expr) Stage {
	return total(name, e, isNumber, map[string]func(xs []Value) (Value, bool){"sum": sum, "mean": mean, "median": median, "stddev": deviation}[name])
}

func numbers(xs []Value) (rats []*big.Rat, floats bool) {
	for _, x := range xs {
		n, _ := x.numeric()
		rats, floats = append(rats, rat(n)), floats || n.isFloat()
	}
	return rats, floats
}

func nearest(r *big.Rat, floats bool) Value {
	if r.IsInt() && !floats {
		return integer(r.Num())
	}
	f, _ := r.Float64()
	return float(f)
}

func added(rats []*big.Rat) *big.Rat {
	all := new(big.Rat)
	for _, r := range rats {
		all.Add(all, r)
	}
	return all
}

func sum(xs []Value) (Value, bool) {
	rats, floats := numbers(xs)
	return nearest(added(rats), floats), true
}

func mean(xs []Value) (Value, bool) {
	if len(xs) == 0 {
		return Value{}, false
	}
	rats, floats := numbers(xs)
	return nearest(new(big.Rat).Quo(added(rats), big.NewRat(int64(len(xs)), 1)), floats), true
}

func deviation(xs []Value) (Value, bool) {
	n := int64(len(xs))
	if n < 2 && len(xs) == 0 {
		return Value{}, false
	}
	rats, _ := numbers(xs)
	middle := new(big.Rat).Quo(added(rats), big.NewRat(n, 1))
	squares := new(big.Rat)
	for _, r := range rats {
		if f, _ := r.Float64(); math.Abs(f) > 1e100 {
			panic(Garbage) // the square of what is that large is refused
		}
		d := new(big.Rat).Sub(r, middle)
		squares.Add(squares, d.Mul(d, d))
	}
	if n < 2 {
		return Value{}, false
	}
	squares.Quo(squares, big.NewRat(n-1, 1))
	root, _ := new(big.Float).Sqrt(new(big.Float).SetPrec(4000).SetRat(squares)).Float64()
	return float(root), true
}

// median is the number in the middle, or what is halfway between two.
func median(xs []Value) (Value, bool) {
	if len(xs) == 0 {
		return Value{}, false
	}
	xs = slices.Clone(xs)
	slices.SortStableFunc(xs, Compare)
	a, _ := xs[(len(xs)-1)/2].numeric()
	b, _ := xs[len(xs)/2].numeric()
	if len(xs)%2 == 1 {
		return a, true
	}
	half := new(big.Rat).Add(rat(a), rat(b))
	return nearest(half.Quo(half, big.NewRat(2, 1)), a.isFloat() || b.isFloat()), true
}

// Extreme is min or max: numbers by their size, other text by its bytes, not both.
func Extreme(name string, e Expr) Stage {
	sign := 1
	if name == "min" {
		sign = -1
	}
	written := name
	if e.Text != "it" {
		written += " " + Quote(e.Text)
	}
	return All(written, func(r *Run, out *Stream, vs []Value) []Value {
		best, ok := extreme(r, out, sign, r.of(out, e, vs))
		if !ok || out.Failed != nil {
			return nil
		}
		return []Value{best}
	})
}

func extreme(r *Run, out *Stream, sign int, items []item) (best Value, found bool) {
	class := -1
	for _, it := range items {
		if it.x.isEmpty() {
			continue
		}
		c, _ := it.x.class()
		switch {
		case class < 0:
			class, best, found = c, it.x.spelled(), true
		case c != class:
			if r.wrong(out, errMixed) {
				return Value{}, false
			}
		case Compare(it.x, best)*sign > 0:
			best = it.x.spelled()
		}
	}
	return best, found
}

// Count puts how many values there are.
func Count() Stage {
	return All("count", func(_ *Run, _ *Stream, vs []Value) []Value { return []Value{whole(int64(len(vs)))} })
}

// First passes on the first value.
func First() Stage {
	s := Part("first", 0, 1)
	return s
}

// Last passes on the last value.
func Last() Stage {
	return All("last", func(_ *Run, _ *Stream, vs []Value) []Value { return vs[max(0, len(vs)-1):] })
}

// Top puts the n largest values, or smallest with name bottom.
func Top(name string, n int, e Expr) Stage {
	sign := -1
	if name == "bottom" {
		sign = 1
	}
	written := sprint("%s %d", name, n)
	if e.Text != "it" {
		written += " " + Quote(e.Text)
	}
	return All(written, func(r *Run, out *Stream, vs []Value) (best []Value) {
		var items []item
		for _, it := range r.of(out, e, vs) {
			if !it.x.isEmpty() {
				items = append(items, it)
			}
		}
		slices.SortStableFunc(items, func(a, b item) int { return Compare(a.x, b.x) * sign })
		for _, it := range items[:min(n, len(items))] {
			best = append(best, it.v.spelled())
		}
		return best
	})
}

// group is values with equal keys.
type group struct {
	keys []Value // of the first
	vs   []Value
}

// grouped puts values into groups, in the order in which these were first seen.
func (r *Run) grouped(out *Stream, es []Expr, vs []Value) []*group {
	var all []*group
	at := map[string]*group{}
	for _, v := range vs {
		var keys []Value
		var err error
		for _, e := range es {
			var x Value
			if x, err = e.Eval(v); err != nil {
				break
			}
			keys = append(keys, x.spelled())
		}
		if err != nil {
			if r.wrong(out, err) {
				return nil
			}
			continue
		}
		k := list(keys).key()
		g := at[k]
		if g == nil {
			g = &group{keys: keys}
			at[k], all = g, append(all, g)
		}
		g.vs = append(g.vs, v)
	}
	return all
}

func keyNames(es []Expr) (names []string) {
	for _, e := range es {
		switch {
		case e.Text == "it":
			names = append(names, "value")
		case e.Name != "":
			names = append(names, e.Name)
		default:
			names = append(names, e.Text)
		}
	}
	return names
}

// CountBy counts equal values.
func CountBy(es ...Expr) Stage {
	written := words("count_by", es)
	if len(es) == 0 {
		es = []Expr{It}
	}
	names := keyNames(es)
	return All(written, func(r *Run, out *Stream, vs []Value) (counts []Value) {
		for _, g := range r.grouped(out, es, vs) {
			rec := record()
			for i, k := range g.keys {
				rec = rec.with(names[i], k)
			}
			counts = append(counts, rec.with("count", whole(int64(len(g.vs)))))
		}
		return counts
	})
}

// Aggregate is a field of group_by: NAME=FUNCTION(EXPR).
type Aggregate struct {
	Name, Function string
	Expr           Expr // not of count
}

func (a Aggregate) text() string {
	if a.Function == "count" {
		return a.Name + "=count()"
	}
	return a.Name + "=" + a.Function + "(" + a.Expr.Text + ")"
}

// GroupBy computes with the values of each group.
func GroupBy(es []Expr, aggregates []Aggregate) Stage {
	written := words("group_by", es)
	for _, a := range aggregates {
		written += " " + Quote(a.text())
	}
	names := keyNames(es)
	return All(written, func(r *Run, out *Stream, vs []Value) (rows []Value) {
		if vs = r.usable(out, es, aggregates, false, vs); out.Failed != nil {
			return nil
		}
		if vs = r.usable(out, nil, aggregates, true, vs); out.Failed != nil {
			return nil
		}
		for _, g := range r.grouped(out, es, vs) {
			if g.vs = r.together(out, aggregates, g.vs); out.Failed != nil {
				return rows
			}
			if len(g.vs) == 0 {
				continue
			}
			rec := record()
			for i, k := range g.keys {
				rec = rec.with(names[i], k)
			}
			for _, a := range aggregates {
				rec = rec.with(a.Name, a.of(r, out, g.vs))
			}
			if out.Failed != nil {
				return rows
			}
			rows = append(rows, rec)
		}
		return rows
	})
}

// usable returns the values for which every key and every aggregate has a value, and with numbers
// those that aggregates can add up.
func (r *Run) usable(out *Stream, es []Expr, aggregates []Aggregate, numbers bool, vs []Value) (good []Value) {
	for _, v := range vs {
		err := usableFor(es, aggregates, numbers, v)
		if err != nil {
			if r.wrong(out, err) {
				return nil
			}
			continue
		}
		good = append(good, v)
	}
	return good
}

// together returns the values of a group that go with those before them, as min and max want:
// what is a number in the first one is so in all.
func (r *Run) together(out *Stream, aggregates []Aggregate, vs []Value) (good []Value) {
	classes := map[int]int{}
	for _, v := range vs {
		mixed, here := false, map[int]int{}
		for i, a := range aggregates {
			if a.Function != "min" && a.Function != "max" {
				continue
			}
			if x, _ := a.Expr.Eval(v); !x.isEmpty() {
				class, _ := x.class()
				first, known := classes[i]
				mixed = mixed || known && first != class
				here[i] = class
			}
		}
		if mixed {
			if r.wrong(out, errMixed) {
				return nil
			}
			continue
		}
		for i, class := range here {
			classes[i] = class
		}
		good = append(good, v)
	}
	return good
}

func usableFor(es []Expr, aggregates []Aggregate, numbers bool, v Value) error {
	for _, e := range es {
		if _, err := e.Eval(v); err != nil {
			return err
		}
	}
	for _, a := range aggregates {
		if a.Function == "count" {
			continue
		}
		x, err := a.Expr.Eval(v)
		if err != nil {
			return err
		}
		if numbers && strings.Contains("sum mean median", a.Function) && !x.isEmpty() {
			if err := isNumber(x); err != nil {
				return err
			}
		}
	}
	return nil
}

// of computes the aggregate of the values of a group, which are usable.
func (a Aggregate) of(r *Run, out *Stream, vs []Value) Value {
	if a.Function == "count" {
		return whole(int64(len(vs)))
	}
	items := r.of(out, a.Expr, vs)
	var all, xs []Value
	seen := map[string]bool{}
	for _, it := range items {
		all = append(all, it.x.spelled())
		if !it.x.isEmpty() {
			xs = append(xs, it.x.spelled())
			seen[it.x.key()] = true
		}
	}
	var v Value
	defer func() {
		if math.IsInf(v.F, 0) {
			out.Failed = errTooLarge
		}
	}()
	switch a.Function {
	case "sum":
		v, _ = sum(xs)
	case "mean":
		v, _ = mean(xs)
	case "median":
		v, _ = median(xs)
	case "min":
		v, _ = extreme(r, out, -1, items)
	case "max":
		v, _ = extreme(r, out, 1, items)
	case "list":
		v = list(all)
	case "distinct":
		v = whole(int64(len(seen)))
	case "first":
		if len(xs) > 0 {
			v = xs[0]
		}
	case "last":
		if len(xs) > 0 {
			v = xs[len(xs)-1]
		}
	}
	return v
}

// Fold is reduce, which puts the last result, or scan, which puts each.
func Fold(name string, init Expr, body func(acc, it Value) (Value, error), written string) Stage {
	return Stage{name + " " + Quote(init.Text) + " " + Quote(written), func(r *Run, in Stream) Stream {
		acc, _ := init.Eval(Value{})
		out := Stream{Failed: in.Failed, Maybe: in.Maybe}
		for _, v := range in.Values {
			next, err := body(acc, v)
			if err != nil {
				if r.wrong(&out, err) {
					return out
				}
				continue
			}
			acc = next.spelled()
			if name == "scan" {
				out.Values = append(out.Values, acc)
			}
		}
		if name == "reduce" && out.Failed == nil {
			out.Values = []Value{acc}
		}
		return out
	}}
}
