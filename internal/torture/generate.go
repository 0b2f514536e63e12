package torture

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mtpipe/internal/torture/plain"
)

// kind is what the values at a place of a pipeline are.
type kind int

const (
	textKind kind = iota
	recordKind
	listKind
	numberKind
)

// generator makes pipelines; it knows what the values at hand are.
type generator struct {
	*Case
	kind  kind
	names []string // of fields
	grown bool     // texts grow already with each value; twice would fill the memory
}

func newGenerator(c *Case, d Data) *generator {
	g := &generator{Case: c, names: d.Names}
	if d.Format != "lines" {
		g.kind = recordKind
	}
	return g
}

// field is a field that records have.
func (g *generator) field() plain.Expr {
	if len(g.names) == 0 {
		return plain.It
	}
	n := pick(g.Case, g.names...)
	if !bareName.MatchString(n) || g.oneIn(5) {
		return plain.Indexed(n)
	}
	return plain.FieldOf(n)
}

var bareName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// operand is a value to compute with: a field, it, or a constant.
func (g *generator) operand() plain.Expr {
	switch {
	case g.oneIn(3):
		c := pick(g.Case, "0", "1", "2", "7", "2.5", "100", `"a"`, `"7"`, `""`, "null", "true")
		if slices.Contains(g.names, c) { // a number alone that is the name of a field is that field
			c = "100"
		}
		return plain.Const(c)
	case g.kind == recordKind:
		return g.field()
	}
	return plain.It
}

// value is an expression of any kind.
func (g *generator) value(depth int) plain.Expr {
	if depth == 0 {
		return g.operand()
	}
	a, b := g.value(depth-1), g.value(depth-1)
	switch g.IntN(9) {
	case 0, 1, 2:
		return plain.Binary(pick(g.Case, "+", "-", "*", "/", "%"), a, b)
	case 3:
		return plain.Binary("??", g.operand(), g.operand())
	case 4:
		return plain.If(g.condition(depth-1), a, b)
	case 5:
		return plain.Call(pick(g.Case, plain.Functions...), a)
	case 6:
		return plain.Call("len", plain.Call("string", a))
	}
	return a
}

// condition is an expression that is true or false.
func (g *generator) condition(depth int) plain.Expr {
	if depth == 0 || g.oneIn(3) {
		return plain.Binary(pick(g.Case, "==", "!=", "<", "<=", ">", ">="), g.operand(), g.operand())
	}
	switch g.IntN(6) {
	case 0:
		return plain.Binary("and", g.condition(depth-1), g.condition(depth-1))
	case 1:
		return plain.Binary("or", g.condition(depth-1), g.condition(depth-1))
	case 2:
		return plain.Not(g.condition(depth - 1))
	case 3:
		return plain.Binary(pick(g.Case, "contains", "startsWith", "endsWith"), plain.Call("string", g.operand()), plain.Const(pick(g.Case, `"a"`, `"1"`, `""`, `"é"`)))
	case 4:
		return plain.Binary(pick(g.Case, "==", "<", ">="), g.value(depth-1), g.value(depth-1))
	}
	return plain.Binary(pick(g.Case, "==", "!=", "<", "<=", ">", ">="), g.operand(), plain.Const(pick(g.Case, "0", "1", "7", "2.5", `"a"`, `"b"`, "null")))
}

// keys are some expressions to group or sort by.
func (g *generator) keys() (es []plain.Expr) {
	for range 1 + g.IntN(2) {
		e := g.field()
		if g.oneIn(4) {
			e = g.value(1)
		}
		if !slices.ContainsFunc(es, func(o plain.Expr) bool { return o.Text == e.Text || e.Name != "" && o.Name == e.Name }) {
			es = append(es, e)
		}
	}
	return es
}

// keysBut is keys without fields that the stage has names for itself.
func (g *generator) keysBut(names ...string) []plain.Expr {
	return slices.DeleteFunc(g.keys(), func(e plain.Expr) bool { return slices.Contains(names, e.Name) })
}

