package totals

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"mtpipe/internal/aggregate"
	"mtpipe/internal/spill"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// encodedSize is about how many bytes of groups are encoded at a time.
const encodedSize = 1 << 20

// Encode gives the groups, divided by their keys.
func (g *grouping) Encode(_ *pipeline.Job, shards int, put func(shard int, encoded []byte) error) error {
	bufs := make([][]byte, shards)
	size := max(encodedSize/shards, 4<<10)
	add := func(group []byte) error {
		hash, err := aggregate.PortableHash(group)
		if err != nil {
			return err
		}
		shard := int(hash % uint32(shards))
		bufs[shard] = append(bufs[shard], group...)
		if len(bufs[shard]) < size {
			return nil
		}
		err = put(shard, bufs[shard])
		bufs[shard] = bufs[shard][:0]
		return err
	}
	if err := g.encodeEach(add); err != nil {
		return err
	}
	for shard, buf := range bufs {
		if len(buf) > 0 {
			if err := put(shard, buf); err != nil {
				return err
			}
		}
	}
	return nil
}

// encodeEach calls add with each group as readGroup reads it.
func (g *grouping) encodeEach(add func(group []byte) error) error {
	if g.spilled == nil {
		var row []byte
		for i := range g.groups.Len() {
			row = g.appendGroup(row[:0], i)
			if err := add(row); err != nil {
				return err
			}
		}
		return nil
	}
	buf := make([]byte, 0, spillBuffer)
	for _, sections := range g.spilled.parts {
		for _, s := range sections {
			r := spill.NewReader(s.file, s.Section, buf)
			for {
				row, err := r.Next()
				if err == io.EOF {
					break
				}
				if err == nil {
					err = add(row)
				}
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Decode takes in encoded groups.
func (g *grouping) Decode(j *pipeline.Job, encoded []byte) (err error) {
	n := 0
	for ; len(encoded) > 0; n++ {
		if encoded, err = g.readGroup(encoded); err != nil {
			return err
		}
	}
	return g.check(j, n)
}

// PutPlaced puts a record for each group, with the place of its first row.
func (g *grouping) PutPlaced(j *pipeline.Job, put func(place []byte, v value.Value) error) error {
	err := g.putEach(j, func(first int64, v value.Value) error {
		return put(binary.BigEndian.AppendUint64(nil, uint64(first)), v)
	})
	g.warn(j)
	return err
}

// InParts says that groups are merged, but for those with fields that only all of the input tells.
func (a *groupByArgs) InParts() pipeline.InParts {
	for i := range a.Items {
		if a.Items[i].many != nil {
			return pipeline.InOne
		}
	}
	return pipeline.Merged
}

// partsOf is InParts for what may be a pattern.
func partsOf(pattern bool) pipeline.InParts {
	if pattern {
		return pipeline.InOne
	}
	return pipeline.Merged
}

// InParts is that of what is totalled.
func (a *totalArgs) InParts() pipeline.InParts { return partsOf(a.Of.Many != nil) }

// InParts is that of what is compared.
func (a *extremumArgs) InParts() pipeline.InParts { return partsOf(a.Of.Many != nil) }

// InParts is that of what is totalled.
func (a *percentileArgs) InParts() pipeline.InParts { return partsOf(a.Of.Many != nil) }

// InParts says that the best of all are among the best of each part.
func (a *topArgs) InParts() pipeline.InParts {
	if a.By.Many != nil {
		return pipeline.InOne
	}
	return pipeline.Again
}

// InParts says that the first of all is that of the first part which has one, and so with the last.
func (a *endArgs) InParts() pipeline.InParts { return pipeline.Again }

// Encode gives the count.
func (c *counter) Encode(_ *pipeline.Job, _ int, put func(int, []byte) error) error {
	return put(0, binary.AppendVarint(nil, c.n))
}

// Decode adds a count.
func (c *counter) Decode(_ *pipeline.Job, encoded []byte) error {
	n, size := binary.Varint(encoded)
	if size != len(encoded) {
		return errEncoded
	}
	c.n += n
	return nil
}

var errEncoded = errors.New("what a part has handed over is broken")

// Encode gives the state.
func (r *reduction) Encode(_ *pipeline.Job, _ int, put func(int, []byte) error) error {
	return put(0, r.state.AppendTo(nil, 0))
}

// Decode takes in a state.
func (r *reduction) Decode(_ *pipeline.Job, encoded []byte) error {
	rest, err := r.state.ReadFrom(encoded, 0)
	if err == nil && len(rest) > 0 {
		err = errEncoded
	}
	return err
}

// Encode gives the state and the first value of each kind.
func (e *extremum) Encode(_ *pipeline.Job, _ int, put func(int, []byte) error) error {
	buf := binary.AppendUvarint(nil, uint64(len(e.kinds)))
	for _, k := range e.kinds {
		buf = binary.AppendVarint(append(buf, byte(k.class), byte(k.nth)), k.seq)
		buf = value.AppendBinary(buf, k.v)
		buf = value.AppendBinary(buf, value.List([]value.Value{value.String(k.where.File), value.Int(k.where.Line), value.String(k.where.Piece)}))
	}
	return put(0, e.state.AppendTo(buf, 0))
}

// Decode takes in a state and the first value of each kind.
func (e *extremum) Decode(j *pipeline.Job, encoded []byte) error {
	o := &extremum{reduction: reduction{state: e.fresh()}}
	o.state.Grow(1)
	n, size := binary.Uvarint(encoded)
	if size <= 0 {
		return errEncoded
	}
	encoded = encoded[size:]
	for range n {
		if len(encoded) < 2 {
			return errEncoded
		}
		k := firstOfKind{class: value.Kind(encoded[0]), nth: int(encoded[1])}
		if k.seq, size = binary.Varint(encoded[2:]); size <= 0 {
			return errEncoded
		}
		encoded = encoded[2+size:]
		var where value.Value
		for _, to := range []*value.Value{&k.v, &where} {
			v, size, err := value.ReadBinary(encoded)
			if err != nil {
				return err
			}
			*to, encoded = v.Clone(), encoded[size:]
		}
		if where.Kind() != value.KindList || len(where.AsList()) != 3 {
			return errEncoded
		}
		place := where.AsList()
		k.where = &pipeline.DataError{File: place[0].Str(), Line: place[1].AsInt(), Piece: place[2].Str()}
		o.kinds = append(o.kinds, k)
	}
	if err := o.reduction.Decode(j, encoded); err != nil {
		return err
	}
	return e.Merge(j, o)
}

// Encode gives what the one result is made of.
func (t *total[P]) Encode(j *pipeline.Job, shards int, put func(int, []byte) error) error {
	return any(t.one).(pipeline.Portable).Encode(j, shards, put)
}

// Decode takes in what the one result is made of.
func (t *total[P]) Decode(j *pipeline.Job, encoded []byte) error {
	return any(t.one).(pipeline.Portable).Decode(j, encoded)
}

// Encode gives what is known of each field.
func (s *summary) Encode(_ *pipeline.Job, _ int, put func(int, []byte) error) error {
	buf := binary.AppendVarint(binary.AppendVarint(nil, s.records), s.others)
	for _, f := range s.fields {
		facts := byte(0)
		if f.plain {
			facts |= 1
		}
		if f.other {
			facts |= 2
		}
		buf = append(buf, facts)
		for _, text := range []string{f.key, f.name} {
			buf = append(binary.AppendUvarint(buf, uint64(len(text))), text...)
		}
		buf = binary.AppendVarint(binary.AppendVarint(buf, int64(f.place)), f.first)
		for _, state := range f.states() {
			buf = state.AppendTo(buf, 0)
		}
	}
	return put(0, buf)
}

// Decode takes in what is known of each field.
func (s *summary) Decode(j *pipeline.Job, encoded []byte) (err error) {
	o := newSummary(nil)
	number := func() (n int64) {
		n, size := binary.Varint(encoded)
		if size <= 0 {
			encoded, err = nil, errEncoded
			return 0
		}
		encoded = encoded[size:]
		return n
	}
	text := func() string {
		n, size := binary.Uvarint(encoded)
		if size <= 0 || n > uint64(len(encoded)-size) {
			encoded, err = nil, errEncoded
			return ""
		}
		t := string(encoded[size : size+int(n)])
		encoded = encoded[size+int(n):]
		return t
	}
	o.records, o.others = number(), number()
	for len(encoded) > 0 && err == nil {
		facts := encoded[0]
		encoded = encoded[1:]
		key, name := text(), text()
		place, first := number(), number()
		if err != nil {
			return err
		}
		f := o.make(key, name, int(place))
		f.first, f.plain, f.other = first, facts&1 != 0, facts&2 != 0
		for _, state := range f.states() {
			if encoded, err = state.ReadFrom(encoded, 0); err != nil {
				return err
			}
		}
	}
	if err != nil {
		return err
	}
	if err := s.Merge(j, o); err != nil {
		return err
	}
	for _, f := range s.fields {
		if f.plain && !slices.Contains(s.plains, f) {
			s.plains = append(s.plains, f)
		}
	}
	return s.check(j)
}
