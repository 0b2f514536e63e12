package value

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// quoted returns what encoding/json makes of s. It escapes three code points more than JSON
// demands.
func quoted(t *testing.T, s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSuffix(b.String(), "\n")
	return strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029", `\ufffd`, "\ufffd").Replace(text)
}

func TestAppendQuoted(t *testing.T) {
	var all []byte
	for c := range 256 {
		all = append(all, byte(c))
	}
	texts := []string{"", "plain", `"`, `\`, "a\"b\\c/d", "\n\r\t\b\f", "\x00\x1f\x7f", "<&>", "é", "日本", "😀", "\u2028\u2029",
		"\xff", "a\xffb", "\xc3", "\xe6\x97", "\xf0\x9f\x98", "ok\xc3\x28", "\xed\xa0\x80", "\ufffd", string(all)}
	r := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"a", "é", "日", "\xff", "\xc3", "\n", `"`, `\`, "\x01", "😀", "\u2028", `\u2028`}
	for range 5000 {
		s := ""
		for range r.IntN(8) {
			s += pieces[r.IntN(len(pieces))]
		}
		texts = append(texts, s)
	}
	for _, s := range texts {
		got, want := string(AppendQuoted([]byte("x"), []byte(s))), "x"+quoted(t, s)
		if got != want {
			t.Fatalf("%q: got %s, want %s", s, got, want)
		}
	}
}

func TestAppendJSON(t *testing.T) {
	noon := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	shape := NewShape("b", "a", "é\n")
	rows := []struct {
		name string
		v    Value
		want string
	}{
		{"null", Null, "null"}, {"true", Bool(true), "true"}, {"int", Int(-5), "-5"}, {"float", Float(1.5), "1.5"},
		{"whole float", Float(3), "3"}, {"big", wide("123456789012345678901"), "123456789012345678901"},
		{"number as spelled", Number("0.1000"), "0.1000"}, {"large number", Number("1e400"), "1e400"},
		{"nan", Float(math.NaN()), "null"}, {"inf", Float(math.Inf(1)), "null"}, {"-inf", Float(math.Inf(-1)), "null"},
		{"text like a number", TextOf("12"), "12"}, {"text like another", TextOf("012"), `"012"`}, {"exponent", TextOf("1e3"), `"1e3"`},
		{"point", TextOf("1."), `"1."`}, {"minus", TextOf("-0.50"), "-0.50"}, {"plus", TextOf("+1"), `"+1"`}, {"zeros", TextOf("00.5"), `"00.5"`}, {"point first", TextOf(".5"), `".5"`},
		{"exponent of a fraction", TextOf("1.5E-3"), `"1.5E-3"`}, {"minus zero", TextOf("-0"), "-0"}, {"zero", TextOf("0"), "0"}, {"zero and point", TextOf("0.50"), "0.50"}, {"minus zeros", TextOf("-01"), `"-01"`}, {"large exponent", TextOf("12E5"), `"12E5"`}, {"empty", TextOf(""), `""`}, {"two points", TextOf("1.2.3"), `"1.2.3"`}, {"large", TextOf("12345678901234567890"), "12345678901234567890"}, {"blank", TextOf(" 1"), `" 1"`}, {"hex", TextOf("0x1f"), `"0x1f"`}, {"sign", TextOf("-"), `"-"`}, {"e", TextOf("1.e3"), `"1.e3"`}, {"string", String("a\"b"), `"a\"b"`},
		{"time", Time(noon), `"2024-02-29T12:00:00Z"`}, {"duration", Duration(time.Minute), `"1m0s"`},
		{"list", List([]Value{Null, Int(1), List(nil)}), `[null,1,[]]`},
		{"record", Rec(NewRecord(shape, Int(1), Null, String("x"))), `{"b":1,"a":null,"é\n":"x"}`},
		{"empty record", Rec(NewRecord(NewShape())), `{}`},
		{"error", Error(errors.New(`no "x"`)), `{"error":"no \"x\""}`},
		{"any", Any(struct{ A int }{1}), `"{1}"`},
	}
	for _, row := range rows {
		got := row.v.AppendJSON([]byte(" "))
		if string(got) != " "+row.want || !json.Valid(got) {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

// goValue returns v as encoding/json reads it back.
func goValue(v Value) any {
	switch v.Kind() {
	case KindNull:
		return nil
	case KindBool:
		return v.AsBool()
	case KindInt, KindFloat, KindBig, KindNumber:
		return json.Number(v.String())
	case KindList:
		list := []any{}
		for _, e := range v.AsList() {
			list = append(list, goValue(e))
		}
		return list
	case KindRecord:
		m, r := map[string]any{}, v.AsRecord()
		for i := range r.Len() {
			m[r.Name(i)] = goValue(r.At(i))
		}
		return m
	}
	return v.Str()
}

func TestAppendJSON_AgainstEncodingJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		v := random(r, 3, jsonKinds)
		text := v.AppendJSON(nil)
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var got any
		if err := d.Decode(&got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		// Through encoding/json once more, so that only the meaning counts.
		a, _ := json.Marshal(got)
		b, err := json.Marshal(goValue(v))
		if err != nil || !bytes.Equal(a, b) {
			t.Fatalf("%s: got %s, want %s", text, a, b)
		}
	}
}
