package totals

import (
	"cmp"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// bottomArgs are those of bottom.
type bottomArgs struct{ topArgs }

// NamesAfter returns the names of the input, or of a pattern those of what stands at each place.
func (a *topArgs) NamesAfter(in []string) []string { return a.namesOf(in, "top") }

// NamesAfter is that of top.
func (a *bottomArgs) NamesAfter(in []string) []string { return a.namesOf(in, "bottom") }

func (a *topArgs) namesOf(in []string, suffix string) []string {
	if a.By.Many == nil || in == nil {
		return in
	}
	return placeNames(a.By.Names(in, nil), suffix)
}

// placeNames returns the names of the records that are put of fields.
func placeNames(fields []string, suffix string) []string {
	names := []string{"n"}
	for _, f := range fields {
		names = append(names, f+"_"+suffix)
	}
	return names
}

// rankings is what top and bottom keep of the fields that a pattern matches.
type rankings struct {
	args  *topArgs
	name  string // of the stage
	found map[string]*fieldRanking
	list  []*fieldRanking // in the order in which they came here
	exprs []pipeline.Expr
	shape *value.Shape
}

// fieldRanking is the ranking of a field, and where the field came first.
type fieldRanking struct {
	ranking
	name  string
	first int64
}

func newRankings(a *topArgs, name string) *rankings {
	// Of values that are no records, not even a field of this name can be asked for.
	return &rankings{args: a, name: name, found: make(map[string]*fieldRanking), exprs: []pipeline.Expr{each.FieldExpr(a.By.Pattern())}}
}

// add takes in the rows of a batch.
func (r *rankings) add(j *pipeline.Job, b *value.Batch, seq int64) error {
	for shape := range b.Shapes() {
		if shape == r.shape {
			continue
		}
		r.shape = shape
		for _, name := range r.args.By.Names(shape.Names(), nil) {
			if r.found[name] != nil {
				continue
			}
			f := &fieldRanking{*newRanking(r.args, signOf(r.name)), name, seq<<freshBits | int64(min(len(r.list), 1<<freshBits-1))}
			r.found[name], r.list, r.exprs = f, append(r.list, f), append(r.exprs, each.FieldExpr(name))
			if err := j.Keep(int64(2*len(name)) + fieldRankingSize); err != nil {
				return err
			}
		}
	}
	cols, err := j.Columns(b, r.exprs...)
	for i, f := range r.list {
		keys := cols[i+1].Values
		if f.n == 0 || len(keys) == 0 {
			continue
		}
		if err := f.add(j, cols[i+1], func(i int) value.Value { return keys[i] }, seq); err != nil {
			return err
		}
	}
	return err
}

const fieldRankingSize = 1000 // about what a field takes, without values

// merge takes in those of another part of the input.
func (r *rankings) merge(o *rankings) {
	for _, f := range o.list {
		if mine := r.found[f.name]; mine != nil {
			mine.ranking.list = append(mine.ranking.list, f.ranking.list...)
			mine.first = min(mine.first, f.first)
			continue
		}
		r.found[f.name], r.list = f, append(r.list, f)
	}
}

// clone returns what may be put while others are added.
func (r *rankings) clone() *rankings {
	c := *r
	c.list = slices.Clone(r.list)
	for i, f := range c.list {
		copied := *f
		copied.ranking.list = slices.Clone(f.ranking.list)
		c.list[i] = &copied
	}
	return &c
}

// put puts a record for each place.
func (r *rankings) put(j *pipeline.Job) {
	slices.SortFunc(r.list, func(a, b *fieldRanking) int {
		return cmp.Or(cmp.Compare(a.first, b.first), strings.Compare(a.name, b.name))
	})
	fields, best, places := make([]string, len(r.list)), make([][]ranked, len(r.list)), 0
	for i, f := range r.list {
		fields[i], best[i] = f.name, f.best()
		places = max(places, len(best[i]))
	}
	shape := value.NewShape(placeNames(fields, r.name)...)
	for at := range places {
		vals := make([]value.Value, 1+len(best))
		vals[0] = value.Int(int64(at) + 1)
		for i, list := range best {
			if at < len(list) {
				vals[1+i] = list[at].v
			}
		}
		j.Put(value.Rec(value.NewRecord(shape, vals...)))
	}
}
