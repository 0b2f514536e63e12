package expression

import (
	"testing"

	"mtpipe/value"
)

// TestShortRecords wants short forms to give what the long ones do.
func TestShortRecords(t *testing.T) {
	record := value.Rec(value.NewRecord(value.NewShape("a", "b", "é", "list"), value.Int(1), value.String("x"), value.Int(3),
		value.List([]value.Value{value.Rec(value.NewRecord(value.NewShape("n", "m"), value.Int(7), value.Int(8)))})))
	for short, long := range map[string]string{
		"{a}":                             "{a: a}",
		"{ a , b, }":                      "{a: a, b: b}",
		"{a, x: b, é}":                    "{a: a, x: b, é: é}",
		"{x: {a, y: {b}}}":                "{x: {a: a, y: {b: b}}}",
		"{`a b`: 1, a}":                   "{`a b`: 1, a: a}",
		"let y = 2; {y, a}":               "let y = 2; {y: y, a: a}",
		"[{a}, {b}][1]":                   "[{a: a}, {b: b}][1]",
		"{a}.a + {b, a}.a":                "1 + 1",
		"a > 0 ? {a} : {b}":               "{a: a}",
		"if a > 0 {a} else {b}":           "a",
		"if a > 1 {a} else {b}":           "b",
		"if a > 0 {{a}} else {{b}}":       "{a: a}",
		"{$v, a}":                         "{v: \"it's\", a: a}",
		"{a, x: \"é{$v}\", b}":            "{a: a, x: \"é{it's}\", b: b}",
		"map(list, {.n, .m, a})":          "map(list, {{n: .n, m: .m, a: a}})",
		"map(list, {x: #.n})":             "map(list, {{x: #.n}})",
		"map(list, {a})":                  "[a]",
		"map(list, {{a}})":                "[{a: a}]",
		"map(list, {.n})":                 "[7]",
		"map(list, {.n > 1 ? 2 : 3})":     "[2]",
		"map(list, {let k = .n; {k, a}})": "[{k: 7, a: a}]",
		"list | map({.n, b})":             "[{n: 7, b: b}]",
		"list | map({(b): .n})":           "[{(b): 7}]",
		"map(map(list, {.n, y: {a}}), {#.n, x: .y.a})": "",
		"map(map(list, {.n, y: {a}}), {.n, x: .y.a})":  "[{n: 7, x: a}]",
		"reduce(list, {a, x: #.m}, {})":                "{a: a, x: 8}",
		"max({a}.a, {list}.list[0].n)":                 "7",
		"{a: 123456789012345678901, b}":                "{a: 123456789012345678901, b: b}",
		"{true}":                                       "", "{null}": "", "{a b}": "", "{, a}": "", "{a,, b}": "", "{.n}": "", "{#}": "", "{1}": "", "{it.a}": "", "{$}": "",
	} {
		eval := func(text string) (string, error) {
			p, err := Compile(text, func(name string) (string, bool) { return "it's", name == "v" })
			if err != nil {
				return "", err
			}
			v, err := p.Eval(record)
			return v.Quote(), err
		}
		got, err := eval(short)
		if long == "" {
			if err == nil {
				t.Errorf("%s: got %s, want an error", short, got)
			}
			continue
		}
		if want, werr := eval(long); got != want || err != nil || werr != nil {
			t.Errorf("%s: got %s, %v, want %s, %v", short, got, err, want, werr)
		}
	}
}

// TestPlacesBesideShortRecords wants mistakes at their places in the text that was written.
func TestPlacesBesideShortRecords(t *testing.T) {
	for text, want := range map[string]int{
		"{a, b, x: 1 +}":             13,
		"{é, b} + nofunction(1)":     10,
		"map(list, {a, b: nofun()})": 17,
		"{a, b} }":                   7,
		"[a, b}":                     5,
		"1, 2":                       1,
		"{x: max(a, b}":              12,
	} {
		_, err := Compile(text, nil)
		e, ok := err.(*Error)
		if !ok || e.Offset != want {
			t.Errorf("%s: got %v, want an error at %d", text, err, want)
		}
	}
	p, err := Compile("{a, b, x: map(list, {c, y: d})}", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Name{{Name: "a", Offset: 1}, {Name: "b", Offset: 4}, {Name: "list", Offset: 14}, {Name: "c", Offset: 21}, {Name: "d", Offset: 27}} {
		if got := p.Names()[i]; got.Name != want.Name || got.Offset != want.Offset {
			t.Errorf("got the name %s at %d, want %s at %d", got.Name, got.Offset, want.Name, want.Offset)
		}
	}
}
