package format_test

import (
	"fmt"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/value"
)

func TestYAML(t *testing.T) {
	of := format.CutterOf("yaml")
	for _, row := range []struct{ name, text, want string }{
		{"a record", "b: 1.10\na: [x, 'y']\nc: {d: null, e: ~, f: }\n", `{"b":1.10,"a":["x","y"],"c":{"d":null,"e":null,"f":null}}`},
		{"documents", "--- # one\na: 1\n---\na: 2\n...\n---\n--- 3\n--- |\n  text\n", "{\"a\":1}\n{\"a\":2}\n3\n\"text\\n\""},
		{"no marker, a mark, carriage returns", "\ufeffa: 1\r\nb:\r\n- x\r\n", `{"a":1,"b":["x"]}`},
		{"a list", "- a: 1\n  b: 2\n- 3\n- [4]\n", "{\"a\":1,\"b\":2}\n3\n[4]"},
		{"a list in a line", "[1, {a: b}, x]\n", "1\n{\"a\":\"b\"}\n\"x\""},
		{"a marker in quotes", "a: |\n  --- no\nb: 1\n", `{"a":"--- no\n","b":1}`},
		{"numbers", "[1e3, -0.50, 0x1F, 0o17, 1_000, 0755, +5, .5, 18446744073709551615, .inf, -.nan, 12345678901234567890123]\n",
			"1e3\n-0.50\n31\n15\n1000\n\"0755\"\n5\n0.5\n18446744073709551615\n\".inf\"\n\"-.nan\"\n12345678901234567890123"},
		{"kinds", "[true, False, yes, \"1\", '', 2024-01-02, !!str 5]\n", "true\nfalse\n\"yes\"\n\"1\"\n\"\"\n\"2024-01-02\"\n\"5\""},
		{"aliases and merged keys", "a: &x {p: 1, q: 2}\nb: *x\nc:\n  q: 3\n  <<: *x\n  r: 4\nd:\n  <<: [{p: 5}, *x]\n",
			`{"a":{"p":1,"q":2},"b":{"p":1,"q":2},"c":{"q":3,"r":4,"p":1},"d":{"p":5,"q":2}}`},
		{"comments alone", "# x\n---\n# y\n", ""},
		{"nothing", "", ""},
	} {
		want := row.want
		if want != "" {
			want += "\n"
		}
		if got := asJSON(t, of(), row.text); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, want)
		}
		for size := 1; size <= len(row.text); size++ {
			if got := pieces(t, of(), row.text, size); got != want {
				t.Errorf("%s, %d bytes at a time: got\n%s\nwant\n%s", row.name, size, got, want)
			}
		}
	}
}

// pieces reads text, so many bytes at a time, and returns it as JSON lines.
func pieces(t *testing.T, c format.Cutter, text string, size int) string {
	t.Helper()
	var out, rest []byte
	for at := 0; at <= len(text); at += size {
		ended := at+size > len(text)
		rest = append(rest, text[at:min(at+size, len(text))]...)
		end := c.Cut(rest, ended)
		if end == 0 && !ended {
			continue
		}
		data := append([]byte(nil), rest...)
		rest = append(rest[:0], data[end:]...)
		if b := c.Batch(value.NewBlock(data), data[:end]); b != nil {
			b.Parse()
			for v := range b.All() {
				out = append(v.AppendJSON(out), '\n')
			}
		}
	}
	return string(out)
}

// bomb doubles a list so many times.
func bomb(times int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [lol, lol]\n")
	for i := 1; i <= times; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	return b.String()
}

