package records_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestToText(t *testing.T) {
	const read = `map "fromJSON(it)" | `
	const recs = `{"b":1.50,"a":"x, \"y\""}` + "\n" + `{"a":"z","b":null}` + "\n"
	stagetest.RunCases(t, []stagetest.Case{
		{"to_json", read + "to_json", recs, recs},
		{"to_json is text", read + "to_json | chars 1 4", recs, "{\"b\"\n{\"a\"\n"},
		{"to_json of text", "to_json", "1\n01\na\"b", "1\n\"01\"\n\"a\\\"b\"\n"},
		{"to_json of numbers", "seq 2 | to_json", "", "1\n2\n"},
		{"to_json of nested values", read + "map '{z: it, l: [it.b]}' | to_json", `{"b":1.50}` + "\n", "{\"z\":{\"b\":1.50},\"l\":[1.50]}\n"},
		{"to_csv", read + "to_csv", recs, "b,a\n1.50,\"x, \"\"y\"\"\"\n,z\n"},
		{"to_csv --no-header", read + "to_csv --no-header | count", recs, "2\n"},
		{"to_csv with a delimiter", read + "to_csv -d ';'", `{"a":"1,2","b;":"3;4"}` + "\n", "a;\"b;\"\n1,2;\"3;4\"\n"},
		{"to_csv with tabs", read + `to_csv -d '\t'`, `{"a":1,"b":2}` + "\n", "a\tb\n1\t2\n"},
		{"to_csv of fewer fields", read + "to_csv", `{"a":1,"b":2}` + "\n" + `{"b":3}` + "\n", "a,b\n1,2\n,3\n"},
		{"to_csv of no records", "to_csv", "x\n\n", "value\nx\n\"\"\n"},
		{"to_csv of nothing", "to_csv", "", ""},
		{"to_csv puts lines", read + "to_csv | count", `{"a":"x\ny"}` + "\n", "2\n"},
		{"to_csv is what -o csv writes", read + "to_csv", `{"a":" ","b":[1,{"c":"d"}]}` + "\n", "a,b\n ,\"[1,{\"\"c\"\":\"\"d\"\"}]\"\n"},
		{"to_tsv", read + "to_tsv", `{"a":"x\ty","b":"\\\n"}` + "\n", "a\tb\nx\\ty\t\\\\\\n\n"},
		{"to_tsv --no-header", read + "to_tsv --no-header", `{"a":1,"b":2}` + "\n", "1\t2\n"},
		{"to_logfmt", read + "to_logfmt", `{"a":"x","b":"x y","c":"k=v","d":"say \"hi\"","e":"","f":null,"g":1.50,"h":true}` + "\n", `a=x b="x y" c="k=v" d="say \"hi\"" e="" f= g=1.50 h=true` + "\n"},
		{"to_logfmt of controls", read + "to_logfmt", `{"a":"x\ty\n","b":"é\u00a0\u0007"}` + "\n", `a="x\ty\n" b="é\u00a0\a"` + "\n"},
		{"to_logfmt of nested values", read + "to_logfmt", `{"a":[1,2],"b":{"c":"d"}}` + "\n", `a=[1,2] b="{\"c\":\"d\"}"` + "\n"},
		{"to_logfmt of text", "to_logfmt", "a b\n", "value=\"a b\"\n"},
		{"to_logfmt over blocks", "parse '{a}' | to_logfmt | count_by", strings.Repeat("x\n", 50_000), "{\"value\":\"a=x\",\"count\":50000}\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"another field", read + "to_csv", `{"a":1}` + "\n" + `{"a":1,"c":2}` + "\n", "a\n1\n", `22: to_csv: a record has the field "c", which the header a lacks: {"a":1,"c":2}`},
		{"another field of tsv", read + "to_tsv", `{"a":1}` + "\n" + `{"c":2}` + "\n", "a\n1\n", `22: to_tsv: a record has the field "c", which the header a lacks: {"c":2}`},
		{"a name that is no key", read + "to_logfmt", `{"a":1,"b c":2}` + "\n", "", `22: to_logfmt: the name "b c" cannot be a key of logfmt: {"a":1,"b c":2}`},
		{"a long delimiter", "to_csv -d ab", "", "", `8: to_csv: -d must be one ASCII character, not "ab"`},
		{"a quote as the delimiter", `to_csv -d '"'`, "", "", "8: to_csv: -d must be neither a quote nor the end of a line"},
	})
}

// TestToTextReadsBack writes random records in each format and wants the reader of that format
// to give the same.
func TestToTextReadsBack(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	letters := []string{"a", "=", `"`, "\n", "\t", ",", "b", " ", "'", `\`, "\x01", "ä", "{", "\u00a0", "x"}
	text := func() string {
		s := "t"
		for range random.IntN(6) {
			s += letters[random.IntN(len(letters))]
		}
		return s
	}
	for range 40 {
		var in strings.Builder
		for range 5 {
			line, err := json.Marshal(map[string]string{"a": text(), "b": text(), "c": text()})
			if err != nil {
				t.Fatal(err)
			}
			in.Write(append(line, '\n'))
		}
		want, err := stagetest.Run(t, "jsonl | map '{a: a, b: b, c: c}' | to_json", in.String())
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"json", "csv", "tsv", "logfmt"} {
			got, err := stagetest.Run(t, "jsonl | map '{a: a, b: b, c: c}' | to_"+format+" | "+format+" | map '{a: a, b: b, c: c}' | to_json", in.String())
			if err != nil || got != want {
				t.Fatalf("%s: got %q, %v, want %q", format, got, err, want)
			}
		}
	}
}
