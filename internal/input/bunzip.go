package input

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"io"
	"runtime"
)

// bunzip unpacks bzip2 on several goroutines. The blocks of the format do not depend on each
// other and begin with a number of 48 bits, at any bit; each is given to the standard
// library as a stream of its own.
type bunzip struct {
	blocks chan *bunzipped // in the order of the file
	stop   chan struct{}
	rest   []byte // of the block that is being read
	err    error
}

// bunzipped is a block that is being unpacked, or the error behind the last.
type bunzipped struct {
	done chan struct{}
	text []byte
	err  error
}

const (
	blockMagic = 0x314159265359
	endMagic   = 0x177245385090
	magicBits  = 48
	magicMask  = 1<<magicBits - 1
)

var errBzip2 = errors.New("bzip2 data is wrong")

// newBunzip returns a reader of what r holds packed.
func newBunzip(r io.Reader) *bunzip {
	b := &bunzip{blocks: make(chan *bunzipped, 2*runtime.GOMAXPROCS(0)), stop: make(chan struct{})}
	go b.divide(bufio.NewReaderSize(r, BlockSize))
	return b
}

// Read reads unpacked bytes.
func (b *bunzip) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		block, ok := <-b.blocks
		if !ok {
			b.err = io.EOF
			continue
		}
		<-block.done
		b.rest, b.err = block.text, block.err
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// close ends the unpacking, as soon as what is read at present has been.
func (b *bunzip) close() { close(b.stop) }

// put hands a block over in its turn, and reports false when nobody wants it.
func (b *bunzip) put(block *bunzipped) bool {
	select {
	case b.blocks <- block:
		return true
	case <-b.stop:
		return false
	}
}

// failed returns err in the place of a block.
func failed(err error) *bunzipped {
	block := &bunzipped{err: err, done: make(chan struct{})}
	close(block.done)
	return block
}

// divide finds the blocks and has them unpacked.
func (b *bunzip) divide(r *bufio.Reader) {
	defer close(b.blocks)
	for streams := 0; ; streams++ {
		var header [4]byte
		n, err := io.ReadFull(r, header[:])
		if n == 0 && streams > 0 {
			return
		}
		if err != nil || string(header[:3]) != "BZh" || header[3] < '1' || header[3] > '9' {
			if err == nil || err == io.EOF && n > 0 {
				err = errBzip2
			}
			b.put(failed(notEndOfFile(err)))
			return
		}
		if err := b.stream(r); err != nil {
			b.put(failed(notEndOfFile(err)))
			return
		}
	}
}

func notEndOfFile(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

var errUnwanted = errors.New("nobody reads on")

// stream divides one stream behind its header. Bits of a block are gathered from its magic
// number on, so that they begin with a byte.
func (b *bunzip) stream(r *bufio.Reader) error {
	var window uint64    // the last bits that were read
	var bits []byte      // of the present block, behind its magic number
	seen, count := 0, -1 // bits of the stream, and of the block; -1 before the first block
	for {
		c, err := r.ReadByte()
		if err != nil {
			return err
		}
		for left := 7; left >= 0; left-- {
			window = window<<1 | uint64(c>>left&1)
			seen++
			if count >= 0 {
				if count++; count%8 == 0 {
					bits = append(bits, byte(window))
				}
			}
			magic := window & magicMask
			if magic != blockMagic && magic != endMagic || seen < magicBits {
				continue
			}
			if count >= 0 && !b.unpack(bits, count-magicBits) {
				return errUnwanted
			}
			if magic == endMagic {
				return b.end(r, left)
			}
			bits, count = nil, 0
		}
	}
}

// end passes over what stands behind the last block: the stream's checksum, and bits up to the
// next byte. Left is how many bits of the present byte were not read.
func (b *bunzip) end(r *bufio.Reader, left int) error {
	n := (32 - left + 7) / 8
	_, err := r.Discard(n)
	return err
}

// unpack has a block unpacked: the first count of bits, which begin with its checksum. It
// reports false when nobody wants it.
func (b *bunzip) unpack(bits []byte, count int) bool {
	if count < 32 {
		return b.put(failed(errBzip2))
	}
	whole, rest := count/8, count%8
	packed := append(make([]byte, 0, whole+24), "BZh9\x31\x41\x59\x26\x53\x59"...)
	packed = append(packed, bits[:whole]...)
	var half byte // bits that are no whole byte
	if rest > 0 {
		half = bits[whole] >> (8 - rest)
	}
	end := append([]byte("\x17\x72\x45\x38\x50\x90"), bits[:4]...) // the checksum of one block is that of all
	for _, c := range end {
		two := uint16(half)<<8 | uint16(c)
		packed = append(packed, byte(two>>rest))
		half = byte(two) & (1<<rest - 1)
	}
	if rest > 0 {
		packed = append(packed, half<<(8-rest))
	}
	block := &bunzipped{done: make(chan struct{})}
	go func() {
		defer close(block.done)
		block.text, block.err = io.ReadAll(bzip2.NewReader(bytes.NewReader(packed)))
	}()
	return b.put(block)
}
