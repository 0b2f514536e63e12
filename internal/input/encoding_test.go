package input

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
)

// encoded returns text in an encoding, with its mark.
func encoded(e *encoding, text string) []byte {
	out := []byte(e.mark)
	order := e.order.(binary.AppendByteOrder)
	for _, r := range text {
		switch {
		case e.unit == 4:
			out = order.AppendUint32(out, uint32(r))
		case r > 0xffff:
			a, b := utf16.EncodeRune(r)
			out = order.AppendUint16(order.AppendUint16(out, uint16(a)), uint16(b))
		default:
			out = order.AppendUint16(out, uint16(r))
		}
	}
	return out
}

// TestEncodings reads every encoding in every way, packed too, with characters that stand at the
// borders of what is read at a time.
func TestEncodings(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	for range decodedPiece / 2 {
		b.WriteRune([]rune{'a', '\n', 'é', '\ufeff', '€', '😀', 0x10ffff}[rnd.IntN(7)])
	}
	for i, e := range encodings {
		for _, text := range []string{"", "x", "\n", "a,b\n1,é😀\n", b.String(), "x" + b.String()} {
			content := encoded(e, text)
			for _, how := range ways {
				got, err := textOf(t, "a.csv", content, how)
				packed, perr := textOf(t, "a.csv", packedBy(t, ".gz", content), how)
				if got != text || err != nil || packed != text || perr != nil {
					t.Errorf("%s %d, %d bytes, %s: got %d bytes, %v; packed %d bytes, %v", e.name, i, len(text), how, len(got), err, len(packed), perr)
				}
			}
		}
	}
}

// TestBrokenEncodings has the place of what is wrong; what stands before it is read.
func TestBrokenEncodings(t *testing.T) {
	for _, row := range []struct{ content, want, err string }{
		{"\xff\xfea\x00\n\x00b", "a\n", "broken UTF-16 at byte 7"},
		{"\xfe\xff\x00a\x00\n\xd8\x00", "a\n", "broken UTF-16 at byte 7"},
		{"\xfe\xff\x00a\xd8\x00\x00a\x00\n", "a", "broken UTF-16 at byte 5"},
		{"\xfe\xff\xdc\x00\x00\n", "", "broken UTF-16 at byte 3"},
		{"\x00\x00\xfe\xff\x00\x00\x00a\x00\x11\x00\x00", "a", "broken UTF-32 at byte 9"},
		{"\xff\xfe\x00\x00\x00\xd8\x00\x00", "", "broken UTF-32 at byte 5"},
		{"\xff\xfe\x00\x00a\x00\x00", "", "broken UTF-32 at byte 5"},
	} {
		for _, how := range ways {
			got, err := textOf(t, "a", []byte(row.content), how)
			if !strings.HasPrefix(row.want, got) || !strings.HasSuffix(fmt.Sprint(err), row.err) {
				t.Errorf("%q, %s: got %q and the error %v, want %q and %q", row.content, how, got, err, row.want, row.err)
			}
		}
	}
}