// numbers is an expression that is mostly a number.
func (g *generator) numbers() plain.Expr {
	if g.oneIn(4) {
		return g.value(1)
	}
	if g.kind != recordKind {
		return plain.It
	}
	return g.field()
}

func (g *generator) some(names []string) []string {
	if len(names) == 0 {
		return []string{"a"}
	}
	n := slices.Clone(names)
	g.Shuffle(len(n), func(i, k int) { n[i], n[k] = n[k], n[i] })
	return n[:1+g.IntN(len(n))]
}

// pipeline returns 1 to n stages.
func (g *generator) pipeline(n int) (stages []plain.Stage) {
	for range 1 + g.IntN(n) {
		stages = append(stages, g.stage(2))
	}
	return stages
}

// stage returns a stage that suits what is at hand, in most cases.
func (g *generator) stage(depth int) plain.Stage {
	for {
		if s, ok := g.any(depth); ok {
			return s
		}
	}
}

func (g *generator) any(depth int) (plain.Stage, bool) {
	switch g.IntN(10) {
	case 0, 1, 2:
		return g.choosing()
	case 3, 4:
		if g.kind == recordKind {
			return g.ofRecords()
		}
		return g.ofText()
	case 5:
		return g.ofText()
	case 6:
		return g.total()
	case 7:
		return g.ordering()
	case 8:
		return g.lists()
	}
	if depth == 0 {
		return plain.Stage{}, false
	}
	return g.blocks(depth - 1)
}

// choosing are stages that pass some values on.
func (g *generator) choosing() (plain.Stage, bool) {
	switch g.IntN(13) {
	case 0, 1:
		return plain.Filter(g.condition(2), true), true
	case 2:
		return plain.Filter(g.condition(2), false), true
	case 3:
		return plain.TakeWhile(g.condition(1)), true
	case 4:
		return plain.DropWhile(g.condition(1)), true
	case 5:
		n := g.IntN(8)
		return plain.Part(pick(g.Case, "head ", "take ", "head -n ")+strconv.Itoa(n), 0, n), true
	case 6:
		return plain.Tail(g.IntN(8)), true
	case 7:
		n := g.IntN(8)
		return plain.Part("skip "+strconv.Itoa(n), n, 1<<40), true
	case 8:
		from := 1 + g.IntN(5)
		to := from + g.IntN(6)
		return plain.Part("slice "+strconv.Itoa(from)+" "+strconv.Itoa(to), from-1, to), true
	case 9:
		var numbers []int
		text := "nth"
		for range 1 + g.IntN(3) {
			n := 1 + g.IntN(10)
			numbers, text = append(numbers, n), text+" "+strconv.Itoa(n)
		}
		return plain.Nth(text, numbers), true
	case 10:
		if g.oneIn(2) {
			return plain.Distinct(), true
		}
		return plain.Distinct(g.keys()...), true
	case 11:
		return g.uniq(), true
	}
	options := ""
	for _, o := range "vixFo" {
		if g.oneIn(5) {
			options += string(o)
		}
	}
	if strings.Contains(options, "o") {
		options = strings.ReplaceAll(options, "v", "")
	}
	pattern := pick(g.Case, "a", "b|c", "[0-9]+", "^a", "é", "a.", "x*", `"`, ".", "", "7$")
	if strings.Contains(options, "o") {
		g.kind, g.names = textKind, nil
	}
	return plain.Grep(options, pattern), true
}

func (g *generator) uniq() plain.Stage {
	option := pick(g.Case, "", "-c", "-d", "-u")
	if option == "-c" && g.kind == recordKind {
		g.names = append([]string{"count"}, slices.DeleteFunc(slices.Clone(g.names), func(n string) bool { return n == "count" })...)
	}
	return plain.Uniq(option)
}

