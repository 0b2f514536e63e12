package input

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// opener opens what was packed in one way: it returns the text, and what frees the memory that
// this takes. Alone says that only the reader's goroutine may work on it, and that what is
// there must not wait for more. What goes wrong while the text is read is the source's error
// or one that says what is wrong with the data.
type opener func(from io.Reader, alone bool) (text io.Reader, end func(), err error)

// gunzip reads what gzip has packed: members, one after another, and zeros that fill a tape.
type gunzip struct {
	from *bufio.Reader
	z    *gzip.Reader
	over bool
}

var errAfterGzip = errors.New("gzip: what follows the packed data is no gzip data")

func openGzip(from io.Reader, _ bool) (io.Reader, func(), error) {
	g := &gunzip{from: bufio.NewReaderSize(from, BlockSize)}
	var err error
	if g.z, err = gzip.NewReader(g.from); err != nil {
		return nil, nil, early(err)
	}
	g.z.Multistream(false)
	return g, func() { _ = g.z.Close() }, nil
}

// early returns err; an end is one that came too early.
func early(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Read reads unpacked bytes.
func (g *gunzip) Read(p []byte) (int, error) {
	for !g.over {
		n, err := g.z.Read(p)
		if err != io.EOF {
			return n, err
		}
		if err := g.nextMember(); err != nil {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, io.EOF
}

// nextMember goes to the next member, or to the end.
func (g *gunzip) nextMember() error {
	head, err := g.from.Peek(2)
	if len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		if err := g.z.Reset(g.from); err != nil {
			return early(err)
		}
		g.z.Multistream(false)
		return nil
	}
	if err != nil && err != io.EOF {
		return err
	}
	for {
		switch b, err := g.from.ReadByte(); {
		case err == io.EOF:
			g.over = true
			return nil
		case err != nil:
			return err
		case b != 0:
			return errAfterGzip
		}
	}
}

func openZstd(from io.Reader, alone bool) (io.Reader, func(), error) {
	options := []zstd.DOption{zstd.WithDecoderLowmem(true)}
	if alone {
		options = append(options, zstd.WithDecoderConcurrency(1))
	}
	d, err := zstd.NewReader(from, options...)
	if err != nil {
		return nil, nil, err
	}
	return named{d, "zstd: "}, d.Close, nil
}

// named makes errors say what is wrong.
type named struct {
	io.Reader
	name string
}

func (r named) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF && !strings.HasPrefix(err.Error(), r.name) {
		err = fmt.Errorf("%s%w", r.name, err)
	}
	return n, err
}

// bunzip reads what bzip2 has packed.
type bunzip struct{ from io.Reader }

var errBzip2 = errors.New("bzip2 data is wrong")

func openBzip2(from io.Reader, _ bool) (io.Reader, func(), error) {
	return newBunzip(from), func() {}, nil
}

func newBunzip(r io.Reader) bunzip { return bunzip{bzip2.NewReader(bufio.NewReaderSize(r, BlockSize))} }

// Read reads unpacked bytes.
func (b bunzip) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	var wrong bzip2.StructuralError
	if errors.As(err, &wrong) {
		err = errBzip2
	}
	return n, err
}
