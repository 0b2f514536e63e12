package aggregate

import (
	"encoding/binary"
	"fmt"

	"mtpipe/value"
)

// Truths counts what is true and what is not. Nulls are passed over.
type Truths struct{ yes, no []int64 }

// truthOf returns whether v is true; known is false for null.
func truthOf(v value.Value) (yes, known bool, err error) {
	switch {
	case isNothing(v):
		return false, false, nil
	case v.Kind() == value.KindBool:
		return v.AsBool(), true, nil
	case v.Kind() == value.KindText && (v.Str() == "true" || v.Str() == "false"):
		return v.Str() == "true", true, nil
	}
	return false, false, fmt.Errorf("%s is neither true nor false", v.Quote())
}

// Check finds what is neither true nor false.
func (s *Truths) Check(c *value.Column) (bad []value.RowError) {
	for i, v := range c.Values {
		if _, _, err := truthOf(v); err != nil {
			bad = append(bad, value.RowError{Row: i, Err: err})
		}
	}
	return bad
}

// Grow makes room for groups.
func (s *Truths) Grow(n int) { s.yes, s.no = grown(s.yes, n), grown(s.no, n) }

// Add takes in the values of a column.
func (s *Truths) Add(groups []int32, c *value.Column, _ int64) {
	for i, v := range c.Values {
		yes, known, err := truthOf(v)
		switch {
		case err != nil || !known:
		case yes:
			s.yes[group(groups, i)]++
		default:
			s.no[group(groups, i)]++
		}
	}
}

// Merge adds the counts of o.
func (s *Truths) Merge(o State, to []int32) error {
	other := o.(*Truths)
	for i := range other.yes {
		s.yes[target(to, i)] += other.yes[i]
		s.no[target(to, i)] += other.no[i]
	}
	return nil
}

// Result reports whether anything was true.
func (s *Truths) Result(g int) (value.Value, error) { return value.Bool(s.yes[g] > 0), nil }

// All reports whether nothing was false.
func (s *Truths) All(g int) (value.Value, error) { return value.Bool(s.no[g] == 0), nil }

// Bytes returns about how much memory the state takes.
func (s *Truths) Bytes() int64 { return int64(cap(s.yes)+cap(s.no)) * 8 }

// AppendTo appends the counts of a group.
func (s *Truths) AppendTo(dst []byte, g int) []byte {
	return binary.AppendVarint(binary.AppendVarint(dst, s.yes[g]), s.no[g])
}

// ReadFrom adds encoded counts.
func (s *Truths) ReadFrom(src []byte, g int) ([]byte, error) {
	for _, n := range []*int64{&s.yes[g], &s.no[g]} {
		more, size := binary.Varint(src)
		if size <= 0 {
			return nil, errEncoding
		}
		*n += more
		src = src[size:]
	}
	return src, nil
}
