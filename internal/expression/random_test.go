package expression

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/expr-lang/expr"

	"mtpipe/value"
)

// generator makes random expressions of a wanted type from the fields a, b (whole numbers),
// f (a fraction), s, t (texts), p, q (bools), xs (a list of whole numbers) and, within
// loops, the element.
type generator struct {
	r      *rand.Rand
	inLoop int
}

func (g *generator) pick(choices ...func() string) string { return choices[g.r.IntN(len(choices))]() }

func (g *generator) word(words ...string) string { return words[g.r.IntN(len(words))] }

func (g *generator) within(body func() string) string {
	g.inLoop++
	s := body()
	g.inLoop--
	return s
}

func (g *generator) integer(depth int) string {
	if depth == 0 {
		if g.inLoop > 0 && g.r.IntN(2) == 0 {
			return g.word("#", "#index", "#")
		}
		return g.word("a", "b", "it.a", `it["b"]`, "0", "1", "7", "0x1f", "100", "-3")
	}
	n := func() string { return g.integer(depth - 1) }
	list := func() string { return g.list(depth - 1) }
	return g.pick(
		func() string { return "(" + n() + g.word("+", "-", " - ", " + ") + n() + ")" },
		func() string { return n() + " * " + g.word("0", "2", "9") },
		func() string { return "(" + n() + ") % " + g.word("1", "2", "7", "0", "(-3)") },
		func() string { return "-(" + n() + ")" },
		func() string { return "abs(" + n() + ")" },
		func() string { return "len(" + g.text(depth-1) + ")" },
		func() string { return "len(" + list() + ")" },
		func() string { return "sum(" + list() + ")" },
		func() string {
			return "count(" + list() + ", " + g.within(func() string { return g.boolean(depth - 1) }) + ")"
		},
		func() string { return "sum(" + list() + ", " + g.within(n) + ")" },
		// the beginning without #: expr-lang takes it for the element of the loop it begins
		func() string { return "reduce(" + list() + ", " + g.within(n) + ", " + g.word("a", "0", "b") + ")" },
		func() string { return "(" + g.boolean(depth-1) + " ? " + n() + " : " + n() + ")" },
		func() string { return "(let v = " + n() + "; v + " + n() + ")" },
		func() string { return "indexOf(" + g.text(depth-1) + ", " + g.word(`"a"`, `"b"`) + ")" },
		func() string { return "int(string(" + n() + "))" },
		func() string { return "(null ?? (" + n() + "))" },
		func() string { return "bitand(" + n() + ", 7)" },
		func() string { return "max(" + n() + ", " + n() + ")" },
		func() string { return "first([" + n() + "])" },
	)
}

func (g *generator) number(depth int) string {
	if depth == 0 {
		return g.word("a", "f", "0.5", "1e3", "2", "it.f")
	}
	n := func() string { return g.number(depth - 1) }
	return g.pick(
		func() string { return g.integer(depth) },
		func() string { return "(" + n() + " / " + g.word("2", "4", "0.5", "-8") + ")" },
		func() string { return "(" + n() + g.word(" + ", " - ", " * ") + n() + ")" },
		func() string { return "(" + g.integer(1) + ") ** 2" },
		func() string { return g.word("floor", "ceil", "round", "float", "abs") + "(" + n() + ")" },
		func() string { return "mean([1, 2, " + n() + "])" },
		func() string { return "median([" + n() + ", 4, " + n() + "])" },
		func() string { return "min(" + n() + ", " + n() + ")" },
	)
}

func (g *generator) text(depth int) string {
	if depth == 0 {
		return g.word("s", "t", `"a"`, `""`, `'xyz'`, "`raw`", `"a,b"`, "it.s")
	}
	s := func() string { return g.text(depth - 1) }
	return g.pick(
		func() string { return "(" + s() + " + " + s() + ")" },
		func() string { return g.word("upper", "lower", "trim") + "(" + s() + ")" },
		func() string { return s() + " | " + g.word("upper()", "trim()", `replace("a", "bc")`) },
		func() string { return "string(" + g.integer(depth-1) + ")" },
		func() string { return "(" + s() + ")[" + g.word("0:2", "1:", ":-1", "-2:", ":", "5:9") + "]" },
		func() string { return "replace(" + s() + ", \"a\", " + s() + ")" },
		func() string { return "join(split(" + s() + ", \",\"), \"-\")" },
		func() string { return "repeat(" + s() + ", " + g.word("0", "1", "2") + ")" },
		func() string { return "trimPrefix(" + s() + ", \"a\")" },
		func() string { return "(" + g.boolean(depth-1) + " ? " + s() + " : " + s() + ")" },
	)
}

