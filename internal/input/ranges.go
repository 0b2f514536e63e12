package input

import (
	"bytes"
	"io"
	"os"
	"sync/atomic"

	"mtpipe/internal/codec"
	"mtpipe/value"
)

// Ranges divides a regular file whose records are lines into parts that whoever works on them
// reads himself, so that several cores read at a time, each into memory that its cache has.
// It reads what the file has when it is opened, and the rest of its last line.
type Ranges struct {
	file  *rangedFile
	parts codec.Lines
	pool  *value.BlockPool
	next  int64 // where the next range begins
	size  int64 // of the next range
}

// rangedFile is a file that several ranges read.
type rangedFile struct {
	*os.File
	name    string
	length  int64
	holders atomic.Int32
}

const (
	fewBytes   = 1 << 20   // in a file that is not divided
	rangeSlack = 8 << 10   // read with a range, to have the end of its last line
	firstRange = 64 << 10  // the sizes double from here
	lastRange  = 256 << 10 // to here
)

// rangePool is the memory that ranges are read into.
var rangePool = value.NewBlockPool(lastRange + rangeSlack)

// Ranges returns f's ranges, nil when it is not to be divided. It takes over the file then.
func (f *File) Ranges(cutter codec.Cutter) *Ranges {
	parts, ok := cutter.(codec.Lines)
	if !ok || !f.regular || f.stdin {
		return nil
	}
	file, err := os.Open(f.name)
	if err != nil {
		return nil
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() < fewBytes {
		_ = file.Close()
		return nil
	}
	shared := &rangedFile{File: file, name: f.name, length: info.Size()}
	shared.holders.Store(1)
	return &Ranges{file: shared, parts: parts, pool: rangePool, size: firstRange}
}

// Next returns the next range, nil behind the last.
func (r *Ranges) Next() *value.Batch {
	if r.next >= r.file.length {
		return nil
	}
	end := min(r.next+r.size, r.file.length)
	part := &part{file: r.file, parts: r.parts, pool: r.pool, from: r.next, to: end}
	r.file.holders.Add(1)
	r.next, r.size = end, min(2*r.size, lastRange)
	return value.NewPending(part)
}

// Close lets go of the file, which is closed when all ranges are read.
func (r *Ranges) Close() { r.file.release() }

func (f *rangedFile) release() {
	if f.holders.Add(-1) == 0 {
		_ = f.File.Close()
	}
}

// part is the lines that begin in a range of a file.
type part struct {
	file     *rangedFile
	parts    codec.Lines
	pool     *value.BlockPool
	from, to int64
}

// Drop lets go of the file.
func (p *part) Drop() { p.file.release() }

// Fetch reads the lines.
func (p *part) Fetch() (*value.Batch, error) {
	defer p.file.release()
	block := p.pool.Get()
	base := max(p.from-1, 0) // the byte before tells whether a line begins with the range
	n, err := p.read(block.Bytes(), base)
	if err != nil {
		block.Release()
		return nil, err
	}
	data := block.Bytes()[:n]
	start := 0
	if p.from > 0 {
		i := bytes.IndexByte(data[:min(int(p.to-base), n)], '\n')
		if start = i + 1; i < 0 || base+int64(start) >= p.to { // a line that began before goes on
			block.Release()
			return nil, nil
		}
	}
	from := int(p.to - base - 1) // the last line ends here, or behind
	for seen := from; ; {
		if i := bytes.IndexByte(data[min(seen, n):], '\n'); i >= 0 {
			data = data[:min(seen, n)+i+1]
			break
		}
		if n < len(block.Bytes()) {
			break // the end of the file
		}
		seen = n
		block = grow(block, n)
		m, err := p.read(block.Bytes()[n:], base+int64(n))
		if err != nil {
			block.Release()
			return nil, err
		}
		n += m
		data = block.Bytes()[:n]
	}
	if start >= len(data) {
		block.Release()
		return nil, nil
	}
	block.SetOrigin(value.Origin{File: p.file.name, Offset: base})
	return p.parts.Part(block, data[start:], p.from == 0), nil
}

// read fills buf with what stands at off, as far as the file goes.
func (p *part) read(buf []byte, off int64) (n int, err error) {
	n, err = p.file.ReadAt(buf, off)
	if err == io.EOF {
		err = nil
	}
	return n, err
}
