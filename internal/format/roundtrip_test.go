package format_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/value"
)

// oddPieces are what texts are made of: what formats give a meaning to, numbers and letters.
var oddPieces = []string{
	"a", "b", "Z", "0", "7", "-1", "1.50", "1e3", " ", "  ", "\t", "\n", "\r", "\r\n", ",", ";", ":", "=", "\"", "\"\"", "'", "\\", `\n`, `\t`, "{", "}", "[", "]", "#", "null", "true",
	"\x00", "\x7f", "\x1b[31m", "ä", "世", "😀", "\u00a0", "\u2028", "\ufeff", "\xff", "\xed\xa0\x80", "\xc3",
}

// randomText makes a text of up to n pieces.
func randomText(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range rng.IntN(n + 1) {
		b.WriteString(oddPieces[rng.IntN(len(oddPieces))])
	}
	return b.String()
}

// randomNames makes different names. No name is empty, which CSV has another one for, and none
// begins with a byte order mark.
func randomNames(rng *rand.Rand) []string {
	names := make([]string, 2+rng.IntN(3))
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i)
		if rng.IntN(4) == 0 {
			names[i] += randomText(rng, 2)
		}
	}
	return names
}

// randomValue makes a value of any kind, with others in it down to depth.
func randomValue(rng *rand.Rand, depth int) value.Value {
	switch rng.IntN(8 + 2*min(depth, 1)) {
	case 0:
		return value.Null
	case 1:
		return value.Bool(rng.IntN(2) == 0)
	case 2:
		return value.Int(rng.Int64N(2000) - 1000)
	case 3:
		return value.Float(float64(rng.IntN(1000)) / 8)
	case 4:
		return value.String(randomText(rng, 4))
	case 8:
		list := make([]value.Value, rng.IntN(3))
		for i := range list {
			list[i] = randomValue(rng, depth-1)
		}
		return value.List(list)
	case 9:
		return randomRecord(rng, value.NewShape(randomNames(rng)...), depth-1)
	}
	return value.TextOf(randomText(rng, 1+rng.IntN(5)))
}

func randomRecord(rng *rand.Rand, shape *value.Shape, depth int) value.Value {
	vals := make([]value.Value, len(shape.Names()))
	for i := range vals {
		vals[i] = randomValue(rng, depth)
	}
	return value.Rec(value.NewRecord(shape, vals...))
}

// randomValues makes what a format may be given: records with the same names, lines of text for
// the one that holds those, and other values where it can have them.
func randomValues(rng *rand.Rand, f *format.Format) []value.Value {
	vals := make([]value.Value, rng.IntN(6))
	shape := value.NewShape(randomNames(rng)...)
	for i := range vals {
		switch {
		case f.IsText():
			vals[i] = value.TextOf(strings.ReplaceAll(randomText(rng, 5), "\n", ""))
		case f.Any && rng.IntN(3) == 0:
			vals[i] = randomValue(rng, 2)
		default:
			vals[i] = randomRecord(rng, shape, 2)
		}
	}
	return vals
}

var oneEnd = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// meaning shows what a format keeps of a value: JSON what JSON has, others text and names.
func meaning(f *format.Format, v value.Value) string {
	if f.Any && !f.IsText() {
		return string(v.AppendJSON(nil))
	}
	if v.Kind() != value.KindRecord {
		return fmt.Sprintf("%q", v.AppendText(nil))
	}
	var b strings.Builder
	rec := v.AsRecord()
	for i := range rec.Len() {
		name := rec.Name(i)
		if f.Name == "nidx" { // which has none
			name = ""
		}
		text := string(rec.At(i).AppendText(nil))
		if f.Name == "markdown" { // which has <br> for all ends of lines
			name, text = oneEnd.Replace(name), oneEnd.Replace(text)
		}
		fmt.Fprintf(&b, "%q=%q ", name, text)
	}
	return b.String()
}

// meanings reads text in pieces of these sizes, then as a whole, and returns what each value
// means.
func meanings(t *testing.T, f *format.Format, text string, sizes ...int) []string {
	t.Helper()
	var list []string
	c := f.Cutter()
	var rest []byte
	for read, ended := 0, false; !ended; {
		n := len(text) - read
		if len(sizes) > 0 {
			n, sizes = min(n, sizes[0]), sizes[1:]
		} else {
			ended = true
		}
		rest = append(rest, text[read:read+n]...)
		read += n
		end := c.Cut(rest, ended)
		if end == 0 && !ended {
			continue
		}
		data := append([]byte(nil), rest...)
		rest = append(rest[:0], data[end:]...)
		b := c.Batch(value.NewBlock(data), data[:end])
		if b == nil {
			continue
		}
		if b.Form() == value.FormRaw {
			if bad := b.Parse(); len(bad) > 0 {
				t.Fatalf("%s: got the bad rows %v of %q", f.Name, bad, text)
			}
		}
		for v := range b.All() {
			list = append(list, meaning(f, v))
		}
		b.Release()
	}
	return list
}

// TestRoundTrip writes random values in each format that has both sides, and reads them again,
// some divided at every place: what the writer took without an error comes back.
func TestRoundTrip(t *testing.T) {
	for _, f := range format.All() {
		if f.Read == nil || f.Write == nil || f.Program != "" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			taken := 0
			for seed := range uint64(1500) {
				taken += roundTrip(t, f, seed)
			}
			if taken < 1000 {
				t.Errorf("got %d values written, want most of them", taken)
			}
		})
	}
}

func roundTrip(t *testing.T, f *format.Format, seed uint64) int {
	t.Helper()
	w := f.Writer()
	var text []byte
	var want []string
	for _, v := range randomValues(rand.New(rand.NewPCG(seed, 3)), f) {
		var err error
		if text, err = w.Append(text, v); err == nil {
			want = append(want, meaning(f, v))
		}
		if seed%2 == 0 {
			text = format.Flush(text, w)
		}
	}
	text = format.End(text, w)
	rng := rand.New(rand.NewPCG(seed, 4))
	for k := range len(text) + 1 {
		if seed >= 50 && rng.IntN(1+len(text)/4) > 0 {
			continue
		}
		got := meanings(t, f, string(text), k)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d, %q cut at %d:\ngot  %s\nwant %s", seed, text, k, got, want)
		}
	}
	single := make([]int, len(text))
	for i := range single {
		single[i] = 1
	}
	if got := meanings(t, f, string(text), single...); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("seed %d, %q byte by byte:\ngot  %s\nwant %s", seed, text, got, want)
	}
	return len(want)
}
