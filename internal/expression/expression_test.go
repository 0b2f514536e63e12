package expression

import (
	"errors"
	"strings"
	"testing"

	"mtpipe/value"
)

// from reads a value: JSON for records, lists and what else is JSON; text otherwise.
func from(t testing.TB, s string) value.Value {
	t.Helper()
	if strings.HasPrefix(s, "text:") {
		return value.TextOf(s[5:])
	}
	v, err := fromJSON([]value.Value{value.String(s)})
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

var variables = map[string]string{"x": "42", "name": "Ann", "1": "first", "env": "prod"}

func compile(t testing.TB, text string) *Program {
	t.Helper()
	p, err := Compile(text, func(name string) (string, bool) {
		s, ok := variables[name]
		return s, ok
	})
	if err != nil {
		t.Fatalf("Compile(%q): %v", text, err)
	}
	return p
}

// show gives a result as JSON, or the error behind "error: ".
func show(v value.Value, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return string(v.AppendJSON(nil))
}

type row struct{ name, expression, it, want string }

func runRows(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			p := compile(t, r.expression)
			if got := show(p.Eval(from(t, r.it))); got != r.want {
				t.Errorf("%s for %s: got %s, want %s", r.expression, r.it, got, r.want)
			}
		})
	}
}

func TestValues(t *testing.T) {
	runRows(t, []row{
		{"it", `it`, `text:007`, `"007"`},
		{"field", `a`, `{"a": 1.50}`, `1.50`},
		{"missing field", `b`, `{"a": 1}`, `null`},
		{"field of text", `a`, `text:x`, `error: text has no field a; -i csv, tsv, json, jsonl, logfmt, xtab, dkvp, nidx, markdown, columns, yaml, toml or parquet reads records`},
		{"odd name", `it["odd name"]`, `{"odd name": 1}`, `1`},
		{"member of it", `it.a`, `{"a": 1}`, `1`},
		{"keyword as name", `it.in`, `{"in": 1}`, `1`},
		{"nested", `a.b.c`, `{"a": {"b": {"c": 3}}}`, `3`},
		{"nested missing", `a.x.c`, `{"a": {}}`, `null`},
		{"optional", `a?.b?.c`, `{}`, `null`},
		{"a field called it", `it["it"]`, `{"it": 1}`, `1`},
		{"a field called len", `len + 1`, `{"len": 1}`, `2`},
		{"null", `null == nil`, `1`, `true`},
		{"large", `123456789012345678901234567890`, `1`, `123456789012345678901234567890`},
		{"large with separators", `1_000_000_000_000_000_000_000 + 1`, `1`, `1000000000000000000001`},
		{"large hex", `0xFFFFFFFFFFFFFFFFFF`, `1`, `4722366482869645213695`},
		{"least", `-9223372036854775808`, `1`, `-9223372036854775808`},
		{"large twice", `{12345678901234567890: 12345678901234567891, b: "ᴬᴬ"}`, `1`, `{"12345678901234567890":12345678901234567891,"b":"ᴬᴬ"}`},
		{"hex", `0xff`, `1`, `255`},
		{"decimal", `0.1`, `1`, `0.1`},
		{"leading point", `.5`, `1`, `0.5`},
		{"bytes", `len(b"\xff\xfe")`, `1`, `2`},
		{"variable", `$x + 1`, `1`, `43`},
		{"variable is untyped", `$x == 42 and $x == "42"`, `1`, `true`},
		{"variable in text", `"$x"`, `1`, `"42"`},
		{"variable in longer text", `"a ${x}b$x"`, `1`, `"a 42b42"`},
		{"variable in single quotes", `'<$x>'`, `1`, `"<42>"`},
		{"variable in raw text", "`<$x\\$x>`", `1`, `"<42\\$x>"`},
		{"dollar sign that is text", `"\$x $ $% $"`, `1`, `"$x $ $% $"`},
		{"text of a field's name", `it["$name"]`, `{"Ann":5}`, `5`},
		{"variable as a field's name", `it.$name`, `{"Ann":5}`, `5`},
		{"variable as a name of a record", `{$name: 1, "$x": 2}`, `1`, `{"Ann":1,"42":2}`},
		{"variable in a pattern", `"a42" matches "^a$x$"`, `1`, `true`},
		{"reference", "\x00x\x00 + 1", `1`, `43`},
		{"reference in text", "\"\x00x\x00y\"", `1`, `"42y"`},
		{"dollar sign reference", "\"\x00$\x00x\" + \x00$\x00x", `1`, `"$x42"`},
		{"comment", "1 // it's $nothing", `1`, `1`},
		{"env is a variable", `$env`, `1`, `"prod"`},
		{"digit variable", `$1`, `1`, `"first"`},
		{"map", `{b: it, a: 2, "odd name": [it]}`, `1`, `{"b":1,"a":2,"odd name":[1]}`},
		{"map twice", `{a: 1, b: 2, a: 3}`, `1`, `{"a":3,"b":2}`},
		{"computed key", `{("x" + "y"): 1, (it): 2}`, `"k"`, `{"xy":1,"k":2}`},
		{"ternary", `it > 1 ? "big" : "small"`, `1`, `"small"`},
		{"if", `if it > 1 { "big" } else { "small" }`, `2`, `"big"`},
		{"short ternary", `a ?: 1`, `{"a": null}`, `1`},
		{"coalesce", `a ?? b ?? 3`, `{"b": 2}`, `2`},
		{"let", `let y = it * 2; let z = y + 1; z * y`, `3`, `42`},
		{"let hides a field", `let a = 1; a + it.a`, `{"a": 5}`, `6`},
		{"sequence", `1; 2`, `1`, `2`},
		{"comment", "1 /* one */ + 2 // two", `1`, `3`},
		{"pipe", `it | trim() | upper()`, `text: a `, `"A"`},
	})
}

