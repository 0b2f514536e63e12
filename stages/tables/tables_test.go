package tables_test

import (
	"testing"

	"mtpipe/stages/stagetest"
)

func TestTables(t *testing.T) {
	const wide = "{\"id\":1,\"x\":3,\"y\":\"a\"}\n{\"id\":2,\"y\":null}\n"
	const read = `map "fromJSON(it)" | `
	stagetest.RunCases(t, []stagetest.Case{
		{"unpivot", read + "unpivot x y", wide, "{\"id\":1,\"name\":\"x\",\"value\":3}\n{\"id\":1,\"name\":\"y\",\"value\":\"a\"}\n{\"id\":2,\"name\":\"y\",\"value\":null}\n"},
		{"unpivot, names of its own", read + "unpivot x --name k --value v | head 1", wide, "{\"id\":1,\"y\":\"a\",\"k\":\"x\",\"v\":3}\n"},
		{"unpivot what is not there", read + "unpivot x", "{\"y\":1}\n", "{\"y\":1}\n"},
		{"unpivot a field called name", read + "unpivot name", "{\"name\":1,\"x\":2}\n", "{\"x\":2,\"name\":\"name\",\"value\":1}\n"},
		{"unpivot by pattern, each once", read + "unpivot /./ x | count", wide, "5\n"},
		{"pivot", read + "pivot k v", "{\"id\":1,\"k\":\"x\",\"v\":3}\n{\"id\":2,\"k\":\"y\",\"v\":4}\n{\"id\":1,\"k\":\"y\",\"v\":5}\n", "{\"id\":1,\"x\":3,\"y\":5}\n{\"id\":2,\"x\":null,\"y\":4}\n"},
		{"there and back", read + "unpivot x y | pivot name value", "{\"id\":1,\"x\":3,\"y\":\"a\"}\n{\"id\":2,\"x\":0.10,\"y\":null}\n", "{\"id\":1,\"x\":3,\"y\":\"a\"}\n{\"id\":2,\"x\":0.10,\"y\":null}\n"},
		{"pivot spells keys", read + "pivot k v | count", "{\"id\":\"007\",\"k\":\"x\",\"v\":3}\n{\"id\":7,\"k\":\"y\",\"v\":4}\n{\"id\":7.0,\"k\":\"z\",\"v\":4}\n", "2\n"},
		{"pivot without other fields", read + "pivot k v", "{\"k\":\"x\",\"v\":3}\n{\"k\":\"y\",\"v\":4}\n", "{\"x\":3,\"y\":4}\n"},
		{"pivot without the field", read + "pivot k v", "{\"k\":\"x\",\"v\":3}\n{\"k\":4}\n", "{\"k\":null,\"x\":3}\n{\"k\":4,\"x\":null}\n"},
		{"transpose", read + "transpose", "{\"n\":\"a\",\"x\":1}\n{\"n\":\"b\",\"x\":2,\"y\":3}\n", "{\"n\":\"x\",\"a\":1,\"b\":2}\n{\"n\":\"y\",\"a\":null,\"b\":3}\n"},
		{"transpose lists", read + "transpose", "[1,2]\n[3]\n", "[1,3]\n[2,null]\n"},
		{"transpose nothing", "transpose", "", ""},
		{"unsparsify", read + "unsparsify", "{\"a\":1}\n{\"b\":2,\"a\":3}\n", "{\"a\":1,\"b\":null}\n{\"a\":3,\"b\":2}\n"},
		{"implode", read + "implode x", "{\"id\":1,\"x\":1}\n{\"id\":2,\"x\":2}\n{\"id\":1,\"x\":3}\n{\"id\":1}\n", "{\"id\":1,\"x\":[1,3]}\n{\"id\":2,\"x\":[2]}\n{\"id\":1}\n"},
		{"explode is the opposite", read + "explode x | implode x", "{\"id\":1,\"x\":[1,2]}\n", "{\"id\":1,\"x\":[1,2]}\n"},
		{"step", read + "step x delta shift ratio cumsum | drop x", "{\"x\":2}\n{\"x\":8}\n{\"x\":6}\n",
			"{\"x_delta\":0,\"x_shift\":null,\"x_ratio\":null,\"x_cumsum\":2}\n{\"x_delta\":6,\"x_shift\":2,\"x_ratio\":4,\"x_cumsum\":10}\n{\"x_delta\":-2,\"x_shift\":8,\"x_ratio\":0.75,\"x_cumsum\":16}\n"},
		{"step ewma", read + "step x ewma --alpha 0.25 | get x_ewma", "{\"x\":4}\n{\"x\":8}\n", "4\n5\n"},
		{"step rank", read + "sort x | step x rank | get x_rank", "{\"x\":3}\n{\"x\":1}\n{\"x\":3}\n{\"x\":5}\n", "1\n2\n2\n4\n"},
		{"step over null", read + "step x delta shift | drop x", "{\"x\":2}\n{\"x\":null}\n{\"x\":5}\n", "{\"x_delta\":0,\"x_shift\":null}\n{\"x_delta\":null,\"x_shift\":null}\n{\"x_delta\":3,\"x_shift\":2}\n"},
		{"step by key", read + "step x cumsum --by k | get x_cumsum", "{\"k\":1,\"x\":2}\n{\"k\":2,\"x\":3}\n{\"k\":1,\"x\":4}\n", "2\n3\n6\n"},
		{"step of an expression", read + "step 'x * 2' delta", "{\"x\":2}\n{\"x\":5}\n", "{\"x\":2,\"x * 2_delta\":0}\n{\"x\":5,\"x * 2_delta\":6}\n"},
		{"exact sums", read + "step x cumsum | get x_cumsum", "{\"x\":9007199254740993}\n{\"x\":9007199254740993}\n", "9007199254740993\n18014398509481986\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"pivot twice", read + "pivot k v", "{\"k\":\"x\",\"v\":3}\n{\"k\":\"x\",\"v\":4}\n", "", `22: pivot: there are two values for x: 3 and 4: {"k":"x","v":4}`},
		{"pivot null", read + "pivot k v", "{\"k\":null,\"v\":3}\n", "", `22: pivot: k is null and no name of a field: {"k":null,"v":3}`},
		{"pivot onto another field", read + "pivot k v", "{\"id\":1,\"k\":\"id\",\"v\":3}\n", "", `22: pivot: a value of k is id, and so is the name of another field`},
		{"pivot of one field", "pivot k k", "", "", `1: pivot: k cannot be both the names and the values`},
		{"transpose a text", "transpose", "x\n", "", `1: transpose: line 1: text is neither a record nor a list: "x"`},
		{"transpose equal names", read + "transpose", "{\"n\":1,\"x\":1}\n{\"n\":1,\"x\":2}\n", "", `22: transpose: two records would become the field 1`},
		{"step of text", read + "step x cumsum", "{\"x\":\"a\"}\n", "", `22: step: "a" is not a number: {"x":"a"}`},
		{"step into nothing", "step x sum", "", "", `8: step: what must be delta, shift, ratio, cumsum, ewma or rank, not "sum"`},
		{"unpivot beside name", read + "unpivot x", "{\"name\":1,\"x\":2}\n", "", `22: unpivot: the record has a field name already; --name says where else it goes: {"name":1,"x":2}`},
		{"unpivot to one name", "unpivot x --name v --value v", "", "", `1: unpivot: the names and the values cannot both go to v`},
	})
}
