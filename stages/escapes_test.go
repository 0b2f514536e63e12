package stages_test

import (
	"regexp"
	"testing"

	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

// escaping has for each stage with a delimiter, replacement or template a call whose text has X
// for an escape, what it reads, and what it puts, in which § is the character meant.
var escaping = map[string][]struct{ call, in, want string }{
	"csv":        {{"csv -d 'X' | to_json", "a§b\n1§2\n", "{\"a\":1,\"b\":2}\n"}},
	"to_csv":     {{"jsonl | to_csv -d 'X' --no-header", `{"a":1,"b":2}`, "1§2\n"}},
	"lines":      {{"lines --separator 'X' | to_json", "a§b\n", "\"a\"\n\"b\"\n"}},
	"field":      {{"field -d 'X' 2", "a§b\n", "b\n"}},
	"split":      {{"split 'X'", "a§b\n", "a\nb\n"}},
	"explode":    {{"jsonl | set a='split(a, \",\")[0] + \"§\" + split(a, \",\")[1]' | explode a --on 'X' | get a", `{"a":"x,y"}`, "x\ny\n"}},
	"implode":    {{"jsonl | implode a --on 'X' | get a", "{\"a\":\"x\"}\n{\"a\":\"y\"}", "x§y\n"}},
	"flatten":    {{"jsonl | flatten -s 'X' | to_csv -d '|' | head 1", `{"a":{"b":1,"c":2}}`, "a§b|a§c\n"}},
	"fill_empty": {{"jsonl | fill_empty --with 'X' | get a", `{"a":null}`, "§\n"}},
	"replace":    {{"replace , 'X'", "a,b\n", "a§b\n"}, {"replace -F , 'X'", "a,b\n", "a§b\n"}, {"replace '(,)' '${1}X'", "a,b\n", "a,§b\n"}},
	"tr":         {{"tr , 'X'", "a,b\n", "a§b\n"}, {"tr 'X' ,", "a§b\n", "a,b\n"}},
	"format":     {{"format '{it}Xz'", "a\n", "a§z\n"}},
	"parse":      {{"parse '{a}X{b}' | get b", "x§y\n", "y\n"}},
}

// TestEscapes wants the same escapes in all of them.
func TestEscapes(t *testing.T) {
	named := regexp.MustCompile(`-(delimiter|separator|with|on TEXT)|DELIMITER|TEMPLATE|SET1|\bTEXT\b`)
	others := map[string]bool{
		"exec": true, "sh": true, "find": true, "jq": true, "join": true, "sort": true, "merge_sorted": true, "split_by": true, // programs, names and expressions
		"http_get": true, "http_post": true, "pmap": true, "tcp": true, "tcp_listen": true, "unix": true, "unix_listen": true,
		"columns": true,                                                         // names of fields
		"follow":  true,                                                         // divides as lines does
		"grep":    true, "head": true, "take": true, "tail": true, "each": true, // patterns, numbers and names
		"group_by": true, "top": true, "bottom": true, // expressions
		"minus": true, "intersect": true, "union": true, "compare": true, // the same, and a format with options of its own
		"unpivot": true, "step": true, "share": true, "unsparsify": true, "timestamp": true, "timeslice": true, // names of fields and zones, and a field's text
	}
	for _, family := range stages.All() {
		for _, s := range family.Stages {
			if named.MatchString(s.Usage()) && escaping[s.Name] == nil && !others[s.Name] {
				t.Errorf("%s: got no call with an escape; its usage is %s", s.Name, s.Usage())
			}
		}
	}
	for name, rows := range escaping {
		for _, row := range rows {
			for escape, c := range map[string]string{`\t`: "\t", `\\`: `\`, `\0`: "\x00", "|": "|"} {
				put := func(s, mark, by string) string { return regexp.MustCompile(mark).ReplaceAllLiteralString(s, by) }
				call, want := put(put(row.call, "X", escape), "§", escape), put(row.want, "§", c)
				if name == "flatten" && c == "|" || name == "explode" && c == "\x00" {
					continue
				}
				got, err := stagetest.Run(t, call, put(row.in, "§", c))
				if err != nil || got != want {
					t.Errorf("%s: got %q, %v, want %q", call, got, err, want)
				}
			}
		}
	}
}
