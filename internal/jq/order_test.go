package jq

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/itchyny/gojq"

	"mtpipe/value"
)

// orderedOutputs is what jq 1.6 puts for {"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}, the
// outputs with blanks between them.
var orderedOutputs = []struct{ program, want string }{
	{`.`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`.[]`, `1 {"z":[1,{"y":2,"x":3}],"c":"q"} null`},
	{`to_entries`, `[{"key":"b","value":1},{"key":"a","value":{"z":[1,{"y":2,"x":3}],"c":"q"}},{"key":"0","value":null}]`},
	{`keys_unsorted`, `["b","a","0"]`},
	{`keys`, `["0","a","b"]`},
	{`tojson`, `"{\"b\":1,\"a\":{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\"},\"0\":null}"`},
	{`{b:1,a:2}`, `{"b":1,"a":2}`},
	{`{b:1,a:2}|.c=3|.[]`, `1 2 3`},
	{`{b:1,a:2} + {d:1,a:3,c:2}`, `{"b":1,"a":3,"d":1,"c":2}`},
	{`with_entries(.value |= tostring)`, `{"b":"1","a":"{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\"}","0":"null"}`},
	{`map_values(type)`, `{"b":"number","a":"object","0":"null"}`},
	{`del(.b)`, `{"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`[paths]`, `[["b"],["a"],["a","z"],["a","z",0],["a","z",1],["a","z",1,"y"],["a","z",1,"x"],["a","c"],["0"]]`},
	{`[..]|length`, `10`},
	{`.. |= .`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`.a.z[1].w = 1`, `{"b":1,"a":{"z":[1,{"y":2,"x":3,"w":1}],"c":"q"},"0":null}`},
	{`.a |= {z:1,b:2}`, `{"b":1,"a":{"z":1,"b":2},"0":null}`},
	{`{(("x","k")):1, b:2}`, `{"x":1,"b":2} {"k":1,"b":2}`},
	{`{"\(.b)x":1, a:2}`, `{"1x":1,"a":2}`},
	{`"x\(.)"`, `"x{\"b\":1,\"a\":{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\"},\"0\":null}"`},
	{`@json`, `"{\"b\":1,\"a\":{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\"},\"0\":null}"`},
	{`[.[]?]`, `[1,{"z":[1,{"y":2,"x":3}],"c":"q"},null]`},
	{`.a[]?`, `[1,{"y":2,"x":3}] "q"`},
	{`.b[]?`, ``},
	{`path(.[])`, `["b"] ["a"] ["0"]`},
	{`[path(..)]`, `[[],["b"],["a"],["a","z"],["a","z",0],["a","z",1],["a","z",1,"y"],["a","z",1,"x"],["a","c"],["0"]]`},
	{`.a[]`, `[1,{"y":2,"x":3}] "q"`},
	{`walk(if type=="object" then del(.x) else . end)`, `{"b":1,"a":{"z":[1,{"y":2}],"c":"q"},"0":null}`},
	{`reduce .[] as $x ({}; .["k\($x|tostring|length)"] = 1)`, `{"k1":1,"k31":1,"k4":1}`},
	{`.z = 1 | .m = 2`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null,"z":1,"m":2}`},
	{`. += {z:1,m:2,b:3}`, `{"b":3,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null,"z":1,"m":2}`},
	{`[tostream]`, `[[["b"],1],[["a","z",0],1],[["a","z",1,"y"],2],[["a","z",1,"x"],3],[["a","z",1,"x"]],[["a","z",1]],[["a","c"],"q"],[["a","c"]],[["0"],null],[["0"]]]`},
	{`fromstream(tostream)`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`"{\"z\":1,\"a\":{\"y\":1,\"b\":2}}" | fromjson`, `{"z":1,"a":{"y":1,"b":2}}`},
	{`[{b:1,a:2},{c:3,a:4}] | add`, `{"b":1,"a":4,"c":3}`},
	{`to_entries | from_entries`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`def f: {z:1,a:2}; f | f`, `{"z":1,"a":2}`},
	{`{a:1,b:2} | keys_unsorted`, `["a","b"]`},
	{`[{"b":2,"a":1}] | sort | .[0]`, `{"b":2,"a":1}`},
	{`map(.)`, `[1,{"z":[1,{"y":2,"x":3}],"c":"q"},null]`},
	{`{z:1} as {z:$v} | {$v, "a":1, b}`, `{"v":1,"a":1,"b":1}`},
	{`if .b then {q:1,a:2} else 0 end`, `{"q":1,"a":2}`},
	{`try error({q:1,a:2}) catch .`, `{"q":1,"a":2}`},
	{`[limit(2; .[])]`, `[1,{"z":[1,{"y":2,"x":3}],"c":"q"}]`},
	{`{b:1,a:2} | @base64`, `"eyJiIjoxLCJhIjoyfQ=="`},
	{`any(.[]; . == 1)`, `true`},
	{`INDEX(.a.z[]; tostring)`, `{"1":1,"{\"y\":2,\"x\":3}":{"y":2,"x":3}}`},
	{`.a.c as $x | {y:$x, x:1} | tojson`, `"{\"y\":\"q\",\"x\":1}"`},
	{`getpath(["a","z"])`, `[1,{"y":2,"x":3}]`},
	{`[.[] | scalars]`, `[1,null]`},
	{`first(.[])`, `1`},
	{`to_entries[0].key`, `"b"`},
	{`.a.z[1] | to_entries | map(.key)`, `["y","x"]`},
	{`[.a.z[]|.x?]`, `[3]`},
	{`.["a"].z |= map(.)`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`to_entries|map(select(.key!="b"))|from_entries`, `{"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`. as {a:{z:[$q,$r]}} | $r|keys_unsorted`, `["y","x"]`},
	{`[.[]|type]|add`, `"numberobjectnull"`},
	{`.a + {new:1} | tojson`, `"{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\",\"new\":1}"`},
	{`.a * {c:{e:1,d:2}}|tojson`, `"{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":{\"e\":1,\"d\":2}}"`},
	{`[{n:"x",a:1},{n:"y",a:2}]|group_by(.n)`, `[[{"n":"x","a":1}],[{"n":"y","a":2}]]`},
	{`[{z:1,a:2}]|unique`, `[{"z":1,"a":2}]`},
	{`[{z:1,a:2}]|min_by(.a)`, `{"z":1,"a":2}`},
	{`reduce to_entries[] as $e ({}; . + {($e.key): ($e.value|type)})`, `{"b":"number","a":"object","0":"null"}`},
	{`foreach (.[]) as $x ({}; .[($x|type)] += 1; .)`, `{"number":1} {"number":1,"object":1} {"number":1,"object":1,"null":1}`},
	{`del(.a.z[1].y)|tojson`, `"{\"b\":1,\"a\":{\"z\":[1,{\"x\":3}],\"c\":\"q\"},\"0\":null}"`},
	{`del(.[])`, `{}`},
	{`[.[]|numbers]`, `[1]`},
	{`map_values(empty)`, `{}`},
	{`delpaths([["a","z"],["0"]])`, `{"b":1,"a":{"c":"q"}}`},
	{`setpath(["a","n","m"];1)`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q","n":{"m":1}},"0":null}`},
	{`with_entries(select(.value!=null))`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"}}`},
	{`[splits("a")]?`, ``},
	{`{a:1}|has("a")`, `true`},
	{`.b += 1`, `{"b":2,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`.a.z[0] -= 1`, `{"b":1,"a":{"z":[0,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`..|numbers`, `1 1 2 3`},
	{`[recurse(.[]?;true)]|length`, `10`},
	{`[leaf_paths]`, `[["b"],["a","z",0],["a","z",1,"y"],["a","z",1,"x"],["a","c"]]`},
	{`.[("b","a")]`, `1 {"z":[1,{"y":2,"x":3}],"c":"q"}`},
	{`{b:(1,2),a:(3,4)}`, `{"b":1,"a":3} {"b":1,"a":4} {"b":2,"a":3} {"b":2,"a":4}`},
	{`{(("x","y")):(1,2),b:3}`, `{"x":1,"b":3} {"x":2,"b":3} {"y":1,"b":3} {"y":2,"b":3}`},
	{`[.a,.]|tojson`, `"[{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\"},{\"b\":1,\"a\":{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\"},\"0\":null}]"`},
	{`"\(.a) and \(.b)"`, `"{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\"} and 1"`},
	{`@text "v:\(.a)"`, `"v:{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\"}"`},
	{`@html "\(.a)"`, `"{&quot;z&quot;:[1,{&quot;y&quot;:2,&quot;x&quot;:3}],&quot;c&quot;:&quot;q&quot;}"`},
	{`.a|@json`, `"{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\"}"`},
	{`[.. | objects | keys_unsorted]`, `[["b","a","0"],["z","c"],["y","x"]]`},
	{`to_entries[]|select(.key=="a").value`, `{"z":[1,{"y":2,"x":3}],"c":"q"}`},
	{`label $f | .[] | ., break $f`, `1`},
	{`limit(1; .[])`, `1`},
	{`path(..|select(type=="number"))`, `["b"] ["a","z",0] ["a","z",1,"y"] ["a","z",1,"x"]`},
	{`[paths(type=="number")]`, `[["b"],["a","z",0],["a","z",1,"y"],["a","z",1,"x"]]`},
	{`.a as [$x] ?// {$c} | $c`, `"q"`},
	{`isempty(.[])`, `false`},
	{`all(.[];.!=9)`, `true`},
	{`{"x":{"q":1,"b":[{"z":1,"y":2}]}} | .x.b[0].a = 5 | tojson`, `"{\"x\":{\"q\":1,\"b\":[{\"z\":1,\"y\":2,\"a\":5}]}}"`},
	{`[1,2]+[3]|tojson`, `"[1,2,3]"`},
	{`"a"+"b"`, `"ab"`},
	{`1.5+1`, `2.5`},
	{`null+{z:1,a:2}`, `{"z":1,"a":2}`},
	{`{z:1,a:2}+null`, `{"z":1,"a":2}`},
	{`[{a:1}]|map(.b=2|.a=3)`, `[{"a":3,"b":2}]`},
	{`.a|to_entries|map("\(.key)=\(.value)")|join("&")`, `"z=[1,{\"y\":2,\"x\":3}]&c=q"`},
	{`.a.z|first`, `1`},
	{`walk(.)`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`[.[]|tostring]`, `["1","{\"z\":[1,{\"y\":2,\"x\":3}],\"c\":\"q\"}","null"]`},
	{`ascii_downcase?`, ``},
	{`splits("x")?`, ``},
	{`tojson|fromjson`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`.["b"]?`, `1`},
	{`(.a|.c)|="w"`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"w"},"0":null}`},
	{`(.b,.a.c)|=tostring`, `{"b":"1","a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`to_entries|.[0]|tojson`, `"{\"key\":\"b\",\"value\":1}"`},
	{`del(.b,.a)`, `{"0":null}`},
	{`del(..|select(. == null))`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"}}`},
	{`.a.z|=sort`, `{"b":1,"a":{"z":[1,{"y":2,"x":3}],"c":"q"},"0":null}`},
	{`.a|=del(.z)`, `{"b":1,"a":{"c":"q"},"0":null}`},
	{`.. |= (if type=="number" then .+1 else . end)`, `{"b":2,"a":{"z":[2,{"y":3,"x":4}],"c":"q"},"0":null}`},
	{`[.[]|objects|.n=1|.m=2]`, `[{"z":[1,{"y":2,"x":3}],"c":"q","n":1,"m":2}]`},
	{`. as $d | keys_unsorted | map($d[.])`, `[1,{"z":[1,{"y":2,"x":3}],"c":"q"},null]`},
	{`pick(.a.c,.b)`, `{"a":{"c":"q"},"b":1}`}, // of jq 1.7
}

func rec(t *testing.T, names []string, vals ...value.Value) value.Value {
	t.Helper()
	return value.Rec(value.NewRecord(value.NewShape(names...), vals...))
}

// TestOrderOfKeys wants the order of keys that jq keeps.
func TestOrderOfKeys(t *testing.T) {
	inner := rec(t, []string{"y", "x"}, value.Number("2"), value.Number("3"))
	a := rec(t, []string{"z", "c"}, value.List([]value.Value{value.Number("1"), inner}), value.String("q"))
	in := rec(t, []string{"b", "a", "0"}, value.Number("1"), a, value.Null)
	for _, row := range orderedOutputs {
		var got []string
		for _, v := range outputs(t, row.program, in) {
			got = append(got, string(v.AppendJSON(nil)))
		}
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("%s: got %s, want %s", row.program, s, row.want)
		}
	}
}

// TestOrderIsForgotten wants a run that makes many objects to keep so many keys only, and the
// last of them in order.
func TestOrderIsForgotten(t *testing.T) {
	o := &orders{most: 1000}
	o.reset(func(map[string]any) (value.Value, bool) { return value.Null, false })
	for range 800 {
		o.note(map[string]any{"b": 1, "a": 2}, []string{"b", "a"})
	}
	if o.keys > o.most || len(o.made) != o.keys/2 || len(o.queue) != len(o.made) {
		t.Errorf("got %d keys, %d objects, %d in turn, want at most %d", o.keys, len(o.made), len(o.queue), o.most)
	}
	last := map[string]any{"b": 1, "a": 2}
	o.note(last, []string{"b", "a"})
	if got := o.of(last); got[0] != "b" {
		t.Errorf("got %v, want b first", got)
	}
	o.reset(nil)
	if len(o.made)+len(o.queue)+o.keys != 0 {
		t.Errorf("got %d objects, want none after the run", len(o.made))
	}
	runtime.KeepAlive(last)
}

// TestSumsAndProducts wants what gojq computes by itself, of operands of all kinds.
func TestSumsAndProducts(t *testing.T) {
	operands := []string{"null", "1", "-2", "9223372036854775807", "1.5", "1e400", "123456789012345678901234567890", `"x"`, `"3"`, "[1]", `{"a":1}`, "true"}
	for _, op := range []string{"+", "*"} {
		for _, a := range operands {
			for _, b := range operands {
				program := "(" + a + "|.) " + op + " (" + b + "|.)"
				q, err := gojq.Parse(program)
				if err != nil {
					t.Fatal(err)
				}
				want, _ := q.Run(nil).Next()
				own, err := Parse(program)
				if err != nil {
					t.Fatal(err)
				}
				if !own.ordered {
					t.Fatalf("%s is not rewritten", program)
				}
				p, err := own.Compile()
				if err != nil {
					t.Fatal(err)
				}
				m, err := p.take()
				if err != nil {
					t.Fatal(err)
				}
				m.orders.reset(func(map[string]any) (value.Value, bool) { return value.Null, false })
				got, _ := m.code.Run(nil).Next()
				if text := func(x any) string { return fmt.Sprintf("%T %v", x, x) }; text(got) != text(want) {
					t.Errorf("%s: got %s, want %s", program, text(got), text(want))
				}
			}
		}
	}
}