func (g *generator) boolean(depth int) string {
	if depth == 0 {
		return g.word("p", "q", "true", "false", "it.p")
	}
	b := func() string { return "(" + g.boolean(depth-1) + ")" }
	return g.pick(
		func() string {
			return g.number(depth-1) + g.word(" < ", " <= ", " > ", " >= ", " == ", " != ") + g.number(depth-1)
		},
		func() string {
			return g.text(depth-1) + g.word(" < ", " >= ", " == ", " != ", " contains ", " startsWith ", " endsWith ") + g.text(depth-1)
		},
		func() string { return b() + g.word(" and ", " or ", " && ", " || ", " == ") + b() },
		func() string { return g.word("not ", "!") + b() },
		func() string { return g.integer(depth-1) + g.word(" in ", " not in ") + g.list(depth-1) },
		func() string { return g.integer(depth-1) + " in 1.." + g.word("3", "a", "9") },
		func() string { return g.text(depth-1) + ` matches ` + g.word(`"^a"`, `"[a-c]+$"`, `s`) },
		func() string {
			return g.word("all", "any", "none", "one") + "(" + g.list(depth-1) + ", " + g.within(b) + ")"
		},
		func() string { return "1 < " + g.integer(depth-1) + " <= 50" },
		func() string { return g.list(depth-1) + " == " + g.list(depth-1) },
		func() string { return "hasPrefix(" + g.text(depth-1) + `, "a")` },
	)
}

func (g *generator) list(depth int) string {
	if depth == 0 {
		return g.word("xs", "[]", "[1, 2, 3]", "(1..4)", "it.xs", "[a, b]")
	}
	l := func() string { return g.list(depth - 1) }
	return g.pick(
		func() string {
			return "filter(" + l() + ", " + g.within(func() string { return g.boolean(depth - 1) }) + ")"
		},
		func() string {
			return "map(" + l() + ", " + g.within(func() string { return g.integer(depth - 1) }) + ")"
		},
		func() string {
			return "sortBy(" + l() + ", " + g.within(func() string { return g.integer(depth - 1) }) + ")"
		},
		func() string { return g.word("reverse", "sort", "uniq", "flatten") + "(" + l() + ")" },
		func() string { return "concat(" + l() + ", " + l() + ")" },
		func() string { return "take(" + l() + ", 2)" },
		func() string { return "(" + l() + ")[" + g.word("0:2", "1:", ":-1", ":") + "]" },
		func() string { return "[" + g.integer(depth-1) + ", " + g.integer(depth-1) + "]" },
		func() string { return "(" + g.boolean(depth-1) + " ? " + l() + " : " + l() + ")" },
	)
}

func (g *generator) expression() string {
	depth := 1 + g.r.IntN(3)
	return g.pick(
		func() string { return g.integer(depth) }, func() string { return g.number(depth) },
		func() string { return g.text(depth) }, func() string { return g.boolean(depth) },
		func() string { return g.list(depth) },
	)
}

// goValue turns what expr-lang computes into a value.
func goValue(x any) value.Value {
	switch x := x.(type) {
	case []any:
		vs := make([]value.Value, len(x))
		for i, e := range x {
			vs[i] = goValue(e)
		}
		return value.List(vs)
	case []int:
		vs := make([]value.Value, len(x))
		for i, e := range x {
			vs[i] = value.Int(int64(e))
		}
		return value.List(vs)
	}
	return fromGo(x)
}

// near reports whether two results are the same but for rounding: sums here round once.
func near(a, b value.Value) bool {
	if isNumber(a) && isNumber(b) && (a.Kind() == value.KindFloat || b.Kind() == value.KindFloat) {
		x, errX := toFloat([]value.Value{a})
		y, errY := toFloat([]value.Value{b})
		return errX == nil && errY == nil && math.Abs(x.AsFloat()-y.AsFloat()) <= 1e-12*max(1, math.Abs(x.AsFloat()))
	}
	return equal(a, b)
}