func TestComparing(t *testing.T) {
	runRows(t, []row{
		{"text is a number", `it > 5`, `text:7`, `true`},
		{"text with blanks", `it == 7`, `text: 7 `, `true`},
		{"text float", `it <= 1.5`, `text:1.50`, `true`},
		{"string is not equal to a number", `it == 7`, `"7"`, `false`},
		{"string has no order with a number", `it < 7`, `"7"`, `error: "7" is not a number (it)`},
		{"word", `it < 7`, `text:abc`, `error: "abc" is not a number (it)`},
		{"word behind", `7 < it`, `text:abc`, `error: "abc" is not a number (it)`},
		{"word equals number", `it == 7`, `text:abc`, `false`},
		{"word differs from number", `it != 7`, `text:abc`, `true`},
		{"spelling", `it == "007"`, `text:007`, `true`},
		{"other spelling", `it == "7"`, `text:007`, `false`},
		{"number ignores spelling", `it == 7`, `text:007`, `true`},
		{"bytes", `it < "b"`, `text:a`, `true`},
		{"two texts that are numbers", `it[0:2] < it[2:3]`, `text:059`, `true`},
		{"null", `status > 500`, `{}`, `null`},
		{"null after", `500 < status`, `{}`, `null`},
		{"null and text", `status > "a"`, `{}`, `null`},
		{"nulls", `a <= b`, `{}`, `null`},
		{"null and a bool", `a < true`, `{}`, `null`},
		{"not of null", `not (a > 1)`, `{}`, `true`},
		{"both ways of null", `a > 1 or a <= 1`, `{}`, `false`},
		{"null nested", `a.b > 1`, `{"a": {}}`, `null`},
		{"null without a name", `a[0] > 1`, `{"a": []}`, `null`},
		{"text of a field", `status + 1`, `{"status": "abc"}`, `error: "abc" is not a number (status)`},
		{"null equals null", `a == b`, `{}`, `true`},
		{"null equals zero", `a == 0`, `{}`, `false`},
		{"null equals nothing", `a == ""`, `{}`, `false`},
		{"chain", `1 < it < 5`, `3`, `true`},
		{"chain fails", `1 < it < 5`, `5`, `false`},
		{"large", `it == 9007199254740993`, `9007199254740992`, `false`},
		{"large float", `it > 9007199254740992.0`, `9007199254740993`, `true`},
		{"lists", `it == [1, 2]`, `[1, 2.0]`, `true`},
		{"records in any order", `it == {b: 2, a: 1}`, `{"a": 1, "b": 2}`, `true`},
		{"bools", `it == true`, `true`, `true`},
		{"bool and text", `it == true`, `text:true`, `false`},
		{"bool has no order with text", `it < "a"`, `true`, `error: true cannot be compared with "a"`},
		{"times", `date("2024-01-01") < date("2024-01-02")`, `1`, `true`},
		{"durations", `duration("90s") > duration("1m")`, `1`, `true`},
	})
}

