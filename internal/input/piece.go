package input

import (
	"errors"
	"fmt"
	"io"
	"os"

	"mtpipe/internal/format"
	"mtpipe/internal/object"
	"mtpipe/microthread"
	"mtpipe/value"
)

// Piece is a range of the bytes of a file, or of its text when it is packed, whose records one
// reader reads: those that begin in it.
type Piece struct {
	File  string `json:"file"`
	Size  int64  `json:"size"`            // of the file
	Tag   string `json:"tag,omitempty"`   // of an object: what tells its content
	From  int64  `json:"from"`            // the first byte of the piece
	To    int64  `json:"to"`              // the byte after its last
	Whole bool   `json:"whole,omitempty"` // the file is read from its beginning to its end
	Text  int64  `json:"text,omitempty"`  // of a packed file: how long its text is
	Frame *Frame `json:"frame,omitempty"` // and from where it is unpacked
}

// Pieces divides files, which may be patterns, into pieces of about size bytes, in the order of
// the files and of their bytes. A file is one whole piece when it is no larger, when it is packed in
// another way than zstd's frames or bgzip's blocks, which say how long they are, when it is not in
// UTF-8, when its format cannot be divided, and when whole has its name. Cutter returns what finds
// the records of a file. What is neither a regular file nor an object is an error, since nobody could read it a second
// time.
func Pieces(files []string, size int64, cutter func(name string) format.Cutter, whole map[string]bool) ([]Piece, error) {
	if size < 1 {
		return nil, fmt.Errorf("a piece must have 1 byte or more, not %d", size)
	}
	names, err := Expand(nil, files)
	if err != nil {
		return nil, err
	}
	var pieces []Piece
	for _, name := range names {
		list, err := piecesOf(name, size, cutter(name), whole[name])
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, list...)
	}
	return pieces, nil
}

// piecesOf returns those of one file.
func piecesOf(name string, size int64, cutter format.Cutter, whole bool) ([]Piece, error) {
	file, length, tag, err := openAnyPlace(nil, name, firstRange)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p := Piece{File: name, Size: length, Tag: tag}
	if !whole && dividable(cutter) {
		if text, length, frames, ok := textAt(file, name, length); ok {
			r := newRanges(text, name, length, cutter, true, LongestRecord, LongestRecord)
			defer r.Close()
			if length > size && (r.chain == nil || r.header()) {
				return p.divide(length, size, frames), nil
			}
		}
	}
	p.To, p.Whole = length, true
	return []Piece{p}, nil
}

// divide returns pieces of about size bytes of a text of length bytes, which begin with frames if
// it has some.
func (p Piece) divide(length, size int64, frames []Frame) (list []Piece) {
	count := (length + size - 1) / size
	step := (length + count - 1) / count // so that the last piece is as large as the others
	for p.From < length {
		p.To = min(p.From+step, length)
		if frames != nil {
			before := frameBefore(frames, max(p.From-guessBefore, 0))
			p.Text, p.Frame = length, &before
			p.To = frameAfter(frames, p.To, length)
		}
		list = append(list, p)
		p.From = p.To
	}
	return list
}

// PieceReader reads the records of a piece. One thread uses it.
type PieceReader struct {
	piece  Piece
	ranges *Ranges // nil for a whole piece
	file   *File   // of a whole piece
	reader *Reader
	failed error // that comes after what was read

	begin, end int64
}

// ReadPiece returns what reads the records of a piece that Pieces has made. The cutter, which has
// to be a new one, finds them: where it has a header, it knows that of the file when ReadPiece
// returns or, of a whole piece, when Next has returned. Blocks says how much is read at a time, and
// memory what a program of the format may take; see OpenFor.
func ReadPiece(t *microthread.Thread, p Piece, cutter format.Cutter, blocks *Blocks, memory int64) (*PieceReader, error) {
	r := &PieceReader{piece: p, begin: p.From, end: p.To}
	if p.Whole {
		if err := r.check(); err != nil {
			return nil, err
		}
		f, err := OpenFor(t, p.File, nil, cutter, memory)
		if err != nil {
			return nil, err
		}
		r.file, r.reader = f, blocks.Reader(f, f.Name(), cutter)
		if f.object != nil {
			if err := r.changed(f.object.Version()); err != nil {
				r.Close()
				return nil, err
			}
		}
		return r, nil
	}
	text, length, err := r.open(t)
	if err != nil {
		return nil, err
	}
	r.ranges = newRanges(text, p.File, length, cutter, true, blocks.limit, blocks.most)
	if err := r.start(); err != nil {
		r.ranges.Close()
		return nil, err
	}
	return r, nil
}

