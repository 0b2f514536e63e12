package expression

import (
	"cmp"
	"math"

	"mtpipe/value"
)

// The kernels are the ways to compute common nodes for all rows of a batch, over the column
// of the one field that they read. Each knows the frequent kinds of values; for the others
// it calls what the node does with a single value, so that there is one meaning.

// chooser returns those of rows for which a node is true; those for which it fails go to
// e.bad.
type chooser func(e *Evaluator, rows []int32) []int32

// chooseAnd and chooseOr compute the second node only where the first does not decide.
func chooseAnd(a, b operand) chooser {
	return func(e *Evaluator, rows []int32) []int32 { return e.test(b, e.test(a, rows)) }
}

func chooseOr(a, b operand) chooser {
	return func(e *Evaluator, rows []int32) []int32 {
		errors := len(e.bad)
		yes := e.test(a, rows)
		return e.union(yes, e.test(b, e.without(rows, yes, errors)))
	}
}

func chooseNot(a operand) chooser {
	return func(e *Evaluator, rows []int32) []int32 {
		errors := len(e.bad)
		return e.without(rows, e.test(a, rows), errors)
	}
}

// kernel makes a chooser of a test of a field's value. Quick answers for frequent values;
// known is false when it does not, and slow answers then.
func kernel(field string, quick func(v value.Value) (yes, known bool), slow func(v value.Value) (bool, error)) chooser {
	return func(e *Evaluator, rows []int32) []int32 {
		col := e.b.Column(field).Values
		out := e.list(len(rows))
		n := 0
		for _, i := range rows {
			yes, known := quick(col[i])
			if !known {
				var err error
				if yes, err = slow(col[i]); err != nil {
					e.bad = append(e.bad, value.RowError{Row: int(i), Err: err})
					continue
				}
			}
			if yes {
				out[n] = i
				n++
			}
		}
		return out[:n]
	}
}

// testOfField returns the test of a node that reads nothing but a field, by its value.
func testOfField(o operand, field string) func(v value.Value) (bool, error) {
	shape := value.NewShape(field)
	test := testOf(o)
	return func(v value.Value) (bool, error) { return test(value.Rec(value.NewRecord(shape, v)), nil) }
}

// chooseCompared compares a field with a whole number.
func chooseCompared(field string, r relation, limit int64, slow func(v value.Value) (bool, error)) chooser {
	low, high := bounds(r, limit)
	exact := limit > -1<<53 && limit < 1<<53 // as a float
	return func(e *Evaluator, rows []int32) []int32 {
		col := e.b.Column(field).Values
		out := e.list(len(rows))
		n := 0
		for _, i := range rows {
			v := col[i]
			var bits uint64
			kind := v.Kind()
			switch kind {
			case value.KindText, value.KindNumber:
				bits, kind = value.Decimal(v.Bytes())
			case value.KindInt:
				bits = uint64(v.AsInt())
			}
			if kind == value.KindInt {
				out[n] = i
				if x := int64(bits); x >= low && x <= high {
					n++
				}
				continue
			}
			var yes bool
			var err error
			if kind == value.KindFloat && exact && v.Kind() != kind { // which is finite
				yes = r.holds(cmp.Compare(math.Float64frombits(bits), float64(limit)))
			} else {
				yes, err = slow(v)
			}
			if err != nil {
				e.bad = append(e.bad, value.RowError{Row: int(i), Err: err})
			} else if yes {
				out[n] = i
				n++
			}
		}
		return out[:n]
	}
}

// bounds returns the range of integers that stand in a relation to limit; an empty one when
// there are none.
func bounds(r relation, limit int64) (low, high int64) {
	low, high = limit, limit
	switch {
	case r.less && limit == math.MinInt64 && !r.same, r.more && limit == math.MaxInt64 && !r.same:
		return 1, 0
	case r.less:
		low = math.MinInt64
		if !r.same {
			high--
		}
	case r.more:
		high = math.MaxInt64
		if !r.same {
			low++
		}
	}
	return low, high
}

// comparedQuickly compares with a float.
func comparedQuickly(r relation, limit float64) func(v value.Value) (yes, known bool) {
	return func(v value.Value) (yes, known bool) {
		switch v.Kind() {
		case value.KindText, value.KindNumber:
			n, ok := value.ParseNumber(v.Bytes())
			if !ok {
				return false, false
			}
			v = n
		}
		if v.Kind() == value.KindFloat && !math.IsInf(v.AsFloat(), 0) && !math.IsNaN(v.AsFloat()) {
			return r.holds(cmp.Compare(v.AsFloat(), limit)), true
		}
		return false, false
	}
}

// equalQuickly compares with a text that is no number, or a string.
func equalQuickly(text string, negated bool) func(v value.Value) (yes, known bool) {
	return func(v value.Value) (yes, known bool) {
		if !v.IsText() {
			return false, false
		}
		return (v.Str() == text) != negated, true
	}
}

// chooseText asks a question about a field that is text.
func chooseText(a, o operand, ask func(s []byte) bool) chooser {
	return kernel(a.field, func(v value.Value) (yes, known bool) {
		if !v.IsText() {
			return false, false
		}
		return ask(v.Bytes()), true
	}, testOfField(o, a.field))
}
