package expression

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mtpipe/value"
)

// spellings is text that looks like a number, nearly does, or does not.
var spellings = []string{"7", "007", "-3", "+5", "2.5", "7.0", ".5", "5.", " 4 ", "\t9", "7\r", "1e3", "1E-2", "0", "-0", "-0.0", "", " ", "abc", "ABC", "a b", "a", "B",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "999999999999999999", "1000000000000000000", "-99999999999999999", "-999999999999999999",
	"9007199254740993", "9007199254740992.0", "9007199254740993.0", "99999999999999999999", "0.1", "0.1000", "1e400", "-1e400", "1e-400", "0x10", "1_000", "nan", "inf", "--1", "-", "+", "1e", ".", "true", "null",
	"é", "\xff", `12" monitor`, "100", "3"}

// anyValue returns a value of any kind; fields of records may be errors, too.
func anyValue(r *rand.Rand, depth int) value.Value {
	switch r.IntN(26) {
	case 0, 1:
		return value.Null
	case 2:
		return value.Bool(r.IntN(2) == 0)
	case 3, 4:
		return value.Int([]int64{0, 1, 7, -3, 100, math.MaxInt64, math.MinInt64, 1<<53 + 1}[r.IntN(8)])
	case 5, 6:
		return value.Float([]float64{0, math.Copysign(0, -1), 2.5, 7, 1e300, math.Inf(1), math.Inf(-1), math.NaN(), 1 << 53, 0.1}[r.IntN(10)])
	case 7:
		big, _ := new(big.Int).SetString("99999999999999999999", 10)
		return value.Big(big)
	case 8, 9:
		return value.Number([]string{"7", "-0", "1e3", "0.1000", "1e400", "12345678901234567890", "9223372036854775807", "1000000000000000000"}[r.IntN(8)])
	case 10, 11, 12:
		return value.String(spellings[r.IntN(len(spellings))])
	case 13:
		if depth > 0 {
			return value.List([]value.Value{anyValue(r, depth-1), anyValue(r, depth-1)})
		}
		return value.List(nil)
	case 14:
		if depth > 0 {
			return value.Rec(value.NewRecord(value.NewShape("a", "s"), anyValue(r, depth-1), anyValue(r, depth-1)))
		}
		return value.Duration(time.Minute)
	case 15:
		return value.Time(time.Unix(int64(r.IntN(3)), 0).UTC())
	case 16:
		return value.Error(errors.New("a field that is an error"))
	}
	return value.TextOf(spellings[r.IntN(len(spellings))])
}

// tabled is a codec whose text is of no meaning: the fields are places in a table of values.
type tabled struct {
	rows []value.Value // a record or any other value each
}

func (c *tabled) Name() string { return "tabled" }

// Parse makes rows of which the field number n stands in bytes 8n to 8n+8.
func (c *tabled) Parse(r *value.Records) {
	n := 0
	add := func(v value.Value) {
		f := value.Field{Off: uint32(8 * n), Len: 8, Kind: value.FieldEncoded}
		switch {
		case v.Kind() == value.KindNull:
			f.Kind = value.FieldNull
		case v.Kind() == value.KindBool && v.AsBool():
			f.Kind = value.FieldTrue
		case v.Kind() == value.KindBool:
			f.Kind = value.FieldFalse
		}
		r.Fields = append(r.Fields, f)
		n++
	}
	for _, v := range c.rows {
		row := value.Row{Off: uint32(8 * n), First: uint32(len(r.Fields))}
		if v.Kind() == value.KindRecord {
			row.Shape = v.AsRecord().Shape()
			for i := range v.AsRecord().Len() {
				add(v.AsRecord().At(i))
			}
		} else {
			add(v)
		}
		row.Len = uint32(8*n) - row.Off
		r.Rows = append(r.Rows, row)
	}
}

func (c *tabled) Decode(text []byte) value.Value {
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	for _, v := range c.rows {
		if v.Kind() != value.KindRecord {
			if n--; n < 0 {
				return v
			}
			continue
		}
		if n -= v.AsRecord().Len(); n < 0 {
			return v.AsRecord().At(n + v.AsRecord().Len())
		}
	}
	panic("no such field")
}

