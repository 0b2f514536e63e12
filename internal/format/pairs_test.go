package format_test

import (
	"testing"

	"mtpipe/internal/format"
	"mtpipe/value"
)

func TestWords(t *testing.T) {
	for _, row := range []struct{ format, text, want string }{
		{"dkvp", "a=1,b=\n\nb=x=y,,7,=z\r\na=1,a=2", "a b\n\"1\"|\"\"\nb 2 3\n\"x=y\"|\"7\"|\"z\"\na\n\"2\"\n"},
		{"dkvp", "a=1\ra=2\r\na=3", "bad at 3: a carriage return stands within the line; of lines that end with nothing else, lines --separator '\\r' makes lines\na\n\"3\"\n"},
		{"nidx", "a\rb\r\n", "bad at 1: a carriage return stands within the line; of lines that end with nothing else, lines --separator '\\r' makes lines\n"},
		{"logfmt", "a=1\ra=2\r\na=\"x\ry\"\r\r\n", "bad at 3: a carriage return stands within the line; of lines that end with nothing else, lines --separator '\\r' makes lines\na\n\"x\\ry\"\n"},
		{"dkvp", "\xef\xbb\xbfa=1\n,\n", "a\n\"1\"\n"},
		{"nidx", " a  b\t\r\n\n \t\nc", "1 2\n\"a\"|\"b\"\n1\n\"c\"\n"},
	} {
		if got := brief(anyhow(t, format.CutterOf(row.format), row.text, 1)); got != row.want {
			t.Errorf("%s: %q:\ngot  %q\nwant %q", row.format, row.text, got, row.want)
		}
	}
}

// TestWrittenForPeople wants the formats that nobody reads again to be as they are documented.
func TestWrittenForPeople(t *testing.T) {
	rec := func(names []string, vals ...value.Value) value.Value {
		return value.Rec(value.NewRecord(value.NewShape(names...), vals...))
	}
	text := value.TextOf
	a := rec([]string{"a", "long"}, text("1"), text("x|y\nz"))
	for _, row := range []struct {
		format string
		vs     []value.Value
		want   string
	}{
		{"markdown", []value.Value{a, a, rec([]string{"b"}, value.Null)}, "| a | long |\n| --- | --- |\n| 1 | x\\|y<br>z |\n| 1 | x\\|y<br>z |\n\n| b |\n| --- |\n|  |\n"},
		{"markdown", []value.Value{text("x")}, "| value |\n| --- |\n| x |\n"},
		{"vertical", []value.Value{a, rec([]string{"世"}, text(""))}, "-- 1\n   a: 1\nlong: x|y\n      z\n-- 2\n世:\n"},
		{"pretty", []value.Value{a, value.List(nil), value.Null}, "{\n  \"a\": 1,\n  \"long\": \"x|y\\nz\"\n}\n[]\nnull\n"},
		{"dkvp", []value.Value{rec([]string{"a", "b"}, text("1"), text(""))}, "a=1,b=\n"},
		{"dkvp", []value.Value{rec([]string{"a"}, text("1,2"))}, "error: the value \"1,2\" of \"a\" cannot be one of dkvp"},
		{"nidx", []value.Value{rec([]string{"a"}, text(""))}, "error: the value \"\" of \"a\" cannot be one of nidx"},
		{"nidx", []value.Value{rec(nil)}, "error: a record without fields cannot be a line of text"},
	} {
		var got []byte
		var err error
		w := format.New(row.format, format.Screen{})
		for _, v := range row.vs {
			if got, err = w.Append(got, v); err != nil {
				got = append(got, "error: "+err.Error()...)
			}
		}
		if string(got) != row.want {
			t.Errorf("%s: got %q, want %q", row.format, got, row.want)
		}
	}
}
