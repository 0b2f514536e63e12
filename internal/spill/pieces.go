package spill

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// What a Writer writes is made of pieces: a length, a checksum and so many bytes. A piece is
// looked at before anything of it is returned, so that a byte that has changed in the file is
// an error and never a wrong row. The checksum covers where the piece is in the file, too: one
// that was written to another place is none.

const (
	pieceHead = 8       // the length and the checksum, little-endian
	pieceSize = 4 << 10 // with its head, at the most
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumOf returns the checksum of a piece at off in the file.
func sumOf(off int64, text []byte) uint32 {
	var place [12]byte
	binary.LittleEndian.PutUint64(place[:], uint64(off))
	binary.LittleEndian.PutUint32(place[8:], uint32(len(text)))
	return crc32.Update(crc32.Checksum(place[:], castagnoli), castagnoli, text)
}

// begin begins a piece at the end of what was gathered, after a flush if there is no room.
func (w *Writer) begin() error {
	w.endPiece()
	if cap(w.buf)-len(w.buf) <= pieceHead {
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.piece = len(w.buf)
	w.buf = w.buf[:w.piece+pieceHead]
	w.end = min(w.piece+pieceSize, cap(w.buf))
	return nil
}

// endPiece notes how long the piece is that was begun last.
func (w *Writer) endPiece() {
	if w.end > 0 {
		binary.LittleEndian.PutUint32(w.buf[w.piece:], uint32(len(w.buf)-w.piece-pieceHead))
	}
}

// sum puts the checksums into pieces that will be at off in the file.
func sum(pieces []byte, off int64) {
	for len(pieces) > 0 {
		n := pieceHead + int(binary.LittleEndian.Uint32(pieces))
		binary.LittleEndian.PutUint32(pieces[4:], sumOf(off, pieces[pieceHead:n]))
		pieces, off = pieces[n:], off+int64(n)
	}
}

// take moves the text of the next piece, if it was read whole, to the end of what may be returned.
func (r *Reader) take() (taken bool, err error) {
	raw := r.mem[r.from:r.to]
	if len(raw) < pieceHead {
		return false, nil
	}
	n := int(binary.LittleEndian.Uint32(raw))
	if n > pieceSize-pieceHead {
		return false, r.damaged()
	}
	if len(raw) < pieceHead+n {
		return false, nil
	}
	text := raw[pieceHead : pieceHead+n]
	if binary.LittleEndian.Uint32(raw[4:]) != sumOf(r.at, text) {
		return false, r.damaged()
	}
	r.buf = r.mem[:len(r.buf)+copy(r.mem[len(r.buf):], text)]
	r.from, r.at = r.from+pieceHead+n, r.at+int64(pieceHead+n)
	return true, nil
}

func (r *Reader) damaged() error {
	return fmt.Errorf("what was spilled to %s has been changed there", r.file.dir)
}