var columnFields = []string{"a", "b", "f", "s", "t", "p", "q", "xs"}

// rowsFor returns random rows: records of a few shapes, and other values.
func rowsFor(r *rand.Rand, errorsToo bool) []value.Value {
	var shapes []*value.Shape
	for range 1 + r.IntN(3) {
		names := slices.Clone(columnFields)
		r.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
		shapes = append(shapes, value.NewShape(names[:r.IntN(len(names)+1)]...))
	}
	rows := make([]value.Value, r.IntN(12))
	for i := range rows {
		switch k := r.IntN(12); {
		case k == 0:
			rows[i] = anyValue(r, 1)
			if rows[i].Kind() == value.KindRecord {
				rows[i] = value.Null
			}
		case k == 1 && errorsToo:
			rows[i] = value.Error(errors.New("a row that is an error"))
			continue
		default:
			shape := shapes[r.IntN(len(shapes))]
			vals := make([]value.Value, len(shape.Names()))
			for n := range vals {
				vals[n] = anyValue(r, 2)
			}
			rows[i] = value.Rec(value.NewRecord(shape, vals...))
		}
		if rows[i].Kind() == value.KindError {
			rows[i] = value.Null
		}
	}
	return rows
}

// batchFor returns a batch of a random form and the values that it stands for.
func batchFor(r *rand.Rand) (*value.Batch, []value.Value, string) {
	switch r.IntN(6) {
	case 0:
		var text []byte
		for range r.IntN(10) {
			text = append(append(text, strings.ReplaceAll(spellings[r.IntN(len(spellings))], "\n", "")...), '\n')
		}
		if r.IntN(2) == 0 {
			text = append(text, "5"...)
		}
		b := value.NewLines(value.NewBlock(text), text)
		form := "lines"
		if r.IntN(2) == 0 {
			spans := value.NewSpans(b)
			for s := range b.Rows() {
				if r.IntN(3) > 0 {
					spans.AddSpan(int(s.Off), int(s.Len))
				}
			}
			b.Release()
			b, form = spans, "spans"
		}
		var rows []value.Value
		for _, row := range b.Rows() {
			rows = append(rows, value.Text(row))
		}
		return b, rows, form
	case 1, 2:
		rows := rowsFor(r, true)
		b := value.NewValues(len(rows))
		for _, v := range rows {
			b.Add(v)
		}
		return b, rows, "values"
	}
	rows := rowsFor(r, false)
	n := 0
	for _, v := range rows {
		n++
		if v.Kind() == value.KindRecord {
			n += v.AsRecord().Len()
		}
	}
	var text []byte
	for i := range n {
		text = fmt.Appendf(text, "%8d", i)
	}
	b := value.NewRaw(value.NewBlock(text), text, &tabled{rows})
	b.Parse()
	return b, rows, "records"
}

