package input

import (
	"bytes"
	"errors"
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

// TestBunzip unpacks streams of many blocks, several streams, and streams that are cut or
// changed, of which the blocks before that are right.
func TestBunzip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = "abcdefgh\n"[rnd.IntN(9)]
	}
	one := bzip2Of(t, "-1", text)
	changed := bytes.Clone(one)
	changed[len(changed)/2] ^= 0x10
	zeros := make([]byte, 4<<20)
	for _, row := range []struct {
		name         string
		packed, want []byte
		err          error
	}{
		{"one", one, text, nil},
		{"large blocks", bzip2Of(t, "-9", text), text, nil},
		{"zeros", bzip2Of(t, "-1", zeros), zeros, nil},
		{"nothing", bzip2Of(t, "-1", nil), nil, nil},
		{"two streams", append(bytes.Clone(one), bzip2Of(t, "-5", text[:1000])...), append(bytes.Clone(text), text[:1000]...), nil},
		{"cut", one[:len(one)-1000], text[:800_000], io.ErrUnexpectedEOF},
		{"cut at once", one[:3], nil, io.ErrUnexpectedEOF},
		{"changed", changed, text[:400_000], errBzip2},
		{"no bzip2", []byte("plain text"), nil, errBzip2},
		{"empty", nil, nil, io.ErrUnexpectedEOF},
		{"tail", append(bytes.Clone(one), "tail"...), text, errBzip2},
	} {
		got, err := io.ReadAll(newBunzip(bytes.NewReader(row.packed)))
		if !errors.Is(err, row.err) {
			t.Errorf("%s: got the error %v, want %v", row.name, err, row.err)
		}
		if row.err == nil && !bytes.Equal(got, row.want) || !bytes.HasPrefix(got, row.want) {
			t.Errorf("%s: got %d bytes, want the first %d that were packed", row.name, len(got), len(row.want))
		}
	}
}
