package format_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/value"
)

var jsonSeeds = []string{
	`{"id":9007199254740993,"x":0.1000,"y":1e400,"z":12345678901234567890}`,
	"{\n  \"a\": [1, 2, {\"b\": null}],\r\n\t\"c\": \"\\u00e9\\ud83d\\ude00\\ud800x\"\n}\n",
	`{"a":1}{"a":2} {"a":3}` + "\n[1,2]", `[{"a":1},{"a":2},[3,[4]],5,"six",null,true]`, "[\n]\n", "[[]]", "{}", `[{"a":1}`, `[1 2]`, `[1,,2]`, `[,]`, `[1,]`, `1,2`, `]`,
	`{"a":1,"a":2,"b":3,"a":{"a":4,"a":5}}`, `{"\u0061":1,"a":2}`, `"a\"b\\"`, `-0`, `-0.0e-5`, "01", "1.", "-", "1e", ".5", "+1", "0x10", "truex", "nul", "NaN",
	`{"a":1]`, `{"a" 1}`, `{a:1}`, `{"a":}`, `{"a":1,}`, `{"a":1}}`, "\"\x01\"", "\"a\nb\"", `"\x"`, `"\u12"`, `"abc`, "\xef\xbb\xbf{\"a\":1}\n", "\xef\xbb", "{\"a\xff\":\"\xff\xed\xa0\x80\"}",
	strings.Repeat("[", 100) + strings.Repeat("]", 100), `{"a":` + strings.Repeat(`{"b":`, 20) + "1" + strings.Repeat("}", 21),
	"{\"a\":1}\nnonsense\n{\"a\":2}\n", "1\n2\r\n\n \t\n3", `1"a"`, "1-2", "truefalse", `"a""b"`, "\x0b1",
}

// expected returns the dump of a JSON document: the numbers as they are spelled, the keys in
// their order, the last value of a key in its first place.
func expected(t *testing.T, doc []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	v, err := token(d)
	if err != nil {
		t.Fatalf("%q: the token walk fails: %v", doc, err)
	}
	return dump(v)
}

func token(d *json.Decoder) (value.Value, error) {
	tok, err := d.Token()
	if err != nil {
		return value.Null, err
	}
	switch tok := tok.(type) {
	case bool:
		return value.Bool(tok), nil
	case json.Number:
		return value.Number(string(tok)), nil
	case string:
		return value.String(tok), nil
	case json.Delim:
		if tok == '[' {
			var list []value.Value
			for d.More() {
				v, err := token(d)
				if err != nil {
					return value.Null, err
				}
				list = append(list, v)
			}
			_, err := d.Token()
			return value.List(list), err
		}
		rec := value.NewRecord(value.NewShape())
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return value.Null, err
			}
			v, err := token(d)
			if err != nil {
				return value.Null, err
			}
			rec = rec.With(k.(string), v)
		}
		_, err := d.Token()
		return value.Rec(rec), err
	}
	return value.Null, nil
}

// revalid returns the dump of a JSON text with the bytes that are not UTF-8 replaced.
func revalid(t *testing.T, text string) string {
	t.Helper()
	list := whole(t, format.CutterOf("jsonl")(), valid(text))
	if len(list) != 1 || list[0].err != "" {
		t.Fatalf("%q: got %v with the bytes replaced that are not UTF-8", text, list)
	}
	return list[0].dump
}

// compareJSON wants a good row to mean what encoding/json reads. Its text is compact where
// newlines in it would divide it.
func compareJSON(t *testing.T, got found, doc []byte) {
	t.Helper()
	if got.err != "" {
		t.Fatalf("%q: got %v, want what encoding/json accepts", doc, got)
	}
	want := expected(t, doc)
	dumped := got.dump
	if valid(got.raw) != got.raw {
		dumped = revalid(t, strings.ReplaceAll(got.raw, "\n", " "))
	}
	if dumped != want {
		t.Fatalf("%q: got %s, want %s", doc, dumped, want)
	}
}

// FuzzJSONLines compares each line with what encoding/json says of it.
func FuzzJSONLines(f *testing.F) {
	for i, s := range jsonSeeds {
		f.Add([]byte(s), uint64(i))
	}
	f.Fuzz(checkJSONLines)
}

