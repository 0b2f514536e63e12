package input

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// packing is a way in which files are packed.
type packing struct {
	ending string                                // of the names of such files
	is     func(head []byte, whole bool) verdict // whether a text that begins with head is packed so
	open   opener
	frame  frameLength // nil where files have no frames that tell where they end
}

// verdict is what the beginning of a text tells.
type verdict uint8

const (
	no     verdict = iota
	unsure         // more of it has to be seen
	yes
)

// judgedBytes is how many bytes tell how a text is packed and encoded.
const judgedBytes = 16

// packings are those that are known by their first bytes. Of the later ones it is only known that
// they are no text.
var packings = []*packing{
	{".gz", isGzip, openGzip, bgzipBlock},
	{".zst", isZstd, openZstd, zstdFrame},
	{".bz2", isBzip2, openBzip2, nil},
	{".xz", beginsWith("\xfd7zXZ\x00"), openXz, nil},
	{".zip", beginsWith("PK\x03\x04"), foreign("zip", "unzip -p FILE"), nil},
	{".7z", beginsWith("7z\xbc\xaf\x27\x1c"), foreign("7z", "7z x -so FILE"), nil},
	{".rar", beginsWith("Rar!\x1a\x07"), foreign("rar", "unrar p -inul FILE"), nil},
	{".lz4", beginsWith("\x04\x22\x4d\x18"), foreign("lz4", "lz4 -dc FILE"), nil},
	{".lz", beginsWith("LZIP\x01"), foreign("lzip", "lzip -dc FILE"), nil},
	{".lzma", beginsWith("\x5d\x00\x00"), foreign("lzma", "xz -dc FILE"), nil},
	{".z", beginsWith("\x1f\x9d"), foreign("compress", "gzip -dc FILE"), nil},
}

// foreign refuses what only another program unpacks.
func foreign(name, program string) opener {
	err := fmt.Errorf("what %s has packed is not unpacked here; %s | mtpipe … reads it", name, program)
	return func(io.Reader, bool) (io.Reader, func(), error) { return nil, nil, err }
}

// promised returns the packing that the ending of a name promises, nil when it promises none.
func promised(name string) *packing {
	for _, p := range packings {
		if strings.EqualFold(filepath.Ext(name), p.ending) {
			return p
		}
	}
	return nil
}

// Unpacked returns the name of a file without an ending that says that the file is packed, and
// whether it has one.
func Unpacked(name string) (string, bool) {
	if promised(name) == nil {
		return name, false
	}
	return strings.TrimSuffix(name, filepath.Ext(name)), true
}

// packingOf returns the packing of a text that begins with head, nil when it is not packed.
// Whole says that head is all of the text.
func packingOf(head []byte, whole bool) (found *packing, is verdict) {
	for _, p := range packings {
		switch p.is(head, whole) {
		case yes:
			return p, yes
		case unsure:
			is = unsure
		}
	}
	return nil, is
}

// beginsWith returns what recognises texts that begin so.
func beginsWith(magic string) func([]byte, bool) verdict {
	return func(head []byte, whole bool) verdict { return prefix(head, whole, magic) }
}

// prefix tells whether a text that begins with head begins with magic.
func prefix(head []byte, whole bool, magic string) verdict {
	switch {
	case bytes.HasPrefix(head, []byte(magic)):
		return yes
	case !whole && strings.HasPrefix(magic, string(head)):
		return unsure
	}
	return no
}

// isGzip recognises members, and one that was cut off after its first bytes.
func isGzip(head []byte, whole bool) verdict {
	if whole && string(head) == "\x1f\x8b" {
		return yes
	}
	return prefix(head, whole, "\x1f\x8b\x08")
}

// isZstd recognises frames, and those that readers pass over.
func isZstd(head []byte, whole bool) verdict {
	if len(head) > 0 && head[0]&0xf0 == 0x50 {
		return prefix(head[1:], whole, "\x2a\x4d\x18")
	}
	return prefix(head, whole, "\x28\xb5\x2f\xfd")
}

// isBzip2 recognises a stream by its first block, or its end: three letters begin many a text.
func isBzip2(head []byte, whole bool) verdict {
	const level = len("BZh")
	if is := prefix(head, whole, "BZh"); is != yes {
		return is
	}
	if len(head) > level && (head[level] < '1' || head[level] > '9') {
		return no
	}
	rest := head[min(level+1, len(head)):]
	return max(prefix(rest, whole, "\x31\x41\x59\x26\x53\x59"), prefix(rest, whole, "\x17\x72\x45\x38\x50\x90"))
}