func TestComputing(t *testing.T) {
	runRows(t, []row{
		{"exact", `it + 1`, `9223372036854775807`, `9223372036854775808`},
		{"folded exact", `9223372036854775807 + 1`, `1`, `9223372036854775808`},
		{"exact product", `it * it`, `12345678901`, `152415787526596567801`},
		{"power", `2 ** 64`, `1`, `18446744073709551616`},
		{"power caret", `2 ^ 3`, `1`, `8`},
		{"division", `10 / 4`, `1`, `2.5`},
		{"whole division", `7 / 7`, `1`, `1`},
		{"by zero", `it / 0`, `1`, `error: division by zero`},
		{"folded by zero", `1 / 0`, `1`, `error: division by zero`},
		{"dead by zero", `false and 1 / 0 > 1`, `1`, `false`},
		{"modulo by zero", `it % 0`, `1`, `error: division by zero`},
		{"modulo", `it % 2 == 0`, `4`, `true`},
		{"text adds", `it + 1`, `text:7`, `8`},
		{"two texts add", `it[0:1] + it[1:2]`, `text:34`, `7`},
		{"concatenation", `"a" + it`, `text:7`, `"a7"`},
		{"number and word", `1 + it`, `text:x`, `error: "x" is not a number (it)`},
		{"number and literal", `1 + "2"`, `1`, `error: "2" is not a number`},
		{"null and text", `"a" + b`, `{}`, `null`},
		{"null plus", `1 + b`, `{}`, `null`},
		{"null times", `b * 2`, `{"b": null}`, `null`},
		{"minus null", `-b`, `{}`, `null`},
		{"null by zero", `b / 0`, `{}`, `null`},
		{"null and a word", `b * "x"`, `{}`, `error: "x" is not a number`},
		{"null and a list", `b + a`, `{"a": []}`, `error: [] is not a number (a)`},
		{"minus", `-it`, `text:5`, `-5`},
		{"plus", `+it`, `text:05`, `5`},
		{"minus word", `-it`, `text:x`, `error: "x" is not a number (it)`},
		{"precedence", `1 + 2 * 3 ** 2`, `1`, `19`},
		{"minus power", `-2 ** 2`, `1`, `-4`},
		{"overflow", `1e308 * it`, `10`, `error: number too large`},
		{"time", `date("2024-01-31") + duration("24h")`, `1`, `"2024-02-01T00:00:00Z"`},
		{"age", `date("2024-01-31") - date("2024-01-01") == duration("720h")`, `1`, `true`},
	})
}

func TestLogic(t *testing.T) {
	runRows(t, []row{
		{"and", `true and false`, `1`, `false`},
		{"or", `false || true`, `1`, `true`},
		{"not", `not a`, `{"a": true}`, `false`},
		{"null is false", `not a and !b`, `{}`, `true`},
		{"null and", `a and true`, `{}`, `false`},
		{"short circuit", `a and 1 / 0 == 1`, `{}`, `false`},
		{"short circuit or", `true or 1 / 0 == 1`, `{}`, `true`},
		{"text", `a or true`, `{"a": "yes"}`, `error: "yes" is not true or false (a)`},
		{"number", `it and true`, `1`, `error: 1 is not true or false (it)`},
		{"condition", `a ? 1 : 2`, `{"a": 1}`, `error: 1 is not true or false (a)`},
	})
}