// ofText are stages that make other text of each.
func (g *generator) ofText() (plain.Stage, bool) {
	if g.kind == recordKind && !g.oneIn(30) {
		n := g.field()
		if n.Name == "" {
			return plain.Stage{}, false
		}
		g.kind, g.names = textKind, nil
		return plain.Get(n.Name), true
	}
	defer func() {
		if g.kind != recordKind {
			g.kind = textKind
		}
	}()
	switch g.IntN(9) {
	case 0:
		return plain.Letters(pick(g.Case, "upper", "lower")), true
	case 1:
		return plain.Rev(), true
	case 2:
		return plain.Trim(pick(g.Case, "", "-l", "-r")), true
	case 3:
		return plain.Chars(pick(g.Case, 1, 2, 3, -1, -2, -3), pick(g.Case, 1, 2, 4, -1, -2)), true
	case 4:
		return plain.Split(pick(g.Case, ",", "a", " ", "é")), true
	case 5:
		ns := []int{pick(g.Case, 1, 2, 3, -1, -2)}
		if g.oneIn(3) {
			ns = append(ns, pick(g.Case, 1, 2, -1))
		}
		return plain.FieldsOf(pick(g.Case, "", "", ",", "a"), ns...), true
	case 6:
		return plain.Replace(g.oneIn(2), pick(g.Case, "a", "1", "b", "é"), pick(g.Case, "", "x", "yy")), true
	case 7:
		g.kind, g.names = recordKind, []string{"n", "value"}
		return plain.Enumerate(), true
	}
	return plain.ToJSON(), true
}

// ofRecords are stages for records.
func (g *generator) ofRecords() (plain.Stage, bool) {
	if len(g.names) == 0 {
		return plain.Stage{}, false
	}
	switch g.IntN(10) {
	case 0, 1:
		return g.set(), true
	case 2:
		g.names = g.some(g.names)
		return plain.Select(g.names...), true
	case 3:
		if len(g.names) < 2 {
			return plain.Stage{}, false
		}
		n := g.some(g.names[1:])
		g.names = slices.DeleteFunc(slices.Clone(g.names), func(x string) bool { return slices.Contains(n, x) })
		return plain.Drop(n...), true
	case 4:
		from, to := pick(g.Case, g.names...), pick(g.Case, "new", "a", "é")
		rest := slices.DeleteFunc(slices.Clone(g.names), func(x string) bool { return x == to || x == from })
		g.names = append(rest, to)
		return plain.Rename(from, to), true
	case 5:
		return plain.FillEmpty(pick(g.Case, "N/A", "0", "7.50", ""), g.someOrNone()...), true
	case 6:
		return plain.FillDown(g.someOrNone()...), true
	case 7:
		n := pick(g.Case, g.names...)
		return plain.Explode(n, pick(g.Case, "", ",", "a", ";")), true
	case 8:
		g.names = nil // they are not known any more
		return plain.Flatten(pick(g.Case, ".", "_")), true
	}
	return plain.Passing("buffer " + strconv.Itoa(1+g.IntN(20))), true
}

func (g *generator) someOrNone() []string {
	if g.oneIn(2) {
		return nil
	}
	return g.some(g.names)
}

func (g *generator) set() plain.Stage {
	var names []string
	var es []plain.Expr
	for range 1 + g.IntN(2) {
		n := pick(g.Case, "new", "z", pick(g.Case, g.names...))
		if strings.Contains(n, " ") {
			n = "z"
		}
		names, es = append(names, n), append(es, g.value(2))
		if !slices.Contains(g.names, n) {
			g.names = append(slices.Clone(g.names), n)
		}
	}
	return plain.Set(names, es)
}

// total are stages that put few values for many.
func (g *generator) total() (plain.Stage, bool) {
	e := g.numbers()
	switch g.IntN(11) {
	case 0:
		return plain.Count(), g.becomes(numberKind)
	case 1:
		return plain.Total(pick(g.Case, "sum", "mean", "median", "stddev"), e), g.becomes(numberKind)
	case 2:
		return plain.Extreme(pick(g.Case, "min", "max"), e), g.becomes(textKind)
	case 3:
		return plain.First(), true
	case 4:
		return plain.Last(), true
	case 5:
		return plain.Top(pick(g.Case, "top", "bottom"), g.IntN(6), e), true
	case 6:
		return plain.CountBy(), g.becomes(recordKind, "value", "count")
	case 7:
		if g.kind != recordKind {
			return plain.Stage{}, false
		}
		es := g.keysBut("count")
		g.names = []string{"count"}
		return plain.CountBy(es...), len(es) > 0
	case 8, 9:
		return g.groupBy()
	}
	if g.kind != recordKind || g.oneIn(2) {
		op := pick(g.Case, "+", "*", "-")
		name := pick(g.Case, "reduce", "scan")
		init := plain.Const(pick(g.Case, "0", "1", `""`))
		if name == "scan" && g.grown {
			name = "reduce"
		}
		g.grown = true
		return plain.Fold(name, init, plain.Operate(op), "acc "+op+" it"), g.becomes(numberKind)
	}
	return plain.Stage{}, false
}

