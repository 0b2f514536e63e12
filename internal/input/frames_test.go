package input

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"mtpipe/internal/format"
)

// framed packs a text in frames of random lengths, some of them without text.
func framed(t *testing.T, text []byte, rng *rand.Rand, pack func(text []byte) []byte) (packed []byte) {
	t.Helper()
	for len(text) > 0 {
		n := min(rng.IntN(40000), len(text))
		packed = append(packed, pack(text[:n])...)
		text = text[n:]
	}
	return append(packed, pack(nil)...)
}

// bgzip packs a text as bgzip does: as a member that says how long it is.
func bgzip(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Extra = []byte("BC\x02\x00??")
	_, _ = w.Write(text)
	_ = w.Close()
	binary.LittleEndian.PutUint16(b.Bytes()[16:], uint16(b.Len()-1))
	return b.Bytes()
}

// zstdFrames packs a text as one frame of zstd, after one that readers pass over.
func zstdFrames(text []byte) []byte {
	e, _ := zstd.NewWriter(nil, zstd.WithSingleSegment(true)) // which says how long a short text is, too
	return e.EncodeAll(text, []byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc"))
}

// TestPiecesOfFrames divides packed files between their frames: the records and their lines are those
// of the text.
func TestPiecesOfFrames(t *testing.T) {
	for ending, pack := range map[string]func([]byte) []byte{".gz": bgzip, ".zst": zstdFrames} {
		for seed := range uint64(3) {
			rng := rand.New(rand.NewPCG(seed, 17))
			text := []byte("a,b\n")
			for len(text) < 500000 {
				text = append(append(append(text, "1,\""...), strings.Repeat("x\n\"\"", rng.IntN(rng.IntN(20000)+1)*int(seed%2)+rng.IntN(9))...), "\"\n2,y\n"...)
			}
			name := filepath.Join(t.TempDir(), "text.csv")
			write(t, name+ending, framed(t, text, rng, pack))
			write(t, name, text)
			for _, cutter := range []func() format.Cutter{format.ByName("csv").Cutter, format.NewLines} {
				pieces, err := Pieces([]string{name + ending}, 50000, func(string) format.Cutter { return cutter() }, nil)
				if err != nil || len(pieces) < 5 {
					t.Fatalf("%s: got %d pieces, %v, want more", ending, len(pieces), err)
				}
				got, fits := readPieces(t, pieces, LongestRecord, cutter)
				want, _ := readPieces(t, []Piece{{File: name, Size: int64(len(text)), To: int64(len(text)), Whole: true}}, LongestRecord, cutter)
				if !fits || !slices.Equal(got, want) {
					t.Errorf("%s, seed %d: got %d records that fit is %v, want %d", ending, seed, len(got), fits, len(want))
				}
			}
			for _, row := range [][2]int64{{0, 0}, {0, int64(len(text))}, {100000, 400000}} {
				n, err := CountLines(name+ending, row[0], row[1])
				if want := int64(bytes.Count(text[row[0]:row[1]], newlineBytes)); n != want || err != nil {
					t.Errorf("%s: got %d lines from %d to %d, %v, want %d", ending, n, row[0], row[1], err, want)
				}
			}
		}
	}
}

// TestPackedText reads a packed text at random places, mostly a little after the last one.
func TestPackedText(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 18))
	text := make([]byte, 6*streamedKept)
	for i := range text {
		text[i] = 'a' + byte(i/1000+i)%26
	}
	name := filepath.Join(t.TempDir(), "text.zst")
	write(t, name, framed(t, text, rng, zstdFrames))
	file, size, _, err := openAnyPlace(nil, name, 0)
	if err != nil {
		t.Fatal(err)
	}
	packed, length, _, ok := textAt(file, name, size)
	if !ok || length != int64(len(text)) {
		t.Fatalf("got a text of %d bytes, %v, want %d", length, ok, len(text))
	}
	defer packed.Close()
	buf := make([]byte, 2*streamedKept)
	for at := 0; at < len(text); at += rng.IntN(streamedKept) {
		off, n := at, rng.IntN(streamedKept)
		switch rng.IntN(9) {
		case 0:
			off = rng.IntN(len(text) + 10)
		case 1:
			n = rng.IntN(len(buf))
		}
		got, err := packed.ReadAt(buf[:n], int64(off))
		want := text[min(off, len(text)):min(off+n, len(text))]
		if !bytes.Equal(buf[:got], want) || err != nil && (err != io.EOF || off+n <= len(text) && n > 0) {
			t.Fatalf("at %d: got %d bytes, %v, want %d", off, got, err, len(want))
		}
	}
}

// TestPiecesOfWrongFrames wants an error for packed data that is broken, or does not have the length
// that it says, and whole pieces of what says none.
func TestPiecesOfWrongFrames(t *testing.T) {
	dir := t.TempDir()
	text := []byte(strings.Repeat("a line of text\n", 1000))
	frames := func(pack func([]byte) []byte) [][]byte { return [][]byte{pack(text), pack(text), pack(text)} }
	broken := func(list [][]byte) []byte {
		at := len(list[2]) - 20
		list[2][at] ^= 0xff
		return slices.Concat(list...)
	}
	longer := frames(bgzip)
	longer[1][len(longer[1])-4]++
	short := slices.Concat(frames(bgzip)...)
	shortZstd := slices.Concat(frames(zstdFrames)...)
	var member bytes.Buffer
	without := append(frames(bgzip)[0], packed(t, gzip.NewWriter(&member), &member, string(text))...)
	for _, row := range []struct {
		name string
		data []byte
		want string // of the error, after the name
	}{
		{"a.gz", broken(frames(bgzip)), "flate: corrupt input"},
		{"b.zst", broken(frames(zstdFrames)), "zstd: "},
		{"c.gz", slices.Concat(longer...), "gzip: invalid checksum"},
		{"d.gz", short[:len(short)-1], "whole"},
		{"e.gz", without, "whole"},
		{"g.zst", shortZstd[:len(shortZstd)-1], "whole"},
		{"f.zst", frames(zstdFrames)[0], "whole"},
	} {
		name := filepath.Join(dir, row.name)
		write(t, name, row.data)
		write(t, name[:len(name)-len(filepath.Ext(name))], slices.Concat(text, text, text))
		pieces, err := Pieces([]string{name}, 10000, Cutter, nil)
		if err != nil {
			t.Fatal(err)
		}
		if whole := len(pieces) == 1 && pieces[0].Whole; whole || row.want == "whole" {
			if !whole || row.want != "whole" {
				t.Errorf("%s: got the pieces %v, want %s", row.name, pieces, row.want)
			}
			continue
		}
		for _, p := range pieces {
			if _, _, err = readPiece(t, p, LongestRecord, Cutter(name)); err != nil {
				break
			}
		}
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("%s: %s", name, row.want)) {
			t.Errorf("%s: got %v, want %s", row.name, err, row.want)
		}
	}
}
