package timing

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"time"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/reactor"
	"mtpipe/stages/division"
	"mtpipe/value"
)

const (
	followPiece  = 256 << 10 // what is read at a time
	checkedBytes = 256       // how much before the offset is compared, to see whether it is the same file
)

// followedFile is an open file, whatever its name is by now.
type followedFile struct {
	file   *os.File
	info   os.FileInfo
	of     *followedName // that led to it
	id     int           // of its watch; 0 when there is none
	dirty  bool          // there may be something to read
	closed bool          // its writer has closed it and nobody wrote since

	offset  int64  // of what is read next
	rest    []byte // what was read of the line that stands there
	checked []byte // what stands before the offset
	line    int64  // the number of that line; 0 when it is not known
	hole    bool   // what begins with zeros begins with a hole

	written  time.Time // when something was read last
	nameless time.Time // since when no name leads to it; 0 as long as one does

	done func() // tells that it is followed no more

	texts *followedTexts // what divides it; nil for lines
}

// followedTexts is what was read of a file that is divided into other texts than lines.
type followedTexts struct {
	cutter format.Cutter
	left   []byte // of a text that may go on
	origin value.Origin
}

// start opens what n leads to at present, for reading from begin on.
func (f *follower) start(n *followedName, file *os.File, info os.FileInfo, begin lineToBegin) error {
	done, err := f.j.Following(info)
	if err != nil {
		_ = file.Close()
		return fmt.Errorf("%s: %w", n.name, err)
	}
	s := &followedFile{file: file, info: info, of: n, dirty: true, done: done}
	if f.args.IsSet() {
		s.texts = &followedTexts{cutter: f.args.Cutter()}
	}
	f.files = append(f.files, s)
	if f.watch != nil {
		id, err := f.watch.AddOpen(file, reactor.FileModified|reactor.FileClosed|reactor.FileAttrib|reactor.FileMoved)
		if s.id = id; err == nil {
			f.byID[id] = s
		} else {
			f.blind = true
		}
	}
	if begin < 0 {
		return f.skipLines(s, -int64(begin)-1)
	}
	return f.skipToLast(s, int64(begin))
}

// drop closes a file.
func (f *follower) drop(s *followedFile) {
	if s.id != 0 {
		f.watch.Remove(s.id)
		delete(f.byID, s.id)
	}
	_ = s.file.Close()
	s.done()
	for i, o := range f.files {
		if o == s {
			f.files = append(f.files[:i:i], f.files[i+1:]...)
			break
		}
	}
}

// skipLines begins to read behind n lines, or at the end when there are fewer.
func (f *follower) skipLines(s *followedFile, n int64) error {
	s.line = 1
	buf := make([]byte, followPiece)
	for at := int64(0); n > 0; at += int64(len(buf)) {
		m, err := readAt(s.file, buf, at)
		if err != nil {
			return err
		}
		for rest := buf[:m]; n > 0; n-- {
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				break
			}
			rest = rest[i+1:]
			s.offset = at + int64(m-len(rest))
			s.line++
		}
		if m < len(buf) {
			break
		}
		f.j.Yield()
	}
	return f.remember(s)
}

// skipToLast begins to read with the last n lines that are complete.
func (f *follower) skipToLast(s *followedFile, n int64) error {
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	buf := make([]byte, followPiece)
	for end := info.Size(); end > 0; {
		begin := max(end-int64(len(buf)), 0)
		m, err := readAt(s.file, buf[:end-begin], begin)
		if err != nil {
			return err
		}
		piece := buf[:m]
		for i := bytes.LastIndexByte(piece, '\n'); i >= 0; i = bytes.LastIndexByte(piece[:i], '\n') {
			if n == 0 {
				s.offset = begin + int64(i) + 1
				return f.remember(s)
			}
			n--
		}
		end = begin
		f.j.Yield()
	}
	s.line = 1
	return nil
}

// remember reads what stands before the offset.
func (f *follower) remember(s *followedFile) error {
	s.checked = make([]byte, min(s.offset, checkedBytes))
	n, err := readAt(s.file, s.checked, s.offset-int64(len(s.checked)))
	s.checked = s.checked[:n]
	return err
}