func (g *generator) becomes(k kind, names ...string) bool {
	g.kind, g.names = k, names
	return true
}

func (g *generator) groupBy() (plain.Stage, bool) {
	es := g.keysBut("g0", "g1", "g2")
	var as []plain.Aggregate
	for i := range 1 + g.IntN(3) {
		f := pick(g.Case, "count", "sum", "mean", "min", "max", "median", "first", "last", "distinct", "list")
		as = append(as, plain.Aggregate{Name: "g" + strconv.Itoa(i), Function: f, Expr: g.numbers()})
	}
	g.kind, g.names = recordKind, nil
	for _, a := range as {
		g.names = append(g.names, a.Name)
	}
	return plain.GroupBy(es, as), true
}

// ordering are stages that put values in another order.
func (g *generator) ordering() (plain.Stage, bool) {
	if g.oneIn(3) {
		return plain.Reverse(pick(g.Case, "reverse", "tac")), true
	}
	options := ""
	for _, o := range pick(g.Case, "nru", "fru", "ru", "r", "") {
		if g.oneIn(2) {
			options += string(o)
		}
	}
	if g.kind != recordKind {
		return plain.Sort(options), true
	}
	var keys []plain.SortKey
	for _, e := range g.keys() {
		keys = append(keys, plain.SortKey{Expr: e, Desc: g.oneIn(3)})
	}
	return plain.Sort(options, keys...), true
}

// lists are stages that make values of others, whatever these are.
func (g *generator) lists() (plain.Stage, bool) {
	switch g.IntN(5) {
	case 0:
		return plain.Batch(1 + g.IntN(5)), g.becomes(listKind)
	case 1:
		return plain.Window(1 + g.IntN(4)), g.becomes(listKind)
	case 2:
		if g.kind == recordKind && len(g.names) == 0 {
			return plain.Stage{}, false
		}
		e := g.value(2)
		return plain.Map(e), g.becomes(textKind)
	case 3:
		return plain.ToJSON(), g.becomes(textKind)
	}
	var chunks []plain.Chunk
	for range 1 + g.IntN(3) {
		e := g.value(1)
		if g.kind == recordKind && len(g.names) == 0 {
			e = plain.It
		}
		chunks = append(chunks, plain.Chunk{Literal: pick(g.Case, "", "x", "{", "a b", "é,")}, plain.Chunk{Expr: &e})
	}
	return plain.Format(chunks), g.becomes(textKind)
}

// blocks are stages with blocks in them.
func (g *generator) blocks(depth int) (plain.Stage, bool) {
	inner := *g
	block := func(n int) (stages []plain.Stage) {
		for range 1 + g.IntN(n) {
			stages = append(stages, inner.stage(depth))
		}
		return stages
	}
	switch g.IntN(6) {
	case 0, 1:
		return plain.PerValue(pick(g.Case, "each", "pmap", "pmap --jobs 2"), block(2)), g.becomes(inner.kind, inner.names...)
	case 2:
		return plain.Block(pick(g.Case, "timeout 1h", "retry 0"), block(2)), g.becomes(inner.kind, inner.names...)
	case 3:
		return plain.Concat(block(2), []plain.Stage{plain.Seq(g.IntN(5), g.IntN(5))}), g.becomes(textKind)
	}
	return plain.Passing("buffer " + strconv.Itoa(1+g.IntN(2000))), true
}
