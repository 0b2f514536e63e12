package stages_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/pipeline"
)

// texts are what random values are made of: what means something in expressions, templates, words and shells.
var texts = []string{`"`, `'`, "`", `\`, "{", "}", "${", "$", "$v", "$1", "$it", "{{", "}}", "\n", "\t", "\x00", "\x01", "\xff", "a", "b", "7", " ", "or true",
	"//", "/*", "#", "(", ")", "[", "|", ";", ">", "=", ":desc", ",", "\\n", "\\t", "\\$", "\ue000", "\ue001", "\ue002", "\ue003", "世"}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(6) {
		b.WriteString(texts[r.IntN(len(texts))])
	}
	return b.String()
}

// TestValuesAreNoProgramText runs stages with random values of variables in their expressions and templates, and wants
// what the same gives with the value in a field.
func TestValuesAreNoProgramText(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	rows := []struct{ text, want string }{ // with $v, and with the field v
		{`map '"<$v>"'`, `map '"<" + v + ">"'`},
		{`map "\"<$v>\""`, `map '"<" + v + ">"'`},
		{`map "'<${v}x>'"`, `map '"<" + v + "x>"'`},
		{`map '"${v}x" + $v'`, `map 'v + "x" + v'`},
		{`map $v`, `map v`},
		{`map "$v"`, `map v`},
		{`map '[$v, len($v)]'`, `map '[v, len(v)]'`},
		{`filter "v == \"$v\""`, `filter 'v == v'`},
		{`filter 'v != $v or x == "$v$v"'`, `filter 'x == v + v'`},
		{`reject "v == \"$v\" or false"`, `reject 'v == v or false'`},
		{`take_while 'v == "$v"'`, `take_while 'v == v'`},
		{`set "y=\"$v!\"" | map y`, `set 'y=v + "!"' | map y`},
		{`sort --by "v == \"$v\":desc" | map v`, `sort --by 'v == v:desc' | map v`},
		{`group_by "k=max(\"$v\")" | map k`, `group_by 'k=max(v)' | map k`},
		{`count_by "x + \"$v\"" | map count`, `count_by 'x + v' | map count`},
		{`format "$v-{x}"`, `format '{v}-{x}'`},
		{`format '$v-{x + "$v"}'`, `format '{v}-{x + v}'`},
		{`format "{$v}${v}x"`, `format '{v}{v}x'`},
		{`reduce "\"\"" 'acc + "$v"'`, `reduce '""' 'acc + v'`},
		{`route "v == \"$v\"" { map 1 } else { map 2 }`, `route 'v == v' { map 1 } else { map 2 }`},
		{`top 1 "\"$v\" + x" | map v`, `top 1 'v + x' | map v`},
		{`map '{"$v": 1}'`, `map '{(v): 1}'`},
		{`map 'it["$v"] ?? "none"'`, `map 'it[v] ?? "none"'`},
		{`map 'it.$v ?? "none"'`, `map 'it[v] ?? "none"'`},
		{`each { take_from a | map "\"$v\" + '$v'" }`, `map 'v + "" + v'`},
		{`get v | each { take_from a | map "\"<$it>\" + $it" }`, `map '"<" + v + ">" + v'`},
		{`get v | each { take_from a | format "<$it>{$it}" }`, `map '"<" + v + ">" + v'`},
		{`get v | each { def f x { take_from a | filter "\"$x\" == \"$it\"" | map '"$x"' }; f $it }`, `map 'v + ""'`},
		{`map x | replace x "$v"`, `map v`},
		{`map x | replace "(x)" "\$1$v"`, `map 'x + v'`},
		{`map x | replace -F x "$v"`, `map v`},
	}
	for range 60 {
		v := randomText(r)
		row := rows[r.IntN(len(rows))]
		in := "x,v\nx,\"" + strings.ReplaceAll(v, `"`, `""`) + "\"\n"
		got, want := runWith(t, "csv | "+row.text, in, v), runWith(t, "csv | "+row.want, in, v)
		if got != want {
			t.Errorf("%s with %q: got %q, want %q", row.text, v, got, want)
		}
	}
}

// runWith returns what the pipeline writes with the variable v, and whether it fails.
func runWith(t *testing.T, text, in, v string) string {
	t.Helper()
	var out, messages bytes.Buffer
	lookup := func(name string) (string, bool) { return v, name == "v" }
	p, err := pipeline.Compile(text, "", pipeline.Scope{Lookup: lookup}, pipeline.Settings{Stdin: strings.NewReader(in), Stdout: &out, Stderr: &messages})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := p.Run(nil); err != nil {
		return out.String() + " and an error"
	}
	return out.String()
}
