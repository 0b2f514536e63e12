package plain

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// SortKey is an expression and its direction.
type SortKey struct {
	Expr Expr
	Desc bool
}

// Sort puts values in order. Options are among n, r, f and u; without keys the value itself
// is compared.
func Sort(options string, keys ...SortKey) Stage {
	written := "sort"
	for _, o := range options {
		written += " -" + string(o)
	}
	for _, k := range keys {
		by := k.Expr.Text
		if k.Desc {
			by += ":desc"
		}
		written += " --by " + Quote(by)
	}
	return All(written, func(r *Run, out *Stream, vs []Value) (sorted []Value) {
		options := options
		if len(keys) > 0 || slices.ContainsFunc(vs, func(v Value) bool { return !v.isText() }) {
			options = "value" + options
		}
		rows := r.keyed(out, keys, vs)
		slices.SortStableFunc(rows, func(a, b keyedRow) int { return a.compare(b, options, keys) })
		for i, row := range rows {
			if hasAny(options, "u") && row.repeats(rows[:i], options, keys) {
				continue
			}
			sorted = append(sorted, row.v.spelled())
		}
		return sorted
	})
}

// keyedRow is a value and what it is sorted by.
type keyedRow struct {
	v    Value
	keys []Value
}

func (r *Run) keyed(out *Stream, keys []SortKey, vs []Value) (rows []keyedRow) {
	for _, v := range vs {
		row := keyedRow{v: v}
		var err error
		for _, k := range keys {
			var x Value
			if x, err = k.Expr.Eval(v); err != nil {
				break
			}
			row.keys = append(row.keys, x)
		}
		if err != nil {
			if r.wrong(out, err) {
				return nil
			}
			continue
		}
		rows = append(rows, row)
	}
	return rows
}

func (a keyedRow) compare(b keyedRow, options string, keys []SortKey) int {
	sign := 1
	if hasAny(options, "r") {
		sign = -1
	}
	if len(keys) == 0 {
		c := compareBy(options, a.v, b.v)
		if c == 0 && hasAny(options, "nf") && !hasAny(options, "u") {
			c = strings.Compare(a.v.Text(), b.v.Text())
		}
		return c * sign
	}
	for i, k := range keys {
		if c := compareBy(options, a.keys[i], b.keys[i]); c != 0 {
			if k.Desc != (sign < 0) {
				return -c
			}
			return c
		}
	}
	return 0
}

// repeats reports whether one of the rows before that sort alike is the same.
func (a keyedRow) repeats(before []keyedRow, options string, keys []SortKey) bool {
	for i := len(before) - 1; i >= 0 && before[i].compare(a, options, keys) == 0; i-- {
		if before[i].same(a, options, keys) {
			return true
		}
	}
	return false
}

// same reports whether sort -u puts one of a and b: where their keys are spelled alike, or
// compare alike by -n and -f.
func (a keyedRow) same(b keyedRow, options string, keys []SortKey) bool {
	if hasAny(options, "nf") {
		return a.compare(b, options, keys) == 0
	}
	if len(keys) == 0 {
		return a.v.key() == b.v.key()
	}
	return list(a.keys).key() == list(b.keys).key()
}

func compareBy(options string, a, b Value) int {
	switch {
	case hasAny(options, "n"):
		return leadingNumber(decimal(a)).Cmp(leadingNumber(decimal(b)))
	case hasAny(options, "f"):
		return strings.Compare(capitals(decimal(a)), capitals(decimal(b)))
	case a.isText() && b.isText() && !strings.HasPrefix(options, "value"):
		return strings.Compare(a.Spell, b.Spell)
	}
	return Compare(a, b)
}

// hasAny reports whether one of the letters is among the options, which begin with "value" where
// not only texts are compared.
func hasAny(options, letters string) bool {
	return strings.ContainsAny(strings.TrimPrefix(options, "value"), letters)
}

// decimal returns the text of a value, that of a number without an exponent.
func decimal(v Value) string {
	if v.Kind == Number && v.Int == nil && (v.Spell == "" || strings.ContainsAny(v.Spell, "eE")) {
		return strconv.FormatFloat(v.F, 'f', -1, 64)
	}
	return v.Text()
}

