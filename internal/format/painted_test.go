package format

import (
	"strings"
	"testing"

	"mtpipe/value"
)

func TestPainted(t *testing.T) {
	v := rec("k", "a\"b\u202e: 1", "n", -1, "z", nil)
	list := value.List([]value.Value{value.Bool(true), value.Float(1.5)})
	for _, c := range []struct {
		name, format string
		terminal     bool
		vs           []value.Value
		want         string
	}{
		{"jsonl", "jsonl", false, []value.Value{v}, "{K\"k\"·:S\"a\\\"b\u202e: 1\"·,K\"n\"·:N-1·,K\"z\"·:0null·}\n"},
		{"jsonl on a terminal", "jsonl", true, []value.Value{v}, "{K\"k\"·:S\"a\\\"b\\u202e: 1\"·,K\"n\"·:N-1·,K\"z\"·:0null·}\n"},
		{"json", "json", true, []value.Value{list}, "[\n[Btrue·,N1.5·]\n]\n"},
		{"pretty", "pretty", true, []value.Value{rec("k", 1)}, "{\n  K\"k\"·: N1·\n}\n"},
		{"a list among text", "", true, []value.Value{list, value.TextOf("true")}, "[Btrue·,N1.5·]\ntrue\n"},
		{"records among text through a pipe", "", false, []value.Value{value.TextOf("{1}").AsUnterminated(), rec("k", 1)}, "{1}\n{K\"k\"·:N1·}\n"},
		{"csv", "csv", true, []value.Value{rec("k", 1)}, "k\n1\n"},
	} {
		got, err := written(New(c.format, Screen{Terminal: c.terminal, Colours: true}), false, c.vs...)
		got = strings.NewReplacer("\x1b[1;34m", "K", "\x1b[32m", "S", "\x1b[36m", "N", "\x1b[35m", "B", "\x1b[2m", "0", "\x1b[0m", "·").Replace(got)
		if got != c.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}
