package records

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func joinStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "join",
		Safe:  true,
		Short: "Joins records with those of FILE that have the same key",
		Trait: pipeline.Ordered | pipeline.Retains | pipeline.AsksNames,
		Long: `Puts a record for each pair: the fields of the input's record, then those of FILE's but
for the keys. A name that the input's record has, too, gets _2 behind it, or what --prefix says
in front. FILE's format is told by its name, as for read, or by --format; of a file of lines,
each line is a record of nothing but the key.

Keys are compared as text: 007 is not 7, and 1e3 is not 1000. Numbers of JSON and those that an
expression gives count by their size: 7 and 7.0 are the same, and 7 in CSV is, too. So keys that
are to be compared as numbers are expressions: --on "int(customer)=int(id)". With several --on
all must be equal; a record without one of them, or where it is null or an empty field, has no
partner.

Records come in the order of the input, partners in the order of FILE, and those of FILE
that found none come last. Fields that a record has no partner for are null. FILE is kept in
memory; when it does not fit into --max-memory, both sides go to temporary files, in the
directory TMPDIR, and nothing is put before the end of the input.

With --asof TIME, each record is joined with one of FILE at most: of those with the same keys,
if there are any, the one whose TIME is the latest that is not later than its own. TIME is a
field or an expression, LEFT=RIGHT as for --on, and compared as sort compares; neither side
has to be in order. FILE has to fit into memory then.

With --between EXPR=LOW,HIGH, each record is joined with all of FILE with the same keys, if there
are any, between whose LOW and HIGH its EXPR lies; a text beside bounds that are all numbers is an
error of that record. Both bounds belong to the range; with --half-open
HIGH does not. All three are fields or expressions, and compared as sort compares: numbers by
size, other text by its bytes. A bound that is null or empty makes a range that nothing lies in;
high ?? "9999-12-31" says what it stands for. Ranges may overlap, and come in any order; FILE has to
fit into memory.`,
	}, join)
}

type joinArgs struct {
	besideArgs
	On    []joinKey `opt:"on" help:"the field or expression to compare; LEFT=RIGHT when it is another one in FILE"`
	Left  bool      `opt:"left" help:"also put records of the input that have no partner"`
	Right bool      `opt:"right" help:"also put records of FILE that have no partner"`
	Outer bool      `opt:"outer" help:"also put both"`
	Anti  bool      `opt:"anti" help:"put only records of the input that have no partner"`

	Between  *joinRange `opt:"between" help:"EXPR=LOW,HIGH: records of FILE between whose LOW and HIGH the record's EXPR lies"`
	HalfOpen bool       `opt:"half-open" help:"the HIGH of --between is not in the range"`

	Asof   *joinKey `opt:"asof" help:"a time: of the partners, only the one with the latest that is not later"`
	Prefix string   `opt:"prefix" help:"what names of FILE get in front that the input has, too"`
}

// Check wants a key, and one kind of join.
func (a *joinArgs) Check() error {
	switch {
	case len(a.On) == 0 && a.Asof == nil && a.Between == nil:
		return errors.New("needs --on and the name of a field")
	case a.Asof != nil && a.Between != nil:
		return errors.New("takes --asof or --between, not both")
	case a.HalfOpen && a.Between == nil:
		return errors.New("takes --half-open with --between only")
	}
	n := 0
	for _, set := range []bool{a.Left, a.Right, a.Outer, a.Anti} {
		if set {
			n++
		}
	}
	if n > 1 {
		return errors.New("takes one of --left, --right, --outer and --anti")
	}
	if a.Asof != nil && (a.Right || a.Outer || a.Anti) {
		return errors.New("takes --left with --asof, and no other kind of join")
	}
	a.Left, a.Right = a.Left || a.Outer, a.Right || a.Outer
	return nil
}

// joiner is a join at work.
type joiner struct {
	args        *joinArgs
	left, right joinKeys
	table       *joinTable
	asof        *asofJoin  // nil without --asof
	ranges      *rangeJoin // nil without --between
	spilled     *joinSpill // when the table was too large
	files       int64      // records of FILE
	leftShape   *value.Shape
	rightShape  *value.Shape // of the header, or the first record
	pairs       map[[2]*value.Shape]*pairing
	remake      value.Remake
}

