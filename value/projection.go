package value

import "slices"

// Where a field of a projection comes from, when that is no field of the record.
const (
	Absent = -1 // it is null
	Given  = -2 // it is the first of the values that are given; the second one is Given-1, and so on
)

// Projection makes records of one shape out of records of another. It remembers the shapes,
// since most records of a stream have the same.
type Projection struct {
	// Plan returns the names of the fields for a shape, and for each the number of the field
	// that it comes from, or Absent, or Given and below.
	Plan func(*Shape) (names []string, from []int)

	in, out *Shape
	from    []int
	same    bool // nothing changes
}

// Setting returns the projection that puts the given values into the fields of these names, the
// last one of a name that stands twice. Those that records lack are added to them.
func Setting(set ...string) Projection {
	return Projection{Plan: func(s *Shape) (names []string, from []int) {
		names, from = slices.Clone(s.Names()), indexes(s)
		for k, name := range set {
			i := s.Find(name)
			if i < 0 {
				i = slices.Index(names, name)
			}
			if i < 0 {
				i, names, from = len(names), append(names, name), append(from, 0)
			}
			from[i] = Given - k
		}
		return names, from
	}}
}

// Apply returns r with other fields.
func (p *Projection) Apply(r *Record, given ...Value) *Record {
	p.of(r.Shape())
	if p.same {
		return r
	}
	vals := make([]Value, len(p.from))
	for i, k := range p.from {
		switch {
		case k >= 0:
			vals[i] = r.At(k)
		case k <= Given:
			vals[i] = given[Given-k]
		}
	}
	return NewRecord(p.out, vals...)
}

// ApplyAll does with the rows of b what Apply does with each of them. They must be records, in a
// batch that is FormRecords and the caller's. A given column has a value for each row.
func (p *Projection) ApplyAll(b *Batch, given ...[]Value) {
	r := &b.records
	r.fields()
	b.columns, b.unplaced = b.columns[:0], true
	first := len(r.Made)
	r.Made = slices.Grow(r.Made, len(given)*len(r.Rows))
	for _, column := range given {
		r.Made = append(r.Made, column...)
	}
	out := r.spare[:0]
	for i := range r.Rows {
		row := &r.Rows[i]
		if p.in != row.Shape || i == 0 {
			p.of(row.Shape)
			out = slices.Grow(out, (len(r.Rows)-i)*len(p.from))
		}
		in := r.Fields[row.First:][:len(row.Shape.names)]
		row.First = uint32(len(out))
		if p.same {
			out = append(out, in...)
			continue
		}
		row.Shape, row.Made = p.out, true
		for _, k := range p.from {
			switch {
			case k >= 0:
				out = append(out, in[k])
			case k <= Given:
				out = append(out, Field{Off: uint32(first + (Given-k)*len(r.Rows) + i), Kind: FieldMade})
			default:
				out = append(out, Field{Kind: FieldNull})
			}
		}
	}
	r.Fields, r.spare = out, r.Fields
}

// of plans for records of the shape s.
func (p *Projection) of(s *Shape) {
	if p.in == s {
		return
	}
	names, from := p.Plan(s)
	p.in, p.out, p.from = s, NewShape(names...), from
	if slices.Equal(names, s.Names()) {
		p.out = s
	}
	p.same = p.out == s && slices.Equal(from, indexes(s))
}

// indexes returns 0, 1 … one number for each field of the shape.
func indexes(s *Shape) []int {
	list := make([]int, len(s.Names()))
	for i := range list {
		list[i] = i
	}
	return list
}
