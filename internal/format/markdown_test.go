package format_test

import (
	"testing"

	"mtpipe/internal/format"
)

func TestMarkdown(t *testing.T) {
	of := format.CutterOf("markdown")
	for _, row := range []struct{ name, text, want string }{
		{"a table", "| a | b |\n| --- | ---: |\n| 1 | x y |\n| 007 | |\n", "{\"a\":1,\"b\":\"x y\"}\n{\"a\":\"007\",\"b\":\"\"}\n"},
		{"without bars at the ends", "a | b\n:-|:-:\n1 | 2\n | 3\n", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":\"\"}\n"},
		{"text around", "# T\n\nx | y\n\n| a |\n|---|\n| 1 |\n\ntext\n\nend\n|4|5|\n", "{\"a\":1}\n"},
		{"what is written otherwise", `|a\|b|c|` + "\r\n|-|-|\r\n" + `|x\|y|1<br>2<br/>3<br />4&lt;&amp;lt;&#32;&#0;&quot;&x;\\|` + "\r\n", `{"a|b":"x|y","c":"1\n2\n3\n4<&lt; &#0;\"&x;\\|"}` + "\n"},
		{"cells that are missing", "|a|b|\n|-|-|\n|1|\n", "{\"a\":1,\"b\":\"\"}\n"},
		{"in a block of code", "```\n|a|\n|-|\n|1|\n```\n~~~ x\n|a|\n|-|\n```\n|1|\n~~~\n|b|\n|-|\n|2|\n", "{\"b\":2}\n"},
		{"a line of dashes that is data", "|a|\n|-|\n|-|\n|---|\n", "{\"a\":\"-\"}\n{\"a\":\"---\"}\n"},
		{"lines of dashes that do not fit", "|a|b|\n|-|\n|1|2|\n|-|x|\n|3|4|\n", ""},
		{"a header after a header", "|a|b|\n|c|d|\n|-|-|\n|1|2|\n", "{\"c\":1,\"d\":2}\n"},
		{"names twice, and none", "|a||a|\n|-|-|-|\n|1|2|3|\n", "{\"a\":1,\"c2\":2,\"a_2\":3}\n"},
		{"two tables with the same names, and a mark", "\ufeff|a|b|\n|-|-|\n|1|2|\n\n|a|b|\n|:-|-:|\n|3|4|", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n"},
		{"a zero byte at the beginning of a row", "a | b\n- | -\n\x00 | ,\n", "{\"a\":\"\\u0000\",\"b\":\",\"}\n"},
		{"a block of code after a mark", "\ufeff```\n|a|\n|-|\n|1|\n", ""},
		{"no table", "text\n", ""},
	} {
		if got := asJSON(t, of(), row.text); got != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, row.want)
		}
		want := readAll(t, of(), row.text, len(row.text)+1)
		for size := 1; size < len(row.text); size++ {
			if got := readAll(t, of(), row.text, size); got != want {
				t.Errorf("%s, %d bytes at a time: got\n%s\nwant\n%s", row.name, size, got, want)
			}
		}
	}
	got := readAll(t, of(), "|a|\n|-|\n|1|2|\n|3|\n", 4)
	if want := "has 2 cells, and the header has 1\n{\"a\"=text\"3\"}\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	const two = "|a|\n|-|\n|1|\n\n|b|c|\n|-|-|\n|2|3|\n"
	got = readAll(t, of(), two, 4)
	if want := "{\"a\"=text\"1\"}\nis the header of a table with other names than the first one; --table N reads one of them\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = readAll(t, of(), "|a|\n|-|\n|1|\n\n| |\n|-|\n|3|\n", 4)
	if want := "{\"a\"=text\"1\"}\nis the header of a table with other names than the first one; --table N reads one of them\n"; got != want {
		t.Errorf("a header without names: got %s, want %s", got, want)
	}
	for n, want := range []string{"", "{\"a\"=text\"1\"}\n", "{\"b\"=text\"2\" \"c\"=text\"3\"}\n", ""} {
		if got := readAll(t, format.MarkdownOf(int64(n)), two, 4); n > 0 && got != want {
			t.Errorf("table %d: got %s, want %s", n, got, want)
		}
	}
}