// NamesAfter knows nothing without the names in FILE.
func (a *joinArgs) NamesAfter([]string) []string { return nil }

// NamesJoined returns the names of a pair.
func (a *joinArgs) NamesJoined(in, file []string) []string {
	if a.Anti {
		return in
	}
	r := newJoiner(a)
	left, right := value.NewShape(in...), value.NewShape(file...)
	r.left.decide(left)
	r.right.decide(right)
	return r.pairingOf(left, right).shape.Names()
}

func newJoiner(a *joinArgs) *joiner {
	r := &joiner{args: a, pairs: make(map[[2]*value.Shape]*pairing)}
	for _, k := range a.On {
		r.left.sides, r.right.sides = append(r.left.sides, k.left), append(r.right.sides, k.right)
	}
	if a.Asof != nil {
		r.asof = newAsofJoin(a.Asof)
	}
	if a.Between != nil {
		r.ranges = newRangeJoin(a)
	}
	return r
}

func join(j *pipeline.Job, a *joinArgs) error {
	r := newJoiner(a)
	r.table = newJoinTable(j.Budget() / 2)
	defer func() { r.spilled.close() }()
	if err := r.load(j); err != nil {
		return err
	}
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		err := j.InPlaceLent(b, func(part *value.Batch) error { return r.batch(j, part) }, r.keysOf(b)...)
		if err != nil {
			return err
		}
	}
	if names := j.Names(); r.leftShape == nil && names != nil {
		r.leftShape = value.NewShape(names...)
		r.left.decide(r.leftShape)
	}
	if r.spilled != nil {
		return r.spilled.finish(j, r)
	}
	rows, matched := r.table.rows, r.table.matched
	if r.ranges != nil {
		rows, matched = r.ranges.rows, r.ranges.matched
	}
	for i, v := range rows {
		if a.Right && !matched[i] {
			j.Put(r.alone(v))
		}
	}
	return nil
}

// load reads FILE.
func (r *joiner) load(j *pipeline.Job) error {
	f := &beside{args: &r.args.besideArgs, asked: r.right.sides}
	if len(r.right.sides) == 1 {
		f.line = r.right.sides[0].text
	}
	f.header = func(names []string) error {
		r.rightShape = value.NewShape(names...)
		r.right.decide(r.rightShape)
		return j.TellNames(names, nil)
	}
	f.rows = func(b *value.Batch) error {
		if r.asof != nil {
			return r.loadAsof(j, b)
		}
		if r.ranges != nil {
			return r.loadRanges(j, b)
		}
		cols, failed := r.right.columns(j, b)
		err := recordsOf(j, b, func(i int, v value.Value) error {
			if r.rightShape == nil {
				r.rightShape = v.AsRecord().Shape()
			}
			return r.loadRow(r.right.key(cols, i), v)
		})
		return cmp.Or(err, failed)
	}
	return f.read(j)
}

// recordsOf calls do with each record of b and its number; anything else is rejected.
func recordsOf(j *pipeline.Job, b *value.Batch, do func(i int, v value.Value) error) error {
	i := 0
	for v := range b.All() {
		var err error
		if v.Kind() == value.KindRecord {
			err = do(i, v)
		} else {
			err = j.Reject(b, i, each.NotRecord(v))
		}
		if err != nil {
			return err
		}
		i++
	}
	return nil
}

// loadRow keeps a record of FILE. A key that is nil is equal to none.
func (r *joiner) loadRow(key []byte, v value.Value) (err error) {
	number := r.files
	r.files++
	if key == nil && !r.args.Right {
		return nil
	}
	if r.spilled == nil && !r.table.full() {
		r.table.add(key, v)
		return nil
	}
	if r.spilled == nil {
		if r.spilled, err = newJoinSpill(r.table.budget * 2); err != nil {
			return err
		}
		for i, v := range r.table.rows {
			if err := r.spilled.addRight(uint64(i), r.table.keys[i], v); err != nil {
				return err
			}
		}
		r.table = newJoinTable(r.table.budget)
	}
	return r.spilled.addRight(uint64(number), key, v)
}

