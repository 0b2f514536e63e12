package value

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"sync"
	"time"
	"unsafe"
)

// The first byte of an encoded value. Text of any kind is tagText plus its kind.
const (
	tagNull = iota
	tagFalse
	tagTrue
	tagInt
	tagFloat
	tagBig
	tagTime
	tagDuration
	tagList
	tagRecord // with the names of its fields
	tagShaped // with the number of its shape
	tagRaw    // tagShaped with the text that it was read from
	tagPart   // of a tagRaw record: text that stands in that
	tagJSON   // tagRecord with the JSON that it was read from before it
	tagRead   // tagRecord with a codec's name, its description and the text that it was read from before it
	tagShape  // before another value: the names of one more shape
	tagCodec  // before another value: the name and the description of one more codec

	tagText  = 32
	tagOpen  = 64  // text: it was the last line of its input and had no newline
	tagBlank = 128 // text: it is an empty field
	tagBits  = tagOpen - 1
)

// errBinary is what reading bytes gives that AppendBinary has not written.
var errBinary = errors.New("not an encoded value")

// AppendBinary appends an encoding of v from which ReadBinary makes the same value: kind,
// spelling, the zone of a time. Errors and Go values become strings. Records keep the text that
// they were read from where its codec can be described.
func AppendBinary(dst []byte, v Value) []byte { return (*Packer)(nil).Append(dst, v) }

// ReadBinary returns the value that src begins with and how many bytes it takes up. The
// value's text shares src's memory.
func ReadBinary(src []byte) (v Value, n int, err error) { return (*Packer)(nil).Read(src) }

// Packer encodes values as AppendBinary does, but keeps the shapes and codecs of records to
// itself: only it can read what it has written. Records keep the text that they were read
// from. One goroutine at a time may append; any number may read when none appends.
type Packer struct {
	shapes   []*Shape
	index    map[*Shape]uint64
	codecs   []Codec
	exported bool // text of a codec that cannot be described is not kept
}

// manyShapes is how many shapes a packer keeps; records of others carry their names.
const manyShapes = 1024

// Shape returns the number of s, and false when the packer has too many.
func (p *Packer) Shape(s *Shape) (number uint64, ok bool) {
	if n := len(p.shapes); n > 0 && p.shapes[n-1] == s {
		return uint64(n - 1), true
	}
	if i, ok := p.index[s]; ok {
		return i, true
	}
	if len(p.shapes) >= manyShapes {
		return 0, false
	}
	if p.index == nil {
		p.index = make(map[*Shape]uint64)
	}
	i := uint64(len(p.shapes))
	p.shapes = append(p.shapes, s)
	p.index[s] = i
	return i, true
}

// codec returns the number of c.
func (p *Packer) codec(c Codec) uint64 {
	for i, e := range p.codecs {
		if e == c {
			return uint64(i)
		}
	}
	p.codecs = append(p.codecs, c)
	return uint64(len(p.codecs) - 1)
}

// Append appends the encoding of v.
func (p *Packer) Append(dst []byte, v Value) []byte {
	switch v.k {
	case KindNull:
		return append(dst, tagNull)
	case KindBool:
		return append(dst, tagFalse+byte(v.n))
	case KindInt:
		return binary.AppendVarint(append(dst, tagInt), v.AsInt())
	case KindFloat:
		return binary.LittleEndian.AppendUint64(append(dst, tagFloat), v.n)
	case KindBig:
		text := v.AsBig().Append(nil, 62)
		return appendBytes(append(dst, tagBig), text)
	case KindText, KindString, KindNumber:
		tag := tagText + byte(v.k)
		if v.n&open != 0 {
			tag |= tagOpen
		}
		if v.n&blank != 0 {
			tag |= tagBlank
		}
		return appendBytes(append(dst, tag), v.Bytes())
	case KindTime:
		return appendTime(append(dst, tagTime), v.AsTime())
	case KindDuration:
		return binary.AppendVarint(append(dst, tagDuration), int64(v.n))
	case KindList:
		dst = binary.AppendUvarint(append(dst, tagList), v.n)
		for _, e := range v.AsList() {
			dst = p.appendPart(dst, e)
		}
		return dst
	case KindRecord:
		return p.appendRecord(dst, v.AsRecord())
	}
	return appendBytes(append(dst, tagText+byte(KindString)), v.AppendText(nil))
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// errorShape is that of an error in a list or record, as JSON has it.
var errorShape = NewShape("error")

// appendPart appends a value in a list or record. An error is there what JSON makes of it.
func (p *Packer) appendPart(dst []byte, v Value) []byte {
	if v.k == KindError {
		v = Rec(NewRecord(errorShape, String(string(v.AppendText(nil)))))
	}
	return p.Append(dst, v)
}

func (p *Packer) appendRecord(dst []byte, r *Record) []byte {
	var shape uint64
	shaped := false
	if p != nil {
		shape, shaped = p.Shape(r.shape)
	}
	if !shaped {
		dst = r.appendRead(dst)
		dst = binary.AppendUvarint(append(dst, tagRecord), uint64(len(r.vals)))
		for i, v := range r.vals {
			dst = p.appendPart(appendBytes(dst, []byte(r.Name(i))), v)
		}
		return dst
	}
	if r.raw == nil || p.exported && !isDescribed(r.codec) {
		dst = binary.AppendUvarint(append(dst, tagShaped), shape)
		for _, v := range r.vals {
			dst = p.appendPart(dst, v)
		}
		return dst
	}
	dst = binary.AppendUvarint(append(dst, tagRaw), shape)
	dst = binary.AppendUvarint(dst, p.codec(r.codec))
	dst = appendBytes(dst, r.raw)
	start := uintptr(unsafe.Pointer(unsafe.SliceData(r.raw)))
	for _, v := range r.vals {
		off, n := uintptr(v.p)-start, v.n&lengthBits
		if v.isSpelled() && off <= uintptr(len(r.raw)) && n <= uint64(len(r.raw))-uint64(off) {
			dst = append(dst, tagPart, byte(v.k))
			dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(off)), n)
			continue
		}
		dst = p.appendPart(dst, v)
	}
	return dst
}

