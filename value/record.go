package value

import (
	"bytes"
	"unsafe"
)

// Shape is the list of names that the records of one source share.
type Shape struct {
	names []string
	index map[string]int // for more than a few names; nil otherwise
}

const linearNames = 8 // up to here a search by comparing is quicker than a map

// NewShape returns the shape with these names. When a name stands twice, Find gives the
// last one. It keeps names, which must not be changed afterwards.
func NewShape(names ...string) *Shape {
	s := &Shape{names: names}
	if len(names) > linearNames {
		s.index = make(map[string]int, len(names))
		for i, n := range names {
			s.index[n] = i
		}
	}
	return s
}

// Names returns the names in order. They must not be changed.
func (s *Shape) Names() []string { return s.names }

// Find returns the place of name, or -1.
func (s *Shape) Find(name string) int {
	if s.index != nil {
		if i, ok := s.index[name]; ok {
			return i
		}
		return -1
	}
	for i := len(s.names) - 1; i >= 0; i-- {
		if s.names[i] == name {
			return i
		}
	}
	return -1
}

// Record is named values in order. It is immutable once it is in a Value.
type Record struct {
	shape *Shape
	vals  []Value
	raw   []byte // the text that it was read from, as it came; nil when it was made
	codec Codec  // of raw
}

// Raw returns the text that the record was read from, and what knows its format; nil for a
// record that was made or changed. It must not be changed.
func (r *Record) Raw() ([]byte, Codec) { return r.raw, r.codec }

// clone returns a copy of r with memory of its own.
func (r *Record) clone() *Record {
	c := &Record{shape: r.shape, vals: make([]Value, len(r.vals)), codec: r.codec}
	if r.raw == nil {
		for i, e := range r.vals {
			c.vals[i] = e.Clone()
		}
		return c
	}
	c.raw = bytes.Clone(r.raw)
	start := uintptr(unsafe.Pointer(unsafe.SliceData(r.raw)))
	for i, e := range r.vals {
		off := uintptr(e.p) - start
		switch {
		case !e.isSpelled():
			c.vals[i] = e.Clone()
		case off <= uintptr(len(r.raw)) && int(e.n&lengthBits) <= len(r.raw)-int(off):
			e.p = unsafe.Add(unsafe.Pointer(unsafe.SliceData(c.raw)), off)
			c.vals[i] = e
		default:
			c.vals[i] = e.Clone()
		}
	}
	return c
}

// NewRecord returns the record that gives the shape's names these values, one each. It
// keeps vals, which must not be changed afterwards.
func NewRecord(shape *Shape, vals ...Value) *Record {
	if len(vals) != len(shape.names) {
		panic("value: a record needs as many values as its shape has names")
	}
	return &Record{shape: shape, vals: vals}
}

// Len returns the number of fields.
func (r *Record) Len() int { return len(r.vals) }

// Shape returns the names that the record shares with others of its source.
func (r *Record) Shape() *Shape { return r.shape }

// Name returns the name of field i.
func (r *Record) Name(i int) string { return r.shape.names[i] }

// At returns the value of field i.
func (r *Record) At(i int) Value { return r.vals[i] }

// Get returns the value of the field called name, and whether there is one.
func (r *Record) Get(name string) (Value, bool) {
	if i := r.shape.Find(name); i >= 0 {
		return r.vals[i], true
	}
	return Null, false
}

// With returns a copy of r in which name has the value v: in its old place when the
// record has the field, behind the others when not.
func (r *Record) With(name string, v Value) *Record {
	if i := r.shape.Find(name); i >= 0 {
		vals := append([]Value(nil), r.vals...)
		vals[i] = v
		return &Record{shape: r.shape, vals: vals}
	}
	n := len(r.vals)
	names := append(append(make([]string, 0, n+1), r.shape.names...), name)
	return &Record{shape: NewShape(names...), vals: append(append(make([]Value, 0, n+1), r.vals...), v)}
}

// Scratch is a record whose values change: for computing with one row after the other. Its
// Value is to be read and forgotten before the next Set.
type Scratch struct{ r Record }

// Shape sets the names of the fields, which are null until Set.
func (s *Scratch) Shape(shape *Shape) {
	if s.r.shape != shape {
		s.r = Record{shape: shape, vals: make([]Value, len(shape.names))}
	}
}

// Set changes the value of field i.
func (s *Scratch) Set(i int, v Value) { s.r.vals[i] = v }

// Value returns the record as it is now.
func (s *Scratch) Value() Value { return Rec(&s.r) }