// keysOf returns what has to be computed for the rows of b, a batch of the input.
func (r *joiner) keysOf(b *value.Batch) []pipeline.Expr {
	if b.IsText() {
		return nil
	}
	exprs := r.left.computed(b)
	if r.asof != nil {
		exprs = slices.Concat(exprs, r.asof.left.computed(b))
	}
	if r.ranges != nil {
		exprs = slices.Concat(exprs, r.ranges.left.computed(b))
	}
	return exprs
}

// batch joins a batch of the input, or writes it away.
func (r *joiner) batch(j *pipeline.Job, b *value.Batch) error {
	if b.IsText() { // which has no records, but places for the errors
		return recordsOf(j, b, nil)
	}
	if r.asof != nil {
		return r.asofBatch(j, b)
	}
	if r.ranges != nil {
		return r.rangeBatch(j, b)
	}
	cols, failed := r.left.columns(j, b)
	if r.args.Anti && r.spilled == nil {
		return cmp.Or(r.antiBatch(j, b, cols), failed)
	}
	if r.joinAll(j, b, cols) {
		return failed
	}
	err := recordsOf(j, b, func(i int, v value.Value) error {
		if r.leftShape == nil {
			r.leftShape = v.AsRecord().Shape()
		}
		key := r.left.key(cols, i)
		if r.spilled != nil {
			return r.spilled.addLeft(key, v, b, i, r.args.Anti)
		}
		found := false
		for k := r.table.first(key); k >= 0; k = r.table.next[k] {
			found, r.table.matched[k] = true, true
			j.Put(r.pair(v, r.table.rows[k]))
		}
		if !found && r.args.Left {
			j.Put(r.pair(v, value.Null))
		}
		return nil
	})
	return cmp.Or(err, failed)
}

// joinAll joins records that stand in a text by the batch, and reports whether it did: not where something else is among
// them, FILE is in files, or there would be many more records than before.
func (r *joiner) joinAll(j *pipeline.Job, b *value.Batch, cols []*value.Column) bool {
	if b.Form() != value.FormRecords || b.Len() == 0 || r.spilled != nil || b.Lossy() || !b.Records().OnlyRecords() {
		return false
	}
	rows := b.Records().Rows
	if r.leftShape == nil {
		r.leftShape = rows[0].Shape
	}
	m := &r.remake
	m.Start(b)
	var p *pairing
	var left, right *value.Shape
	var none bool
	var last []value.Field
	put := func(i int, other *value.Record) {
		shape := r.rightShape
		if other != nil {
			shape = other.Shape()
		}
		if p == nil || left != rows[i].Shape || right != shape || none != (other == nil) {
			left, right, none = rows[i].Shape, shape, other == nil
			p = r.pairingOf(left, right)
		}
		last = last[:0]
		for _, from := range p.from {
			if other == nil {
				last = append(last, value.Field{Kind: value.FieldNull})
			} else {
				last = append(last, m.Value(other.At(from)))
			}
		}
		m.Record(p.shape, i, p.left, last...)
	}
	for i := range rows {
		found := false
		key := r.left.key(cols, i)
		for k := r.table.first(key); k >= 0; k = r.table.next[k] {
			found, r.table.matched[k] = true, true
			put(i, r.table.rows[k].AsRecord())
		}
		if !found && r.args.Left {
			put(i, nil)
		}
		if m.TooLarge() {
			m.Drop()
			return false
		}
	}
	b.Own()
	m.Done()
	j.PutSome(b)
	return true
}

