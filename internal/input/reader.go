package input

import (
	"bytes"
	"fmt"
	"io"

	"mtpipe/internal/format"
	"mtpipe/value"
)

// BlockSize is how much is read at a time, in bytes: it fits into a core's second-level
// cache with room to spare.
const BlockSize = 128 << 10

// How much is read at a time of a regular file that turns out to be long: handing a block to
// another reactor costs as much as reading some kilobytes. Records take several times the
// memory of their text.
const (
	largeLines   = 512 << 10
	largeRecords = 256 << 10
)

// LongestRecord is how long a line or a record may be at the most: places in a block have 32
// bits.
const LongestRecord = 1<<31 - 1

func nameOf(name string) string {
	if name == "" {
		return "the input"
	}
	return name
}

// TooLongError says that a line or a record is longer than it may be.
type TooLongError struct {
	Origin value.Origin // of its beginning
	What   string       // that it is
	Limit  int          // in bytes
}

// Error returns what is too long, without its place.
func (e *TooLongError) Error() string {
	if e.Limit >= LongestRecord {
		return e.What + " is longer than 2 GB"
	}
	return fmt.Sprintf("%s is longer than %d bytes; see --max-line", e.What, e.Limit)
}

// smallBlocks is how many blocks are read before larger ones.
const smallBlocks = 8

// Blocks is the memory that files are read into.
type Blocks struct {
	first, lines, records *value.BlockPool
	stream                bool // begin small, and go on with lines when they are filled
	limit                 int  // bytes that a line or a record may have
	most                  int  // bytes of a block
}

// NewBlocks returns blocks for the readers of one stage, of at most most bytes but for a record that is longer. A
// line or a record of more than limit bytes, besides the newline at its end, is an error.
func NewBlocks(limit, most int) *Blocks {
	pool := func(size int) *value.BlockPool { return value.NewBlockPool(min(size, most)) }
	return &Blocks{first: pool(BlockSize), lines: pool(largeLines), records: pool(largeRecords), limit: limit, most: most}
}

// NewStreamBlocks returns blocks for readers of which there may be thousands, each of which
// gets little at a time: the output of programs, and connections. They may be shared.
func NewStreamBlocks(limit int) *Blocks {
	large := value.NewBlockPool(BlockSize)
	return &Blocks{first: value.NewBlockPool(streamBlock), lines: large, records: large, stream: true, limit: limit, most: BlockSize}
}

const streamBlock = 4 << 10

// Source is what a Reader reads: a *File, or the text that comes into a stage.
type Source interface{ Read(p []byte) (int, error) }

// Awaiter is a Source that can say when there is something to read, so that no memory waits
// with the reader.
type Awaiter interface{ Await() error }

// Reader reads a file in batches of whole records, or lines. A record that is longer than a
// block gets a block of its own that grows with it.
type Reader struct {
	from   Source
	name   string
	cutter format.Cutter
	pool   *value.BlockPool
	large  *value.BlockPool // for blocks behind the first ones; nil when they stay small
	blocks int              // that were read
	stream bool             // the next block is large when this one was filled
	small  bool             // the blocks are those of a stream
	limit  int              // bytes that a record may have
	rest   []byte           // the beginning of a record whose end was not read
	offset int64            // of the next block in the unpacked file
	line   int64            // of the next block, where the file cannot be read again
	before int64            // bytes of its line that stand before the next block
	passed bool             // the text is what a stage was given
	ended  bool
	failed error
}

// Reader returns a reader of the records that cutter finds in a source. Errors call it name.
func (b *Blocks) Reader(from Source, name string, cutter format.Cutter) *Reader {
	r := &Reader{from: from, name: name, cutter: cutter, pool: b.first, line: 1}
	r.Limit(b.limit)
	if b.stream {
		r.stream, r.small, r.large = true, true, b.lines
	}
	if f, ok := from.(*File); ok && f.regular {
		r.line, r.large = 0, b.records
		if format.IsLines(cutter) {
			r.large = b.lines
		}
	}
	return r
}

// Limit makes a line or a record of more than n bytes an error, whatever that of the blocks is:
// the option --max-line of the stage says so.
func (r *Reader) Limit(n int) { r.limit = min(n, LongestRecord) }

