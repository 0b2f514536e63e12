package aggregate

import (
	"cmp"
	"encoding/binary"
	"slices"

	"mtpipe/value"
)

const valueSize = 24

// Places keeps the first or the last value that is not null.
type Places struct {
	Last   bool
	kept   []placed
	memory int64
}

type placed struct {
	v     value.Value
	seq   int64
	any   bool
	fresh bool // v was not cloned yet
}

// Grow makes room for groups.
func (s *Places) Grow(n int) { s.kept = grown(s.kept, n) }

// Add takes in the values of a column.
func (s *Places) Add(groups []int32, c *value.Column, seq int64) {
	if groups == nil {
		s.addAll(c.Values, seq)
		return
	}
	for i, g := range groups {
		p := &s.kept[g]
		if p.any && !s.Last || c.Values[i].IsNull() {
			continue
		}
		*p = placed{c.Values[i], seq, true, true}
	}
	for _, g := range groups {
		s.settle(&s.kept[g])
	}
}

// addAll takes in the values of the only group.
func (s *Places) addAll(vals []value.Value, seq int64) {
	p := &s.kept[0]
	if p.any && !s.Last {
		return
	}
	i := slices.IndexFunc(vals, func(v value.Value) bool { return !v.IsNull() })
	for n := len(vals) - 1; s.Last && n >= 0; n-- {
		if i = n; !vals[n].IsNull() {
			break
		}
	}
	if i >= 0 && !vals[i].IsNull() {
		*p = placed{vals[i], seq, true, true}
		s.settle(p)
	}
}

// settle gives the value that p keeps its own memory.
func (s *Places) settle(p *placed) {
	if p.fresh {
		p.v, p.fresh = p.v.Clone().Terminated(), false
		s.memory += p.v.Memory() / 2 // half: the last may replace another one
	}
}

// Merge keeps what o has that came before, or behind.
func (s *Places) Merge(o State, to []int32) error {
	for i, p := range o.(*Places).kept {
		s.merge(target(to, i), p)
	}
	return nil
}

func (s *Places) merge(g int, p placed) {
	mine := &s.kept[g]
	switch {
	case !p.any:
	case !mine.any, s.Last && p.seq >= mine.seq, !s.Last && p.seq < mine.seq:
		*mine = p
	}
}

// Result returns the value, null when there was none.
func (s *Places) Result(g int) (value.Value, error) { return s.kept[g].v, nil }

// Bytes returns about how much memory the state takes.
func (s *Places) Bytes() int64 { return int64(cap(s.kept))*40 + s.memory }

// AppendTo appends the value of a group.
func (s *Places) AppendTo(dst []byte, g int) []byte {
	return value.AppendBinary(binary.AppendVarint(dst, s.kept[g].seq), s.kept[g].v)
}

// ReadFrom takes in an encoded value.
func (s *Places) ReadFrom(src []byte, g int) ([]byte, error) {
	seq, v, rest, err := readPlaced(src)
	if err == nil {
		s.merge(g, placed{v: v, seq: seq, any: !v.IsNull()})
	}
	return rest, err
}

// Lists keeps all values, nulls too.
type Lists struct {
	groups []list
	memory int64
}

type list struct {
	vals []value.Value
	runs []run
}

// run is where the values of one place begin.
type run struct {
	seq int64
	at  int
}

const runSize = 24 // of a run, with the room that lists of them have for more

// Grow makes room for groups.
func (s *Lists) Grow(n int) { s.groups = grown(s.groups, n) }

// Add takes in the values of a column.
func (s *Lists) Add(groups []int32, c *value.Column, seq int64) {
	for i, v := range c.Values {
		l := &s.groups[group(groups, i)]
		if n := len(l.runs); n == 0 || l.runs[n-1].seq != seq {
			l.runs = append(l.runs, run{seq, len(l.vals)})
			s.memory += runSize
		}
		v = v.Clone().Terminated()
		l.vals = append(l.vals, v)
		s.memory += valueSize*5/4 + v.Memory()
	}
}

// Merge adds the values of o.
func (s *Lists) Merge(o State, to []int32) error {
	other := o.(*Lists)
	s.memory += other.memory
	for i := range other.groups {
		s.groups[target(to, i)].merge(&other.groups[i])
	}
	return nil
}

func (l *list) merge(o *list) {
	if len(l.vals) == 0 {
		*l = *o
		return
	}
	for _, r := range o.runs {
		l.runs = append(l.runs, run{r.seq, len(l.vals) + r.at})
	}
	l.vals = append(l.vals, o.vals...)
}

// Result returns the values in the order of the input, as a list.
func (s *Lists) Result(g int) (value.Value, error) {
	l := &s.groups[g]
	type piece struct {
		seq  int64
		vals []value.Value
	}
	pieces := make([]piece, len(l.runs))
	for i, r := range l.runs {
		end := len(l.vals)
		if i+1 < len(l.runs) {
			end = l.runs[i+1].at
		}
		pieces[i] = piece{r.seq, l.vals[r.at:end]}
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.seq, b.seq) })
	all := make([]value.Value, 0, len(l.vals))
	for _, p := range pieces {
		all = append(all, p.vals...)
	}
	return value.List(all), nil
}

// Bytes returns about how much memory the state takes.
func (s *Lists) Bytes() int64 { return int64(cap(s.groups))*48 + s.memory }

// AppendTo appends the values of a group.
func (s *Lists) AppendTo(dst []byte, g int) []byte {
	l := &s.groups[g]
	dst = binary.AppendUvarint(dst, uint64(len(l.runs)))
	for _, r := range l.runs {
		dst = binary.AppendUvarint(binary.AppendVarint(dst, r.seq), uint64(r.at))
	}
	return value.AppendBinary(dst, value.List(l.vals))
}

// ReadFrom adds encoded values.
func (s *Lists) ReadFrom(src []byte, g int) ([]byte, error) {
	n, size := binary.Uvarint(src)
	if size <= 0 || n > uint64(len(src)) {
		return nil, errEncoding
	}
	src = src[size:]
	var l list
	for range n {
		seq, size := binary.Varint(src)
		if size <= 0 {
			return nil, errEncoding
		}
		at, size2 := binary.Uvarint(src[size:])
		if size2 <= 0 {
			return nil, errEncoding
		}
		l.runs = append(l.runs, run{seq, int(at)})
		src = src[size+size2:]
	}
	v, size, err := value.ReadBinary(src)
	if err != nil {
		return nil, err
	}
	l.vals = v.Clone().AsList()
	s.memory += v.Memory() + int64(len(l.vals))*valueSize/4 + int64(n)*runSize
	s.groups[g].merge(&l)
	return src[size:], nil
}
