package input

import (
	"bytes"
	"io"
	"os"
	"sync/atomic"

	"mtpipe/internal/format"
	"mtpipe/value"
)

// Ranges divides a regular file into parts that whoever works on them reads himself, so that
// several cores read at a time, each into memory that its cache has. Where records are not
// lines, a part has to wait until the one before it tells where the first record begins. It
// reads what the file has when it is opened, and the rest of its last record.
type Ranges struct {
	file   *rangedFile
	parts  format.Lines   // for a format whose records are lines
	chain  format.Chained // for another one
	cutter format.Cutter  // either of them
	begin  *boundary      // of the next range
	next   int64          // where the next range begins
	end    int64          // where the last one ends
	size   int64          // of the next range
	most   int64          // that it grows to
	pool   *value.BlockPool
	limit  int // bytes that a line or a record may have
}

// rangedFile is a file that several ranges read.
type rangedFile struct {
	atAnyPlace
	name    string
	length  int64
	grows   func() bool // reports whether the run adds to it
	holders atomic.Int32
}

const (
	fewBytes   = 1 << 20   // in a file that is not divided
	rangeSlack = 8 << 10   // read with a range, to have the end of its last line
	firstRange = 64 << 10  // the sizes double from here
	lastRange  = 128 << 10 // to here
	largeRange = 256 << 10 // or here, where nothing is kept of what is read
)

// The memory that ranges are read into.
var (
	rangePool = value.NewBlockPool(lastRange + rangeSlack)
	largePool = value.NewBlockPool(largeRange + rangeSlack)
)