// TestLongJSONLines is FuzzJSONLines with texts of some hundred bytes, which go through wide
// registers.
func TestLongJSONLines(t *testing.T) {
	pieces := []string{"\n", "\n", "{", "}", "[", "]", ":", ",", "\"", "\\", "\\\"", "\\\\", "\\u00e9", "1", "-0.5e3", "true", " ", "\t", "\"a\"", "a long text without anything that is special in it", "é",
		`{"a":1,"b":"x"}` + "\n", `{"a":1,"b":"x\"y\\"}` + "\n", `{"a":[1,{"b":null}],"c":{"d":"e"}}` + "\n", `{"a":"` + strings.Repeat("x", 61) + `"}` + "\n", `{"the name of this field is long":1,"the name of this other field is long":2}` + "\n", `{"the name of this field is odd!":3,"the name of this other field":4}` + "\n"}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 9))
		var text []byte
		kinds := 1 + r.IntN(len(pieces))
		for range r.IntN(60) {
			text = append(text, pieces[len(pieces)-1-r.IntN(kinds)]...)
		}
		checkJSONLines(t, text, seed)
	}
}

func checkJSONLines(t *testing.T, text []byte, seed uint64) {
	t.Helper()
	got := anyhow(t, format.CutterOf("jsonl"), string(text), seed)
	for line := range bytes.SplitSeq(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), []byte{'\n'}) {
		if len(bytes.Trim(line, " \t\r")) == 0 {
			continue
		}
		if len(got) == 0 {
			t.Fatalf("%q: got no row for the line %q", text, line)
		}
		if json.Valid(line) {
			compareJSON(t, got[0], line)
		} else if got[0].err == "" {
			t.Fatalf("got %v, encoding/json refuses it", got[0])
		}
		got = got[1:]
	}
	if len(got) > 0 {
		t.Fatalf("%q: got more rows than lines: %v", text, got)
	}
}

// FuzzJSON compares all values of a text with what encoding/json reads one after the other.
// Elements of a list at the outermost level come one by one.
func FuzzJSON(f *testing.F) {
	for i, s := range jsonSeeds {
		f.Add([]byte(s), uint64(i))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		got := anyhow(t, format.CutterOf("json"), string(text), seed)
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		d := json.NewDecoder(bytes.NewReader(text))
		for {
			var doc json.RawMessage
			err := d.Decode(&doc)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				for _, g := range got {
					if g.err != "" {
						return
					}
				}
				t.Fatalf("%q: got %v, encoding/json says %v", text, got, err)
			}
			if joined(text, doc, int(d.InputOffset())) {
				return
			}
			elements := []json.RawMessage{doc}
			if doc[0] == '[' {
				if err := json.Unmarshal(doc, &elements); err != nil {
					t.Fatal(err)
				}
			}
			for _, e := range elements {
				if len(got) == 0 {
					t.Fatalf("%q: got no row for %q", text, e)
				}
				compareJSON(t, got[0], e)
				got = got[1:]
			}
		}
		if len(got) > 0 {
			t.Fatalf("%q: got more than encoding/json: %v", text, got)
		}
	})
}

// joined reports whether a number or a word ends only because something begins behind it that
// cannot belong to it, as in 1-2, which counts as one mistake here.
func joined(text, doc []byte, end int) bool {
	last := doc[len(doc)-1]
	return last != '"' && last != '}' && last != ']' && end < len(text) && !strings.ContainsRune(" \t\r\n,]}[{\":", rune(text[end]))
}

// FuzzJSONBesideBad wants each good line to be found whatever stands in the line before and
// behind it.
func FuzzJSONBesideBad(f *testing.F) {
	for _, s := range jsonSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, bad string) {
		bad = strings.ReplaceAll(bad, "\n", " ")
		const good = `{"a":[1,{"b":"c"}],"d":0.10}`
		got := whole(t, format.CutterOf("jsonl")(), good+"\n"+bad+"\n"+good+"\n")
		if n := len(got); n < 2 || n > 3 || got[0].raw != good || got[n-1].raw != good || got[0].err+got[n-1].err != "" || got[0].dump != got[n-1].dump {
			t.Fatalf("%q: got %v, want %s at both ends", bad, got, good)
		}
	})
}
