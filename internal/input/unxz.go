package input

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz"
)

// unxz reads what xz has packed. The package xz takes the end of the data within the header of a
// block, or between two, for that of all streams; so it is looked whether this is the end.
type unxz struct {
	from  io.Reader
	data  *xzData
	tail  *tail
	alone bool
}

// xzPiece is how much is unpacked at a time where what is there must not wait: the package xz
// fills what it is given.
const xzPiece = 4 << 10

func openXz(from io.Reader, alone bool) (io.Reader, func(), error) {
	end := &tail{from: from}
	data := &xzData{Reader: bufio.NewReaderSize(end, BlockSize)}
	x, err := xz.NewReader(data)
	if err != nil {
		return nil, nil, early(err)
	}
	return named{&unxz{x, data, end, alone}, "xz: "}, func() {}, nil
}

// Read reads unpacked bytes.
func (x *unxz) Read(p []byte) (int, error) {
	if x.alone {
		p = p[:min(len(p), xzPiece)]
	}
	n, err := x.from.Read(p)
	if err == io.EOF && !(x.data.between && isXzFooter(x.tail.last)) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// xzData is packed data that knows whether it has ended where a stream may begin: there the
// package xz asks for four bytes, after it got all that it had asked for.
type xzData struct {
	*bufio.Reader
	full    bool // the last read gave what was asked for
	between bool
}

func (d *xzData) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	d.between = err == io.EOF && d.full && len(p) == 4
	d.full = n == len(p)
	return n, err
}

func (d *xzData) ReadByte() (byte, error) {
	b, err := d.Reader.ReadByte()
	d.full = err == nil
	return b, err
}

// tail keeps the last bytes that were read, besides zeros at the end.
type tail struct {
	from  io.Reader
	last  []byte
	zeros int // at the end
}

// xzFooter is the length of what a stream ends with.
const xzFooter = 12

func (t *tail) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	end := len(bytes.TrimRight(p[:n], "\x00"))
	if end > 0 {
		t.last = append(t.last, make([]byte, min(t.zeros, xzFooter))...)
		t.last = append(t.last, p[max(0, end-xzFooter):end]...)
		t.zeros = 0
	}
	t.zeros += n - end
	t.last = t.last[max(0, len(t.last)-xzFooter):]
	return n, err
}

// isXzFooter reports whether a stream may end so: a checksum, the size of the index, two bytes
// of flags, and two letters.
func isXzFooter(last []byte) bool {
	return len(last) == xzFooter && string(last[10:]) == "YZ" && crc32.ChecksumIEEE(last[4:10]) == binary.LittleEndian.Uint32(last)
}
