package records

import (
	"cmp"
	"slices"
	"sort"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// asofJoin joins each record with the latest one that is not later.
type asofJoin struct {
	left, right joinKeys
	all         map[string]*asofRows
}

// asofRows is the records of FILE with one key.
type asofRows struct {
	times  []value.Value
	rows   []value.Value
	sorted bool
}

func newAsofJoin(k *joinKey) *asofJoin {
	return &asofJoin{left: joinKeys{sides: []joinSide{k.left}}, right: joinKeys{sides: []joinSide{k.right}}, all: make(map[string]*asofRows)}
}

// columnsOfBoth returns what the keys of the rows of b are made of, and what others are; rows for
// which an expression fails leave b.
func columnsOfBoth(j *pipeline.Job, b *value.Batch, keys, others *joinKeys) (ofKeys, ofOthers []*value.Column, failed error) {
	keys.learn(b)
	others.learn(b)
	all, failed := j.Columns(b, append(slices.Clone(keys.exprs), others.exprs...)...)
	n := len(keys.exprs)
	return all[:n], all[n:], failed
}

// loadAsof keeps records of FILE.
func (r *joiner) loadAsof(j *pipeline.Job, b *value.Batch) error {
	a := r.asof
	cols, others, failed := columnsOfBoth(j, b, &r.right, &a.right)
	times := others[0].Values
	err := recordsOf(j, b, func(i int, v value.Value) error {
		if r.rightShape == nil {
			r.rightShape = v.AsRecord().Shape()
		}
		key := r.right.key(cols, i)
		if key == nil && len(cols) > 0 || times[i].IsNull() {
			return nil
		}
		rows := a.all[string(key)]
		if rows == nil {
			rows = &asofRows{}
			a.all[string(key)] = rows
			if err := j.Keep(int64(len(key)) + 150); err != nil {
				return err
			}
		}
		v, at := v.Clone(), times[i].Clone()
		rows.times, rows.rows = append(rows.times, at), append(rows.rows, v)
		return j.Keep(v.Memory() + at.Memory() + 100)
	})
	return cmp.Or(err, failed)
}

// sort puts the records in the order of their times; of equal ones the last comes last.
func (a *asofRows) sort() {
	a.sorted = true
	order := make([]int, len(a.times))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return value.Compare(a.times[x], a.times[y]) })
	times, rows := make([]value.Value, len(order)), make([]value.Value, len(order))
	for i, from := range order {
		times[i], rows[i] = a.times[from], a.rows[from]
	}
	a.times, a.rows = times, rows
}

// at returns the latest record that is not later than t; null when there is none.
func (a *asofRows) at(t value.Value) value.Value {
	if a == nil {
		return value.Null
	}
	if !a.sorted {
		a.sort()
	}
	n := sort.Search(len(a.times), func(i int) bool { return value.Compare(a.times[i], t) > 0 })
	if n == 0 {
		return value.Null
	}
	return a.rows[n-1]
}

// asofBatch joins a batch of the input.
func (r *joiner) asofBatch(j *pipeline.Job, b *value.Batch) error {
	a := r.asof
	cols, others, failed := columnsOfBoth(j, b, &r.left, &a.left)
	times := others[0].Values
	err := recordsOf(j, b, func(i int, v value.Value) error {
		if r.leftShape == nil {
			r.leftShape = v.AsRecord().Shape()
		}
		found := value.Null
		if key := r.left.key(cols, i); (key != nil || len(cols) == 0) && !times[i].IsNull() {
			found = a.all[string(key)].at(times[i])
		}
		if !found.IsNull() || r.args.Left {
			j.Put(r.pair(v, found))
		}
		return nil
	})
	return cmp.Or(err, failed)
}
