package repl

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"mtpipe/internal/complete"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

func TestClip(t *testing.T) {
	for _, c := range []struct {
		line    string
		columns int
		want    string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"日本", 4, "日本"},
		{"日本x", 4, "日…"},
		{"日本", 1, "…"},
		{"日本", 0, ""},
		{"a\tb", 9, "a       b"},
		{"\x1b[31mabcd\x1b[0m", 3, "\x1b[31mab…\x1b[0m"},
		{"\x1b[31mabc\x1b[0m", 3, "\x1b[31mabc\x1b[0m"},
		{"a\x1b[2Jb\x1b]0;x\x07c\r\xff\u202e", 40, "a\ufffd[2Jb\ufffd]0;x\ufffdc\ufffd\ufffd\ufffd"},
		{"e\u0301e\u0301", 1, "…"},
		{"e\u0301", 1, "e\u0301"},
	} {
		if got := clip(c.line, c.columns); got != c.want {
			t.Errorf("%q in %d columns: got %q, want %q", c.line, c.columns, got, c.want)
		}
	}
}

// TestFrames looks at whole screens.
func TestFrames(t *testing.T) {
	record := func(price string) value.Value {
		return value.Rec(value.NewRecord(value.NewShape("item", "price"), value.String("日本茶"), value.String(price)))
	}
	for _, c := range []struct {
		name          string
		columns, rows int
		text          string
		result        result
		keys          string
		want          string
	}{
		{"a result", 30, 10, "csv a", result{state: whole, values: []value.Value{record("1"), record("22")}}, "", `
> csv a_


── 2 rows ────────────────────
item    price
──────  ─────
日本茶  1
日本茶  22
2 rows
Tab completes  F1 helps  ↑↓ h…`},
		{"a mistake", 30, 8, "seq 3 | uper", result{state: whole, part: true, values: []value.Value{value.Int(1)},
			mistake: &syntax.Error{Pos: syntax.Pos{Offset: 8, Line: 1, Col: 9}, Msg: "there is no stage uper"}}, "", `
> seq 3 | uper_
          ^
9: there is no stage uper
── what comes to it: 1 row ───
1


Tab completes  F1 helps  ↑↓ h…`},
		{"a mistake in a long text", 12, 9, "seq 3 | take 1 | uper", result{mistake: &syntax.Error{Pos: syntax.Pos{Offset: 17, Line: 1, Col: 18}, Msg: "there is no stage uper"}}, "", `
> seq 3 | t
  ake 1 | u
          ^
  per_
18: there is
 no stage up
er
── nothing …
Tab complet…`},
		{"what is not run", 40, 7, "seq 3 | write x", result{state: more, part: true, refused: &syntax.Error{Stage: "write", Msg: "has an effect"}}, "", `
> seq 3 | write x_

not run here: write: has an effect
── what comes to it: the first rows ────


Tab completes  F1 helps  ↑↓ history  En…`},
		{"a menu", 50, 9, "seq 3 | take", result{state: running}, "<Tab><Tab>", `
> seq 3 | take_


  take_while  Passes on values as long as EXPR is…
* take        Passes on the first N values; the s…
── running … ─────────────────────────────────────


Tab completes  F1 helps  ↑↓ history  Enter prints…`},
	} {
		u := newUI(t, c.columns, c.rows, c.text)
		u.result = c.result
		u.feed(c.keys, 1<<20)
		f := u.frame()
		lines := append([]string(nil), f.lines...)
		lines[f.row] += "_"
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " ")
		}
		if got := "\n" + strings.Join(lines, "\n"); got != c.want {
			t.Errorf("%s: got %s\nwant %s", c.name, got, c.want)
		}
		if w := widths().StringWidth(f.lines[f.row]); f.column != w {
			t.Errorf("%s: got the cursor in column %d of a line of %d", c.name, f.column, w)
		}
	}
}

// TestFramesOfAllKinds draws screens of all sizes with odd texts and values, and wants them to fit,
// and to have nothing in them that a terminal acts on.
func TestFramesOfAllKinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	odd := func(n int) string {
		pieces := []string{"a", "日", "e\u0301", "\x1b[2J", "\x9b31m", "\u202e", "\t", "\n", "\r", "\xff", " | ", "'", "\u2028", "👩\u200d👩", "\x00", "\x1b[31m"}
		s := ""
		for range random.IntN(n + 1) {
			s += pieces[random.IntN(len(pieces))]
		}
		return s
	}
	for i := range 3000 {
		u := newUI(t, random.IntN(60), random.IntN(30), plain([]byte(odd(40))))
		u.colours = i%2 == 0
		u.out = []string{"", "text", "jsonl", "json", "csv", "vertical", "table"}[random.IntN(7)]
		u.result = result{state: state(random.IntN(5)), part: i%3 == 0, notes: odd(20)}
		if i%4 == 0 {
			u.result.mistake = &syntax.Error{Pos: syntax.Pos{Offset: random.IntN(40), Line: 1, Col: 1}, Msg: odd(30)}
		}
		for range random.IntN(5) {
			v := value.String(odd(30))
			if i%2 == 0 {
				v = value.Rec(value.NewRecord(value.NewShape(odd(3), "x"), v, value.Int(7)))
			}
			u.result.values = append(u.result.values, v)
		}
		u.at = u.before(len(u.text))
		switch i % 5 {
		case 0:
			u.menu = &menu{list: []complete.Candidate{{Show: odd(9), Summary: odd(9)}, {Show: "x"}}}
		case 1:
			u.page = odd(90)
		}
		f := u.frame()
		if len(f.lines) != u.rows {
			t.Fatalf("%d: got %d lines, want %d", i, len(f.lines), u.rows)
		}
		for _, l := range f.lines {
			bare := withoutColours(l)
			if strings.ContainsFunc(bare, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
				t.Fatalf("%d: got the line %q", i, l)
			}
			if w := widths().StringWidth(bare); w > max(u.columns, 0) && u.columns >= 6 {
				t.Fatalf("%d: got a line of %d columns on a screen of %d: %q", i, w, u.columns, l)
			}
			if !u.colours && bare != l {
				t.Fatalf("%d: got colours: %q", i, l)
			}
		}
	}
}

// withoutColours returns a line without what clip takes for a colour.
func withoutColours(line string) string {
	var b strings.Builder
	for len(line) > 0 {
		if n := colourLen(line); n > 0 {
			line = line[n:]
			continue
		}
		b.WriteByte(line[0])
		line = line[1:]
	}
	return b.String()
}

// TestDraw wants a frame to be drawn as far as it is another one.
func TestDraw(t *testing.T) {
	d := new(display)
	d.draw(frame{lines: []string{"a", "b"}})
	got := string(d.draw(frame{lines: []string{"a", "c"}, row: 1, column: 2}))
	if want := "\x1b[?25l\x1b[2;1H\x1b[2Kc\x1b[2;3H\x1b[?25h"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := d.draw(frame{lines: []string{"a", "c"}, row: 1, column: 2}); got != nil {
		t.Errorf("got %q for a frame that is there", got)
	}
	d.clear()
	if got := string(d.draw(frame{lines: []string{"a"}})); !strings.Contains(got, "Ka") {
		t.Errorf("got %q after the screen was cleared", got)
	}
}

func TestFold(t *testing.T) {
	got := fmt.Sprintf("%q", fold("  one two three", 9))
	if want := `["  one two" "  three"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := fold("  onetwothreefour", 9); strings.Join(got, "|") != "  onetwot|  hreefou|  r" {
		t.Errorf("got %q", got)
	}
}
