package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/microthread"
)

// packers are the programs that pack, by the endings.
var packers = map[string]string{".gz": "gzip", ".zst": "zstd", ".bz2": "bzip2", ".xz": "xz"}

// packedBy returns what a program makes of text.
func packedBy(t *testing.T, ending string, text []byte) []byte {
	t.Helper()
	cmd := exec.Command(packers[ending], "-c")
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("there is no program %s to make the data: %v", packers[ending], err)
	}
	return out
}

// stdinOf is a standard input that is a regular file.
type stdinOf struct {
	onThread
	raw *os.File
}

func (s stdinOf) Regular() *os.File { return s.raw }

// inPieces gives a byte at a time, and says how often it was read.
type inPieces struct {
	rest  []byte
	reads *int
}

func (s *inPieces) Read(p []byte) (int, error) {
	*s.reads++
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	p[0] = s.rest[0]
	s.rest = s.rest[1:]
	return 1, nil
}

// textOf reads all of content in a certain way: as a FILE of that name, as a standard input that
// is a file, and as one that gives a byte at a time.
func textOf(t *testing.T, name string, content []byte, how string) (text string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	rerr := microthread.Run(func(th *microthread.Thread) error {
		f, oerr := openAs(th, path, content, how)
		if oerr != nil {
			err = oerr
			return nil
		}
		defer f.Close()
		r := NewBlocks(LongestRecord, LongestRecord).Reader(f, f.Name(), format.NewLines())
		for {
			b, nerr := r.Next()
			if nerr != nil {
				err = NotEnd(nerr)
				return nil
			}
			text += string(b.Data())
			b.Release()
		}
	})
	if rerr != nil {
		t.Fatal(rerr)
	}
	return text, err
}

func openAs(th *microthread.Thread, path string, content []byte, how string) (*File, error) {
	switch how {
	case "FILE":
		return Open(th, path, nil)
	case "a byte at a time":
		return Open(th, "-", &inPieces{content, new(int)})
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return Open(th, "-", stdinOf{onThread{microthread.NewFile(file), th}, file})
}

var ways = []string{"FILE", "a file as standard input", "a byte at a time"}

// TestPacked reads every packing in every way, under a name that says so, one that says something
// else, and one that says nothing.
func TestPacked(t *testing.T) {
	text := []byte(strings.Repeat("some text\nand more of it\n", 3000) + "the end")
	for ending := range packers {
		packed := packedBy(t, ending, text)
		for _, row := range []struct {
			name    string
			content []byte
			want    string
			err     string
		}{
			{"a" + ending, packed, string(text), ""},
			{"A" + strings.ToUpper(ending), packed, string(text), ""},
			{"a.txt", packed, string(text), ""},
			{"a", append(bytes.Clone(packed), packed...), string(text) + string(text), ""},
			{"nothing", packedBy(t, ending, nil), "", ""},
			{"cut", packed[:len(packed)-5], "", "unexpected EOF"},
			{"cut", packed[:20], "", "unexpected EOF"},
			{"tail", append(bytes.Clone(packed), "no packed data"...), string(text), "after " + fmt.Sprint(len(text)) + " bytes of text"},
		} {
			for _, how := range ways {
				got, err := textOf(t, row.name, row.content, how)
				at := fmt.Sprintf("%s, %s, %s", packers[ending], row.name, how)
				switch {
				case row.err == "" && err != nil, row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)):
					t.Errorf("%s: got the error %v, want %q", at, err, row.err)
				case row.want != "" && got != row.want && row.err == "":
					t.Errorf("%s: got %d bytes, want the %d of the text", at, len(got), len(row.want))
				case !strings.HasPrefix(string(text)+string(text), got):
					t.Errorf("%s: got something that is no beginning of the text", at)
				}
			}
		}
	}
}

// TestPackedCut cuts packed data at every place: it is an error, or, when nothing tells that it
// is packed, text of a few bytes.
func TestPackedCut(t *testing.T) {
	for ending := range packers {
		packed := packedBy(t, ending, []byte("one\ntwo\n"))
		for n := range len(packed) {
			got, err := textOf(t, "a", packed[:n], ways[n%3])
			if err == nil && (n >= judgedBytes || got != string(packed[:n])) {
				t.Errorf("%s cut to %d of %d bytes, %s: got %q without an error", packers[ending], n, len(packed), ways[n%3], got)
			}
			if got, err := textOf(t, "a"+ending, packed[:n], "FILE"); err == nil && n > 0 {
				t.Errorf("%s cut to %d of %d bytes, under its name: got %q without an error", packers[ending], n, len(packed), got)
			}
		}
	}
}

