package sinks

import (
	"mtpipe/value"
)

// parts is where one file after the other is written.
type parts struct {
	number int64 // of the present file; 0 before the first
	file   *splitFile
	rows   int64
	bytes  int64
}

// writePart writes v to the present file, or to the next when that is full.
func (s *splitting) writePart(v value.Value) error {
	p := &s.parts
	if p.file == nil || s.args.Lines > 0 && p.rows == s.args.Lines {
		if err := s.nextPart(v); err != nil {
			return err
		}
	}
	size, err := s.add(p.file, v)
	if most := s.args.Size; err == nil && most != nil && p.rows > 0 && p.bytes+size > int64(*most) {
		p.file.buf = p.file.buf[:len(p.file.buf)-int(size)]
		if err := s.nextPart(v); err != nil {
			return err
		}
		size, err = s.add(p.file, v)
	}
	if err != nil {
		return s.j.RejectValue(v, err)
	}
	p.rows++
	p.bytes += size
	if len(p.file.buf) >= splitBuffer {
		return s.flush(p.file)
	}
	return nil
}

// add gathers v for a file and returns how many bytes it took.
func (s *splitting) add(f *splitFile, v value.Value) (int64, error) {
	start := len(f.buf)
	var err error
	f.buf, err = f.encoder.Append(f.buf, v)
	return int64(len(f.buf) - start), err
}

// nextPart begins the next file; v is its first value.
func (s *splitting) nextPart(v value.Value) error {
	p := &s.parts
	if p.file != nil {
		if err := s.flush(p.file); err != nil {
			return err
		}
	}
	number := p.number + 1
	err := s.make(v, value.Int(number))
	if err == nil && s.files[string(s.name.text)] == nil {
		err = s.name.stays()
	}
	if err != nil {
		return err
	}
	f, err := s.file(string(s.name.text))
	if err == nil {
		*p = parts{number: number, file: f}
	}
	return err
}
