package value

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
