package format_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/value"
)

// found is a record, or what stands there instead of one, as a reader found it.
type found struct {
	off  int    // of its text in the whole input
	raw  string // as it came
	dump string // its value, with kinds; "" when it is bad
	at   int    // where the mistake is
	err  string // "" when it is good
}

func (f found) String() string {
	if f.err != "" {
		return fmt.Sprintf("%d %q bad at %d: %s", f.off, f.raw, f.at, f.err)
	}
	return fmt.Sprintf("%d %q %s", f.off, f.raw, f.dump)
}

// dump shows a value with its kinds and all that is in it, whatever text it came from.
func dump(v value.Value) string {
	var b strings.Builder
	appendDump(&b, v)
	return b.String()
}

func appendDump(b *strings.Builder, v value.Value) {
	switch v.Kind() {
	case value.KindList:
		b.WriteByte('[')
		for i, e := range v.AsList() {
			if i > 0 {
				b.WriteByte(' ')
			}
			appendDump(b, e)
		}
		b.WriteByte(']')
	case value.KindRecord:
		r := v.AsRecord()
		b.WriteByte('{')
		for i := range r.Len() {
			if i > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(b, "%q=", r.Name(i))
			appendDump(b, r.At(i))
		}
		b.WriteByte('}')
	case value.KindText, value.KindString:
		fmt.Fprintf(b, "%s%q", v.Kind(), v.Str())
	default:
		fmt.Fprintf(b, "%s(%s)", v.Kind(), v)
	}
}

// drive reads text as input.Reader does, with size bytes more at a time, and returns what was
// found. It fails the test when what it is given breaks what the packages promise.
func drive(t testing.TB, c format.Cutter, text string, size func() int) []found {
	t.Helper()
	var list []found
	var rest []byte
	read, begin := 0, 0 // bytes of text that were read, and that were taken
	for ended := false; !ended; {
		n := size()
		more := text[read:min(read+n, len(text))]
		read += len(more)
		ended = more == "" || len(more) < n && n%2 == 0 // the end comes alone or with the last bytes
		data := slices.Concat(rest, []byte(more))
		end := c.Cut(data, ended)
		if end < 0 || end > len(data) || ended && end != len(data) {
			t.Fatalf("got the cut %d of %d bytes, ended %t", end, len(data), ended)
		}
		if end == 0 && !ended {
			rest = data
			continue
		}
		rest = bytes.Clone(data[end:])
		block := value.NewBlock(data)
		if b := c.Batch(block, data[:end]); b != nil {
			list = append(list, inBatch(t, b, begin)...)
			b.Release()
		}
		begin += end
	}
	return list
}

// inBatch returns what is in a batch whose block begins with byte begin of the input.
func inBatch(t testing.TB, b *value.Batch, begin int) []found {
	t.Helper()
	begin += cap(b.Block().Bytes()) - cap(b.Data())
	bad := b.Parse()
	r := b.Records()
	checkRecords(t, r, bad)
	list := make([]found, len(r.Rows))
	broken := bad
	for k, row := range r.Rows {
		list[k] = found{off: begin + int(row.Off), raw: string(r.Text[row.Off : row.Off+row.Len])}
		if len(broken) > 0 && broken[0].Row == k {
			list[k].at, list[k].err = begin+broken[0].Off, broken[0].Err.Error()
			broken = broken[1:]
			continue
		}
		list[k].dump = dump(r.Value(k))
	}
	if len(bad) == 0 { // All takes another way to the same values
		k := 0
		for v := range b.All() {
			if got := dump(v); got != list[k].dump {
				t.Fatalf("row %d: got %s from All, want %s", k, got, list[k].dump)
			}
			k++
		}
	}
	return list
}

// checkRecords checks what holds for the result of every Parse.
func checkRecords(t testing.TB, r *value.Records, bad []value.RowError) {
	t.Helper()
	end, fields, last := uint32(0), uint32(0), -1
	for _, e := range bad {
		if e.Row <= last || e.Row >= len(r.Rows) || e.Off < 0 || e.Off > len(r.Text) || e.Err == nil {
			t.Fatalf("got the bad rows %v of %d in %d bytes, want ascending ones with places and errors", bad, len(r.Rows), len(r.Text))
		}
		last = e.Row
	}
	for i, row := range r.Rows {
		if row.Off < end || int(row.Off+row.Len) > len(r.Text) {
			t.Fatalf("row %d: got bytes %d to %d behind %d of %d", i, row.Off, row.Off+row.Len, end, len(r.Text))
		}
		end = row.Off + row.Len
		if slices.ContainsFunc(bad, func(e value.RowError) bool { return e.Row == i }) {
			continue
		}
		n := uint32(1)
		if row.Shape != nil {
			n = uint32(len(row.Shape.Names()))
		}
		if n > 0 && row.First < fields || int(row.First+n) > len(r.Fields) {
			t.Fatalf("row %d: got the fields %d to %d behind %d of %d", i, row.First, row.First+n, fields, len(r.Fields))
		}
		fields = max(fields, row.First+n)
		for _, f := range r.Fields[row.First:][:n] {
			if f.Off < row.Off || f.Off+f.Len > end {
				t.Fatalf("row %d: got a field of bytes %d to %d, the row has %d to %d", i, f.Off, f.Off+f.Len, row.Off, end)
			}
		}
	}
}

// whole reads all text at once.
func whole(t testing.TB, c format.Cutter, text string) []found {
	t.Helper()
	return drive(t, c, text, func() int { return len(text) + 1 })
}

// anyhow reads text at once, a byte at a time and in random pieces, and returns what was found,
// which must be the same.
func anyhow(t testing.TB, open func() format.Cutter, text string, seed uint64) []found {
	t.Helper()
	want := whole(t, open(), text)
	rng := rand.New(rand.NewPCG(seed, 7))
	most := []int{1, 2, 3, 8, 40}[rng.IntN(5)]
	for _, cut := range []struct {
		name string
		size func() int
	}{
		{"single bytes", func() int { return 1 }},
		{"random pieces", func() int { return 1 + rng.IntN(most) }},
		{"one piece with the end apart", func() int { return max(1, len(text)) }},
	} {
		got := drive(t, open(), text, cut.size)
		if len(got) != len(want) {
			t.Fatalf("%q in %s: got %d rows, want %d: %v, %v", text, cut.name, len(got), len(want), got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%q in %s: row %d: got %v, want %v", text, cut.name, i, got[i], want[i])
			}
		}
	}
	return want
}

// valid replaces bytes that are not UTF-8 as encoding/json does.
func valid(s string) string { return string([]rune(s)) }