func TestYAMLErrors(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       string // LINE:COLUMN: MESSAGE, and what was read
	}{
		{"not YAML", "--- 1\n---\na: [1,\n---\nb: 2\n", "1 | 3:1: did not find expected node content | {\"b\":2} | "},
		{"a key twice", "a: 1\nb: 2\na: 3\n", "3:1: the key \"a\" stands twice | "},
		{"a key twice below", "x:\n  a: 1\n  a: 2\n", "3:3: the key \"a\" stands twice | "},
		{"a list as a key", "? [a]\n: 1\n", "1:3: a key is a list or a record, and cannot be the name of a field | "},
		{"an alias in itself", "a: &x [1, *x]\n", "1:11: the alias \"x\" is in what it stands for | "},
		{"merged in itself", "a: &x\n  <<: *x\n", "2:7: what is merged is in itself | "},
		{"merged text", "a:\n  <<: b\n", "2:7: only records can be merged | "},
		{"an alias of nothing", "1\n---\na: *x\n", "1 | 2:1: unknown anchor 'x' referenced | "},
		{"a list of which one is wrong", "- 1\n- {a: 1, a: 2}\n- 3\n", "1 | 2:10: the key \"a\" stands twice | "},
		{"a line that is JSON", "1\n2: 3\n", "2:1: mapping values are not allowed in this context | "},
	} {
		if got := placesOf(t, format.CutterOf("yaml")(), row.text); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
	if got := placesOf(t, format.CutterOf("yaml")(), bomb(40)); !strings.Contains(got, "its references make more than 100 times its size of it") {
		t.Errorf("got %.200s, want an error about references", got)
	}
	merging := strings.NewReplacer(": &", ":\n  &", "[lol, lol]", "{k: 1}", "[*", "{<<: [*", "]", "]}").Replace(bomb(40))
	if got := placesOf(t, format.CutterOf("yaml")(), merging); !strings.Contains(got, "the document merges more than 100000 times") {
		t.Errorf("got %.200s, want an error about merged keys", got)
	}
	if got := asJSON(t, format.CutterOf("yaml")(), bomb(8)); strings.Count(got, "lol") != 1022 {
		t.Errorf("got %d elements, want 1022", strings.Count(got, "lol"))
	}
}

// placesOf shows what is read of a text, with the lines and columns of errors.
func placesOf(t *testing.T, c format.Cutter, text string) string {
	t.Helper()
	data := []byte(text)
	c.Cut(data, true)
	b := c.Batch(value.NewBlock(data), data)
	if b == nil {
		return ""
	}
	bad := b.Parse()
	r := b.Records()
	var out strings.Builder
	for i := range r.Rows {
		if len(bad) > 0 && bad[0].Row == i {
			before := string(r.Text[:bad[0].Off])
			fmt.Fprintf(&out, "%d:%d: %s | ", 1+strings.Count(before, "\n"), len(before)-strings.LastIndex(before, "\n"), bad[0].Err)
			bad = bad[1:]
			continue
		}
		fmt.Fprintf(&out, "%s | ", r.Value(i).AppendJSON(nil))
	}
	return out.String()
}

func TestTOML(t *testing.T) {
	of := format.CutterOf("toml")
	for _, row := range []struct{ name, text, want string }{
		{"keys in their order", "z = 1\na.y = 'x'\n[t]\nc = [1, 'b']\na = {y = 1, x = 2}\n[[l]]\nb = 1\na = 2\n[[l]]\na = 3\n",
			`{"z":1,"a":{"y":"x"},"t":{"c":[1,"b"],"a":{"y":1,"x":2}},"l":[{"b":1,"a":2},{"a":3}]}`},
		{"dates", "a = 1979-05-27T07:32:00.50-08:00\nb = 1979-05-27\nc = 07:32:00\nd = 1979-05-27 07:32:00\ne = 1979-05-27T07:32:00Z\n",
			`{"a":"1979-05-27T07:32:00.5-08:00","b":"1979-05-27","c":"07:32:00","d":"1979-05-27T07:32:00","e":"1979-05-27T07:32:00Z"}`},
		{"numbers", "a = [0xff, 1_000, 1.50, inf, -nan, true]\n", `{"a":[255,1000,1.5,"+inf","nan",true]}`},
		{"tables in a list", "a = [{z = 1, b = 2}]\n", `{"a":[{"z":1,"b":2}]}`},
		{"nothing", "# x\n", "{}"},
	} {
		if got := pieces(t, of(), row.text, 7); got != row.want+"\n" {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
	if got, want := placesOf(t, of(), "a = 1\n\nb = \n"), "3:4: expected value but found '\\n' instead | "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := placesOf(t, of(), "a = 1\na = 2\n"); !strings.HasPrefix(got, "2:") {
		t.Errorf("got %s, want an error in line 2", got)
	}
}