// antiBatch passes on the records without a partner as they came.
func (r *joiner) antiBatch(j *pipeline.Job, b *value.Batch, cols []*value.Column) error {
	chosen := make([]int32, 0, b.Len())
	var bad error
	for i := range b.Len() {
		if !isRecord(b, i) {
			if bad = j.Reject(b, i, each.NotRecord(rowValue(b, i))); bad != nil {
				break
			}
			continue
		}
		if r.table.first(r.left.key(cols, i)) < 0 {
			chosen = append(chosen, int32(i))
		}
	}
	if len(chosen) > 0 {
		b.Own()
		b.Choose(chosen)
		j.PutBatch(b)
	}
	return bad
}

func isRecord(b *value.Batch, i int) bool {
	if b.Form() == value.FormRecords {
		return b.Records().Rows[i].Shape != nil
	}
	return b.Values()[i].Kind() == value.KindRecord
}

func rowValue(b *value.Batch, i int) value.Value {
	if b.Form() == value.FormRecords {
		return b.Records().Value(i)
	}
	return b.Values()[i]
}

// pairing says how a record is made of two.
type pairing struct {
	shape *value.Shape
	left  []int // the fields of the other
	from  []int // of FILE's record, which fields stand behind those of the other
}

// pairingOf returns how records of these shapes are joined; right is nil when FILE has no
// records.
func (r *joiner) pairingOf(left, right *value.Shape) *pairing {
	p := r.pairs[[2]*value.Shape{left, right}]
	if p != nil {
		return p
	}
	p = &pairing{}
	names := slices.Clone(left.Names())
	for i := range names {
		p.left = append(p.left, i)
	}
	if right != nil {
		for i, n := range right.Names() {
			if r.isKey(n) {
				continue
			}
			free := n
			if slices.Contains(names, n) {
				free = r.args.Prefix + n
			}
			for k, taken := 2, free; slices.Contains(names, free); k++ {
				free = fmt.Sprintf("%s_%d", taken, k)
			}
			names, p.from = append(names, free), append(p.from, i)
		}
	}
	p.shape = value.NewShape(names...)
	if len(r.pairs) < manyPairings {
		r.pairs[[2]*value.Shape{left, right}] = p
	}
	return p
}

// isKey reports whether FILE's field of that name is compared with a field, whose value is the
// same.
func (r *joiner) isKey(name string) bool {
	for i, n := range r.right.names {
		if n == name && r.left.names[i] != "" {
			return true
		}
	}
	return false
}

const manyPairings = 1024 // that are kept

// pair returns the record made of two; right is null when there is none.
func (r *joiner) pair(left, right value.Value) value.Value {
	l := left.AsRecord()
	shape := r.rightShape
	var other *value.Record
	if !right.IsNull() {
		other = right.AsRecord()
		shape = other.Shape()
	}
	p := r.pairingOf(l.Shape(), shape)
	vals := make([]value.Value, l.Len()+len(p.from))
	for i := range l.Len() {
		vals[i] = l.At(i)
	}
	if other != nil {
		for i, from := range p.from {
			vals[l.Len()+i] = other.At(from)
		}
	}
	return value.Rec(value.NewRecord(p.shape, vals...))
}

// alone returns the record made of one of FILE that has no partner: the keys have its
// values, and the other fields of the input's first record are null.
func (r *joiner) alone(right value.Value) value.Value {
	other := right.AsRecord()
	if r.left.names == nil {
		r.left.decide(nil)
	}
	if r.leftShape == nil {
		r.leftShape = value.NewShape(r.namesOfBoth()...)
	}
	p := r.pairingOf(r.leftShape, other.Shape())
	vals := make([]value.Value, len(p.shape.Names()))
	for k, name := range r.left.names {
		if at := r.leftShape.Find(name); at >= 0 && name != "" && r.right.names[k] != "" {
			vals[at], _ = other.Get(r.right.names[k])
		}
	}
	for i, from := range p.from {
		vals[len(r.leftShape.Names())+i] = other.At(from)
	}
	return value.Rec(value.NewRecord(p.shape, vals...))
}

// namesOfBoth returns the names of the input's keys that are compared with a field.
func (r *joiner) namesOfBoth() []string {
	var names []string
	for k, name := range r.left.names {
		if name != "" && r.right.names[k] != "" {
			names = append(names, name)
		}
	}
	return names
}