// appendRead appends the text that the record was read from, if that is known.
func (r *Record) appendRead(dst []byte) []byte {
	if r.raw == nil {
		return dst
	}
	if isJSON(r.codec) {
		if r.printsRaw() {
			dst = appendBytes(append(dst, tagJSON), r.raw)
		}
		return dst
	}
	if isDescribed(r.codec) {
		dst = appendBytes(appendCodec(append(dst, tagRead), r.codec), r.raw)
	}
	return dst
}

// appendTime appends the seconds since 1970, the nanoseconds, the zone's offset, its
// abbreviation and its name.
func appendTime(dst []byte, t time.Time) []byte {
	abbreviation, offset := t.Zone()
	dst = binary.AppendVarint(dst, t.Unix())
	dst = binary.AppendUvarint(dst, uint64(t.Nanosecond()))
	dst = binary.AppendVarint(dst, int64(offset))
	dst = appendBytes(dst, []byte(abbreviation))
	return appendBytes(dst, []byte(t.Location().String()))
}

// Read returns the value that src begins with, see ReadBinary.
func (p *Packer) Read(src []byte) (v Value, n int, err error) {
	s := source{rest: src, packer: p}
	v = s.value()
	if s.bad {
		return Null, 0, errBinary
	}
	return v, len(src) - len(s.rest), nil
}

// source reads encoded values. After something that is none, it is bad and empty.
type source struct {
	rest   []byte
	packer *Packer
	bad    bool
}

func (s *source) fail() {
	s.rest, s.bad = nil, true
}

func (s *source) byte() byte {
	if len(s.rest) == 0 {
		s.fail()
		return 0
	}
	b := s.rest[0]
	s.rest = s.rest[1:]
	return b
}

func (s *source) uvarint() uint64 {
	if len(s.rest) > 0 && s.rest[0] < 0x80 {
		return uint64(s.byte())
	}
	u, n := binary.Uvarint(s.rest)
	if n <= 0 {
		s.fail()
		return 0
	}
	s.rest = s.rest[n:]
	return u
}