// open returns the text of which the piece is a part, and how long it is.
func (r *PieceReader) open(t *microthread.Thread) (text atAnyPlace, length int64, err error) {
	p := r.piece
	file, size, tag, err := openAnyPlace(t, p.File, p.To+guessAfter)
	if err != nil {
		return nil, 0, err
	}
	err = r.changed(size, tag)
	if err == nil && p.Frame == nil {
		return file, size, nil
	}
	var head [judgedBytes]byte
	if err == nil {
		_, err = file.ReadAt(head[:], 0)
	}
	packing, _ := packingOf(head[:], false)
	if err == nil && packing == nil {
		err = fmt.Errorf("%s has changed: it is not packed now", p.File)
	}
	if err != nil {
		_ = file.Close()
		return nil, 0, err
	}
	return packedText(file, p.File, size, p.Text, []Frame{{}, *p.Frame}, packing), p.Text, nil
}

// start finds where the piece's first record begins.
func (r *PieceReader) start() error {
	s, p := r.ranges, r.piece
	if s.chain == nil {
		s.next, s.end = p.From, p.To
		return nil
	}
	if !s.header() {
		return fmt.Errorf("%s: the header is not where it was when the file was divided", p.File)
	}
	r.begin = s.next
	if p.From > s.next {
		var err error
		if r.begin, err = s.guess(p.From, p.To); err != nil {
			return err
		}
		s.next, s.begin = p.From, toldBoundary(r.begin)
	}
	s.end = p.To
	return nil
}

// How much of a file is looked at to guess where a record begins.
const (
	guessBefore = 64 << 10 // before the piece
	guessAfter  = 64 << 10 // after its beginning: at first
	mostGuessed = 8 << 20  // and at the most
)

// guess returns where the first record begins at the place from or after it, and to when that
// cannot be told. It looks for a record that begins well before, and goes on from there as the
// reader of the piece before does: what was guessed wrong mostly comes right on the way.
func (r *Ranges) guess(from, to int64) (int64, error) {
	back, start := max(from-min(guessBefore, r.most), r.next), int64(-1)
	if back == r.next {
		start = back
	}
	for size := int64(guessAfter); start < 0; size *= 2 {
		text := make([]byte, min(from+size, r.file.length)-back)
		n, err := r.file.ReadAt(text, back)
		if err != nil && err != io.EOF {
			return 0, err
		}
		at, sure := r.chain.Guess(text[:n])
		all := from+size >= r.file.length || size >= mostGuessed
		switch {
		case at >= 0 && (sure || all):
			start = back + int64(at)
		case all:
			return to, nil
		}
	}
	r.file.holders.Add(1)
	end := newBoundary()
	before := chainedPart{part: part{file: r.file, from: back, to: from, pool: r.pool, limit: r.limit}, chain: r.chain, cutter: r.cutter, begin: toldBoundary(start), end: end}
	b, err := before.Fetch()
	if b != nil {
		b.Release()
	}
	if at, known := end.wait(); known {
		return at, nil
	}
	if errors.As(err, new(*TooLongError)) {
		return to, nil
	}
	return 0, err
}

// Next returns the next records, a batch that is still to be parsed, io.EOF after the last, or an
// error after all records that were read.
func (r *PieceReader) Next() (*value.Batch, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	var b *value.Batch
	if b, r.failed = r.next(); r.failed == io.EOF {
		if err := r.check(); err != nil {
			r.failed = err
		} else if r.ranges != nil && r.ranges.chain != nil {
			r.end, _ = r.ranges.begin.wait()
		}
	}
	if b != nil {
		return b, nil
	}
	return nil, r.failed
}

func (r *PieceReader) next() (*value.Batch, error) {
	if r.ranges == nil {
		return r.reader.Next()
	}
	for {
		pending := r.ranges.Next()
		if pending == nil {
			return nil, io.EOF
		}
		if b, err := pending.Fetch(); b != nil || err != nil {
			return b, err
		}
	}
}

// check returns an error when the file does not have the size that it had when it was divided. That
// an object is another one is seen by whoever reads it.
func (r *PieceReader) check() error {
	if object.Is(r.piece.File) {
		return nil
	}
	info, err := os.Stat(r.piece.File)
	if err != nil {
		return err
	}
	return r.changed(info.Size(), "")
}

func (r *PieceReader) changed(size int64, tag string) error {
	switch {
	case size != r.piece.Size:
		return fmt.Errorf("%s has changed: it had %d bytes when it was divided, and has %d now", r.piece.File, r.piece.Size, size)
	case tag != r.piece.Tag:
		return fmt.Errorf("%s has changed: it was replaced by another object after it was divided", r.piece.File)
	}
	return nil
}

// Edges returns where the first record of the piece begins, and where the first one after its last
// does; both are the border when no record begins in the piece. Guessed says that nobody knows
// whether that is right before the edges of neighbours were compared: the records of a file are
// those of its pieces if each piece ends where the next one begins, and otherwise the file has to be
// read whole. Without a guess they are the piece's borders. Valid after io.EOF.
func (r *PieceReader) Edges() (begin, end int64, guessed bool) {
	return r.begin, r.end, r.ranges != nil && r.ranges.chain != nil
}

// Close closes the file.
func (r *PieceReader) Close() {
	if r.ranges != nil {
		r.ranges.Close()
		return
	}
	_ = r.file.Close()
}
