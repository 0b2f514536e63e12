package value

import "slices"

// Where a field of a projection comes from, when that is no field of the record.
const (
	Absent = -1 // it is null
	Given  = -2 // it is the value that Apply is given
)

// Projection makes records of one shape out of records of another. It remembers the shapes,
// since most records of a stream have the same.
type Projection struct {
	// Plan returns the names of the fields for a shape, and for each the number of the field
	// that it comes from, or Absent, or Given.
	Plan func(*Shape) (names []string, from []int)

	in, out *Shape
	from    []int
	same    bool // nothing changes
}

// Setting returns the projection that puts the given value into the field called name, which
// is added to records that lack it.
func Setting(name string) Projection {
	return Projection{Plan: func(s *Shape) (names []string, from []int) {
		names, from = slices.Clone(s.Names()), indexes(s)
		if i := s.Find(name); i >= 0 {
			from[i] = Given
			return names, from
		}
		return append(names, name), append(from, Given)
	}}
}

// Apply returns r with other fields; v is the given value.
func (p *Projection) Apply(r *Record, v Value) *Record {
	if p.in != r.Shape() {
		names, from := p.Plan(r.Shape())
		p.in, p.out, p.from = r.Shape(), NewShape(names...), from
		if slices.Equal(names, p.in.Names()) {
			p.out = p.in
		}
		p.same = p.out == p.in && slices.Equal(from, indexes(p.in))
	}
	if p.same {
		return r
	}
	vals := make([]Value, len(p.from))
	for i, k := range p.from {
		switch {
		case k >= 0:
			vals[i] = r.At(k)
		case k == Given:
			vals[i] = v
		}
	}
	return NewRecord(p.out, vals...)
}

// indexes returns 0, 1 … one number for each field of the shape.
func indexes(s *Shape) []int {
	list := make([]int, len(s.Names()))
	for i := range list {
		list[i] = i
	}
	return list
}
