package input

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding is a way in which characters stand in a text, told by a byte order mark.
type encoding struct {
	name  string
	mark  string
	unit  int // bytes: UTF-16 or UTF-32
	order binary.ByteOrder
}

// encodings are those that are decoded. The mark of UTF-32 begins with one of UTF-16.
var encodings = []*encoding{
	{"UTF-32", "\xff\xfe\x00\x00", 4, binary.LittleEndian},
	{"UTF-32", "\x00\x00\xfe\xff", 4, binary.BigEndian},
	{"UTF-16", "\xff\xfe", 2, binary.LittleEndian},
	{"UTF-16", "\xfe\xff", 2, binary.BigEndian},
}

// encodingOf returns the encoding of a text that begins with head, nil when it is read as it is.
func encodingOf(head []byte, whole bool) (*encoding, verdict) {
	for _, e := range encodings {
		switch prefix(head, whole, e.mark) {
		case yes:
			return e, yes
		case unsure:
			return nil, unsure
		}
	}
	return nil, no
}

// decoder is a text in UTF-8 that is made of another encoding.
type decoder struct {
	name string // of the file
	from io.Reader
	*encoding
	raw    []byte // that was read; the rest of it is what is left over
	rest   int    // bytes at the beginning of raw
	offset int64  // of raw in the text as it was
	buf    []byte // for what is decoded
	out    []byte // of it, what is to be given
	err    error  // that comes after out
}

const decodedPiece = 32 << 10

func newDecoder(name string, e *encoding, from io.Reader) *decoder {
	return &decoder{name: name, from: from, encoding: e, raw: make([]byte, decodedPiece), offset: int64(len(e.mark))}
}

// Read reads up to len(p) bytes of UTF-8.
func (d *decoder) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		n, err := d.from.Read(d.raw[d.rest:])
		d.err = err
		if wrong := d.decode(d.raw[:d.rest+n], err == io.EOF); wrong != nil {
			d.err = wrong
		}
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// decode decodes as much of raw as has whole characters; ended says that nothing follows it.
func (d *decoder) decode(raw []byte, ended bool) error {
	out := d.buf[:0]
	at := 0
	var wrong error
	for wrong == nil && at+d.unit <= len(raw) {
		c, size := d.character(raw[at:])
		switch {
		case size > len(raw)-at && !ended:
			size = 0
		case c < 0 || size > len(raw)-at:
			wrong = d.wrong(at)
		}
		if size == 0 || wrong != nil {
			break
		}
		out = utf8.AppendRune(out, c)
		at += size
	}
	if wrong == nil && ended && at < len(raw) {
		wrong = d.wrong(at)
	}
	d.buf, d.out = out, out
	d.offset += int64(at)
	d.rest = copy(d.raw, raw[at:])
	return wrong
}

// character returns the character that raw begins with, -1 for what is none, and its size,
// which may be more than there is.
func (d *decoder) character(raw []byte) (c rune, size int) {
	if d.unit == 4 {
		u := d.order.Uint32(raw)
		if u > utf8.MaxRune || utf16.IsSurrogate(rune(u)) {
			return -1, 4
		}
		return rune(u), 4
	}
	c = rune(d.order.Uint16(raw))
	switch {
	case !utf16.IsSurrogate(c):
		return c, 2
	case c >= 0xdc00:
		return -1, 2
	case len(raw) < 4:
		return -1, 4
	}
	if c = utf16.DecodeRune(c, rune(d.order.Uint16(raw[2:]))); c == utf8.RuneError {
		return -1, 2
	}
	return c, 4
}

func (d *decoder) wrong(at int) error {
	return fmt.Errorf("%s: broken %s at byte %d", nameOf(d.name), d.encoding.name, d.offset+int64(at)+1)
}

// decoded returns what decodes the text that begins with head and goes on with rest, nil when it
// is read as it is.
func (f *File) decoded(head []byte, rest io.Reader, whole bool) (io.Reader, bool) {
	e, is := encodingOf(head, whole)
	if e == nil {
		return nil, is == unsure
	}
	return newDecoder(f.name, e, io.MultiReader(bytes.NewReader(bytes.Clone(head[len(e.mark):])), rest)), false
}

// isPlain reports whether a file that begins so is read as it is.
func isPlain(head []byte) bool {
	whole := len(head) < judgedBytes
	packing, _ := packingOf(head, whole)
	encoding, _ := encodingOf(head, whole)
	return packing == nil && encoding == nil
}
