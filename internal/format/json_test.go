package format_test

import (
	"fmt"
	"strings"
	"testing"

	"mtpipe/internal/format"
)

// listed returns what was found, a line each: the value, or the mistake with its place.
func listed(list []found) string {
	var b strings.Builder
	for _, f := range list {
		if f.err != "" {
			fmt.Fprintf(&b, "bad at %d: %s\n", f.at, f.err)
			continue
		}
		b.WriteString(f.dump + "\n")
	}
	return b.String()
}

var deep = strings.Repeat("[", 9999) + strings.Repeat("]", 9999)

func TestJSON(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"blanks", " \n\t\r\n", ""},
		{"pretty", "{\n  \"a\": 1,\r\n\t\"b\" : [ 1 , 2 ]\n}\n", "{\"a\"=number(1) \"b\"=[number(1) number(2)]}\n"},
		{"one behind the other", `{"a":1}{"a":2} 3"x"4` + "\n5", "{\"a\"=number(1)}\n{\"a\"=number(2)}\nnumber(3)\nstring\"x\"\nnumber(4)\nnumber(5)\n"},
		{"a list", `[{"a":1},[2],3,"x",null,true,false]`, "{\"a\"=number(1)}\n[number(2)]\nnumber(3)\nstring\"x\"\nnull()\nbool(true)\nbool(false)\n"},
		{"lists behind each other", "[1][] [2,\n3]4", "number(1)\nnumber(2)\nnumber(3)\nnumber(4)\n"},
		{"scalars", "true false null -0 1e400 0.1000 \"\"", "bool(true)\nbool(false)\nnull()\nnumber(-0)\nnumber(1e400)\nnumber(0.1000)\nstring\"\"\n"},
		{"empty ones", `[{},[]] {}`, "{}\n[]\n{}\n"},
		{"a number of 200 digits", strings.Repeat("9", 200), "number(" + strings.Repeat("9", 200) + ")\n"},
		{"escapes", `"\u0041\n\"\\\/\b\f\r\t\u00e9\u4e16\ud83d\ude00"`, `string"A\n\"\\/\b\f\r\té世😀"` + "\n"},
		{"halves of pairs", `["\ud800","\ud800x","\udc00\ud800","\ud83d\ud83d\ude00","\ud800\u0041"]`, "string\"\ufffd\"\nstring\"\ufffdx\"\nstring\"\ufffd\ufffd\"\nstring\"\ufffd😀\"\nstring\"\ufffdA\"\n"},
		{"keys that stand twice", `{"a":1,"b":2,"a":3,"c":{"x":1,"x":[2]},"\u0061":4}`, "{\"a\"=number(4) \"b\"=number(2) \"c\"={\"x\"=[number(2)]}}\n"},
		{"order of keys", `{"z":1,"a":2}{"a":1,"z":2}`, "{\"z\"=number(1) \"a\"=number(2)}\n{\"a\"=number(1) \"z\"=number(2)}\n"},
		{"keys without text", `{"":1,"":2}`, "{\"\"=number(2)}\n"},
		{"a byte order mark", "\xef\xbb\xbf{}", "{}\n"},
		{"half a byte order mark", "\xef\xbb", "bad at 0: this is no value\n"},
		{"bytes that are not UTF-8", "\"\xff\"", "string\"\\xff\"\n"},
		{"a list that does not end", `[1,{"a":2}`, "number(1)\n{\"a\"=number(2)}\nbad at 10: a list has no closing bracket\n"},
		{"a list of a value that does not end", `[1,{"a":2`, "number(1)\nbad at 9: a comma or a closing bracket is missing\nbad at 9: a list has no closing bracket\n"},
		{"no comma", `[1 2,3]`, "number(1)\nbad at 3: a comma is missing between the elements of a list\nnumber(3)\n"},
		{"two commas", `[1,,2]`, "number(1)\nbad at 3: an element is missing in a list\nnumber(2)\n"},
		{"a comma at the end", `[1,] 2`, "number(1)\nbad at 3: an element is missing in a list\nnumber(2)\n"},
		{"a comma first", `[,1]`, "bad at 1: an element is missing in a list\nnumber(1)\n"},
		{"commas at the outermost level", `1,2`, "number(1)\nbad at 1: there is no list that this could belong to\nnumber(2)\n"},
		{"closing brackets", `]1}`, "bad at 0: there is no list that this could belong to\nnumber(1)\nbad at 2: there is no list that this could belong to\n"},
		{"bad ones among good ones", "[{\"a\":1},{\"a\":},{\"a\":2}]\n{a:1}{\"b\":3}", "{\"a\"=number(1)}\nbad at 14: a value is missing\n{\"a\"=number(2)}\nbad at 26: a key is missing\n{\"b\"=number(3)}\n"},
		{"brackets that do not fit", `{"a":[1}2 3`, "bad at 7: a comma or a closing bracket is missing\n"},
		{"words", "nul truex NaN undefined", "bad at 0: this is no value\nbad at 8: something stands behind the value\nbad at 10: this is no value\nbad at 14: this is no value\n"},
		{"numbers", "01 1. .5 +1 - 1e 0x1 1_0 -x 1.e1", "bad at 0: a number is written wrongly\nbad at 3: a number is written wrongly\nbad at 6: this is no value\nbad at 9: this is no value\nbad at 12: a number is written wrongly\nbad at 14: a number is written wrongly\nbad at 17: a number is written wrongly\nbad at 22: something stands behind the value\nbad at 25: a number is written wrongly\nbad at 28: a number is written wrongly\n"},
		{"a string that does not end", `"abc`, "bad at 0: a string has no closing quote\n"},
		{"an escape that does not end", `"abc\`, "bad at 4: there is no such escape in JSON\n"},
		{"escapes that there are not", `["\x","\u12g4"]`, "bad at 2: there is no such escape in JSON\nbad at 7: there is no such escape in JSON\n"},
		{"controls in strings", "\"a\tb\"", "bad at 2: a control character stands in a string\n"},
		{"a newline in a string", "\"a\nb\"", "bad at 0: a string has no closing quote\n"},
		{"single quotes", `{'a':1}`, "bad at 1: a key is missing\n"},
		{"the deepest", `{"a":` + deep + `}`, "{\"a\"=" + deep + "}\n"},
		{"deeper", `{"a":[` + deep + `]} 1`, "bad at 10004: lists and records stand more than 10000 deep in each other\nnumber(1)\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			list := whole(t, format.CutterOf("json")(), row.text)
			if len(row.text) < 1000 {
				list = anyhow(t, format.CutterOf("json"), row.text, 1)
			}
			if got := listed(list); got != row.want {
				t.Errorf("%.200q:\ngot  %.1000q\nwant %.1000q", row.text, got, row.want)
			}
		})
	}
}

func TestJSONLines(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"records", "{\"a\":1}\n{\"a\":2}", "{\"a\"=number(1)}\n{\"a\"=number(2)}\n"},
		{"carriage returns and empty lines", "\r\n{\"a\":1}\r\n \t\n\n2\r\n", "{\"a\"=number(1)}\nnumber(2)\n"},
		{"a list is one value", "[1,2]\n", "[number(1) number(2)]\n"},
		{"good, bad, good", "{\"a\":1}\n{\"a\":1\n{\"a\":2}\n", "{\"a\"=number(1)}\nbad at 14: a comma or a closing bracket is missing\n{\"a\"=number(2)}\n"},
		{"two on a line", "1 2\n3\n", "bad at 2: something stands behind the value\nnumber(3)\n"},
		{"a byte order mark", "\xef\xbb\xbf1\n\xef\xbb\xbf2\n", "number(1)\nbad at 5: this is no value\n"},
		{"other shapes", "{\"a\":1,\"b\":2}\n{\"b\":2,\"a\":1}\n{\"a\":1}\n{}\n{\"a\":1,\"b\":2,\"c\":3}\n", "{\"a\"=number(1) \"b\"=number(2)}\n{\"b\"=number(2) \"a\"=number(1)}\n{\"a\"=number(1)}\n{}\n{\"a\"=number(1) \"b\"=number(2) \"c\"=number(3)}\n"},
		{"a key that begins as another", "{\"a\":1}\n{\"ab\":1}\n{\"a\\\"\":1}\n{\"a\":1}\n", "{\"a\"=number(1)}\n{\"ab\"=number(1)}\n{\"a\\\"\"=number(1)}\n{\"a\"=number(1)}\n"},
		{"blanks everywhere", " { \"a\" : 1 , \"b\" : { } } \n", "{\"a\"=number(1) \"b\"={}}\n"},
		{"NUL", "\x00\n1\n", "bad at 0: this is no value\nnumber(1)\n"},
		{"the deepest list", "[" + deep + "]\n", "[" + deep + "]\n"},
		{"a deeper list", "[[" + deep + "]]\n1\n", "bad at 10000: lists and records stand more than 10000 deep in each other\nnumber(1)\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			list := whole(t, format.CutterOf("jsonl")(), row.text)
			if len(row.text) < 1000 {
				list = anyhow(t, format.CutterOf("jsonl"), row.text, 1)
			}
			if got := listed(list); got != row.want {
				t.Errorf("%.200q:\ngot  %.1000q\nwant %.1000q", row.text, got, row.want)
			}
		})
	}
}

// TestLogfmt reads lines of key=value.
func TestLogfmt(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"pairs", "a=1 b=x\n", `{"a"=text"1" "b"=text"x"}`},
		{"quotes", `a="x y" b="" c=`, `{"a"=text"x y" "b"=text"" "c"=text""}`},
		{"escapes of Go and JSON", `a="q\"r\n\t\\\u00e9\x41" b="\/\ud83d\ude00\ud800"`, `{"a"=text"q\"r\n\t\\éA" "b"=text"/😀` + "\ufffd" + `"}`},
		{"escapes of neither", `a="\d" b="\d\n"`, `{"a"=text"\\d" "b"=text"\\d\\n"}`},
		{"a key alone", "a b=1 c", `{"a"=bool(true) "b"=text"1" "c"=bool(true)}`},
		{"a key twice", "a=1 b=2 a=3", `{"a"=text"3" "b"=text"2"}`},
		{"signs in values", "a=b=c u=http://x/?q=1&r=\"2 d=1\"2", `{"a"=text"b=c" "u"=text"http://x/?q=1&r=\"2" "d"=text"1\"2"}`},
		{"blanks", "  a=1 \t b=2 \r\n\n \n", `{"a"=text"1" "b"=text"2"}`},
		{"a byte order mark", "\xef\xbb\xbfa=1", `{"a"=text"1"}`},
		{"controls alone", "\x01\x02\na=1\n", `{"a"=text"1"}`},
		{"no key", "=1\na=1", "bad at 0: a key is missing before =\n" + `{"a"=text"1"}`},
		{"an open quote", "b=2 a=\"x\na=1", "bad at 6: a quoted field has no closing quote\n" + `{"a"=text"1"}`},
		{"an open quote behind a backslash", "a=\"x\\\na=1", "bad at 2: a quoted field has no closing quote\n" + `{"a"=text"1"}`},
		{"something behind a quote", "a=\"x\"y\na=1", "bad at 5: something stands between a closing quote and the end of the field\n" + `{"a"=text"1"}`},
		{"bytes", "\xff=\xfe", "{\"\\xff\"=text\"\\xfe\"}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := strings.TrimSuffix(listed(anyhow(t, format.CutterOf("logfmt"), row.text, 1)), "\n"); got != row.want {
				t.Errorf("%q:\ngot  %q\nwant %q", row.text, got, row.want)
			}
		})
	}
}

// TestManyKeys wants records of many keys, and many records of other keys, to be read in no time.
func TestManyKeys(t *testing.T) {
	const n = 30_000
	var one, twice, many strings.Builder
	one.WriteString("{")
	twice.WriteString(`{"k1":0`)
	for i := range n {
		if i > 0 {
			one.WriteString(",")
		}
		fmt.Fprintf(&one, "\"k%d\":%d", i, i)
		fmt.Fprintf(&twice, ",\"k%d\":%d", i, i)
		fmt.Fprintf(&many, "{\"k%d\":%d}\n", i, i)
	}
	for name, text := range map[string]string{"one record": one.String() + "}", "a key twice": twice.String() + "}", "nested": `{"a":` + one.String() + "}}"} {
		for kind, open := range map[string]func() format.Cutter{"json": format.CutterOf("json"), "jsonl": format.CutterOf("jsonl")} {
			got := whole(t, open(), text)
			if len(got) != 1 || got[0].err != "" || strings.Count(got[0].dump, "=number") != n {
				t.Errorf("%s, %s: got %d rows, want one of %d fields", kind, name, len(got), n)
			}
		}
	}
	if got := whole(t, format.CutterOf("jsonl")(), many.String()); len(got) != n {
		t.Errorf("got %d records, want %d", len(got), n)
	}
	logfmt := strings.NewReplacer("{", "", "}", "", "\"", "", ",", " ", ":", "=").Replace(one.String())
	if got := whole(t, format.CutterOf("logfmt")(), logfmt); len(got) != 1 || got[0].err != "" {
		t.Errorf("logfmt: got %d records, want one", len(got))
	}
}
