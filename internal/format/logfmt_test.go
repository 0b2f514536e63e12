package format

import (
	"fmt"
	"testing"

	"mtpipe/value"
)

func TestLogfmt(t *testing.T) {
	for _, row := range []struct {
		name string
		v    value.Value
		want string
	}{
		{"fields", rec("a", 1, "b", "x"), "a=1 b=x\n"},
		{"quotes", rec("a", "x y", "b", "", "c", `"`, "d", "="), `a="x y" b="" c="\"" d="="` + "\n"},
		{"a backslash", rec("a", `\d`, "b", `\ `), `a=\d b="\\ "` + "\n"},
		{"null", rec("a", nil, "b", nil), "a= b=\n"},
		{"letters", rec("ä", "世界"), "ä=世界\n"},
		{"controls and bytes", rec("a", "\x00\xff"), `a="\x00\xff"` + "\n"},
		{"no record", value.Int(7), "value=7\n"},
		{"no fields", rec(), "\n"},
	} {
		if got, err := written(New("logfmt", Screen{}), false, row.v); err != nil || got != row.want {
			t.Errorf("%s: got %q, %v, want %q", row.name, got, err, row.want)
		}
	}
	for _, name := range []string{"", "a b", "a=b", `a"`, "a\n"} {
		got, err := appendLogfmt([]byte("x"), rec("a", 1, name, 2))
		if want := fmt.Sprintf("the name %q cannot be a key of logfmt", name); err == nil || err.Error() != want || string(got) != "x" {
			t.Errorf("%q: got %q, %v, want %s", name, got, err, want)
		}
	}
}
