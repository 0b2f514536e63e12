package aggregate

import (
	"unicode/utf8"

	"mtpipe/value"
)

// Lengths keeps the smallest or the largest length of texts, in characters. Nulls are passed over.
type Lengths struct {
	Extremes
	lengths value.Column
	text    []byte
}

// NewLengths returns a state for the largest length, or with sign -1 for the smallest.
func NewLengths(sign int) *Lengths { return &Lengths{Extremes: Extremes{sign: sign}} }

// Add takes in the values of a column.
func (s *Lengths) Add(groups []int32, c *value.Column, seq int64) {
	list := make([]value.Value, len(c.Values))
	for i, v := range c.Values {
		if isNothing(v) {
			continue
		}
		s.text = v.AppendText(s.text[:0])
		list[i] = value.Int(int64(utf8.RuneCount(s.text)))
	}
	s.lengths.Set(list)
	s.Extremes.Add(groups, &s.lengths, seq)
}

// Merge keeps what is better in o.
func (s *Lengths) Merge(o State, to []int32) error {
	return s.Extremes.Merge(&o.(*Lengths).Extremes, to)
}