// Passed says that the source is text that a stage was given or has made, so that its lines are
// not those of a file.
func (r *Reader) Passed() *Reader { r.passed = true; return r }

// Next returns the next records, io.EOF at the end, or an error behind all records that were
// read. Records that arrive while the reader waits for more are returned at once.
func (r *Reader) Next() (*value.Batch, error) {
	for {
		b, err := r.next()
		if b != nil || err != nil {
			return b, err
		}
	}
}

// Reads reports whether Next reads before it returns: it has neither come to the end nor met an
// error that it is to tell.
func (r *Reader) Reads() bool { return r.failed == nil && !r.ended }

// next returns a batch, or nil when no record was in the text that was read.
func (r *Reader) next() (*value.Batch, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	if r.ended {
		return nil, io.EOF
	}
	if a, ok := r.from.(Awaiter); ok {
		if r.failed = a.Await(); r.failed != nil {
			return nil, r.failed
		}
	}
	if r.blocks++; r.blocks > smallBlocks && r.large != nil && !r.stream {
		r.pool = r.large
	}
	block := r.pool.Get()
	n := 0
	if len(r.rest) > 0 {
		block, n = r.carry(block)
	}
	for {
		if n == len(block.Bytes()) {
			block = grow(block, n)
		}
		m, err := r.from.Read(block.Bytes()[n:])
		n += m // some sources return the last bytes with the end
		if r.ended = err == io.EOF; !r.ended {
			r.failed = err
		}
		if m == 0 && r.failed == nil && !r.ended {
			continue
		}
		end := r.cutter.Cut(block.Bytes()[:n], r.ended)
		if e, ok := r.cutter.(format.EndsAlone); ok && r.line == 0 && e.EndsAlone() {
			r.line = 1 // of the first block: no line has ended before
		}
		if n > r.limit {
			if at := format.Overlong(r.cutter, block.Bytes()[:n], end, r.limit); at >= 0 {
				return r.beforeLong(block, at), nil
			}
		}
		switch {
		case end > 0 || r.ended:
			if r.stream && n == len(block.Bytes()) {
				r.pool = r.large
			}
			r.rest = append(r.rest[:0], block.Bytes()[end:n]...)
			return r.batch(block, end), nil
		case err != nil:
			block.Release()
			return nil, err
		}
	}
}

// beforeLong returns the records before one that is too long, which begins at at in the block.
func (r *Reader) beforeLong(block *value.Block, at int) (b *value.Batch) {
	if at > 0 {
		b = r.batch(block, at)
	} else {
		block.Release()
	}
	r.failed = &TooLongError{
		Origin: value.Origin{File: r.name, Offset: r.offset, Line: r.line, Passed: r.passed && !r.small},
		What:   format.RecordName(r.cutter), Limit: r.limit,
	}
	return b
}

// carry puts the beginning of a record into the block.
func (r *Reader) carry(block *value.Block) (*value.Block, int) {
	if len(r.rest) >= len(block.Bytes()) {
		block.Release()
		block = value.NewBlock(make([]byte, 2*len(r.rest)))
	}
	n := copy(block.Bytes(), r.rest)
	r.rest = r.rest[:0]
	return block, n
}

// grow returns a block twice as large with the first n bytes of the old one.
func grow(block *value.Block, n int) *value.Block {
	larger := value.NewBlock(make([]byte, 2*len(block.Bytes())))
	copy(larger.Bytes(), block.Bytes()[:n])
	block.Release()
	return larger
}

func (r *Reader) batch(block *value.Block, n int) *value.Batch {
	data := block.Bytes()[:n]
	block.SetOrigin(value.Origin{File: r.name, Offset: r.offset, Line: r.line, Before: r.before, Passed: r.passed})
	r.offset += int64(n)
	if i := bytes.LastIndexByte(data, '\n'); i >= 0 {
		r.before = int64(n - i - 1)
	} else {
		r.before += int64(n)
	}
	if r.line > 0 {
		r.line += int64(bytes.Count(data, []byte{'\n'}))
	}
	return r.cutter.Batch(block, data)
}

// PutAll gives all batches to put.
func (r *Reader) PutAll(put func(*value.Batch)) error {
	for {
		b, err := r.Next()
		if err != nil {
			return NotEnd(err)
		}
		put(b)
	}
}
