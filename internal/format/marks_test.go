package format

import (
	"math/rand/v2"
	"testing"
)

// TestMarksOfWords compares the marks of whole words, and those of whatever finds them on this machine, with
// those that are found byte by byte.
func TestMarksOfWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var m marks
	for range 200_000 {
		a, b, c, low := oddByte(rng), oddByte(rng), oddByte(rng), oddByte(rng)&0x7f
		var text [64]byte
		for i := range text {
			text[i] = [...]byte{a, b, c, low, a ^ 0x80, b + 1, c - 1, low + 1, oddByte(rng)}[rng.IntN(9)]
		}
		if got, want := marksOfWords(&text, a, b, c, low), marksOf(text[:], a, b, c, low); got != want {
			t.Fatalf("%q %q %q %d in %q: got %064b, want %064b", a, b, c, low, text, got, want)
		}
	}
	for n := range 300 {
		text := make([]byte, n)
		for i := range text {
			text[i] = oddByte(rng)
		}
		for _, low := range []byte{0, 0x1f, 0x7f, 0x80, 0xff} {
			m.find(text, ',', '"', 0xff, low)
			for i, x := range text {
				want := x == ',' || x == '"' || x == 0xff || x <= low
				if got := m[i/64]>>(i%64)&1 == 1; got != want {
					t.Fatalf("byte %d of %q, low %d: got %t, want %t", i, text, low, got, want)
				}
			}
			if len(m) != (n+63)/64 {
				t.Fatalf("got %d words for %d bytes", len(m), n)
			}
		}
	}
}

// oddByte returns any byte, most often one beside which a carry or a sign may go wrong.
func oddByte(rng *rand.Rand) byte {
	if rng.IntN(3) > 0 {
		return [...]byte{0, 1, 0x1f, 0x20, ',', '"', '\n', 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff}[rng.IntN(13)]
	}
	return byte(rng.Uint32())
}

func FuzzMarksOfWords(f *testing.F) {
	f.Add([]byte("a,\"b\"\n\x00\x7f\x80\xff"), byte(','), byte('"'), byte('\n'), byte(0x1f))
	f.Fuzz(func(t *testing.T, data []byte, a, b, c, low byte) {
		var text [64]byte
		copy(text[:], data)
		if got, want := marksOfWords(&text, a, b, c, low&0x7f), marksOf(text[:], a, b, c, low&0x7f); got != want {
			t.Errorf("got %064b, want %064b", got, want)
		}
	})
}

func BenchmarkMarks(b *testing.B) {
	text := [64]byte([]byte("0101,2026-01-05,12.50,\"Harbour, east\",north,3,tea,true,0.5,abcdef\n"))
	for _, way := range []struct {
		name string
		find func() uint64
	}{
		{"words", func() uint64 { return marksOfWords(&text, ',', '"', '\n', 0) }},
		{"bytes", func() uint64 { return marksOf(text[:], ',', '"', '\n', 0) }},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.SetBytes(64)
			for range b.N {
				way.find()
			}
		})
	}
}