// readAt is ReadAt for which the end of the file is no error.
func readAt(file *os.File, buf []byte, off int64) (int, error) {
	n, err := file.ReadAt(buf, off)
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// read puts the whole lines in the next piece of a file. It is dirty afterwards when there is
// more.
func (f *follower) read(s *followedFile) error {
	block, n := f.pool.Get(), 0
	if len(s.rest) <= len(block.Bytes())/2 {
		n = copy(block.Bytes(), s.rest)
	}
	room := block.Bytes()[n:]
	m, err := readAt(s.file, room, s.offset)
	changed := false
	if err == nil {
		changed, err = f.changed(s)
	}
	if err != nil || changed || m == 0 {
		block.Release()
		if s.dirty = changed; changed {
			f.restart(s)
		}
		return err
	}
	s.dirty, s.written = m == len(room), time.Now()
	fresh := room[:m]
	if s.hole {
		fresh = bytes.TrimLeft(fresh, "\x00")
		s.hole = len(fresh) == 0
	}
	s.check(room[:m])
	s.offset += int64(m)
	end := bytes.LastIndexByte(fresh, '\n') + 1
	if s.texts != nil { // which lines it has is found there
		end = len(fresh)
	}
	more := len(fresh) - end
	switch {
	case end == 0:
		s.rest = append(s.rest, fresh...)
		block.Release()
	case n < len(s.rest): // the beginning of the line is not in the block
		line := append(s.rest, fresh[:end]...)
		s.rest = bytes.Clone(fresh[end:])
		block.Release()
		block = value.NewBlock(line)
		err = f.put(s, block, line, s.offset-int64(len(line)+more))
	default:
		s.rest = append(s.rest[:0], fresh[end:]...)
		text := block.Bytes()[m-len(fresh) : n+m-more]
		err = f.put(s, block, text, s.offset-int64(len(text)+more))
	}
	if err == nil && len(s.rest) > f.j.MaxLine() {
		err = f.tooLong(s, s.offset-int64(len(s.rest)))
	}
	if t := s.texts; err == nil && t != nil && len(t.left) > f.j.MaxLine() {
		err = &input.TooLongError{Origin: t.origin, What: "a text", Limit: f.j.MaxLine()}
	}
	return err
}

// tooLong returns the error of a line that begins at offset, and is the next one to be put.
func (f *follower) tooLong(s *followedFile, offset int64) error {
	return &input.TooLongError{Origin: s.origin(offset), What: "a line", Limit: f.j.MaxLine()}
}

// origin returns where a line comes from that stands at offset and is the next one to be put.
func (s *followedFile) origin(offset int64) value.Origin {
	if s.line == 0 && !s.nameless.IsZero() {
		return value.Origin{} // its name leads to another file, whose lines are not to be counted
	}
	return value.Origin{File: s.of.name, Offset: offset, Line: s.line}
}

// changed reports whether the file is not what was read: it has become shorter, or was written
// anew.
func (f *follower) changed(s *followedFile) (bool, error) {
	n := len(s.checked)
	m, err := readAt(s.file, f.scratch[:n], s.offset-int64(n))
	return m < n || !bytes.Equal(f.scratch[:n], s.checked), err
}

// restart begins to read a file that was written anew.
func (f *follower) restart(s *followedFile) {
	f.putRest(s)
	s.offset, s.checked, s.line, s.hole = 0, nil, 1, true
}

// check notes what was read last.
func (s *followedFile) check(text []byte) {
	if len(text) < checkedBytes {
		text = append(s.checked, text...)
	}
	s.checked = append(s.checked[:0], text[max(len(text)-checkedBytes, 0):]...)
}

// put puts the lines in text, a part of block that stands at offset in the file. Little text
// gets a block of its own size. It fails at a line that is too long.
func (f *follower) put(s *followedFile, block *value.Block, text []byte, offset int64) error {
	long := format.LongLine(text, f.j.MaxLine())
	if long >= 0 {
		text = text[:long]
	}
	f.putLines(s, block, text, offset)
	if long >= 0 {
		return f.tooLong(s, offset+int64(long))
	}
	return nil
}

func (f *follower) putLines(s *followedFile, block *value.Block, text []byte, offset int64) {
	if len(text) == 0 {
		block.Release()
		return
	}
	if len(text) < len(block.Bytes())/8 {
		small := value.NewBlock(bytes.Clone(text))
		block.Release()
		block, text = small, small.Bytes()
	}
	block.SetOrigin(s.origin(offset))
	if s.line > 0 {
		s.line += int64(bytes.Count(text, []byte{'\n'}))
	}
	if s.texts != nil {
		s.texts.add(text, block.Origin())
		block.Release()
		f.putTexts(s, false)
		return
	}
	f.j.PutBatch(value.NewLines(block, text))
}

// add takes what was read next.
func (t *followedTexts) add(text []byte, origin value.Origin) {
	if len(t.left) == 0 {
		t.origin = origin
	}
	t.left = append(t.left, text...)
}

// putTexts puts the texts that are whole; over says that nothing follows what was read.
func (f *follower) putTexts(s *followedFile, over bool) {
	t := s.texts
	n := t.cutter.Cut(t.left, over)
	if n == 0 {
		return
	}
	block := value.NewBlock(t.left[:n:n])
	block.SetOrigin(t.origin)
	t.left = bytes.Clone(t.left[n:])
	t.origin.Offset += int64(n)
	if t.origin.Line > 0 {
		t.origin.Line += int64(bytes.Count(block.Bytes(), []byte{'\n'}))
	}
	division.Put(f.j.PutBatch)(t.cutter.Batch(block, block.Bytes()))
}

// putRest puts a last line that lacks its end, which will not come.
func (f *follower) putRest(s *followedFile) {
	if s.texts != nil {
		f.putTexts(s, true)
		s.texts.cutter = f.args.Cutter() // of what comes in its place
		return
	}
	rest := s.rest
	s.rest = nil
	if len(rest) > 0 {
		block := value.NewBlock(append(rest, '\n'))
		f.putLines(s, block, block.Bytes(), s.offset-int64(len(rest)))
	}
}
