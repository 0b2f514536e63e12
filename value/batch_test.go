package value

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// model is what a batch of rows should be: the text of each, and which of them, if any, is
// an unterminated last line.
type model struct {
	rows []string
	open bool
}

func lines(text string) *Batch {
	b := []byte(text)
	return NewLines(NewBlock(b), b)
}

// batchOf returns rows as a batch of the given form, and what it should be like.
func batchOf(form Form, rows []string, open bool) (*Batch, model) {
	text := strings.Join(rows, "\n")
	if len(rows) > 0 && !open {
		text += "\n"
	}
	if open && (len(rows) == 0 || rows[len(rows)-1] == "") {
		open = false // an empty text ends no line
		if len(rows) > 0 {
			rows = rows[:len(rows)-1]
		}
	}
	switch form {
	case FormLines:
		return lines(text), model{rows, open}
	case FormSpans:
		from := lines(text)
		defer from.Release()
		b := NewSpans(from)
		for s := range from.Rows() {
			b.AddSpan(int(s.Off), int(s.Len))
		}
		return b, model{rows, open}
	}
	b := NewValues(len(rows))
	for _, r := range rows {
		b.Add(TextOf(r))
	}
	return b, model{rows, false}
}

// check compares a batch with its model in every way of reading it.
func (m model) check(t *testing.T, what string, b *Batch) {
	t.Helper()
	same := func(how string, got []string) {
		t.Helper()
		if !slices.Equal(got, m.rows) {
			t.Fatalf("%s, by %s: got %q, want %q", what, how, got, m.rows)
		}
	}
	if b.Len() != len(m.rows) {
		t.Fatalf("%s: got length %d, want %d", what, b.Len(), len(m.rows))
	}
	var all []string
	for v := range b.All() {
		all = append(all, v.String())
		if last := len(all) == len(m.rows); v.Unterminated() != (last && m.open) {
			t.Fatalf("%s: got row %d unterminated %v", what, len(all), v.Unterminated())
		}
	}
	same("All", all)
	if b.Form() == FormValues {
		return
	}
	var rows, cursor, offsets []string
	for s, row := range b.Rows() {
		rows = append(rows, string(row))
		if string(b.Data()[s.Off:s.Off+s.Len]) != string(row) {
			t.Fatalf("%s: got a span that is not its row", what)
		}
	}
	same("Rows", rows)
	var texts []string
	for i, v := range b.AppendTexts(nil) {
		texts = append(texts, v.String())
		if last := i+1 == len(m.rows); v.Unterminated() != (last && m.open) {
			t.Fatalf("%s: got text %d unterminated %v", what, i, v.Unterminated())
		}
	}
	same("Texts", texts)
	c := NewCursor(b)
	for v, ok := c.Next(); ok; v, ok = c.Next() {
		cursor = append(cursor, v.String())
		offsets = append(offsets, string(b.Data()[c.Offset():c.Offset()+len(v.Bytes())]))
		if last := len(cursor) == len(m.rows); v.Unterminated() != (last && m.open) {
			t.Fatalf("%s: got row %d of the cursor unterminated %v", what, len(cursor), v.Unterminated())
		}
	}
	same("Cursor", cursor)
	same("Offset", offsets)
	if v, ok := c.Next(); ok || !v.IsNull() {
		t.Fatalf("%s: got %v, %v behind the last row", what, v, ok)
	}
}

func TestBatch_Forms(t *testing.T) {
	for _, form := range []Form{FormValues, FormLines, FormSpans} {
		for _, rows := range [][]string{nil, {"a"}, {""}, {"", ""}, {"a", "b", "c"}, {"", "a", "", "b", ""}, {"a\r", "é\xff"}} {
			for _, open := range []bool{false, true} {
				b, m := batchOf(form, rows, open)
				m.check(t, fmt.Sprintf("form %d, %q, open %v", form, rows, open), b)
				if b.Form() != form || form != FormValues && b.Unterminated() != m.open {
					t.Errorf("form %d, %q: got form %d, unterminated %v", form, rows, b.Form(), b.Unterminated())
				}
				b.Release()
			}
		}
	}
}

func TestBatch_StopsEarly(t *testing.T) {
	for _, form := range []Form{FormValues, FormLines, FormSpans} {
		b, _ := batchOf(form, []string{"a", "b", "c"}, false)
		n := 0
		for range b.All() {
			if n++; n == 2 {
				break
			}
		}
		if form != FormValues {
			for range b.Rows() {
				if n++; n == 4 {
					break
				}
			}
		}
		if want := 2 + 2*min(1, int(form)); n != want {
			t.Errorf("form %d: got %d rows, want %d", form, n, want)
		}
		b.Release()
	}
}

// TestBatch_Model does random things to batches of all forms and to models of them.
func TestBatch_Model(t *testing.T) {
	words := []string{"", "a", "bb", "long enough", "é"}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 0))
		var rows []string
		for range r.IntN(12) {
			rows = append(rows, words[r.IntN(len(words))])
		}
		b, m := batchOf(Form(r.IntN(3)), rows, r.IntN(2) == 0)
		for step := range 4 {
			what := fmt.Sprintf("seed %d, step %d", seed, step)
			n := 0
			if len(m.rows) > 0 {
				n = r.IntN(len(m.rows) + 1)
			}
			switch r.IntN(4) {
			case 0:
				b.Skip(n)
				m.rows = m.rows[n:]
				m.open = m.open && len(m.rows) > 0
			case 1:
				b.Truncate(n)
				m.open = m.open && n == len(m.rows)
				m.rows = m.rows[:n]
			case 2:
				c := b.Share()
				m.check(t, what+", the one shared", b)
				b.Release()
				b = c
			case 3:
				if b.Form() != FormValues {
					c := NewCursor(b)
					for range n {
						c.Next()
					}
					c.Rest(b)
					m.rows = m.rows[n:]
					m.open = m.open && len(m.rows) > 0
				}
			}
			m.check(t, what, b)
		}
		b.Release()
	}
}

func TestBatch_Values(t *testing.T) {
	b := NewValues(4)
	if len(b.Slots()) < 4 || b.Len() != 0 {
		t.Fatalf("got %d slots and length %d, want at least 4 and 0", len(b.Slots()), b.Len())
	}
	s := b.Slots()
	s[0], s[1], s[2] = Int(1), Int(2), Int(3)
	b.SetLen(3)
	b.Add(Int(4))
	if got := fmt.Sprint(b.Values()); got != "[1 2 3 4]" {
		t.Errorf("got %s, want [1 2 3 4]", got)
	}
	c := b.Share()
	c.Values()[0] = Int(9)
	c.Skip(2)
	if got := fmt.Sprint(b.Values(), c.Values()); got != "[1 2 3 4] [3 4]" {
		t.Errorf("got %s, want two batches of their own", got)
	}
	if c.Truncate(1); !c.Slots()[1].IsNull() {
		t.Errorf("got %v kept behind the end, want it let go", c.Slots()[1])
	}
	b.Release()
	c.Release()
	if d := NewValues(1); d.Len() != 0 || d.Block() != nil || d.Form() != FormValues {
		t.Errorf("got a used batch with %d rows, want an empty one", d.Len())
	}
}
