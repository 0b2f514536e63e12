package records_test

import (
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestNesting(t *testing.T) {
	const read = `map "fromJSON(it)" | `
	wide := `{"r":{` + strings.Repeat(`"x":0,`, 30) + `"y":[1,2]}}`
	many := make([]string, 40)
	for i := range many {
		many[i] = strings.Repeat("k", i+1)
	}
	deep := `{"` + strings.Join(many, `":{"a":1},"`) + `":{"a":1}}`
	deepWant := `{"` + strings.Join(many, `.a":1,"`) + `.a":1}`
	stagetest.RunCases(t, []stagetest.Case{
		{"explode", read + "explode l", `{"a":1,"l":[1,"x",null],"b":2}` + "\n", "{\"a\":1,\"l\":1,\"b\":2}\n{\"a\":1,\"l\":\"x\",\"b\":2}\n{\"a\":1,\"l\":null,\"b\":2}\n"},
		{"explode an empty list", read + "explode l", `{"l":[]}` + "\n", ""},
		{"explode null", read + "explode l", `{"l":null}` + "\n", "{\"l\":null}\n"},
		{"explode what is missing", read + "explode l", `{"a":1}` + "\n", "{\"a\":1}\n"},
		{"explode text", "parse '{a} {l}' | explode l --on ,", "1 x,,y\n", "{\"a\":1,\"l\":\"x\"}\n{\"a\":1,\"l\":\"\"}\n{\"a\":1,\"l\":\"y\"}\n"},
		{"explode empty text", "parse '{a} {l}' | explode l --on ,", "1 \n", "{\"a\":1,\"l\":\"\"}\n"},
		{"explode at tabs", `parse '{l}' | explode l --on '\t' | map l | sum`, "1\t2\n", "3\n"},
		{"explode a list, with --on", read + "explode l --on ,", `{"l":["a,b"]}` + "\n", "{\"l\":\"a,b\"}\n"},
		{"strings stay strings", read + "explode l --on , | get l | sort", `{"l":"9,10"}` + "\n", "10\n9\n"},
		{"flatten", read + "flatten", `{"a":{"b":1,"c":{"d":2}},"e":3}` + "\n", "{\"a.b\":1,\"a.c.d\":2,\"e\":3}\n"},
		{"flatten lists", read + "flatten", `{"a":[5,{"b":[6]}],"c":1}` + "\n", "{\"a.0\":5,\"a.1.b.0\":6,\"c\":1}\n"},
		{"flatten what is empty", read + "flatten", `{"a":[],"b":{},"c":{"d":[]}}` + "\n", "{\"a\":[],\"b\":{},\"c.d\":[]}\n"},
		{"flatten with a separator", read + "flatten -s _", `{"a":{"b":[1]}}` + "\n", "{\"a_b_0\":1}\n"},
		{"flatten some", read + "flatten b", `{"a":{"x":1},"b":{"x":1}}` + "\n", "{\"a\":{\"x\":1},\"b.x\":1}\n"},
		{"flatten to one name", read + "flatten", `{"a.b":1,"c":2,"a":{"b":3}}` + "\n", "{\"a.b\":3,\"c\":2}\n"},
		{"flatten flat ones", read + "flatten", `{"a":1.50}` + "\n", "{\"a\":1.50}\n"},
		{"flatten many fields", read + "flatten", deep + "\n", deepWant + "\n"},
		{"flatten many fields to one name", read + "flatten", wide + "\n", "{\"r.x\":0,\"r.y.0\":1,\"r.y.1\":2}\n"},
		{"flatten many fields, two to one late name", read + "flatten | map '[len(keys(it)), it[\"kkkkkkkkkkkkkkkkkkkk.a\"]]'", strings.TrimSuffix(deep, "}") + `,"kkkkkkkkkkkkkkkkkkkk.a":7}` + "\n", "[40,7]\n"},
		{"flatten in turn", read + "flatten | count_by", `{"a":{"b":1}}` + "\n" + `{"a":{"c":1}}` + "\n" + `{"a":{"b":1}}` + "\n", "{\"value\":{\"a.b\":1},\"count\":2}\n{\"value\":{\"a.c\":1},\"count\":1}\n"},
		{"fill_down", "parse '{a},{b}' | fill_down", "1,x\n,\n2,\n", "{\"a\":1,\"b\":\"x\"}\n{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"x\"}\n"},
		{"fill_down with the last one", "parse '{a}.' | fill_down | get a", "1.\n.\n2.\n.\n", "1\n1\n2\n2\n"},
		{"fill_down some", "parse '{a},{b}' | fill_down b", "1,x\n,\n", "{\"a\":1,\"b\":\"x\"}\n{\"a\":\"\",\"b\":\"x\"}\n"},
		{"fill_down null and missing", read + "fill_down a", `{"b":1}` + "\n" + `{"a":1}` + "\n" + `{"a":null}` + "\n" + `{"b":2}` + "\n", "{\"b\":1}\n{\"a\":1}\n{\"a\":1}\n{\"b\":2,\"a\":1}\n"},
		{"fill_down false and 0 are not empty", read + "fill_down", `{"a":false,"b":0}` + "\n" + `{"a":true,"b":null}` + "\n", "{\"a\":false,\"b\":0}\n{\"a\":true,\"b\":0}\n"},
		{"fill_down nothing before", "parse '{a},{b}' | fill_down", ",x\n1,\n", "{\"a\":\"\",\"b\":\"x\"}\n{\"a\":1,\"b\":\"x\"}\n"},
		{"fill_down over blocks", "parse '{a},{b}' | fill_down | map a | distinct", "1,2\n" + strings.Repeat(",2\n", 50_000), "1\n"},
		{"fill_down over blocks of CSV", "csv | fill_down | map a | distinct", "a,b\n1,2\n" + strings.Repeat(",a longer text that is another\n", 100_000), "1\n"},
		{"fill_empty", read + "fill_empty", `{"a":null,"b":"","c":0}` + "\n", "{\"a\":\"N/A\",\"b\":\"N/A\",\"c\":0}\n"},
		{"fill_empty some", read + "fill_empty a d", `{"a":null,"b":""}` + "\n", "{\"a\":\"N/A\",\"b\":\"\",\"d\":\"N/A\"}\n"},
		{"fill_empty with a number", read + "fill_empty --with 0.50", `{"a":null}` + "\n", "{\"a\":0.50}\n"},
		{"fill_empty with what is no number", read + "fill_empty --with 007", `{"a":null}` + "\n", "{\"a\":\"007\"}\n"},
		{"fill_empty with nothing to do", read + "fill_empty", `{"a":1.50}` + "\n", "{\"a\":1.50}\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"explode text without --on", "parse '{l}' | explode l", "x\n", "", `15: explode: l is "x", not a list; --on splits it: {"l":"x"}`},
		{"explode a number", read + "explode l", `{"l":5}` + "\n", "", `22: explode: l is 5, not a list: {"l":5}`},
		{"explode no record", "explode l", "x\n", "", `1: explode: line 1: text is not a record and has no fields: "x"`},
		{"explode at nothing", "explode l --on ''", "", "", "11: explode: --on must not be empty"},
		{"flatten no record", "flatten", "x\n", "", `1: flatten: line 1: text is not a record and has no fields: "x"`},
		{"fill_down no record", "fill_down", "x\n", "", `1: fill_down: line 1: text is not a record and has no fields: "x"`},
		{"fill_empty no record", "seq 1 | fill_empty", "", "", `9: fill_empty: int is not a record and has no fields: 1`},
	})
}
