package value

import (
	"cmp"
	"iter"
	"slices"
)

// Column is one value for each row of a batch: a field of the rows, or what was computed of
// them. Its memory is used again and again.
type Column struct {
	Values []Value // they may point into the text of the batch

	field   string // its name, when it is a field that the batch keeps
	numbers Numbers
	read    bool // numbers are those of Values
}

// Set makes vals the column.
func (c *Column) Set(vals []Value) { c.Values, c.read = vals, false }

// Numbers returns the column as numbers, which are read the first time.
func (c *Column) Numbers() *Numbers {
	if !c.read {
		c.numbers.Read(c.Values)
		c.read = true
	}
	return &c.numbers
}

// Choose keeps the rows whose numbers, which ascend, are given. It changes Values in place.
func (c *Column) Choose(rows []int32) { c.Set(chosenOf(c.Values, rows)) }

// RowError says what is wrong with a row of a batch.
type RowError struct {
	Row int // its number
	Off int // where in the batch's text the mistake is, if it is one of the format
	Err error
}

// SortRowErrors sorts errors by their rows; those of one row stay in order.
func SortRowErrors(list []RowError) {
	slices.SortStableFunc(list, func(a, b RowError) int { return cmp.Compare(a.Row, b.Row) })
}

// Column returns the field called name of every row, null where there is none. It is valid
// until the rows change or are released.
func (b *Batch) Column(name string) *Column {
	if c := b.present(name); c != nil {
		return c
	}
	c := b.spareColumn()
	c.field = name
	b.noteColumn()
	c.Set(resized(c.Values, b.Len()))
	switch b.form {
	case FormRecords:
		b.records.column(name, c.Values)
	case FormValues:
		valuesColumn(b.vals, name, c.Values)
	default:
		clear(c.Values)
	}
	return c
}

// SetColumn makes vals the field called name of the rows, until these change.
func (b *Batch) SetColumn(name string, vals []Value) {
	c := b.present(name)
	if c == nil {
		c = b.spareColumn()
		c.field = name
		b.noteColumn()
	}
	c.Set(append(c.Values[:0], vals...))
}

// ForgetColumns takes back what SetColumn has done.
func (b *Batch) ForgetColumns() { b.columns = b.columns[:0] }

// fewColumns are found by looking at each; more have their places in Batch.places.
const fewColumns = 32

// present returns the field called name if its column has been asked for already.
func (b *Batch) present(name string) *Column {
	if len(b.columns) <= fewColumns {
		for _, c := range b.columns {
			if c.field == name {
				return c
			}
		}
		return nil
	}
	if i, ok := b.places[name]; ok {
		return b.columns[i]
	}
	return nil
}

// noteColumn notes the place of the last column where there are many.
func (b *Batch) noteColumn() {
	switch n := len(b.columns); {
	case n == fewColumns+1:
		b.places = make(map[string]int, 2*fewColumns)
		for i, c := range b.columns {
			b.places[c.field] = i
		}
	case n > fewColumns:
		b.places[b.columns[n-1].field] = n - 1
	}
}

// Shapes iterates over the shapes of the rows that are records, those that stand one after
// another once.
func (b *Batch) Shapes() iter.Seq[*Shape] {
	return func(yield func(*Shape) bool) {
		var last *Shape
		fresh := func(s *Shape) bool {
			if s == last || s == nil {
				return false
			}
			last = s
			return true
		}
		switch b.form {
		case FormRecords:
			b.records.fields()
			for i := range b.records.Rows {
				if s := b.records.Rows[i].Shape; fresh(s) && !yield(s) {
					return
				}
			}
		case FormValues:
			for _, v := range b.vals {
				if v.k == KindRecord && fresh(v.AsRecord().shape) && !yield(last) {
					return
				}
			}
		}
	}
}

// HasField reports whether all of the rows that are records, and whether some, have a field of
// that name.
func (b *Batch) HasField(name string) (all, some bool) {
	missing := false
	for s := range b.Shapes() {
		if s.Find(name) >= 0 {
			some = true
		} else {
			missing = true
		}
	}
	return some && !missing, some
}

// spareColumn adds a column to those of b, one that was used before if there is one.
func (b *Batch) spareColumn() *Column {
	if k := len(b.columns); k < cap(b.columns) && b.columns[:k+1][k] != nil {
		b.columns = b.columns[:k+1]
		return b.columns[k]
	}
	c := new(Column)
	b.columns = append(b.columns, c)
	return c
}

// resized returns a list of n values with the memory of vals, if that is enough; what they
// are does not matter.
func resized(vals []Value, n int) []Value {
	if cap(vals) < n {
		return make([]Value, n, n+n/4)
	}
	return vals[:n]
}

func (r *Records) column(name string, vals []Value) {
	r.fields()
	var shape *Shape
	at := -1
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Shape != shape {
			shape, at = row.Shape, -1
			if shape != nil {
				at = shape.Find(name)
			}
		}
		if at < 0 {
			vals[i] = Null
			continue
		}
		vals[i] = r.value(&r.Fields[int(row.First)+at])
	}
}

func valuesColumn(rows []Value, name string, vals []Value) {
	var shape *Shape
	at := -1
	for i, v := range rows {
		vals[i] = Null
		if v.k != KindRecord {
			continue
		}
		r := v.AsRecord()
		if r.shape != shape {
			shape, at = r.shape, r.shape.Find(name)
		}
		if at >= 0 {
			vals[i] = r.vals[at]
		}
	}
}

// Choose keeps the rows whose numbers, which ascend, are given. Lines become spans.
func (b *Batch) Choose(rows []int32) {
	switch b.form {
	case FormValues:
		chosen := chosenOf(b.vals, rows)
		clear(b.vals[len(chosen):])
		b.vals = chosen
	case FormRecords:
		b.records.Rows = chosenOf(b.records.Rows, rows)
	case FormSpans:
		b.spans = chosenOf(b.spans, rows)
	default:
		b.ToSpans()
		b.spans = chosenOf(b.spans, rows)
	}
	for _, c := range b.columns {
		c.Choose(rows)
	}
}

// ToSpans turns lines into spans of the same text.
func (b *Batch) ToSpans() {
	if b.form != FormLines {
		return
	}
	spans := b.spans[:0]
	for s := range b.Rows() {
		spans = append(spans, s)
	}
	b.spans, b.form = spans, FormSpans
}

func chosenOf[T any](list []T, rows []int32) []T {
	for n, i := range rows {
		list[n] = list[i]
	}
	return list[:len(rows)]
}
