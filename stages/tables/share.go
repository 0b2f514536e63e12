package tables

import (
	"encoding/binary"
	"io"
	"slices"

	"mtpipe/internal/aggregate"
	"mtpipe/internal/spill"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func shareStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "share",
		Safe:  true,
		Short: "Adds the share that a field has of its total",
		Trait: pipeline.Global | pipeline.Retains,
		Long: `The new field is called FIELD_share: the number divided by the sum of all of them, so that the shares
of all records make 1. With --percent it is FIELD_percent, and they make 100; with --cumulative it is
FIELD_cumshare, or FIELD_cumpercent: the share of this record and all before it. With --by, the total
is that of the records that have the same fields NAME. The share of a field that is null, or of a total
that is 0, is null. /PATTERN/ does this for each field whose name the regular expression matches, but
for those of --by.

The records are put in their order, when all have come: what is more than the stage's share of
--max-memory goes to a temporary file. The totals of the groups stay in memory.`,
	}, share)
}

type shareArgs struct {
	Field      each.Operand `arg:"field" help:"the field, an expression, or a pattern between slashes: /^x_/"`
	By         []string     `opt:"by" names:"yes" help:"NAME: of the total for each value of this field; may be repeated"`
	Percent    bool         `opt:"percent" help:"the share in percent"`
	Cumulative bool         `opt:"cumulative" help:"the share of the records so far"`
}

// NamesAfter returns the names of the input and that of the share.
func (a *shareArgs) NamesAfter(in []string) []string {
	return a.Field.NamesWith(in, a.By, func(field string) []string { return []string{a.name(field)} })
}

// name returns that of the share of a field.
func (a *shareArgs) name(field string) string {
	kind := "share"
	if a.Percent {
		kind = "percent"
	}
	if a.Cumulative {
		kind = "cum" + kind
	}
	return field + "_" + kind
}

// whole is the total of a group, and what was put of it.
type whole struct {
	total aggregate.Total
	sum   value.Value // the total, once it is known
	part  aggregate.Total
}

// shares is a share at work. A record is kept as the number of its group, its numbers and itself.
type shares struct {
	j       *pipeline.Job
	args    *shareArgs
	fields  each.Operands[shared]
	groups  map[string]int
	key     []byte
	parts   []value.Value // of the key
	numbers []value.Value
	packer  value.Packer
	row     []byte
	kept    keptRows
}

// shared is a field of which shares are put.
type shared struct {
	wholes []whole // by the number of the group
	plan   value.Projection
}

func share(j *pipeline.Job, a *shareArgs) error {
	s := &shares{j: j, args: a, groups: make(map[string]int), parts: make([]value.Value, len(a.By)), kept: keptRows{limit: j.Budget() / 4}}
	defer s.kept.close()
	s.fields = each.Operands[shared]{Of: &a.Field, Keys: a.By, Make: func(name string) (*shared, error) {
		return &shared{plan: value.Setting(a.name(name))}, j.Keep(int64(fieldSize + len(name)))
	}}
	if err := eachRecord(j, s.keep); err != nil {
		return err
	}
	return s.kept.each(s.put)
}

// keep takes in a record.
func (s *shares) keep(r *value.Record) error {
	fields, err := s.fields.In(r.Shape())
	if err != nil {
		return err
	}
	vals, err := s.fields.Values(r)
	s.numbers = s.numbers[:0]
	for i := 0; i < len(vals) && err == nil; i++ {
		v := vals[i]
		if !v.IsNull() {
			v, err = value.NumberOf(v)
		}
		s.numbers = append(s.numbers, v)
	}
	if err != nil {
		return err
	}
	g := s.group(r)
	for i, f := range fields {
		if err := s.add(f, g, s.numbers[i]); err != nil {
			return err
		}
	}
	s.row = s.packer.Append(binary.LittleEndian.AppendUint32(s.row[:0], uint32(g)), value.Rec(r))
	for _, v := range s.numbers {
		s.row = s.packer.Append(s.row, v)
	}
	return s.kept.add(s.row)
}

