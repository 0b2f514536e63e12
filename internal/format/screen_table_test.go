package format

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"mtpipe/value"
)

// onScreen is a table on a screen whose clock stands still unless it is told.
type onScreen struct {
	*screenTable
	clock time.Time
	out   []byte
}

func newOnScreen(on Screen) *onScreen {
	on.Terminal = true
	s := &onScreen{screenTable: newScreenTable(on), clock: time.Unix(0, 0)}
	s.now = func() time.Time { return s.clock }
	return s
}

// put writes values; each takes so long.
func (s *onScreen) put(t *testing.T, each time.Duration, vs ...value.Value) {
	t.Helper()
	for _, v := range vs {
		s.clock = s.clock.Add(each)
		var err error
		if s.out, err = s.Append(s.out, v); err != nil {
			t.Fatal(err)
		}
	}
}

// pause lets time pass, as an output does whose input has nothing.
func (s *onScreen) pause(d time.Duration) {
	if wait := s.Wait(); wait <= d {
		s.out = s.Flush(s.out)
	}
	s.clock = s.clock.Add(d)
}

// seen returns what has come on the screen since the last time.
func (s *onScreen) seen() string {
	text := string(s.out)
	s.out = nil
	return text
}

func (s *onScreen) end() string {
	s.out = s.End(s.out)
	return s.seen()
}

func numbered(from, to int) (vs []value.Value) {
	for i := from; i <= to; i++ {
		vs = append(vs, rec("n", i))
	}
	return vs
}