// TestAgainstLibrary wants expressions to mean what they mean in expr-lang, where this
// project does not decide otherwise: the same value, or an error here and there.
func TestAgainstLibrary(t *testing.T) {
	for seed := range uint64(6_000) {
		g := &generator{r: rand.New(rand.NewPCG(seed, 1))}
		text := g.expression()
		a, b := g.r.IntN(20)-5, g.r.IntN(100)
		f := float64(g.r.IntN(40))/4 - 2
		s, u := g.word("abc", "", "a", "B a", "7"), g.word("a,c", "äöü", " x ", "c")[0:]
		u = strings.Trim(u, "äöü") // expr-lang slices bytes, this project characters
		p, q := g.r.IntN(2) == 0, g.r.IntN(2) == 0
		env := map[string]any{"a": a, "b": b, "f": f, "s": s, "t": u, "p": p, "q": q, "xs": []any{3, 1, a}, "null": nil}
		env["it"] = map[string]any{"a": a, "b": b, "f": f, "s": s, "p": p, "xs": env["xs"]}
		it := value.Rec(value.NewRecord(value.NewShape("a", "b", "f", "s", "t", "p", "q", "xs"),
			value.Int(int64(a)), value.Int(int64(b)), value.Float(f), value.String(s), value.String(u),
			value.Bool(p), value.Bool(q), goValue(env["xs"])))
		theirs, theirErr := expr.Eval(text, env)
		prog, err := Compile(text, nil)
		if err != nil {
			t.Fatalf("seed %d: Compile(%s): %v", seed, text, err)
		}
		got, gotErr := prog.Eval(it)
		if theirErr != nil && gotErr != nil {
			continue
		}
		if want := goValue(theirs); (theirErr == nil) != (gotErr == nil) || !near(got, want) {
			t.Fatalf("seed %d: %s for %s: got %s, want %s (error %v)", seed, text, it, show(got, gotErr), want, theirErr)
		}
	}
}

// TestWaysAgree wants one result for the same data as fields, as variables known when the
// expression is compiled, and through let: constants, quick ways and the general way do
// the same. The data is untyped text.
func TestWaysAgree(t *testing.T) {
	words := []string{"7", "07", "-3", "2.5", "1e3", "", " 4 ", "abc", "9223372036854775807", "99999999999999999999", "0", "a,b", "true"}
	names := []string{"a", "b", "f", "s", "t", "p", "q", "xs"}
	for seed := range uint64(6_000) {
		g := &generator{r: rand.New(rand.NewPCG(seed, 2))}
		text := strings.ReplaceAll(g.expression(), "it.", "")
		text = strings.ReplaceAll(text, `it["b"]`, "b")
		given := map[string]string{}
		vals := make([]value.Value, len(names))
		constants, lets := text, text
		for i, n := range names {
			given[n] = words[g.r.IntN(len(words))]
			vals[i] = value.TextOf(given[n])
			constants = replaceName(constants, n, "$"+n)
			lets = fmt.Sprintf("let %s = it.%s; %s", n, n, lets)
		}
		it := value.Rec(value.NewRecord(value.NewShape(names...), vals...))
		results := map[string]string{}
		for _, way := range []string{text, constants, lets} {
			p, err := Compile(way, func(n string) (string, bool) { s, ok := given[n]; return s, ok })
			if err != nil {
				if strings.Contains(err.Error(), "regexp") {
					continue // a pattern that is known beforehand is refused beforehand
				}
				t.Fatalf("seed %d: Compile(%s): %v", seed, way, err)
			}
			v, err := p.Eval(it)
			result := show(v, nil)
			if err != nil {
				result = "error"
			}
			results[result] = way
		}
		if len(results) != 1 {
			t.Fatalf("seed %d: for %s got %v, want one result", seed, it, results)
		}
	}
}

// replaceName replaces the identifier name, but not within other words and texts.
func replaceName(text, name, by string) string {
	var b strings.Builder
	quote := byte(0)
	letter := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] == '_' || text[i] == '$' || text[i] == '#' || text[i]-'0' <= 9 || text[i]|' ' >= 'a' && text[i]|' ' <= 'z')
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\'' || c == '`'):
			quote = c
		case quote == 0 && strings.HasPrefix(text[i:], name) && !letter(i-1) && !letter(i+len(name)):
			b.WriteString(by)
			i += len(name) - 1
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func FuzzCompile(f *testing.F) {
	for seed := range uint64(50) {
		f.Add((&generator{r: rand.New(rand.NewPCG(seed, 3))}).expression())
	}
	for _, s := range []string{`$x`, `{a: it}`, `1 << 2`, `"\u{10ffff}"`, "it[", `b"\xff"`, `let a = 1;`, `123456789012345678901`, `#`, `::len(it)`, `a?.b`, `1..`, "\xff"} {
		f.Add(s)
	}
	it := value.TextOf("7")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Compile(text, func(name string) (string, bool) { return "5", name != "y" })
		if err != nil {
			if e := err.(*Error); e.Offset < 0 || e.Offset > len(text) || e.Msg == "" {
				t.Errorf("got the offset %d and the message %q for %q", e.Offset, e.Msg, text)
			}
			return
		}
		if len(text) < 200 {
			_, _ = p.Eval(it)
		}
	})
}