// test makes the tests that have kernels, and what they are joined by.
func (g *generator) test(depth int) string {
	field := func() string { return g.word("a", "b", "s", "it.a", `it["t"]`, "f", "p") }
	whole := func() string {
		return g.word("0", "7", "-3", "3", "100", "9007199254740993", "9223372036854775807", "-9223372036854775807", "999999999999999999", "1000000000000000000", "99999999999999999999")
	}
	literal := func() string {
		return g.pick(whole, whole, func() string {
			return g.word("2.5", "7.0", "1e3", "0.1", "9007199254740992.0", "1e300", "-0.0", `"abc"`, `"7"`, `""`, `"a"`, "null", "true", "$x", "$word")
		})
	}
	relation := func() string { return g.word(" < ", " <= ", " > ", " >= ", " == ", " != ") }
	part := func() string { return g.word(`"a"`, `"7"`, `""`, `"abc"`, `" "`, `"\xff"`, "$word") }
	if depth == 0 {
		return g.pick(
			func() string { return field() + relation() + literal() },
			func() string { return field() + relation() + literal() },
			func() string { return literal() + relation() + field() },
			func() string { return field() + relation() + field() },
			func() string { return field() + g.word(" contains ", " startsWith ", " endsWith ") + part() },
			func() string {
				return field() + " matches " + g.word(`"^[0-9]+$"`, `"a|7"`, `""`, `"(?i)ABC"`, `"\\."`)
			},
			func() string { return field() + g.word(" + ", " * ", " - ", " / ") + literal() + relation() + whole() },
			func() string { return field() },
			func() string { return "len(" + field() + ") > 1" },
		)
	}
	t := func() string { return "(" + g.test(depth-1) + ")" }
	return g.pick(
		func() string { return t() + " and " + t() },
		func() string { return t() + " or " + t() },
		func() string { return t() + g.word(" or ", " and ") + t() + g.word(" or ", " and ") + t() },
		func() string { return "not " + t() },
		func() string { return t() + " and " + g.word("p", "it.q", "s", "a") },
		func() string { return "not " + field() },
		func() string { return "(let v = " + field() + "; v == 7 or " + g.test(depth-1) + ")" },
		func() string { return t() + " ? " + t() + " : " + t() },
		func() string { return "it == 7 or " + t() },
	)
}

func outcome(v value.Value, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return v.Kind().String() + " " + string(v.AppendJSON(nil))
}

// checkColumn wants Select and Column to give for b what Test and Eval give for its rows.
func checkColumn(t *testing.T, p *Program, b *value.Batch, rows []value.Value, e *Evaluator) []int32 {
	t.Helper()
	var yes, no []int32
	var bad []value.RowError
	for i, v := range rows {
		ok, err := p.Test(v)
		switch {
		case err != nil:
			bad = append(bad, value.RowError{Row: i, Err: err})
		case ok:
			yes = append(yes, int32(i))
		default:
			no = append(no, int32(i))
		}
	}
	sameErrors := func(got, want []value.RowError) bool {
		return slices.EqualFunc(got, want, func(x, y value.RowError) bool { return x.Row == y.Row && x.Err.Error() == y.Err.Error() })
	}
	for _, want := range []bool{true, false} {
		chosen := yes
		if !want {
			chosen = no
		}
		got, failed := p.Select(b, want, e)
		if !slices.Equal(got, chosen) || !sameErrors(failed, bad) {
			t.Fatalf("Select %t: got rows %v and errors %v, want %v, %v", want, got, failed, chosen, bad)
		}
	}
	bad = nil
	col, failed := p.Column(b, e)
	if len(col.Values) != len(rows) {
		t.Fatalf("Column: got %d values for %d rows", len(col.Values), len(rows))
	}
	for i, v := range rows {
		want, err := p.Eval(v)
		if err != nil {
			bad = append(bad, value.RowError{Row: i, Err: err})
		}
		if got := col.Values[i]; outcome(got, nil) != outcome(want, nil) {
			t.Fatalf("Column, row %d, %s: got %s, want %s", i, v, outcome(got, nil), outcome(want, err))
		}
	}
	if !sameErrors(failed, bad) {
		t.Fatalf("Column: got the errors %v, want %v", failed, bad)
	}
	return yes
}

// checkNumbers wants a column to be what Eval gives for the rows, and its numbers to be theirs.
func checkNumbers(t *testing.T, p *Program, col *value.Column, rows []value.Value) {
	t.Helper()
	if len(col.Values) != len(rows) {
		t.Fatalf("got %d values of %d rows that were chosen", len(col.Values), len(rows))
	}
	for i, v := range rows {
		want, _ := p.Eval(v) // null when it fails
		number, _ := value.NumberOf(want)
		if got := col.Values[i]; outcome(got, nil) != outcome(want, nil) || outcome(col.Numbers().At(i), nil) != outcome(number, nil) {
			t.Fatalf("row %d, %s: got %s and the number %s, want %s", i, v, outcome(got, nil), outcome(col.Numbers().At(i), nil), outcome(want, nil))
		}
	}
}