func TestTexts(t *testing.T) {
	runRows(t, []row{
		{"contains", `it contains "b"`, `text:abc`, `true`},
		{"not contains", `it not contains "b"`, `text:abc`, `false`},
		{"startsWith", `path startsWith "/api"`, `{"path": "/api/x"}`, `true`},
		{"startsWith null", `path startsWith "/api"`, `{}`, `false`},
		{"endsWith", `it endsWith "c"`, `text:abc`, `true`},
		{"contains in a number", `it contains "5"`, `5`, `error: 5 is not text (it)`},
		{"matches", `it matches "^a.c$"`, `text:abc`, `true`},
		{"matches computed", `it matches "^" + it`, `text:abc`, `true`},
		{"matches null", `a matches "x"`, `{}`, `false`},
		{"in", `it in ["a", "b"]`, `text:b`, `true`},
		{"in numbers", `it in [200, 404]`, `text:404`, `true`},
		{"not in", `it not in [200, 404]`, `500`, `true`},
		{"in range", `it in 1..3`, `text:3`, `true`},
		{"in range fraction", `it in 1..3`, `2.5`, `false`},
		{"in range word", `it in 1..3`, `text:x`, `false`},
		{"in record", `"a" in it`, `{"a": null}`, `true`},
		{"in null", `1 in a`, `{}`, `false`},
		{"in text", `"a" in it`, `text:abc`, `error: "abc" is not a list or a record (it)`},
		{"range", `1..3`, `1`, `[1,2,3]`},
		{"range empty", `3..1`, `1`, `[]`},
		{"range large", `0..it`, `1000000`, `error: a range has at most a million elements`},
		{"range at the end", `9223372036854775806..9223372036854775807`, `1`, `[9223372036854775806,9223372036854775807]`},
		{"range overflow", `9223372036854775807..-9223372036854775808`, `1`, `[]`},
		{"index", `it[1]`, `[1, 2, 3]`, `2`},
		{"index negative", `it[-1]`, `[1, 2, 3]`, `3`},
		{"index beyond", `it[3]`, `[1, 2, 3]`, `null`},
		{"index of text", `it[1]`, `text:aéb`, `"é"`},
		{"name of text", `it["a"]`, `text:aéb`, `error: text has no field a; -i csv, tsv, json, jsonl, logfmt, xtab, dkvp, nidx, markdown, columns, yaml, toml or parquet reads records`},
		{"index of null", `a[0]`, `{}`, `null`},
		{"computed name", `it[it.k]`, `{"k": "v", "v": 1}`, `1`},
		{"slice", `it[0:3]`, `text:äöüß`, `"äöü"`},
		{"slice from", `it[2:]`, `text:äöüß`, `"üß"`},
		{"slice negative", `it[-2:]`, `[1, 2, 3]`, `[2,3]`},
		{"slice to negative", `it[:-1]`, `[1, 2, 3]`, `[1,2]`},
		{"slice beyond", `it[2:100]`, `[1, 2, 3]`, `[3]`},
		{"slice crossed", `it[2:1]`, `[1, 2, 3]`, `[]`},
		{"slice is untyped", `it[0:4] > 2023`, `text:2024-01`, `true`},
		{"slice of number", `it[0:1]`, `5`, `error: 5 is not text or a list (it)`},
	})
}

