package bench_test

import (
	"fmt"
	"strings"
	"testing"

	"mtpipe/internal/bench"
)

func TestNormal(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"an integer", "500", "500"},
		{"a long integer keeps its digits", "1767571200123", "1767571200123"},
		{"zeros in front stay", "007", "007"},
		{"zeros behind go", "12.300", "12.3"},
		{"a whole number with a fraction", "12.000", "12"},
		{"nine digits", "121.18439999999998", "121.1844"},
		{"a third", "0.33333333333333331", "0.333333333"},
		{"an exponent", "1.5e2", "150"},
		{"negative", "-0.50", "-0.5"},
		{"text", "/item/1.50", "/item/1.50"},
		{"an address", "10.0.0.1", "10.0.0.1"},
		{"letters of numbers", "e", "e"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := bench.Normal(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTopCounts(t *testing.T) {
	for _, c := range []struct {
		name, out string
		format    bench.Format
		want      string
	}{
		{"CSV", "value,count\nb,7\na,9\nc,2\nd,2\n", bench.CSV, "a 9, b 7, one of those 2, one of those 2"},
		{"rows without a header", "a,9\nb,7\nx,2\ny,2\n", bench.BareCSV, "a 9, b 7, one of those 2, one of those 2"},
		{"uniq -c", "   9 a\n   7 b\n   2 d\n   2 e\n", bench.Blanks, "a 9, b 7, one of those 2, one of those 2"},
		{"equal counts above the last place", "x 3\ny 3\nz 1\n", bench.Blanks, "x 3, y 3, one of those 1"},
		{"nothing", "", bench.Blanks, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := bench.TopCounts(strings.NewReader(c.out), c.format); got != c.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
	if got, err := bench.TopCounts(strings.NewReader("no count\n"), bench.Blanks); err == nil {
		t.Errorf("got %q of a row without a count, want an error", got)
	}
}

func TestUnordered(t *testing.T) {
	answer := func(t *testing.T, out string, format bench.Format) string {
		t.Helper()
		got, err := bench.Unordered(strings.NewReader(out), format)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	t.Run("few rows are told", func(t *testing.T) {
		const want = `a 1.5 2; b, "c" 3 4`
		if got := answer(t, "k,m,p\n\"b, \"\"c\"\"\",3,4.0\na,1.50,2\n", bench.CSV); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := answer(t, "a,1.5,2.00000000001\n\"b, \"\"c\"\"\",3,4\n", bench.BareCSV); got != want {
			t.Errorf("got %q without a header, want %q", got, want)
		}
	})
	t.Run("counts in either order", func(t *testing.T) {
		if a, b := answer(t, "host,count\nx,2\ny,1\n", bench.CSV), answer(t, "  1 y\n  2 x\n", bench.Blanks); a != b {
			t.Errorf("got %q and %q, want the same", a, b)
		}
	})
	t.Run("many rows", func(t *testing.T) {
		var up, down, twice strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&up, "line %d\n", i)
			fmt.Fprintf(&down, "line %d\n", 999-i)
			fmt.Fprintf(&twice, "line %d\n", max(i, 1)) // 1 in place of 0
		}
		a, b, c := answer(t, up.String(), bench.Lines), answer(t, down.String(), bench.Lines), answer(t, twice.String(), bench.Lines)
		if a != b || a == c || !strings.HasPrefix(a, "1000 rows, ") {
			t.Errorf("got %q, %q and %q with a row changed, want the first two equal", a, b, c)
		}
	})
	if got, err := bench.Unordered(strings.NewReader("a,b\n\"c\n"), bench.CSV); err == nil {
		t.Errorf("got %q of a quote that does not end, want an error", got)
	}
}

func TestOrderedBy(t *testing.T) {
	answer := func(out string) string {
		got, err := bench.OrderedBy(1)(strings.NewReader("name,n\n"+out), bench.CSV)
		if err != nil {
			t.Error(err)
		}
		return got
	}
	want := answer("a,1.50\nb,2\nc,2\n")
	for _, c := range []struct {
		name, out string
		same      bool
	}{
		{"rows with equal numbers in another order", "a,1.5\nc,2\nb,2\n", true},
		{"another order", "b,2\na,1.50\nc,2\n", false},
		{"a row changed", "a,1.50\nb,2\nd,2\n", false},
		{"a row missing", "a,1.50\nb,2\n", false},
	} {
		if got := answer(c.out); (got == want) != c.same {
			t.Errorf("%s: got %q beside %q, want the same: %v", c.name, got, want, c.same)
		}
	}
	if got, err := bench.OrderedBy(2)(strings.NewReader("name,n\na,1\n"), bench.CSV); err == nil {
		t.Errorf("got %q of a column that is not there, want an error", got)
	}
}
