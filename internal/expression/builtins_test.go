package expression

import (
	"testing"
	"time"

	"github.com/expr-lang/expr/builtin"

	"mtpipe/value"
)

// TestAllBuiltins wants every function of the language to exist here.
func TestAllBuiltins(t *testing.T) {
	for _, name := range builtin.Names {
		if functionNamed(name) == nil && loopNamed(name) == nil {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestFunctions(t *testing.T) {
	runRows(t, []row{
		{"len", `len(it)`, `text:äb`, `2`},
		{"len of list", `len(it)`, `[1, 2]`, `2`},
		{"len of record", `len(it)`, `{"a": 1}`, `1`},
		{"len of number", `len(it)`, `1`, `error: 1 is not text, a list or a record (it)`},
		{"upper", `upper(it)`, `text:äb`, `"ÄB"`},
		{"upper of null", `upper(a)`, `{}`, `error: a is null`},
		{"upper of number", `upper(a)`, `{"a": 1}`, `error: 1 is not text (a)`},
		{"lower", `lower(it)`, `text:ÄB`, `"äb"`},
		{"trim", `trim(it)`, `text: a `, `"a"`},
		{"trim set", `trim(it, "_")`, `text:_a_`, `"a"`},
		{"trimPrefix", `trimPrefix(it, "ab")`, `text:abc`, `"c"`},
		{"trimSuffix", `trimSuffix(it, "bc")`, `text:abc`, `"a"`},
		{"trimmed text counts", `trim(it) + 1`, `text: 7 `, `8`},
		{"split", `split(it, ",")`, `text:a,b`, `["a","b"]`},
		{"split limit", `split(it, ",", 2)`, `text:a,b,c`, `["a","b,c"]`},
		{"splitAfter", `splitAfter(it, ",")`, `text:a,b`, `["a,","b"]`},
		{"split counts", `map(split(it, ","), # + 1)`, `text:1,2`, `[2,3]`},
		{"replace", `replace(it, "a", "b")`, `text:aa`, `"bb"`},
		{"replace limit", `replace(it, "a", "b", 1)`, `text:aa`, `"ba"`},
		{"repeat", `repeat(it, 3)`, `text:ab`, `"ababab"`},
		{"repeat too much", `repeat(it, 1e9)`, `text:ab`, `error: repeat makes too much text`},
		{"repeat negative", `repeat(it, -1)`, `text:ab`, `error: repeat needs a count that is not negative`},
		{"indexOf", `indexOf(it, "b")`, `text:äb`, `1`},
		{"indexOf nothing", `indexOf(it, "x")`, `text:äb`, `-1`},
		{"lastIndexOf", `lastIndexOf(it, "b")`, `text:äbb`, `2`},
		{"hasPrefix", `hasPrefix(it, "a")`, `text:ab`, `true`},
		{"hasSuffix", `hasSuffix(it, "a")`, `text:ab`, `false`},
		{"string", `string(it) + "1"`, `5`, `"51"`},
		{"basename", `map([it, "/", "a//", "", ".b", "x.go/"], basename(#, ".go"))`, `text:/a/b.go`, `["b","/","a","",".b","x"]`},
		{"basename that is the suffix", `basename(it, "go")`, `text:a/go`, `"go"`},
		{"dirname", `map([it, "/", "a//", "", "/a", "a//b", "a/b/"], dirname(#))`, `text:/a/b.go`, `["/a","/",".",".","/","a","a"]`},
		{"ext", `map([it, "/", "a.b/c", "", ".b", "x.go/", "a.", "..b", "a.tar.gz"], ext(#))`, `text:/a/b.go`, `[".go","","","","",".go",".","",".gz"]`},
		{"ext of number", `ext(it)`, `1`, `error: 1 is not text (it)`},
		{"string is not untyped", `string(it) == 5`, `text:5`, `false`},
		{"join", `join(it, "-")`, `["a", 1, null]`, `"a-1-"`},
		{"int", `int(it)`, `text:12`, `12`},
		{"int of string", `int(it)`, `"12"`, `12`},
		{"int of float", `int(it)`, `-12.7`, `-12`},
		{"int of large float", `int(it)`, `1e20`, `100000000000000000000`},
		{"int of word", `int(it)`, `text:x`, `error: "x" is not a number (it)`},
		{"int beyond", `int(it)`, `text:1e999`, `error: "1e999" is not a number (it)`},
		{"float", `float(it)`, `"2.50"`, `2.5`},
		{"abs", `abs(it)`, `-9223372036854775808`, `9223372036854775808`},
		{"abs float", `abs(it)`, `-1.5`, `1.5`},
		{"ceil", `ceil(it)`, `1.2`, `2`},
		{"floor", `floor(it)`, `-1.2`, `-2`},
		{"round", `round(it)`, `2.5`, `3`},
		{"round of integer", `round(it)`, `9223372036854775807`, `9223372036854775807`},
		{"min", `min(it, 3)`, `[5, 1.5]`, `1.5`},
		{"max", `max(it)`, `[5, [7], 1]`, `7`},
		{"max of nothing", `max(it)`, `[]`, `null`},
		{"max of mixture", `max(it)`, `[1, "x"]`, `error: "x" is not a number`},
		{"sum", `sum(it)`, `[0.1, 0.2, 0.3]`, `0.6`},
		{"sum exact", `sum(it)`, `[9223372036854775807, 1]`, `9223372036854775808`},
		{"sum of nothing", `sum(it)`, `[]`, `0`},
		{"sum with", `sum(it, # * 2)`, `[1, 2]`, `6`},
		{"sum of null", `sum(it)`, `[1, null, 3]`, `4`}, {"sum of nulls", `sum(it)`, `[null]`, `0`},
		{"mean of null", `mean(it)`, `[1, null, 3]`, `2`}, {"median of null", `median(it)`, `[null, 1, null, 3]`, `2`}, {"mean of nulls", `mean(it)`, `[null]`, `null`},
		{"min of null", `min(it)`, `[null, 3, 2, null]`, `2`}, {"max of null", `max(a, b, 1)`, `{"a": null, "b": 5}`, `5`}, {"min of nulls", `min(it)`, `[null]`, `null`},
		{"int of null", `int(a)`, `{}`, `null`}, {"round of null", `[round(a), floor(a), ceil(a), abs(a), float(a)]`, `{}`, `[null,null,null,null,null]`},
		{"mean", `mean(it)`, `[1, 2]`, `1.5`},
		{"mean of nothing", `mean(it)`, `[]`, `null`},
		{"median", `median(it)`, `[3, 1, 2]`, `2`},
		{"median even", `median(it)`, `[4, 1, 2, 3]`, `2.5`},
		{"first", `first(it)`, `[3, 1]`, `3`},
		{"last of nothing", `last(it)`, `[]`, `null`},
		{"get", `get(it, "a")`, `{"a": 1}`, `1`},
		{"take", `take(it, 1)`, `[3, 1]`, `[3]`},
		{"take too many", `take(it, 9)`, `[3, 1]`, `[3,1]`},
		{"keys", `keys(it)`, `{"b": 1, "a": 2}`, `["b","a"]`},
		{"values", `values(it)`, `{"b": 1, "a": 2}`, `[1,2]`},
		{"toPairs", `toPairs(it)`, `{"b": 1}`, `[["b",1]]`},
		{"fromPairs", `fromPairs(it)`, `[["b", 1], ["a", 2]]`, `{"b":1,"a":2}`},
		{"reverse", `reverse(it)`, `[1, 2]`, `[2,1]`},
		{"uniq", `uniq(it)`, `[1, 2, 1.0, "1", "01", "1"]`, `[1,2,"01"]`},
		{"concat", `concat(it, [3])`, `[1, 2]`, `[1,2,3]`},
		{"flatten", `flatten(it)`, `[1, [2, [3]]]`, `[1,2,3]`},
		{"sort", `sort(it)`, `[3, "a", 1]`, `[1,3,"a"]`},
		{"sort down", `sort(it, "desc")`, `[3, 10, 1]`, `[10,3,1]`},
		{"sort wrong", `sort(it, "up")`, `[3]`, `error: "up" is not asc or desc`},
		{"type", `map(it, type(#))`, `[null, 1, 1.5, "a", [], {}, true]`, `["nil","int","float","string","array","map","bool"]`},
		{"toJSON", `toJSON(it)`, `{"a": 1.50}`, `"{\"a\":1.50}"`},
		{"fromJSON", `fromJSON(it)`, `text:{"b": 1.50, "a": [null]}`, `{"b":1.50,"a":[null]}`},
		{"fromJSON unfinished", `fromJSON(it)`, `text:{"b": `, `error: fromJSON: unexpected end`},
		{"fromJSON two", `fromJSON(it)`, `text:1 2`, `error: fromJSON: more than one value`},
		{"base64", `fromBase64(toBase64(it))`, `text:abc`, `"abc"`},
		{"bits", `[bitand(it, 6), bitor(it, 8), bitxor(it, 1), bitnand(it, 1), bitnot(it), bitshr(it, 1), bitushr(it, 1)]`, `5`, `[4,13,4,4,-6,2,2]`},
		{"shift keeps bits", `bitshl(it, 64)`, `1`, `18446744073709551616`},
		{"shift too far", `bitshl(it, 1000000000)`, `1`, `error: number too large: it has more than 4300 digits`},
		{"bits of a fraction", `bitand(it, 1)`, `1.5`, `error: 1.5 is not a whole number (it)`},
		{"date", `date(it)`, `text:2024-01-02`, `"2024-01-02T00:00:00Z"`},
		{"date layout", `date(it, "02.01.2006")`, `text:03.02.2024`, `"2024-02-03T00:00:00Z"`},
		{"date zone", `date(it, "2006-01-02", "Europe/Berlin")`, `text:2024-06-01`, `"2024-06-01T00:00:00+02:00"`},
		{"date in", `date(it).In(timezone("Asia/Tokyo"))`, `text:2024-06-01`, `"2024-06-01T09:00:00+09:00"`},
		{"date wrong", `date(it)`, `text:soon`, `error: invalid date soon`},
		{"date of number", `date(it)`, `5`, `"1970-01-01T00:00:05Z"`},
		{"strftime of no time", `strftime(a, "%Y")`, `{"a": "x"}`, `error: "x" is not a time (a)`},
		{"duration of no form", `duration(it)`, `text:1d2`, `error: invalid duration "1d2": it is neither of the form 1d2h30m nor of P1DT2H`},
		{"duration", `duration(it)`, `text:90s`, `"1m30s"`},
		{"method", `date(it).Year() + 1`, `text:2024-06-01`, `2025`},
		{"method month", `date(it).Month() == 6`, `text:2024-06-01`, `true`},
		{"method argument", `date(it).Format("02.01.06")`, `text:2024-06-01`, `"01.06.24"`},
		{"method duration", `duration(it).Minutes()`, `text:90s`, `1.5`},
		{"method of text", `it.Year()`, `text:2024`, `error: "2024" is not a time (it)`},
		{"method wrong argument", `date(it).Format(5)`, `text:2024-06-01`, `error: 5 is not a string`},
		{"now", `now() - now() <= duration("0s")`, `1`, `true`},
	})
}

func TestLoops(t *testing.T) {
	runRows(t, []row{
		{"filter", `filter(it, # > 1)`, `[1, 2, 3]`, `[2,3]`},
		{"filter field", `filter(it, .a > 1)`, `[{"a": 1}, {"a": 2}]`, `[{"a":2}]`},
		{"filter text", `filter(split(it, " "), # > 5)`, `text:3 7 10`, `[7,10]`},
		{"filter not a list", `filter(a, true)`, `{"a": 1}`, `error: 1 is not a list (a)`},
		{"filter null", `filter(a, true)`, `{}`, `error: a is null`},
		{"filter no bool", `filter(it, #)`, `[1]`, `error: 1 is not true or false`},
		{"map", `map(it, ({n: #, i: #index}))`, `[5]`, `[{"n":5,"i":0}]`},
		{"map outer field", `map(list, # + plus)`, `{"list": [1], "plus": 2}`, `[3]`},
		{"nested", `map(it, sum(map(#, # * 2)) + len(#))`, `[[1, 2], [3]]`, `[8,7]`},
		{"nested index", `map(it, map(#, #index))`, `[[1, 2], [3]]`, `[[0,1],[0]]`},
		{"let within", `map(it, {let y = # * 2; y + 1})`, `[1, 2]`, `[3,5]`},
		{"let around", `let y = 10; map(it, # + y)`, `[1, 2]`, `[11,12]`},
		{"all", `all(it, # > 0)`, `[1, 2]`, `true`},
		{"all of nothing", `all(it, # > 0)`, `[]`, `true`},
		{"none", `none(it, # > 5)`, `[1, 2]`, `true`},
		{"any", `any(it, # == 2)`, `[1, 2]`, `true`},
		{"any stops", `any(it, 1 / # > 0)`, `[1, 0]`, `true`},
		{"one", `one(it, # == 2)`, `[1, 2, 2]`, `false`},
		{"count", `count(it, # > 1)`, `[1, 2, 3]`, `2`},
		{"count of truths", `count(it)`, `[true, false, null, true]`, `2`},
		{"find", `find(it, # > 1)`, `[1, 2, 3]`, `2`},
		{"find nothing", `find(it, # > 9)`, `[1]`, `null`},
		{"findIndex", `findIndex(it, # > 1)`, `[1, 2, 3]`, `1`},
		{"findLast", `findLast(it, # < 3)`, `[1, 2, 3]`, `2`},
		{"findLastIndex", `findLastIndex(it, # < 3)`, `[1, 2, 3]`, `1`},
		{"groupBy", `groupBy(it, # % 2 == 0 ? "even" : "odd")`, `[1, 2, 3]`, `{"odd":[1,3],"even":[2]}`},
		{"sortBy", `sortBy(it, -#)`, `[1, 3, 2]`, `[3,2,1]`},
		{"sortBy down", `sortBy(it, #.n, "desc") | map(.n)`, `[{"n": 1}, {"n": 3}]`, `[3,1]`},
		{"reduce", `reduce(it, #acc * #)`, `[2, 3, 4]`, `24`},
		{"reduce beginning", `reduce(it, #acc + #index, 100)`, `[5, 5, 5]`, `103`},
		{"reduce nothing", `reduce(it, #acc)`, `[]`, `error: reduce of an empty list needs a beginning`},
		{"reduce exact", `reduce(1..25, #acc * #)`, `1`, `15511210043330985984000000`},
		{"pipes", `it | filter(# > 1) | map(# * 2) | sum()`, `[1, 2, 3]`, `10`},
		{"named like a builtin", `map(filter, # + count)`, `{"filter": [1], "count": 1}`, `[2]`},
	})
}

// TestBytes wants bytes that are not UTF-8 to come through unharmed.
func TestBytes(t *testing.T) {
	in := value.TextOf("caf\xe9 \xff1")
	rows := []struct{ text, want string }{
		{`it`, "caf\xe9 \xff1"}, {`upper(it)`, "CAF\xe9 \xff1"}, {`it[3:5]`, "\xe9 "}, {`it[-2]`, "\xff"},
		{`split(it, " ")[1]`, "\xff1"}, {`it + "x"`, "caf\xe9 \xff1x"}, {`replace(it, "c", "k")`, "kaf\xe9 \xff1"},
		{`string(len(it))`, "7"}, {`trim(it, "1")`, "caf\xe9 \xff"}, {`join([it])`, "caf\xe9 \xff1"},
	}
	for _, r := range rows {
		v, err := compile(t, r.text).Eval(in)
		if err != nil || v.String() != r.want {
			t.Errorf("%s: got %q and error %v, want %q", r.text, v, err, r.want)
		}
	}
	if ok, err := compile(t, `it contains b"\xe9"`).Test(in); !ok || err != nil {
		t.Errorf("got %v and error %v, want true", ok, err)
	}
}

// TestSortGivesTurns wants sort of a long list to let others have their turn.
func TestSortGivesTurns(t *testing.T) {
	p, err := Compile("sort(it)", nil)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]value.Value, 1<<18)
	for i := range list {
		list[i] = value.Int(int64(i * 7919 % 1000003))
	}
	given := 0
	got, err := p.Giving(func(time.Duration) { given++ }).Eval(value.List(list))
	if err != nil || len(got.AsList()) != len(list) || value.Compare(got.AsList()[0], got.AsList()[1]) > 0 {
		t.Fatalf("got %d elements, %v", len(got.AsList()), err)
	}
	if !p.Loops() || given == 0 {
		t.Errorf("loops: %v, turns given: %d", p.Loops(), given)
	}
}