// Ranges returns f's ranges, nil when it is not to be divided. Large says that they may be
// large ones, limit how many bytes a line or a record may have, and most how many a range.
func (f *File) Ranges(cutter format.Cutter, large bool, limit, most int) *Ranges {
	if !dividable(cutter) || !f.regular {
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
	r := newRanges(file, f.name, info.Size(), cutter, large, limit, most)
	if r.chain != nil && !r.header() {
		r.Close()
		return nil
	}
	if s := f.snapshot; s != nil && s.grows != nil {
		r.file.length, r.file.grows = min(r.file.length, s.info.Size()), func() bool { return s.grows(s.info) }
		r.end = r.file.length
	}
	return r
}

// dividable reports whether the text that cutter cuts can be read in ranges.
func dividable(cutter format.Cutter) bool {
	switch cutter.(type) {
	case format.Lines, format.Chained:
		return true
	}
	return false
}

// newRanges returns the ranges of a text of length bytes, which they close; see File.Ranges. Where
// records are not lines, header has to be called before Next.
func newRanges(text atAnyPlace, name string, length int64, cutter format.Cutter, large bool, limit, most int) *Ranges {
	r := &Ranges{cutter: cutter, end: length, size: firstRange, most: lastRange, pool: rangePool, limit: min(limit, LongestRecord)}
	r.parts, _ = cutter.(format.Lines)
	r.chain, _ = cutter.(format.Chained)
	if large {
		r.most, r.pool = largeRange, largePool
	}
	if int64(most) < r.most {
		r.size, r.most, r.pool = min(firstRange, int64(most)), int64(most), value.NewBlockPool(most+rangeSlack)
	}
	r.file = &rangedFile{atAnyPlace: text, name: name, length: length, grows: func() bool { return false }}
	r.file.holders.Store(1)
	return r
}

// header reads the beginning of the file, and reports whether there is a header.
func (r *Ranges) header() bool {
	text := make([]byte, firstRange)
	n, err := r.file.ReadAt(text, 0)
	if err != nil && err != io.EOF {
		return false
	}
	length := r.chain.Begin(text[:n])
	if length < 0 {
		return false
	}
	r.next = int64(length)
	r.begin = toldBoundary(r.next)
	return true
}

// Next returns the next range, nil behind the last.
func (r *Ranges) Next() *value.Batch {
	if r.next >= r.end {
		return nil
	}
	end := min(r.next+r.size, r.end)
	p := part{file: r.file, from: r.next, to: end, pool: r.pool, limit: r.limit}
	r.file.holders.Add(1)
	r.next, r.size = end, min(2*r.size, r.most)
	if r.parts != nil {
		return value.NewPending(&linesPart{part: p, parts: r.parts, plain: format.IsLines(r.cutter)})
	}
	begin := r.begin
	r.begin = newBoundary()
	return value.NewPending(&chainedPart{part: p, chain: r.chain, cutter: r.cutter, begin: begin, end: r.begin})
}

// Close lets go of the file, which is closed when all ranges are read.
func (r *Ranges) Close() { r.file.release() }

func (f *rangedFile) release() {
	if f.holders.Add(-1) == 0 {
		_ = f.atAnyPlace.Close()
	}
}

// part is a range of a file.
type part struct {
	file     *rangedFile
	from, to int64
	pool     *value.BlockPool
	limit    int
}

// Drop lets go of the file.
func (p *part) Drop() { p.file.release() }

// excerpt is what was read of a file.
type excerpt struct {
	block *value.Block
	n     int   // bytes of the block that were read
	base  int64 // where they stand in the file
	ended bool  // the file ends with them
}

// bytes returns what was read, from one place to before another one, as far as it goes.
func (e *excerpt) bytes(from, to int) []byte { return e.block.Bytes()[min(from, e.n):min(to, e.n)] }

// read reads what stands at base, up to the end of the range and a little more.
func (p *part) read(base int64) (e excerpt, err error) {
	e = excerpt{block: p.pool.Get(), base: base}
	return e, p.fill(&e, min(int(p.to-base)+rangeSlack, len(e.block.Bytes())))
}

// more reads what stands behind the excerpt, into a larger block when there is no room for it.
func (p *part) more(e *excerpt) error {
	if e.n == len(e.block.Bytes()) {
		e.block = grow(e.block, e.n)
	}
	return p.fill(e, len(e.block.Bytes()))
}

// fill reads as far as the excerpt has to bytes. What the run has added to the file is not read.
func (p *part) fill(e *excerpt, to int) error {
	n, err := p.file.ReadAt(e.block.Bytes()[e.n:to], e.base+int64(e.n))
	e.n += n
	if e.ended = err == io.EOF; e.ended {
		err = nil
	}
	if e.base+int64(e.n) > p.file.length && p.file.grows() {
		e.n, e.ended = int(max(p.file.length-e.base, 0)), true
	}
	return err
}

// linesPart is the lines that begin in a range.
type linesPart struct {
	part
	parts format.Lines
	plain bool
}

// PlainLines reports whether the records are the lines themselves.
func (p *linesPart) PlainLines() bool { return p.plain }

// Fetch reads the lines.
func (p *linesPart) Fetch() (*value.Batch, error) {
	defer p.file.release()
	base := max(p.from-1, 0) // the byte before tells whether a line begins with the range
	e, err := p.read(base)
	start := 0
	if i := bytes.IndexByte(e.bytes(0, int(p.to-base)), '\n'); p.from > 0 {
		start = i + 1
		if i < 0 || base+int64(start) >= p.to { // a line that began before goes on
			e.block.Release()
			return nil, err
		}
	}
	end := -1
	for seen := int(p.to - base - 1); err == nil && end < 0; { // the last line ends here, or behind
		if i := bytes.IndexByte(e.bytes(seen, e.n), '\n'); i >= 0 {
			end = min(seen, e.n) + i + 1
		} else if e.ended || format.LongLine(e.bytes(start, e.n), p.limit) >= 0 {
			end = e.n
		} else {
			seen = e.n
			err = p.more(&e)
		}
	}
	if err == nil && end-start > p.limit {
		if at := format.LongLine(e.bytes(start, end), p.limit); at >= 0 {
			end = start + at
			err = p.tooLong(&e, end, "a line")
		}
	}
	if end < 0 || start >= end {
		e.block.Release()
		return nil, err
	}
	e.block.SetOrigin(value.Origin{File: p.file.name, Offset: base})
	return p.parts.Part(e.block, e.block.Bytes()[start:end], p.from == 0), err
}

// tooLong returns the error of a line or a record that begins at at in the excerpt.
func (p *part) tooLong(e *excerpt, at int, what string) error {
	return &TooLongError{Origin: value.Origin{File: p.file.name, Offset: e.base + int64(at)}, What: what, Limit: p.limit}
}

// boundary is where a range's first record begins, as soon as that is known.
type boundary struct{ at chan int64 }

func newBoundary() *boundary          { return &boundary{make(chan int64, 1)} }
func (b *boundary) tell(offset int64) { b.at <- offset }

// toldBoundary returns a boundary that is known.
func toldBoundary(offset int64) *boundary {
	b := newBoundary()
	b.tell(offset)
	return b
}

// wait returns the offset; known is false when nobody will tell it.
func (b *boundary) wait() (offset int64, known bool) {
	offset, known = <-b.at
	return offset, known
}

// chainedPart is the records that begin in a range whose first record is not told by the
// text alone.
type chainedPart struct {
	part
	chain      format.Chained
	cutter     format.Cutter // the same
	begin, end *boundary
}

// Drop lets go of the file; nobody will learn where the next range begins.
func (p *chainedPart) Drop() {
	close(p.end.at)
	p.part.Drop()
}

// Fetch reads the range, waits until it is known where its records begin, and tells where
// they end. Of the ranges that have been asked for, the first never waits.
func (p *chainedPart) Fetch() (*value.Batch, error) {
	defer p.file.release()
	e, err := p.read(p.from)
	begin, known := p.begin.wait()
	if err != nil || !known || begin >= p.to { // a record that began before goes on
		if known && err == nil {
			p.end.tell(begin)
		} else {
			close(p.end.at)
		}
		e.block.Release()
		return nil, err
	}
	size := int(p.to - p.from)
	start := int(begin - p.from)
	end := start + p.chain.Whole(e.bytes(start, size))
	looked := end                 // how far it is looked whether a record is too long
	for end < size && end < e.n { // the last record ends behind the range
		if k := p.chain.First(e.bytes(end, e.n)); k >= 0 {
			end += k // which may still be in the range: more than its bytes told where that record ends
			continue
		}
		if e.ended {
			end = e.n
			break
		}
		if looked = e.n; looked-end > p.limit {
			break
		}
		if err = p.more(&e); err != nil {
			close(p.end.at)
			e.block.Release()
			return nil, err
		}
	}
	if looked = max(looked, end); looked-start > p.limit {
		if at := format.Overlong(p.cutter, e.bytes(start, looked), end-start, p.limit); at >= 0 {
			end = start + at
			err = p.tooLong(&e, end, format.RecordName(p.cutter))
		}
	}
	if err == nil {
		p.end.tell(p.from + int64(end))
	} else {
		close(p.end.at)
	}
	if end = min(end, e.n); start >= end { // the file has become shorter
		e.block.Release()
		return nil, err
	}
	e.block.SetOrigin(value.Origin{File: p.file.name, Offset: p.from})
	return p.chain.Part(e.block, e.block.Bytes()[start:end]), err
}