func capitals(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// leadingNumber returns the number at the beginning as sort -n reads it; 0 without one.
func leadingNumber(s string) *big.Rat {
	s = strings.TrimLeft(s, " \t")
	end, digits := 0, 0
	if strings.HasPrefix(s, "-") {
		end++
	}
	point := false
	for ; end < len(s); end++ {
		if s[end] == '.' && !point {
			point = true
		} else if s[end] >= '0' && s[end] <= '9' {
			digits++
		} else {
			break
		}
	}
	if digits == 0 {
		return new(big.Rat)
	}
	r, ok := new(big.Rat).SetString(strings.Replace(strings.TrimSuffix(s[:end], "."), "-.", "-0.", 1))
	if !ok {
		return new(big.Rat)
	}
	return r
}

// Reverse puts values in reverse order.
func Reverse(name string) Stage {
	return All(name, func(_ *Run, _ *Stream, vs []Value) []Value {
		vs = slices.Clone(vs)
		slices.Reverse(vs)
		return vs
	})
}

// Batch puts lists of n, the last one perhaps shorter.
func Batch(n int) Stage {
	return Stage{sprint("batch %d", n), func(_ *Run, in Stream) Stream {
		out := Stream{Failed: in.Failed, Maybe: in.Maybe}
		for part := range slices.Chunk(in.Values, n) {
			if in.Failed != nil && len(part) < n {
				break
			}
			out.Values = append(out.Values, list(terminated(part)))
		}
		return out
	}}
}

// terminated returns the values without marks of a missing newline.
func terminated(vs []Value) (all []Value) {
	for _, v := range vs {
		all = append(all, v.spelled())
	}
	return all
}

// Window puts lists of n neighbours.
func Window(n int) Stage {
	written := sprint("window %d", n)
	if n == 2 {
		written = "pairwise"
	}
	return Stage{written, func(_ *Run, in Stream) Stream {
		out := Stream{Failed: in.Failed, Maybe: in.Maybe}
		for i := n; i <= len(in.Values); i++ {
			out.Values = append(out.Values, list(terminated(in.Values[i-n:i])))
		}
		return out
	}}
}

// Block is a stage that runs stages in a block on its input.
func Block(before string, stages []Stage) Stage {
	return Stage{before + " { " + Write(stages) + " }", func(r *Run, in Stream) Stream {
		out := r.Eval(in, stages)
		if strings.HasPrefix(before, "retry") && out.Failed != nil {
			alone := Run{Policy: r.Policy}
			if alone.Eval(Stream{Values: in.Values}, stages).Failed != nil {
				out.Values = nil // what a try has put that failed is dropped; the input's error is not the try's
			}
		}
		return out
	}}
}

// PerValue is each or pmap: a block that runs for each value.
func PerValue(before string, stages []Stage) Stage {
	return Stage{before + " { " + Write(stages) + " }", func(r *Run, in Stream) Stream {
		out := Stream{Failed: in.Failed, Maybe: in.Maybe}
		for _, v := range in.Values {
			inner := Run{Policy: Fail}
			got := inner.Eval(Stream{Values: []Value{v}}, stages)
			out.Values = append(out.Values, got.Values...)
			out.Maybe = out.Maybe || got.Maybe
			if got.Failed != nil && r.wrong(&out, got.Failed) {
				return out
			}
		}
		return out
	}}
}

// Concat runs blocks that read no input, one after another, and first one that does.
func Concat(blocks ...[]Stage) Stage {
	var parts []string
	for _, b := range blocks {
		parts = append(parts, "{ "+Write(b)+" }")
	}
	return Stage{"concat " + strings.Join(parts, " "), func(r *Run, in Stream) Stream {
		var out Stream
		for i, b := range blocks {
			var of Stream
			if i == 0 {
				of = in
			}
			got := r.Eval(of, b)
			out.Values = append(out.Values, got.Values...)
			out.Maybe = out.Maybe || got.Maybe
			if got.Failed != nil {
				out.Failed = got.Failed
				break
			}
		}
		return out
	}}
}

// Seq is a source of whole numbers.
func Seq(from, to int) Stage {
	return Stage{sprint("seq -- %d %d", from, to), func(*Run, Stream) Stream {
		var out Stream
		step := 1
		if to < from {
			step = -1
		}
		for i := from; i != to+step; i += step {
			out.Values = append(out.Values, whole(int64(i)))
		}
		return out
	}}
}

// Passing is a stage that changes nothing, such as buffer.
func Passing(written string) Stage {
	return Stage{written, func(_ *Run, in Stream) Stream { return in }}
}

// Write returns a pipeline as it is written.
func Write(stages []Stage) string {
	var parts []string
	for _, s := range stages {
		parts = append(parts, s.Text)
	}
	return strings.Join(parts, " | ")
}
