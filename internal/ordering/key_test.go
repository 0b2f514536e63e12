package ordering

import (
	"testing"

	"mtpipe/value"
)

func TestKeyCompare(t *testing.T) {
	for _, row := range []struct {
		name string
		key  Key
		a, b value.Value
		want int
	}{
		{"text", Key{}, value.TextOf("10"), value.TextOf("9"), -1},
		{"text and string", Key{}, value.TextOf("10"), value.String("9"), -1},
		{"text and number", Key{}, value.TextOf("10"), value.Int(9), 1},
		{"values", Key{Mode: ByValue}, value.TextOf("10"), value.TextOf("9"), 1},
		{"descending", Key{Descending: true}, value.TextOf("10"), value.TextOf("9"), 1},
		{"numbers", Key{Mode: ByNumber}, value.TextOf("10 x"), value.Float(9.5), 1},
		{"equal numbers", Key{Mode: ByNumber}, value.TextOf("10 x"), value.Int(10), 0},
		{"human", Key{Mode: ByHuman}, value.TextOf("2K"), value.TextOf("1G"), -1},
		{"versions", Key{Mode: ByVersion}, value.TextOf("v1.10"), value.TextOf("v1.9"), 1},
		{"letters", Key{Mode: ByLetter}, value.TextOf("a"), value.TextOf("B"), -1},
	} {
		if got := row.key.Compare(row.a, row.b); got != row.want {
			t.Errorf("%s: got %d, want %d", row.name, got, row.want)
		}
		if got := row.key.Compare(row.b, row.a); got != -row.want {
			t.Errorf("%s, turned round: got %d, want %d", row.name, got, -row.want)
		}
	}
}
