package records_test

import (
	"mtpipe/stages/stagetest"
	"testing"
)

func TestRecords(t *testing.T) {
	const people = "{\"name\":\"Ada\",\"age\":36,\"n\":1.50}\n{\"name\":\"Bo\",\"age\":17}\n"
	const read = `map "fromJSON(it)" | `
	stagetest.RunCases(t, []stagetest.Case{
		{"map", `map "it * 2"`, "1\n2.5\n", "2\n5\n"},
		{"map to null", `map null | count`, "a\nb\n", "2\n"},
		{"map it", "map it", "a\r\n\xff\nb", "a\r\n\xff\nb"},
		{"get", read + "get name", people, "Ada\nBo\n"},
		{"get what is missing", read + `get n | map "it == nil ? \"none\" : it"`, people, "1.50\nnone\n"},
		{"select", read + "select age n", people, "{\"age\":36,\"n\":1.50}\n{\"age\":17,\"n\":null}\n"},
		{"drop", read + "drop name other", people, "{\"age\":36,\"n\":1.50}\n{\"age\":17}\n"},
		{"drop all", read + "drop name age n", people, "{}\n{}\n"},
		{"drop nothing", read + "drop other", people, people},
		{"set", read + "set age=age+1 'old=age>20'", people, "{\"name\":\"Ada\",\"age\":37,\"n\":1.50,\"old\":true}\n{\"name\":\"Bo\",\"age\":18,\"old\":false}\n"},
		{"set from itself", read + "set self=it | drop name n", people, "{\"age\":36,\"self\":{\"name\":\"Ada\",\"age\":36,\"n\":1.50}}\n{\"age\":17,\"self\":{\"name\":\"Bo\",\"age\":17}}\n"},
		{"set with =", read + `set "ok=name==\"Bo\"" | get ok`, people, "false\ntrue\n"},
		{"rename", read + "rename name=who", people, "{\"who\":\"Ada\",\"age\":36,\"n\":1.50}\n{\"who\":\"Bo\",\"age\":17}\n"},
		{"exchange", read + "rename name=age age=name", people, "{\"age\":\"Ada\",\"name\":36,\"n\":1.50}\n{\"age\":\"Bo\",\"name\":17}\n"},
		{"rename to what is there", read + "rename name=age", people, "{\"age\":\"Ada\",\"n\":1.50}\n{\"age\":\"Bo\"}\n"},
		{"rename what is missing", read + "rename other=age", people, people},
		{"records of different shapes in turn", read + "set x=1 | select x n name", people + people, "{\"x\":1,\"n\":1.50,\"name\":\"Ada\"}\n{\"x\":1,\"n\":null,\"name\":\"Bo\"}\n{\"x\":1,\"n\":1.50,\"name\":\"Ada\"}\n{\"x\":1,\"n\":null,\"name\":\"Bo\"}\n"},
		{"select by pattern", read + "select /^n/ name", people, "{\"name\":\"Ada\",\"n\":1.50}\n{\"name\":\"Bo\"}\n"},
		{"drop by pattern", read + "drop /^n/", people, "{\"age\":36}\n{\"age\":17}\n"},
		{"a name that is a pattern", read + "set /n/=1 | select /n/", people, "{\"/n/\":1}\n{\"/n/\":1}\n"},
		{"a value is no pattern", "def f x { " + read + "set /n/=1 | select $x }; f /n/", people, "{\"/n/\":1}\n{\"/n/\":1}\n"},
		{"reorder", read + "reorder n age", people, "{\"n\":1.50,\"age\":36,\"name\":\"Ada\"}\n{\"age\":17,\"name\":\"Bo\"}\n"},
		{"reorder to the end", read + "reorder --end name /^a/", people, "{\"n\":1.50,\"name\":\"Ada\",\"age\":36}\n{\"name\":\"Bo\",\"age\":17}\n"},
		{"fill down by pattern", "csv | fill_down /^[xy]/ | to_csv", "x,a,y\n1,2,3\n,,\n", "x,a,y\n1,2,3\n1,,3\n"},
		{"fill by pattern and by name", read + "fill_empty /^n/ age b --with 0", `{"n":"","m":""}` + "\n" + people, `{"n":0,"m":"","age":0,"b":0}` + "\n" + `{"name":"Ada","age":36,"n":1.50,"b":0}` + "\n" + `{"name":"Bo","age":17,"b":0}` + "\n"},
		{"flatten by pattern", read + "flatten /^a/", `{"a1":[1],"b":[2],"a2":{"c":3}}`, `{"a1.0":1,"b":[2],"a2.c":3}` + "\n"},
		{"nothing", "get name", "", ""},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"map", `map it+1`, "1\nx\n", "2\n", `1: map: line 2: "x" is not a number (it)`},
		{"get from text", "get name", "x\n", "", `1: get: line 1: text is not a record and has no fields: "x"`},
		{"set on a number", "seq 1 2 | set a=1", "", "", `11: set: int is not a record and has no fields: 1`},
		{"set goes wrong", read + "set a=age+1 b=name*2", people, "", `22: set: "Ada" is not a number (name): {"name":"Ada","age":36,"n":1.50}`},
		{"set without a name", "set =1", "", "", `5: set: field must be NAME=EXPR, not "=1"`},
		{"set with a mistake", "set abc=1+", "", "", `11: set: unexpected end of expression`},
		{"select twice", "select a b a", "", "", `1: select: name "a" stands twice`},
		{"select by a wrong pattern", "select /(/", "", "", "8: select: name must be the name of a field or a pattern between slashes: error parsing regexp: missing closing ): `(`"},
		{"select by a pattern that fits nothing", "csv | select /^x/", "a,b\n1,2\n", "", "14: select: no field matches /^x/ (fields: a, b)"},
		{"rename twice", "rename a=b a=c", "", "", `1: rename: name "a" is to be renamed twice`},
		{"rename to the same", "rename a=c b=c", "", "", `1: rename: name "c" would be given twice`},
		{"rename to nothing", "rename a=", "", "", `8: rename: name must be OLD=NEW, not "a="`},
	})
}