// groupSize is what a group takes besides its key, with the room that lists and maps have for more.
const groupSize = 700

// group returns the number of the group of r.
func (s *shares) group(r *value.Record) int {
	for i, name := range s.args.By {
		s.parts[i], _ = r.Get(name)
	}
	s.key = value.List(s.parts).AppendKey(s.key[:0])
	g, ok := s.groups[string(s.key)]
	if !ok {
		g = len(s.groups)
		s.groups[string(s.key)] = g
	}
	return g
}

// add adds a number to the total of a group.
func (s *shares) add(f *shared, g int, v value.Value) error {
	for len(f.wholes) <= g {
		f.wholes = append(f.wholes, whole{})
		if err := s.j.Keep(int64(len(s.key)) + groupSize); err != nil {
			return err
		}
	}
	if v.IsNull() {
		return nil
	}
	return f.wholes[g].total.Add(v)
}

// put puts a record that was kept, with its shares.
func (s *shares) put(row []byte) error {
	g, row := binary.LittleEndian.Uint32(row), slices.Clone(row[4:])
	v, n, err := s.packer.Read(row)
	if err != nil {
		return err
	}
	r := v.AsRecord()
	fields, err := s.fields.In(r.Shape())
	for i := 0; i < len(fields) && err == nil; i++ {
		row = row[n:]
		if v, n, err = s.packer.Read(row); err == nil {
			v, err = s.of(&fields[i].wholes[g], v)
		}
		r = fields[i].plan.Apply(r, v)
	}
	if err != nil {
		return err
	}
	s.j.Put(value.Rec(r))
	return nil
}

// of returns the share that a number has of a total.
func (s *shares) of(g *whole, v value.Value) (share value.Value, err error) {
	if v.IsNull() {
		return v, nil
	}
	if g.sum.IsNull() {
		if g.sum, err = g.total.Sum(); err != nil {
			return value.Null, err
		}
	}
	if value.FloatOf(g.sum) == 0 {
		return value.Null, nil
	}
	if s.args.Cumulative {
		if err = g.part.Add(v); err == nil {
			v, err = g.part.Sum()
		}
	}
	if err == nil && s.args.Percent {
		v, err = value.Mul(v, value.Int(100))
	}
	if err != nil {
		return value.Null, err
	}
	return value.Div(v, g.sum)
}

// keptRows is rows that are read again in their order: in memory up to a limit, all of them in a
// file beyond it.
type keptRows struct {
	limit  int64
	memory []byte // rows after their lengths
	file   *spill.File
	writer *spill.Writer
}

const keptBuffer = 64 << 10 // between rows and a file

func (k *keptRows) add(row []byte) error {
	if k.writer == nil {
		k.memory = binary.LittleEndian.AppendUint32(k.memory, uint32(len(row)))
		k.memory = append(k.memory, row...)
		if int64(cap(k.memory)) <= k.limit {
			return nil
		}
		return k.spill()
	}
	return k.writer.Add(row)
}

// spill brings what is in memory to a file.
func (k *keptRows) spill() (err error) {
	if k.file, err = spill.Create(""); err != nil {
		return err
	}
	k.writer = spill.NewWriter(k.file, make([]byte, 0, keptBuffer))
	err = k.writer.AddFramed(k.memory)
	k.memory = nil
	return err
}

// each calls do for each row, which is valid until it returns.
func (k *keptRows) each(do func(row []byte) error) error {
	for rest := k.memory; len(rest) > 0; {
		n := spill.LengthLen + int(binary.LittleEndian.Uint32(rest))
		if err := do(rest[spill.LengthLen:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	if k.writer == nil {
		return nil
	}
	section, err := k.writer.Finish()
	if err != nil {
		return err
	}
	r := spill.NewReader(k.file, section, make([]byte, keptBuffer))
	for {
		row, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = do(row)
		}
		if err != nil {
			return err
		}
	}
}

func (k *keptRows) close() {
	if k.file != nil {
		_ = k.file.Close()
	}
}