// TestColumnsAgree wants an expression to have one meaning: computed for a batch of any form it
// gives the same values, choices and errors as for one value after the other.
func TestColumnsAgree(t *testing.T) {
	lookup := func(n string) (string, bool) {
		s, ok := map[string]string{"x": "7", "word": "abc"}[n]
		return s, ok
	}
	e := new(Evaluator) // one for all, so that nothing may be left in it
	for seed := range uint64(8_000) {
		g := &generator{r: rand.New(rand.NewPCG(seed, 4))}
		var text string
		switch g.r.IntN(8) {
		case 0:
			text = g.boolean(2)
		case 1:
			text = g.expression()
		case 2:
			text = g.word("it", "a", "it.s", `it["t"]`, "$x", "7", "[it, a]", "{a: a, b: it}", "a + b", "-a", "f * 2", "s + t")
		default:
			text = g.test(g.r.IntN(4))
		}
		p, err := Compile(text, lookup)
		if err != nil {
			t.Fatalf("seed %d: Compile(%s): %v", seed, text, err)
		}
		b, rows, form := batchFor(g.r)
		fatal := func() {
			if t.Failed() {
				t.Fatalf("that was seed %d: %s, on %s %v", seed, text, form, rows)
			}
		}
		func() {
			defer fatal()
			chosen := checkColumn(t, p, b, rows, e)
			chosen = slices.Clone(chosen)
			b.Choose(chosen) // the columns that were asked for are cut as the rows are
			left := make([]value.Value, len(chosen))
			for n, i := range chosen {
				left[n] = rows[i]
			}
			e.Choose(chosen)
			checkNumbers(t, p, e.col, left)
			checkColumn(t, p, b, left, e)
			checkColumn(t, Self, b, left, e)
			var odd []int32
			var rest []value.Value
			for i := 1; i < len(left); i += 2 {
				odd, rest = append(odd, int32(i)), append(rest, left[i])
			}
			b.Choose(odd)
			e.Choose(odd)
			checkNumbers(t, Self, e.col, rest)
		}()
		b.Release()
	}
}

// TestComparedColumns wants every relation of every value to every kind of constant to be the
// same in columns.
func TestComparedColumns(t *testing.T) {
	var vals []value.Value
	for _, s := range spellings {
		vals = append(vals, value.TextOf(s), value.String(s))
		if _, number := value.TextOf(s).Numeric(); number && json.Valid([]byte(s)) && strings.TrimSpace(s) == s {
			vals = append(vals, value.Number(s))
		}
	}
	r := rand.New(rand.NewPCG(1, 5))
	for range 300 {
		vals = append(vals, anyValue(r, 1))
	}
	var rows []value.Value
	for _, v := range vals {
		rows = append(rows, value.Rec(value.NewRecord(value.NewShape("a"), v)))
	}
	literals := []string{"0", "7", "-7", "2.5", "7.0", "0.1", "-0.0", "1e300", "9007199254740992", "9007199254740993", "-9007199254740993", "9007199254740992.0", "9223372036854775807",
		"(-9223372036854775807-1)", "9223372036854775808", "99999999999999999999", "999999999999999999", "1000000000000000000", `"7"`, `"abc"`, `""`, "null", "true", "$x", "$word", "[]"}
	e := new(Evaluator)
	check := func(text string) {
		t.Helper()
		p, err := Compile(text, func(n string) (string, bool) { return map[string]string{"x": "7", "word": "abc"}[n], true })
		if err != nil {
			t.Fatalf("Compile(%s): %v", text, err)
		}
		b := value.NewValues(len(rows))
		for _, v := range rows {
			b.Add(v)
		}
		defer func() {
			if t.Failed() {
				t.Fatalf("that was %s", text)
			}
		}()
		checkColumn(t, p, b, rows, e)
	}
	for _, l := range literals {
		for relation := range relations {
			check("a " + relation + " " + l)
			check(l + " " + relation + " a")
		}
		for _, relation := range []string{"==", "!=", "contains", "startsWith", "endsWith", "+", "in"} {
			check("a " + relation + " " + l)
			check(l + " " + relation + " a")
		}
	}
}
