package input

import (
	"bytes"
	"io"

	"mtpipe/microthread"
	"mtpipe/value"
)

// BlockSize is how much is read at a time, in bytes: it fits into a core's second-level
// cache with room to spare.
const BlockSize = 128 << 10

// Blocks is the memory that files are read into.
type Blocks struct{ pool *value.BlockPool }

// NewBlocks returns blocks for the readers of one stage.
func NewBlocks() *Blocks { return &Blocks{value.NewBlockPool(BlockSize)} }

// Lines reads a file in batches of whole lines. A line that is longer than a block gets a
// block of its own that grows with it.
type Lines struct {
	f      *File
	pool   *value.BlockPool
	rest   []byte // the beginning of a line whose end was not read
	offset int64  // of the next block in the unpacked file
	line   int64  // of the next block, where the file cannot be read again
	ended  bool
	failed error
}

// Lines returns a reader of f's lines.
func (b *Blocks) Lines(_ *microthread.Thread, f *File) *Lines {
	l := &Lines{f: f, pool: b.pool}
	if !f.regular {
		l.line = 1
	}
	return l
}

// Next returns the next lines, io.EOF at the end, or an error behind all lines that were
// read. Lines that arrive while the reader waits for more are returned at once.
func (l *Lines) Next() (*value.Batch, error) {
	if l.ended {
		return nil, io.EOF
	}
	if l.failed != nil {
		return nil, l.failed
	}
	block := l.pool.Get()
	n := 0
	if len(l.rest) > 0 {
		block, n = l.carry(block)
	}
	for {
		if n == len(block.Bytes()) {
			block = grow(block, n)
		}
		m, err := l.f.Read(block.Bytes()[n:])
		if err == io.EOF { // some readers return the last bytes with it
			l.ended = true
			return l.batch(block, n+m)
		}
		if err != nil {
			l.failed = err
			if end := bytes.LastIndexByte(block.Bytes()[:n+m], '\n') + 1; end > 0 {
				return l.batch(block, end)
			}
			block.Release()
			return nil, err
		}
		end := bytes.LastIndexByte(block.Bytes()[n:n+m], '\n')
		n += m
		if end >= 0 {
			end += n - m + 1
			l.rest = append(l.rest[:0], block.Bytes()[end:n]...)
			return l.batch(block, end)
		}
	}
}

// carry puts the beginning of a line into the block.
func (l *Lines) carry(block *value.Block) (*value.Block, int) {
	if len(l.rest) >= len(block.Bytes()) {
		block.Release()
		block = value.NewBlock(make([]byte, 2*len(l.rest)))
	}
	n := copy(block.Bytes(), l.rest)
	l.rest = l.rest[:0]
	return block, n
}

// grow returns a block twice as large with the first n bytes of the old one.
func grow(block *value.Block, n int) *value.Block {
	larger := value.NewBlock(make([]byte, 2*len(block.Bytes())))
	copy(larger.Bytes(), block.Bytes()[:n])
	block.Release()
	return larger
}

func (l *Lines) batch(block *value.Block, n int) (*value.Batch, error) {
	if n == 0 {
		block.Release()
		return nil, io.EOF
	}
	data := block.Bytes()[:n]
	block.SetOrigin(value.Origin{File: l.f.name, Offset: l.offset, Line: l.line})
	l.offset += int64(n)
	if l.line > 0 {
		l.line += int64(bytes.Count(data, []byte{'\n'}))
	}
	return value.NewLines(block, data), nil
}
