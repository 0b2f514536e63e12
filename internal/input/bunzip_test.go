package input

import (
	"bytes"
	"compress/bzip2"
	"io"
	"math/rand/v2"
	"os/exec"
	"testing"
)

// bzip2Of returns what the program bzip2 makes of text.
func bzip2Of(t *testing.T, level string, text []byte) []byte {
	t.Helper()
	cmd := exec.Command("bzip2", level)
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Skip("there is no program bzip2 to make the data: ", err)
	}
	return out
}

// TestBunzip compares what comes out with the standard library, for streams of many blocks,
// several streams, and streams that are cut or changed.
func TestBunzip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = "abcdefgh\n"[rnd.IntN(9)]
	}
	one := bzip2Of(t, "-1", text)
	changed := bytes.Clone(one)
	changed[len(changed)/2] ^= 0x10
	for name, packed := range map[string][]byte{
		"one":          one,
		"large blocks": bzip2Of(t, "-9", text),
		"zeros":        bzip2Of(t, "-1", make([]byte, 4<<20)),
		"nothing":      bzip2Of(t, "-1", nil),
		"two streams":  append(bytes.Clone(one), bzip2Of(t, "-5", text[:1000])...),
		"cut":          one[:len(one)-1000],
		"cut at once":  one[:3],
		"changed":      changed,
		"no bzip2":     []byte("plain text"),
		"empty":        nil,
		"tail":         append(bytes.Clone(one), "tail"...),
	} {
		want, wantErr := io.ReadAll(bzip2.NewReader(bytes.NewReader(packed)))
		b := newBunzip(bytes.NewReader(packed))
		got, err := io.ReadAll(b)
		b.close()
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%s: got the error %v, want %v", name, err, wantErr)
		}
		if wantErr == nil && !bytes.Equal(got, want) || !bytes.HasPrefix(want, got[:min(len(got), len(want))]) {
			t.Errorf("%s: got %d bytes, want the %d of the standard library", name, len(got), len(want))
		}
	}
}

// TestBunzipClosed ends the unpacking in the middle.
func TestBunzipClosed(t *testing.T) {
	packed := bzip2Of(t, "-1", bytes.Repeat([]byte("some text\n"), 1<<18))
	b := newBunzip(bytes.NewReader(packed))
	if _, err := io.ReadFull(b, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	b.close()
	for range b.blocks { // ends when the goroutine that divides the file has
	}
}
