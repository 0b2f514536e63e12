package format

import "testing"

// TestFit wants lines cut by what is seen of them, with the colours that they begin and end.
func TestFit(t *testing.T) {
	const red, end = "\x1b[31m", "\x1b[0m"
	for _, c := range []struct {
		line    string
		columns int
		want    string
		rows    int // of the line, on a terminal of that width
	}{
		{"abc", 3, "abc", 1},
		{"abcd", 3, "ab…", 2},
		{"abcdefg", 3, "ab…", 3},
		{"世界人", 4, "世…", 2},
		{"", 3, "", 1},
		{"abc", 0, "abc", 1},
		{red + "abc" + end, 3, red + "abc" + end, 1},
		{red + "ab" + end + "cd", 3, red + "ab" + end + "…", 2},
		{"ab" + red + "cd" + end + "ef", 3, "ab" + red + "…" + end, 2},
		{"abcd" + red + "e" + end, 3, "ab…" + red + end, 2},
	} {
		if got := Fit(c.line, c.columns); got != c.want {
			t.Errorf("%q in %d columns: got %q, want %q", c.line, c.columns, got, c.want)
		}
		if got := Rows(c.line, c.columns); got != c.rows {
			t.Errorf("%q in %d columns: got %d rows, want %d", c.line, c.columns, got, c.rows)
		}
	}
}