// TestPackedChanged changes each byte of packed data: no other text comes of it without an error.
func TestPackedChanged(t *testing.T) {
	const text = "one\ntwo\nthree\n"
	for ending := range packers {
		packed := packedBy(t, ending, []byte(text))
		for i := range packed {
			changed := bytes.Clone(packed)
			changed[i] ^= byte(1 + i*7%255)
			got, err := textOf(t, "a"+ending, changed, ways[i%3])
			if err == nil && got != text && got != string(changed) {
				t.Errorf("%s with the byte %d %#x: got %q without an error", packers[ending], i, changed[i], got)
			}
		}
	}
}

// TestGzipPadding reads what a tape has: members and zeros behind the last one.
func TestGzipPadding(t *testing.T) {
	packed := packedBy(t, ".gz", []byte("text\n"))
	zeros := make([]byte, 10_000)
	for _, row := range []struct {
		content []byte
		want    string
		err     error
	}{
		{append(bytes.Clone(packed), zeros...), "text\n", nil},
		{append(bytes.Clone(packed), 0), "text\n", nil},
		{append(append(bytes.Clone(packed), zeros...), "x"...), "text\n", errAfterGzip},
		{append(bytes.Clone(packed), 0x1f), "text\n", errAfterGzip},
	} {
		for _, how := range ways {
			if got, err := textOf(t, "a", row.content, how); got != row.want || !errors.Is(err, row.err) {
				t.Errorf("%d bytes, %s: got %q and the error %v, want %q and %v", len(row.content), how, got, err, row.want, row.err)
			}
		}
	}
}

// TestNotPacked reads text that begins nearly as packed data does.
func TestNotPacked(t *testing.T) {
	for _, text := range []string{
		"", "B", "BZ", "BZh", "BZh\nx\n", "BZh9", "BZh9\n", "BZh91AY&SX\n", "BZh0 is no level\n", "\x1f", "\x1f\x8b\nx", "\x1f\x8b\x07x\n",
		"\xfd7zXZ", "\xfd7zXZ\n", "(\xb5/", "(\xb5/x\n", "P*M", "P*M\nx\n", "_*M\x17", "\xff", "\xff\n", "\xfe\n", "\x00\x00\xfe", "\x00\x00\n",
		"PK\n", "PK\x03\n", "P", "7z", "Rar!\n", "LZIP\n", "]\x00\n", "\x04\x22\n",
	} {
		for _, how := range ways {
			if got, err := textOf(t, "a", []byte(text), how); got != text || err != nil {
				t.Errorf("%q, %s: got %q and the error %v", text, how, got, err)
			}
		}
	}
}

// TestJudgedAtOnce reads no more than there is: what is certainly a line comes before more is
// read.
func TestJudgedAtOnce(t *testing.T) {
	for _, text := range []string{"B\n", "BZh\n", "a\n", "\x1f\n", "\x1f\x8b\n", "\xff\n", "\n"} {
		reads := 0
		err := microthread.Run(func(th *microthread.Thread) error {
			f, err := Open(th, "-", &inPieces{[]byte(text + "more"), &reads})
			if err != nil {
				return err
			}
			b, err := NewBlocks(LongestRecord, LongestRecord).Reader(f, "", format.NewLines()).Next()
			if err == nil && string(b.Data()) != text {
				err = fmt.Errorf("got %q", b.Data())
			}
			return err
		})
		if err != nil || reads != len(text) {
			t.Errorf("%q: got the error %v and %d reads, want %d", text, err, reads, len(text))
		}
	}
}

// TestPackedOtherwise wants an error for what only other programs unpack, by its first bytes and by the
// names of files, and for gzip data of which only the first bytes are there.
func TestPackedOtherwise(t *testing.T) {
	for _, row := range []struct{ name, content, err string }{
		{"a.txt", "PK\x03\x04 some\nlines\n", "unzip -p FILE"},
		{"a", "7z\xbc\xaf\x27\x1c\nlines\n", "7z x -so FILE"},
		{"a", "Rar!\x1a\x07\x00\nlines\n", "unrar p -inul FILE"},
		{"a", "\x04\x22\x4d\x18\nlines\n", "lz4 -dc FILE"},
		{"a", "LZIP\x01\nlines\n", "lzip -dc FILE"},
		{"a", "\x5d\x00\x00\x80\nlines\n", "xz -dc FILE"},
		{"a", "\x1f\x9d\x90\nlines\n", "gzip -dc FILE"},
		{"a", "\x1f\x8b", "unexpected EOF"},
	} {
		for _, how := range ways {
			if text, err := textOf(t, row.name, []byte(row.content), how); err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("%q, %s: got %q and the error %v, want %q", row.content, how, text, err, row.err)
			}
		}
	}
	for _, name := range []string{"a.zip", "A.ZIP", "a.Z", "a.lz4", "a.7z"} {
		if text, err := textOf(t, name, []byte("lines\n"), "FILE"); err == nil || !strings.Contains(err.Error(), "not unpacked here") {
			t.Errorf("%s: got %q and the error %v", name, text, err)
		}
	}
}
