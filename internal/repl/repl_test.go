package repl

import (
	"strings"
	"testing"
	"time"

	"mtpipe/internal/complete"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

// newUI returns what is seen on a screen of that size, with an engine of completion that knows the
// built-in stages.
func newUI(t *testing.T, columns, rows int, text string, history ...string) *ui {
	t.Helper()
	engine := &complete.Engine{Registry: pipeline.NewRegistry(stages.All()...), Limit: time.Minute}
	u := &ui{editor: newEditor(text, history), columns: columns, rows: rows}
	u.complete = func(before string) complete.Answer { return engine.Pipeline(complete.Pipeline{Text: before}) }
	u.help = func(name string) string {
		if engine.Registry.Stage(name) == nil {
			return ""
		}
		return "all about " + name
	}
	return u
}

// keysOf returns what a terminal sends for keys that are named between angle brackets.
func keysOf(s string) []byte {
	return []byte(strings.NewReplacer("<C-a>", "\x01", "<C-c>", "\x03", "<C-d>", "\x04", "<C-e>", "\x05", "<C-k>", "\x0b", "<C-u>", "\x15",
		"<C-w>", "\x17", "<C-y>", "\x19", "<C-_>", "\x1f", "<C-z>", "\x1a", "<C-l>", "\x0c", "<M-b>", "\x1bb", "<M-f>", "\x1bf", "<M-d>", "\x1bd", "<M-BS>", "\x1b\x7f", "<M-CR>", "\x1b\r",
		"<Up>", "\x1b[A", "<Down>", "\x1bOB", "<Left>", "\x1b[D", "<Right>", "\x1b[C", "<C-Left>", "\x1b[1;5D", "<C-Right>", "\x1b[1;5C",
		"<Home>", "\x1b[H", "<End>", "\x1b[4~", "<Del>", "\x1b[3~", "<BS>", "\x7f", "<Tab>", "\t", "<S-Tab>", "\x1b[Z", "<CR>", "\r", "<F1>", "\x1bOP",
		"<PgDn>", "\x1b[6~", "<PgUp>", "\x1b[5~", "<Paste>", pasteBegin, "</Paste>", pasteEnd).Replace(s))
}

// feed presses the keys, in pieces of n bytes, and returns what the last one asked for.
func (u *ui) feed(keys string, n int) (last action) {
	var d decoder
	for p := keysOf(keys); len(p) > 0; {
		piece := p[:min(n, len(p))]
		p = p[len(piece):]
		for _, k := range d.feed(piece) {
			last = u.press(k)
		}
	}
	for _, k := range d.flush() {
		last = u.press(k)
	}
	return last
}

// TestEditing presses keys and looks at the text, with ^ for the cursor. What the keys send comes in
// one piece, and byte by byte.
func TestEditing(t *testing.T) {
	for _, c := range []struct{ name, text, keys, want string }{
		{"typing", "", "seq 3", "seq 3^"},
		{"in the middle", "seq 3", "<Left><Left>x", "seqx^ 3"},
		{"wide letters", "", "日本<Left>é", "日é^本"},
		{"marks belong to their letter", "e\u0301x", "<Left><Left>a", "a^e\u0301x"},
		{"a mark goes with its letter", "e\u0301", "<BS>", "^"},
		{"home and end", "ab", "<C-a>x<C-e>y<Home>1<End>2", "1xaby2^"},
		{"delete", "abc", "<Home><Del><C-d>", "^c"},
		{"words back", "csv a.csv | sort", "<M-b><M-b>X", "csv a.X^csv | sort"},
		{"words on", "csv a.csv", "<C-a><M-f>1<C-Right>2", "csv1 a2^.csv"},
		{"words back by Ctrl", "a bc", "<C-Left>X", "a X^bc"},
		{"a word is removed", "csv a.csv", "<C-w>", "csv ^"},
		{"and put back", "csv a.csv", "<C-w><C-a><C-y>", "a.csv^csv "},
		{"the word after", "csv a", "<C-a><M-d>", "^ a"},
		{"back to the beginning", "csv a", "<Left><C-u>", "^a"},
		{"the rest", "csv a", "<C-a><M-f><C-k>", "csv^"},
		{"undo", "a", "b<C-u><C-_><C-_>", "a^"},
		{"a new line", "a", "<M-CR>b<Up>X", "aX^\nb"},
		{"down in lines", "ab\nc", "<Up><Home><Down>X", "ab\nX^c"},
		{"the end of a line is removed", "a\nb", "<Up><End><C-k>", "a^b"},
		{"history", "now", "<Up><Up>", "old^"},
		{"and back to what was typed", "now", "<Up><Up><Up><Down><Down>!", "now!^"},
		{"pasted text", "", "<Paste>seq 3 |\r\ncount\x1b[31m\x00\n</Paste>!", "seq 3 |\ncount[31m!^"},
		{"pasted bytes that are no text", "", "<Paste>a\xff\xc3b</Paste>", "ab^"},
		{"typed bytes that are no text", "", "a\xffb", "ab^"},
		{"keys that are nothing", "", "a\x1b[99;9u\x1b[<0;1;1M\x1b[15~b", "ab^"},
		{"one candidate", "seq 3 | revers", "<Tab>x", "seq 3 | reverse x^"},
		{"what candidates have in common", "seq 3 | tak", "<Tab>", "seq 3 | take^"},
		{"a menu", "seq 3 | take", "<Tab><Down><CR>", "seq 3 | take ^"},
		{"a menu, around its end", "seq 3 | take", "<Tab><S-Tab><S-Tab><CR>", "seq 3 | take_while ^"},
		{"typing in a menu", "seq 3 | ta", "<Tab>b<CR>", "seq 3 | table ^"},
		{"nothing to complete", "seq 3 | zzz", "<Tab>", "seq 3 | zzz^"},
	} {
		for _, n := range []int{1 << 20, 1} {
			u := newUI(t, 80, 24, c.text, "old", "newer")
			u.feed(c.keys, n)
			if got := u.text[:u.at] + "^" + u.text[u.at:]; got != c.want {
				t.Errorf("%s: got %q, want %q", c.name, got, c.want)
			}
		}
	}
}

// TestLeaving wants the keys that leave the editor to do so, and only those.
func TestLeaving(t *testing.T) {
	for _, c := range []struct {
		text, keys string
		want       action
	}{
		{"seq 3", "<CR>", accept},
		{" \n", "<CR>", stay},
		{"seq 3", "<C-c>", abort},
		{"seq 3", "<C-d>", stay},
		{"", "<C-d>", leave},
		{"", "<C-z>", stop},
		{"", "<C-l>", repaint},
		{"seq 3", "<F1>q", stay},
		{"seq 3", "<F1><CR><CR>", accept},
		{"seq 3", "<F1><C-c>", abort},
		{"seq 3 | take", "<Tab><C-c>", abort},
		{"seq", "<Paste>\r</Paste>", stay},
	} {
		if got := newUI(t, 80, 24, c.text).feed(c.keys, 1<<20); got != c.want {
			t.Errorf("%q, %s: got %d, want %d", c.text, c.keys, got, c.want)
		}
	}
}

// TestHelpOfStage wants F1 to show the stage at the cursor.
func TestHelpOfStage(t *testing.T) {
	for _, c := range []struct{ text, keys, want string }{
		{"csv a.csv | sort -n", "", "all about sort"},
		{"csv a.csv | sort -n", "<C-a>", "all about csv"},
		{"seq 3 | each { seq $it }", "<Left><Left>", "all about seq"},
		{"seq 3 | each { seq $it } | count", "", "all about count"},
		{"", "", "No stage stands at the cursor"},
		{"nonsense", "", "No stage stands at the cursor"},
	} {
		u := newUI(t, 80, 24, c.text)
		u.feed(c.keys+"<F1>", 1<<20)
		if got := strings.Join(u.frame().lines, "\n"); !strings.HasPrefix(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
		u.feed("\x1b", 1<<20)
		if got := u.frame().lines[0]; !strings.HasPrefix(got, prompt) {
			t.Errorf("%q: got %q after Esc", c.text, got)
		}
	}
}