func TestMistakes(t *testing.T) {
	rows := []struct {
		name, text string
		offset     int
		msg        string
	}{
		{"empty", ``, 0, "unexpected end of expression"},
		{"a pattern as awk has it", `it =~ /x/`, 3, `a pattern is compared by matches: name matches "^a"`},
		{"a pattern, denied", `it !~ "x"`, 3, `a pattern is compared by matches: not (name matches "^a")`},
		{"a pattern of awk's", `it ~ "x"`, 3, `a pattern is compared by matches: name matches "^a"`},
		{"one sign of equality", `a = 500`, 2, "values are compared by ==; what sets a field is the stage set"},
		{"a path of jq's", `.a > 3`, 0, "a field is written without a dot before it: a"},
		{"a choice as a function", `if(a, b, c)`, 4, "a choice is written with ? and : as in a > 0 ? b : c"},
		{"unfinished", `it >`, 4, "unexpected end of expression"},
		{"behind", `it it`, 3, `unexpected "it"`},
		{"operator", `it > > 5`, 5, `unexpected ">"`},
		{"behind wide letters", `"äöü" + )`, 11, `unexpected ")"`},
		{"open text", `it == "abc`, 10, "the text has no closing quote"},
		{"letter", `it ♥ 1`, 3, `unexpected "♥"`},
		{"number", `12ab`, 2, "not a number"},
		{"function", `lenght(it)`, 0, "unknown function lenght; did you mean len?"},
		{"near function", `1 + uper(it)`, 4, "unknown function uper; did you mean upper?"},
		{"far function", `frobnicate(it)`, 0, "unknown function frobnicate"},
		{"method", `it.frobnicate()`, 3, "unknown function frobnicate"},
		{"loop function", `filtre(it, # > 1)`, 11, `unexpected "#"`},
		{"near loop function", `fliter(it, 1)`, 0, "unknown function fliter; did you mean filter?"},
		{"unset", `1 + $nope`, 4, "$nope is not set"},
		{"dollar", `1 + $`, 4, "$ needs a name behind it"},
		{"pattern", `it matches "a("`, 11, "error parsing regexp: missing closing ): `a(`"},
		{"arguments", `it + upper()`, 5, "upper needs 1 argument, not 0"},
		{"too many", `replace(it, "a")`, 0, "replace needs 3 to 4 arguments, not 2"},
		{"pointer", `map(it, #foo)`, 8, "unknown name #foo; there are #, #index and #acc"},
		{"it as variable", `let it = 1; it`, 4, "it cannot be a variable's name"},
		{"bytes", "it == \"\xff\"", 7, `not valid UTF-8; write such bytes as b"\xff"`},
		{"float literal", `1 + 1e999`, 4, "number too large"},
		{"float literal first", `1e999 + 1`, 0, "number too large"},
		{"coalesce", `a ?? b + 1`, 7, "?? beside another operator needs parentheses"},
		{"large unfinished", `123456789012345678901 +`, 23, "unexpected end of expression"},
		{"large twice", `123456789012345678901 123456789012345678901`, 22, `unexpected "123456789012345678901"`},
		{"deep", strings.Repeat("(", 100000), 65536, "the expression is too long"},
		{"deep chains", strings.Repeat("(1<", 60) + "1" + strings.Repeat("<2)", 60), -1, "the expression is too long"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := Compile(r.text, nil)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if e.Offset != r.offset && r.offset >= 0 || e.Msg != r.msg {
				t.Errorf("got %d: %s, want %d: %s", e.Offset, e.Msg, r.offset, r.msg)
			}
		})
	}
}

func TestShapes(t *testing.T) {
	rows := []struct {
		text, field string
		isField, it bool
	}{
		{"status", "status", true, false}, {" (status) ", "status", true, false}, {"it.a", "a", true, false},
		{`it["odd name"]`, "odd name", true, false}, {"it", "", false, true}, {"it.a.b", "", false, false},
		{"status + 1", "", false, false}, {"null", "", false, false}, {"$x", "", false, false}, {`"a"`, "", false, false},
		{"let a = 1; a", "", false, false},
	}
	for _, r := range rows {
		p := compile(t, r.text)
		if name, ok := p.Field(); name != r.field || ok != r.isField {
			t.Errorf("%s: got the field %q, %v, want %q, %v", r.text, name, ok, r.field, r.isField)
		}
		if p.It() != r.it {
			t.Errorf("%s: got It %v, want %v", r.text, p.It(), r.it)
		}
		if p.String() != r.text {
			t.Errorf("got the text %q, want %q", p.String(), r.text)
		}
	}
}

func TestTest(t *testing.T) {
	rows := []struct{ text, it, want string }{
		{"it > 1", "2", "true"}, {"a", "{}", "false"}, {"a", `{"a": true}`, "true"},
		{"a", `{"a": "yes"}`, `error: "yes" is not true or false (a)`}, {"a", `{"a": 0}`, `error: 0 is not true or false (a)`},
		{"a > 1", `{}`, "false"},
	}
	for _, r := range rows {
		ok, err := compile(t, r.text).Test(from(t, r.it))
		if got := show(value.Bool(ok), err); got != r.want {
			t.Errorf("%s for %s: got %s, want %s", r.text, r.it, got, r.want)
		}
	}
}
