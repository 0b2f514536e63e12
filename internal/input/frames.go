package input

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sort"

	"github.com/klauspost/compress/zstd"

	"mtpipe/internal/object"
)

// Frame is where something that can be unpacked by itself begins: in a packed file, and in its text.
type Frame struct {
	Packed int64 `json:"packed"`
	Text   int64 `json:"text"`
}

// frameLength returns where the frame at a place in a file ends, and how long its text is; false when
// that cannot be told without unpacking it.
type frameLength func(file io.ReaderAt, at int64) (next, text int64, ok bool)

// framesOf returns the frames of a packed file of size bytes, and how long its text is; none when
// there is only one with text, or their lengths are not told.
func (p *packing) framesOf(file io.ReaderAt, size int64) (frames []Frame, length int64) {
	if p.frame == nil {
		return nil, 0
	}
	for at := int64(0); at < size; {
		next, text, ok := p.frame(file, at)
		if !ok || next > size || text < 0 {
			return nil, 0
		}
		if text > 0 {
			frames = append(frames, Frame{at, length})
		}
		at, length = next, length+text
	}
	if len(frames) < 2 {
		return nil, 0
	}
	return frames, length
}

// frameBefore returns the last frame that begins at the place in the text or before it.
func frameBefore(frames []Frame, text int64) Frame {
	return frames[max(sort.Search(len(frames), func(i int) bool { return frames[i].Text > text })-1, 0)]
}

// frameAfter returns where the first frame begins at the place in the text or after it, and the end
// of the text when there is none.
func frameAfter(frames []Frame, text, end int64) int64 {
	if i := sort.Search(len(frames), func(i int) bool { return frames[i].Text >= text }); i < len(frames) {
		return frames[i].Text
	}
	return end
}

// bgzipBlock is the frameLength of gzip's members as bgzip writes them, which say how long they are.
func bgzipBlock(file io.ReaderAt, at int64) (next, text int64, ok bool) {
	var head [18]byte
	const ( // the flags of a header with a field for extensions, and what that holds
		extended = 4
		length   = "\x06\x00BC\x02\x00"
	)
	if _, err := file.ReadAt(head[:], at); err != nil || !bytes.HasPrefix(head[:], []byte("\x1f\x8b\x08")) || head[3]&extended == 0 || string(head[10:16]) != length {
		return 0, 0, false
	}
	next = at + int64(binary.LittleEndian.Uint16(head[16:])) + 1
	var size [4]byte
	if _, err := file.ReadAt(size[:], next-int64(len(size))); err != nil || next <= at+int64(len(head)) {
		return 0, 0, false
	}
	return next, int64(binary.LittleEndian.Uint32(size[:])), true
}

// zstdFrame is the frameLength of zstd.
func zstdFrame(file io.ReaderAt, at int64) (next, text int64, ok bool) {
	var head [zstd.HeaderMaxSize]byte
	var h zstd.Header
	n, err := file.ReadAt(head[:], at)
	if err != nil && err != io.EOF || h.Decode(head[:n]) != nil {
		return 0, 0, false
	}
	next = at + int64(h.HeaderSize)
	if h.Skippable {
		return next + int64(h.SkippableSize), 0, true
	}
	for last := false; !last; { // blocks
		var block [4]byte
		if _, err := file.ReadAt(block[:3], next); err != nil {
			return 0, 0, false
		}
		b := binary.LittleEndian.Uint32(block[:])
		const repeated = 1 // the type of a block of one byte that stands for many
		size := int64(b >> 3)
		if b>>1&3 == repeated {
			size = 1
		}
		next, last = next+3+size, b&1 == 1
	}
	if h.HasCheckSum {
		next += 4
	}
	return next, int64(h.FrameContentSize), h.HasFCS
}

// packedText returns the text of length bytes of a file that has so many bytes, which is closed with
// it. Not all frames have to be there, but the first.
func packedText(file atAnyPlace, name string, size, length int64, frames []Frame, packing *packing) *streamed {
	return &streamed{
		name: name, length: length, close: file.Close,
		nearest: func(off int64) int64 { return frameBefore(frames, off).Text },
		begin: func(at int64) (io.Reader, func(), error) {
			packed := frameBefore(frames, at).Packed
			return packing.open(io.NewSectionReader(file, packed, size-packed), true)
		},
	}
}

// textAt returns the text of a file of size bytes and how long it is, with the frames of one that is
// packed; false when it cannot be read at any place, or is not in UTF-8. Closing the text closes
// the file.
func textAt(file atAnyPlace, name string, size int64) (text atAnyPlace, length int64, frames []Frame, ok bool) {
	var head [judgedBytes]byte
	n, err := file.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return nil, 0, nil, false
	}
	packing, _ := packingOf(head[:n], n < len(head))
	text, length = file, size
	switch {
	case packing != nil:
		if !object.Is(name) { // of which each look at another place is a request
			frames, length = packing.framesOf(file, size)
		}
		if frames == nil {
			return nil, 0, nil, false
		}
		text = packedText(file, name, size, length, frames, packing)
		if n, err = text.ReadAt(head[:], 0); err != nil && err != io.EOF {
			return nil, 0, nil, false
		}
	case promised(name) != nil:
		return nil, 0, nil, false
	}
	encoding, _ := encodingOf(head[:n], n < len(head))
	return text, length, frames, encoding == nil
}

// CountLines returns how many lines end between two places in the text of a file or object that is
// read in ranges.
func CountLines(name string, from, to int64) (n int64, err error) {
	file, size, _, err := openAnyPlace(nil, name, to)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	text, _, _, ok := textAt(file, name, size)
	if !ok {
		return 0, fmt.Errorf("%s has changed", name)
	}
	defer text.Close()
	buf := make([]byte, BlockSize)
	for at := from; at < to; {
		m, err := text.ReadAt(buf[:min(int64(len(buf)), to-at)], at)
		n, at = n+int64(bytes.Count(buf[:m], []byte{'\n'})), at+int64(m)
		if err == io.EOF {
			break
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