func (s *source) varint() int64 {
	u := s.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// count reads a number of things each of which takes up a byte at least.
func (s *source) count() int {
	n := s.uvarint()
	if n > uint64(len(s.rest)) {
		s.fail()
		return 0
	}
	return int(n)
}

func (s *source) bytes() []byte {
	n := s.count()
	b := s.rest[:n:n]
	s.rest = s.rest[n:]
	return b
}

func (s *source) value() Value {
	tag := s.byte()
	switch tag {
	case tagFalse, tagTrue:
		return Bool(tag == tagTrue)
	case tagInt:
		return Int(s.varint())
	case tagFloat:
		if len(s.rest) < 8 {
			s.fail()
			return Null
		}
		bits := binary.LittleEndian.Uint64(s.rest)
		s.rest = s.rest[8:]
		return Float(math.Float64frombits(bits))
	case tagBig:
		i, ok := new(big.Int).SetString(string(s.bytes()), 62)
		if !ok {
			s.fail()
			return Null
		}
		return Big(i)
	case tagTime:
		return s.time()
	case tagDuration:
		return Duration(time.Duration(s.varint()))
	case tagList:
		return List(s.values(s.count()))
	case tagRecord:
		return s.record()
	case tagJSON:
		return s.read(jsonText{})
	case tagRead:
		return s.read(s.codec())
	case tagShaped, tagRaw:
		return s.shaped(tag == tagRaw)
	}
	if kind := Kind(tag&tagBits) - tagText; kind >= KindNumber && kind <= KindString {
		v := Text(s.bytes())
		v.k = kind
		if tag&tagOpen != 0 {
			v.n |= open
		}
		if tag&tagBlank != 0 {
			v.n |= blank
		}
		return v
	}
	if tag != tagNull {
		s.fail()
	}
	return Null
}

// read reads a record that has been read from text of c.
func (s *source) read(c Codec) Value {
	text := s.bytes()
	v := s.value()
	if v.k != KindRecord || c == nil {
		s.fail()
		return Null
	}
	r := v.AsRecord()
	r.raw, r.codec = text, c
	return v
}

func (s *source) values(n int) []Value {
	vals := make([]Value, n)
	for i := range vals {
		vals[i] = s.value()
	}
	return vals
}

func (s *source) record() Value {
	n := s.count()
	names, vals := make([]string, n), make([]Value, n)
	for i := range vals {
		names[i] = string(s.bytes())
		vals[i] = s.value()
	}
	return Rec(NewRecord(NewShape(names...), vals...))
}

func (s *source) shaped(raw bool) Value {
	i := s.uvarint()
	if s.packer == nil || i >= uint64(len(s.packer.shapes)) {
		s.fail()
		return Null
	}
	r := &Record{shape: s.packer.shapes[i]}
	if !raw {
		r.vals = s.values(len(r.shape.names))
		return Rec(r)
	}
	codec := s.uvarint()
	if codec >= uint64(len(s.packer.codecs)) {
		s.fail()
		return Null
	}
	r.codec, r.raw = s.packer.codecs[codec], s.bytes()
	r.vals = make([]Value, len(r.shape.names))
	for i := range r.vals {
		if len(s.rest) == 0 || s.rest[0] != tagPart {
			r.vals[i] = s.value()
			continue
		}
		s.byte()
		kind, off, n := Kind(s.byte()), s.uvarint(), s.uvarint()
		if end := off + n; end < n || end > uint64(len(r.raw)) || kind < KindNumber || kind > KindString {
			s.fail()
			return Null
		}
		v := Text(r.raw[off : off+n : off+n])
		v.k = kind
		r.vals[i] = v
	}
	return Rec(r)
}

// zones keeps the locations that were looked up by name: *time.Location, or nil.
var zones sync.Map

func (s *source) time() Value {
	seconds, nanoseconds, offset := s.varint(), s.uvarint(), s.varint()
	abbreviation, name := s.bytes(), string(s.bytes())
	const day = 24 * 60 * 60 // no zone is farther away, but for those that somebody has made up
	if nanoseconds > 999_999_999 || s.bad {
		s.fail()
		return Null
	}
	t := time.Unix(seconds, int64(nanoseconds)).UTC()
	if name == "UTC" && offset == 0 {
		return Time(t)
	}
	if l := location(name); l != nil {
		if a, o := t.In(l).Zone(); int64(o) == offset && a == string(abbreviation) {
			return Time(t.In(l))
		}
	}
	return Time(t.In(time.FixedZone(string(abbreviation), int(offset%(10*day)))))
}

// location returns the zone of that name, nil when there is none.
func location(name string) *time.Location {
	if name == "" {
		return nil
	}
	if name == "Local" {
		return time.Local
	}
	if l, ok := zones.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		l = nil
	}
	zones.Store(name, l)
	return l
}

// EncodedText returns the text of a value that a Packer has encoded at the beginning of src,
// when that is text which does not look like a number; ok is false for anything else.
func EncodedText(src []byte) (text []byte, ok bool) {
	if len(src) == 0 {
		return nil, false
	}
	kind := Kind(src[0]&tagBits) - tagText
	if src[0]&tagBits < tagText || kind != KindText && kind != KindString {
		return nil, false
	}
	s := source{rest: src[1:]}
	text = s.bytes()
	if s.bad || len(text) == 0 {
		return nil, false
	}
	c := text[0]
	return text, kind == KindString || c-'0' > 9 && c != ' ' && c != '\t' && c != '+' && c != '-' && c != '.'
}
