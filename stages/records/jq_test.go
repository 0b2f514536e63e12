package records_test

import (
	"mtpipe/stages/stagetest"
	"strings"
	"testing"
)

func TestJQ(t *testing.T) {
	const read = `map "fromJSON(it)" | `
	const rec = `{"z":1.50,"a":{"y":[1,{"q":1e400,"b":"x"}],"c":0.1000000000000000055},"n":123456789012345678901234567890}` + "\n"
	stagetest.RunCases(t, []stagetest.Case{
		{"as it is", read + "jq .", rec, rec},
		{"a part", read + "jq .a", rec, `{"y":[1,{"q":1e400,"b":"x"}],"c":0.1000000000000000055}` + "\n"},
		{"a part of a part", read + "jq '.a.y[1]'", rec, `{"q":1e400,"b":"x"}` + "\n"},
		{"numbers keep their digits", read + "jq '.z, .a.c, .n'", rec, "1.50\n0.1000000000000000055\n123456789012345678901234567890\n"},
		{"whole numbers are exact", read + "jq '.n + 1'", rec, "123456789012345678901234567891\n"},
		{"a change keeps the order", read + "jq '.a.c = 2'", rec, `{"z":1.50,"a":{"y":[1,{"q":1e400,"b":"x"}],"c":2},"n":123456789012345678901234567890}` + "\n"},
		{"new names stand behind, as they were set", read + "jq '.k = 1 | .b = 2 | del(.z)' | drop a", rec, `{"n":123456789012345678901234567890,"k":1,"b":2}` + "\n"},
		{"an object of parts", read + "jq '{n, z, a: .a.y}'", rec, `{"n":123456789012345678901234567890,"z":1.50,"a":[1,{"q":1e400,"b":"x"}]}` + "\n"},
		{"what a program changes, it changes for itself", read + "jq -- '(.a.y[1].b = 1 | empty), .'", rec, rec},
		{"several outputs", "jq '., 1'", "a\n", "a\n1\n"},
		{"no output", "jq empty", "a\nb\n", ""},
		{"select", "seq 3 | jq 'select(. > 1)'", "", "2\n3\n"},
		{"text is a string, or a number", "jq '. + .'", "12\n012\n1.50\nx\n", "24\n012012\n3\nxx\n"},
		{"text stays text", "jq 'tostring | .[1:]' | sum", "12\n13\n", "5\n"},
		{"strings stay strings", read + "jq '.[1:]' | to_json", "\"12\"\n", "\"2\"\n"},
		{"strings are no numbers", read + "jq '.a + \"\"' | sort", "{\"a\":\"10\"}\n{\"a\":\"9\"}\n", "10\n9\n"},
		{"tonumber", "jq 'tonumber + 1'", "012\n", "13\n"},
		{"null and bools", read + "jq '.[]'", "[null,true,{}]\n", "\ntrue\n{}\n"},
		{"nan", "jq nan | to_json", "1\n", "null\n"},
		{"--arg", `jq --arg a=x --arg b== '$a + $b + .'`, "y\n", "x=y\n"},
		{"a program that stops", "seq 3 | jq 'if . == 2 then halt else . end'", "", "1\n3\n"},
		{"an endless program", "jq 'limit(2; repeat(.))' | head 2", "x\n", "x\nx\n"},
		{"no last newline", "jq .", "x\ny", "x\ny"},
		{"keys that stand twice", read + "jq '.b = 1'", `{"a":1,"a":2}` + "\n", "{\"a\":2,\"b\":1}\n"},
		{"reduce", read + "jq 'reduce .[] as $x (0; . + $x)'", "[1,2,3]\n", "6\n"},
		{"with_entries", read + "jq 'with_entries(.value += 1)'", `{"z":1,"a":2}` + "\n", "{\"z\":2,\"a\":3}\n"},
		{"nothing", "jq .", "", ""},
		{"the order of keys", read + "jq '.[]'", `{"b":1,"a":{"d":2,"c":3}}` + "\n", "1\n{\"d\":2,\"c\":3}\n"},
		{"to_entries", read + "jq -- 'to_entries | map(.key), tojson'", `{"b":1,"a":[]}` + "\n", `["b","a"]` + "\n" + `[{"key":"b","value":1},{"key":"a","value":[]}]` + "\n"},
		{"keys_unsorted and keys", read + "jq 'keys_unsorted, keys'", `{"b":1,"a":2}` + "\n", `["b","a"]` + "\n" + `["a","b"]` + "\n"},
		{"a variable is a value", `take_from 'x" or true or "y' | each { take_from a | jq "$it, (. == \"$it\"), \"<$it>\", (\"\(. + \"$it\")\" | length)" }`, "", "x\" or true or \"y\nfalse\n<x\" or true or \"y>\n17\n"},
		{"a variable is a number where it is one", `seq 3 | each { take_from '{"b":2}' | jq "fromjson | select(.b == $it) | .b + $it" }`, "", "4\n"},
		{"a variable that is a record", read + `each { jq "$it.a, $it.b" }`, `{"a":1,"b":"x"}` + "\n", "1\nx\n"},
		{"a key by a variable", `take_from a b | each { take_from '{"a":1,"b":2}' | jq "fromjson | .[\"$it\"]" }`, "", "1\n2\n"},
		{"a variable of the program in double quotes", `jq --arg v=x ". + \$v"`, "y\n", "yx\n"},
		{"a definition's parameter", `def plus n { jq ". + $n" }; take_from 1 2 | plus 3`, "", "4\n5\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"a bad program", "jq '.a | ]'", "", "", `10: jq: bad program: unexpected token "]"`},
		{"a bad program after a variable", "take_from a | each { jq \".[$it] | ]\" }", "", "", `35: jq: bad program: unexpected token "]"`},
		{"an end too early", "jq '.a |'", "", "", "9: jq: bad program: unexpected EOF"},
		{"an unknown function", "jq '.a | foo'", "", "", "4: jq: bad program: function not defined: foo/0"},
		{"an unknown variable", "jq '$x'", "", "", "4: jq: variable not defined: $x; --arg sets it"},
		{"an error", "jq '.a'", "x\n", "", `1: jq: line 1: expected an object but got: string ("x")`},
		{"an error behind an output", "jq '., error(\"no\")'", "x\n", "x\n", `1: jq: line 1: no: "x"`},
		{"a number that is too long", "jq '(\"9\" * 4301) | tonumber'", "x\n", "", "1: jq: line 1: \"" + strings.Repeat("9", 39) + "…\" is too long for a number: it has more than 4300 digits: \"x\""},
		{"an error that halts", "jq 'halt_error'", "x\n", "", `1: jq: line 1: x: "x"`},
		{"--arg without a value", "jq . --arg x", "", "", `12: jq: --arg must be name=value, not "x"`},
		{"--arg with a bad name", "jq . --arg 1=x", "", "", `12: jq: --arg must be name=value, not "1=x"`},
		{"--arg twice", "jq . --arg x=1 --arg x=2", "", "", "16: jq: --arg x stands twice"},
	})
}
