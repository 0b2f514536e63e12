package aggregate

import (
	"encoding/binary"
	"errors"

	"mtpipe/value"
)

// State is what an aggregate has made of its input so far, for each group.
type State interface {
	// Grow makes room for the groups below n.
	Grow(n int)
	// Add takes in a column. Groups has the group of each row; nil says that all are of group 0.
	// Seq is the place of the rows in the whole input and never falls.
	Add(groups []int32, c *value.Column, seq int64)
	// Merge takes in what o, which is of the same type and not used afterwards, holds: its
	// group i belongs to the group to[i].
	Merge(o State, to []int32) error
	// Result returns the aggregate of a group. With a *ConflictError the value is what it is
	// without the values that do not go with it.
	Result(g int) (value.Value, error)
	// Bytes returns about how much memory the state takes.
	Bytes() int64
	// AppendTo appends an encoding of a group.
	AppendTo(dst []byte, g int) []byte
	// ReadFrom adds what AppendTo has written to the group g, whose rows came before, and
	// returns what stands behind it.
	ReadFrom(src []byte, g int) (rest []byte, err error)
}

// Checker is a State that cannot take in every value.
type Checker interface {
	// Check returns the rows that are not to be given to Add, in order.
	Check(c *value.Column) []value.RowError
}

// Check returns what is wrong with the rows of c for s.
func Check(s State, c *value.Column) []value.RowError {
	if s, ok := s.(Checker); ok {
		return s.Check(c)
	}
	return nil
}

// Shrinker is a State that can do with less memory at the cost of being exact.
type Shrinker interface {
	// Shrink makes the state smaller where that pays and reports whether it is less exact now.
	Shrink() bool
	// Approximate reports whether Shrink or Merge has made results inexact.
	Approximate() bool
}

// Copy makes to, a state without rows, hold what the groups of from below n do.
func Copy(to, from State, n int) error {
	to.Grow(n)
	var row []byte
	for g := range n {
		row = from.AppendTo(row[:0], g)
		if _, err := to.ReadFrom(row, g); err != nil {
			return err
		}
	}
	return nil
}

var errEncoding = errors.New("the encoding of an aggregate is broken")

// group returns the group of row i.
func group(groups []int32, i int) int {
	if groups == nil {
		return 0
	}
	return int(groups[i])
}

// target returns the number that group i of another state has here.
func target(to []int32, i int) int {
	if to == nil {
		return i
	}
	return int(to[i])
}

// grown returns list with length n at least, and room for more.
func grown[T any](list []T, n int) []T {
	if n <= len(list) {
		return list
	}
	if n > cap(list) {
		list = append(make([]T, 0, n+n/2), list...)
	}
	return list[:n]
}

// notNumbers returns the rows of a column that are no numbers.
func notNumbers(c *value.Column) []value.RowError {
	var bad []value.RowError
	for _, i := range c.Numbers().Bad {
		_, err := value.NumberOf(c.Values[i])
		bad = append(bad, value.RowError{Row: i, Err: Outliving(err)})
	}
	return bad
}

// Outliving returns err without memory of the batch that it complains of.
func Outliving(err error) error {
	var e *value.NotNumberError
	if errors.As(err, &e) {
		return &value.NotNumberError{Value: e.Value.Clone()}
	}
	return err
}

// Counts counts rows or, as NonNull, those that are not null.
type Counts struct {
	NonNull bool
	n       []int64
}

// Grow makes room for groups.
func (s *Counts) Grow(n int) { s.n = grown(s.n, n) }

// Add counts the rows of a column.
func (s *Counts) Add(groups []int32, c *value.Column, _ int64) {
	switch {
	case s.NonNull:
		for i := range c.Values {
			if !c.Values[i].IsNull() {
				s.n[group(groups, i)]++
			}
		}
	case groups == nil:
		s.n[0] += int64(len(c.Values))
	default:
		s.AddRows(groups)
	}
}

// AddRows counts a row for each of the groups.
func (s *Counts) AddRows(groups []int32) {
	n := s.n
	for _, g := range groups {
		n[g]++
	}
}

// Merge adds the counts of o.
func (s *Counts) Merge(o State, to []int32) error {
	for i, n := range o.(*Counts).n {
		s.n[target(to, i)] += n
	}
	return nil
}

// Result returns the count.
func (s *Counts) Result(g int) (value.Value, error) { return value.Int(s.n[g]), nil }

// Bytes returns about how much memory the state takes.
func (s *Counts) Bytes() int64 { return int64(cap(s.n)) * 8 }

// AppendTo appends the count of a group.
func (s *Counts) AppendTo(dst []byte, g int) []byte { return binary.AppendVarint(dst, s.n[g]) }

// ReadFrom adds an encoded count.
func (s *Counts) ReadFrom(src []byte, g int) ([]byte, error) {
	n, size := binary.Varint(src)
	if size <= 0 {
		return nil, errEncoding
	}
	s.n[g] += n
	return src[size:], nil
}