func TestScreenTable(t *testing.T) {
	float := func(x float64) value.Value {
		return value.Rec(value.NewRecord(value.NewShape("x"), value.Float(x)))
	}
	for _, c := range []struct {
		name string
		on   Screen
		vs   []value.Value
		want string
	}{
		{"a rule and the count", Screen{}, []value.Value{rec("name", "Zoë", "n", 5), rec("name", "世界", "n", 12)},
			"name   n\n────  ──\nZoë    5\n世界  12\n2 rows\n"},
		{"as wide as the screen", Screen{Columns: 12}, []value.Value{rec("a", "bcdefgh", "n", 12)}, "a         n\n───────  ──\nbcdefgh  12\n1 row\n"},
		{"a column is cut", Screen{Columns: 10}, []value.Value{rec("a", "bcdefgh", "n", 12)}, "a        n\n──────  ──\nbcdef…  12\n1 row\n"},
		{"the widest is cut", Screen{Columns: 20}, []value.Value{rec("a", "12345678", "b", "1234567890123x"), rec("a", "x", "b", "y")},
			"a         b\n────────  ──────────\n12345678  123456789…\nx         y\n2 rows\n"},
		{"wide characters", Screen{Columns: 7}, []value.Value{rec("a", "世界世界世界")}, "a\n───────\n世界世…\n1 row\n"},
		{"combining marks", Screen{Columns: 8}, []value.Value{rec("a", "e\u0301e\u0301e\u0301", "b", "x")}, "a    b\n───  ─\ne\u0301e\u0301e\u0301  x\n1 row\n"},
		{"numbers are whole", Screen{Columns: 12}, []value.Value{rec("name", "abcdefghij", "n", 123456789)}, "name       …\n─────────  …\nabcdefgh…  …\n1 row, 1 of 2 columns not shown; --all shows all\n"},
		{"numbers are not cut", Screen{Columns: 22}, []value.Value{rec("name", "abcdefghij", "n", 1234567890123)}, "name                 n\n───────  ─────────────\nabcdef…  1234567890123\n1 row\n"},
		{"columns in the middle are left out", Screen{Columns: 20}, []value.Value{rec("a", 1111, "b", 2222, "c", 3333, "d", 4444, "e", 5555)},
			"   a     b  …     e\n────  ────  …  ────\n1111  2222  …  5555\n1 row, 2 of 5 columns not shown; --all shows all\n"},
		{"all columns", Screen{Columns: 20, All: true}, []value.Value{rec("a", 1111, "b", 2222, "c", "333333333333333x")},
			"   a     b  c\n────  ────  ────────────────\n1111  2222  333333333333333x\n1 row\n"},
		{"controls", Screen{}, []value.Value{rec("a\tb", "x\x1b[31m\ny\u202e\x7f")}, "a\\tb\n────────────────────────\nx\\x1b[31m\\ny\\u202e\\u007f\n1 row\n"},
		{"rounded", Screen{}, []value.Value{float(100.0 / 3), float(2.0 / 3), float(1.5), float(1e-7 / 3), float(123456789.123456789)},
			"            x\n─────────────\n       33.333\n       0.6667\n          1.5\n    3.333e-08\n123456789.123\n5 rows\n"},
		{"not rounded", Screen{All: true}, []value.Value{float(100.0 / 3)}, "                 x\n──────────────────\n33.333333333333336\n1 row\n"},
		{"text is not rounded", Screen{}, []value.Value{rec("x", "v0.123456789"), rec("x", "0.1000")}, "x\n────────────\nv0.123456789\n0.1000\n2 rows\n"},
		{"other names", Screen{}, []value.Value{rec("a", 1), rec("a", 2), rec("b", 3)}, "a\n─\n1\n2\n\nb\n─\n3\n3 rows in 2 tables\n"},
		{"nulls", Screen{}, []value.Value{rec("a", nil, "b", 1), rec("a", 10, "b", nil)}, " a  b\n──  ─\n    1\n10\n2 rows\n"},
		{"thousands", Screen{Rows: 16}, numbered(1, 1204),
			"   n\n────\n   1\n   2\n   3\n   4\n   5\n… 1,194 rows more; --all shows all\n1200\n1201\n1202\n1203\n1204\n1,204 rows\n"},
		{"as many as there is room for", Screen{Rows: 16}, numbered(1, 10), " n\n──\n 1\n 2\n 3\n 4\n 5\n 6\n 7\n 8\n 9\n10\n10 rows\n"},
		{"one more", Screen{Rows: 16}, numbered(1, 11), " n\n──\n 1\n 2\n 3\n 4\n 5\n… 1 row more; --all shows all\n 7\n 8\n 9\n10\n11\n11 rows\n"},
		{"colours", Screen{Colours: true, Rows: 16}, append([]value.Value{rec("t", "x", "n", -1)}, rec("t", nil, "n", 2)),
			"\x1b[1mt\x1b[0m   \x1b[1mn\x1b[0m\n\x1b[2m─\x1b[0m  \x1b[2m──\x1b[0m\nx  \x1b[36m-1\x1b[0m\n    \x1b[36m2\x1b[0m\n\x1b[2m2 rows\x1b[0m\n"},
		{"a long text", Screen{Columns: 10}, []value.Value{rec("a", strings.Repeat("x", 1<<20))}, "a\n──────────\nxxxxxxxxx…\n1 row\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newOnScreen(c.on)
			s.put(t, 0, c.vs...)
			if got := s.end(); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
	s := newOnScreen(Screen{Columns: 10})
	s.put(t, 0, rec("a", strings.Repeat("x", 1<<20)))
	if n := len(s.rows[0].cells[0].text); n > 10*mostBytes {
		t.Errorf("got %d bytes that are kept of a long text", n)
	}
	s = newOnScreen(Screen{Rows: 16, All: true})
	s.put(t, 0, numbered(1, 3000)...)
	if got := s.end(); strings.Count(got, "\n") != 3003 || !strings.HasSuffix(got, "\n3000\n3,000 rows\n") {
		t.Errorf("all: got %d lines", strings.Count(got, "\n"))
	}
}

// TestScreenTableInTime wants rows to be on the screen as soon as is said, whatever comes.
func TestScreenTableInTime(t *testing.T) {
	s := newOnScreen(Screen{Rows: 16})
	expect := func(what, want string) {
		t.Helper()
		if got := s.seen(); got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	s.put(t, 0, rec("n", 1))
	s.pause(firstWait - 1)
	expect("before the widths are known", "")
	s.pause(firstWait)
	expect("after the first wait", "n\n─\n1\n")
	s.put(t, 0, rec("n", 22))
	s.pause(0)
	expect("a row of those at the beginning", "22\n")
	s.put(t, 0, numbered(100, 100_000)...)
	if got := s.seen(); strings.Count(got, "\n") > 10 {
		t.Errorf("many rows: got %d lines, want no more than there is room for", strings.Count(got, "\n"))
	}
	if n := len(s.rows); n > 2*tableRows {
		t.Errorf("got %d rows that are held back", n)
	}
	s.pause(lastWait - 1)
	expect("a short pause", "")
	s.pause(lastWait)
	if got, want := s.seen(), "… 99,893 rows more; --all shows all\n 99996\n 99997\n 99998\n 99999\n100000\n"; got != want {
		t.Errorf("a pause: got %q, want the last rows", got)
	}
	for i := range 100 {
		s.put(t, lastWait/4, rec("n", i))
		s.pause(0)
	}
	got := s.seen()
	s.put(t, lastWait/4, rec("n", 100))
	got += s.seen()
	if lines := strings.Count(got, "\n"); strings.Contains(got, "…") || lines < 95 {
		t.Errorf("rows that come slowly: got %d lines, want all: %q", lines, got)
	}
	s.pause(lastWait)
	s.put(t, 0, numbered(1, 5)...)
	s.pause(0)
	s.seen()
	s.put(t, 2*lastWait, rec("n", 7))
	s.pause(0)
	expect("a row after a pause", "     7\n")
	if got := s.end(); !strings.HasSuffix(got, "100,010 rows\n") {
		t.Errorf("got %q at the end", got)
	}
}

// TestScreenTableRandom wants no line wider than the screen where all could be cut, and every row either
// shown or counted, at any sizes and pauses.
func TestScreenTableRandom(t *testing.T) {
	for seed := range uint64(100) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		columns := 12 + rnd.IntN(80)
		s := newOnScreen(Screen{Columns: columns, Rows: rnd.IntN(60)})
		n := rnd.IntN(1000)
		var all strings.Builder
		for i := range n {
			var fields []any
			for c := range 1 + rnd.IntN(7)*rnd.IntN(2) {
				fields = append(fields, fmt.Sprintf("f%d", c), strings.Repeat("é世x\u0301", rnd.IntN(40)))
			}
			s.put(t, time.Duration(rnd.IntN(2)*rnd.IntN(10))*time.Millisecond, rec(append([]any{"id", i}, fields...)...))
			if rnd.IntN(50) == 0 {
				s.pause(time.Duration(rnd.IntN(300)) * time.Millisecond)
			}
			all.WriteString(s.seen())
		}
		all.WriteString(s.end())
		shown, left := 0, 0
		for line := range strings.Lines(all.String()) {
			line = strings.TrimSuffix(line, "\n")
			if w := width.StringWidth(line); w > columns && !strings.Contains(line, "row") {
				t.Fatalf("seed %d: got a line of %d columns on a screen of %d: %q", seed, w, columns, line)
			}
			var k int
			if _, err := fmt.Sscanf(strings.ReplaceAll(line, ",", ""), "… %d row", &k); err == nil {
				left += k
			} else if f := strings.Fields(line); len(f) > 0 && strings.Trim(f[0], "0123456789") == "" && !strings.Contains(line, " row") {
				shown++
			}
		}
		if shown+left != n {
			t.Fatalf("seed %d: got %d rows shown and %d left out of %d", seed, shown, left, n)
		}
	}
}
