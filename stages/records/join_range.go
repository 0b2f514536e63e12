package records

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// joinRange is a value of the input's records, and the two of FILE's between which it lies:
// EXPR=LOW,HIGH.
type joinRange struct{ of, low, high joinSide }

// SetArg reads the three: the equals sign and the comma are the first that have expressions on
// either side.
func (k *joinRange) SetArg(text string, lookup func(string) (string, bool)) error {
	var first error
	for i := range text {
		if text[i] != '=' || i+1 < len(text) && text[i+1] == '=' || i > 0 && strings.IndexByte("=<>!", text[i-1]) >= 0 {
			continue
		}
		for n := i + 1; n < len(text); n++ {
			if text[n] != ',' {
				continue
			}
			err := k.set(text, i, n, lookup)
			if err == nil && k.of.expr.IsSet() && k.low.expr.IsSet() && k.high.expr.IsSet() {
				return nil
			}
			first = cmp.Or(first, err)
		}
	}
	if first == nil {
		first = errors.New("must be EXPR=LOW,HIGH: what lies between two fields of FILE, such as day=from,to")
	}
	return first
}

// set reads the three with the equals sign and the comma at those places.
func (k *joinRange) set(text string, equals, comma int, lookup func(string) (string, bool)) error {
	*k = joinRange{}
	parts := []string{text[:equals], text[equals+1 : comma], text[comma+1:]}
	for i, side := range []*joinSide{&k.of, &k.low, &k.high} {
		if strings.TrimSpace(parts[i]) == "" {
			return errors.New("must be EXPR=LOW,HIGH, none of them empty")
		}
		before := text[:[]int{0, equals + 1, comma + 1}[i]]
		if err := side.set(before, strings.TrimRight(parts[i], " "), lookup); err != nil {
			return err
		}
	}
	return nil
}

// FieldNames returns the fields of all three. The bounds are FILE's.
func (k *joinRange) FieldNames() []pipeline.FieldName {
	both := joinKey{left: k.of, right: k.low}
	names := both.FieldNames()
	for _, n := range k.high.fieldNames() {
		n.Beside = true
		names = append(names, n)
	}
	return names
}

// Fill puts the values of variables that were not known before.
func (k *joinRange) Fill(of func(name string) value.Value) {
	for _, s := range []*joinSide{&k.of, &k.low, &k.high} {
		s.expr.Fill(of)
	}
}

// OnJob is that of pipeline.Computing.
func (k *joinRange) OnJob(j *pipeline.Job) (needs bool) {
	for _, s := range []*joinSide{&k.of, &k.low, &k.high} {
		needs = s.expr.OnJob(j) || needs
	}
	return needs
}

// rangeJoin joins each record with all of FILE between whose bounds its value lies.
type rangeJoin struct {
	left, right joinKeys
	halfOpen    bool
	all         map[string]*ranges // by their keys
	rows        []value.Value      // in the order of FILE
	matched     []bool
	found       []int32 // of the rows
}

// ranges is the ranges with one key: sorted by their low bounds, as a tree by the high ones.
type ranges struct {
	list   []span
	high   []int32 // of each node of the tree, which of list has the highest bound below it
	sorted bool
	texts  bool // some bound is no number
}

// span is a range and its row.
type span struct {
	low, high value.Value
	row       int32
}

func newRangeJoin(a *joinArgs) *rangeJoin {
	return &rangeJoin{left: joinKeys{sides: []joinSide{a.Between.of}}, right: joinKeys{sides: []joinSide{a.Between.low, a.Between.high}},
		halfOpen: a.HalfOpen, all: make(map[string]*ranges)}
}

// loadRanges keeps records of FILE.
func (r *joiner) loadRanges(j *pipeline.Job, b *value.Batch) error {
	a := r.ranges
	cols, bounds, failed := columnsOfBoth(j, b, &r.right, &a.right)
	err := recordsOf(j, b, func(i int, v value.Value) error {
		if r.rightShape == nil {
			r.rightShape = v.AsRecord().Shape()
		}
		key := r.right.key(cols, i)
		s := span{bounds[0].Values[i], bounds[1].Values[i], int32(len(a.rows))}
		none := key == nil && len(cols) > 0 || s.low.IsNull() || s.high.IsNull()
		if none && !r.args.Right {
			return nil
		}
		v = v.Clone()
		a.rows, a.matched = append(a.rows, v), append(a.matched, false)
		if none {
			return j.Keep(v.Memory() + rangeMemory)
		}
		group := a.all[string(key)]
		if group == nil {
			group = &ranges{}
			a.all[string(key)] = group
			if err := j.Keep(int64(len(key)) + rangeMemory); err != nil {
				return err
			}
		}
		s.low, s.high = s.low.Clone(), s.high.Clone()
		group.texts = group.texts || !isNumber(s.low) || !isNumber(s.high)
		group.list = append(group.list, s)
		return j.Keep(v.Memory() + s.low.Memory() + s.high.Memory() + rangeMemory)
	})
	return cmp.Or(err, failed)
}

func isNumber(v value.Value) bool {
	_, ok := v.Numeric()
	return ok
}

const rangeMemory = 200 // of a range, besides its values

// sort makes the tree. It is one of 2·n nodes: n+i is the leaf of list[i], and the children of k
// are 2·k and 2·k+1.
func (g *ranges) sort() {
	g.sorted = true
	slices.SortStableFunc(g.list, func(x, y span) int { return value.Compare(x.low, y.low) })
	n := 1
	for n < len(g.list) {
		n *= 2
	}
	g.high = make([]int32, 2*n)
	for i := range g.high {
		g.high[i] = -1
	}
	for i := range g.list {
		g.high[n+i] = int32(i)
	}
	for k := n - 1; k > 0; k-- {
		x, y := g.high[2*k], g.high[2*k+1]
		g.high[k] = x
		if y >= 0 && value.Compare(g.list[y].high, g.list[x].high) > 0 {
			g.high[k] = y
		}
	}
}

// around calls do with the row of each range that v lies in.
func (g *ranges) around(v value.Value, halfOpen bool, do func(row int32)) {
	if g == nil {
		return
	}
	if !g.sorted {
		g.sort()
	}
	begun := sort.Search(len(g.list), func(i int) bool { return value.Compare(g.list[i].low, v) > 0 })
	leaves := len(g.high) / 2
	var visit func(node, from, count int)
	visit = func(node, from, count int) {
		if from >= begun {
			return
		}
		c := value.Compare(g.list[g.high[node]].high, v)
		switch {
		case c < 0 || c == 0 && halfOpen:
		case count == 1:
			do(g.list[from].row)
		default:
			visit(2*node, from, count/2)
			visit(2*node+1, from+count/2, count/2)
		}
	}
	visit(1, 0, leaves)
}

// rangeBatch joins a batch of the input.
func (r *joiner) rangeBatch(j *pipeline.Job, b *value.Batch) error {
	a := r.ranges
	cols, of, failed := columnsOfBoth(j, b, &r.left, &a.left)
	err := recordsOf(j, b, func(i int, v value.Value) error {
		if r.leftShape == nil {
			r.leftShape = v.AsRecord().Shape()
		}
		a.found = a.found[:0]
		at := of[0].Values[i]
		if key := r.left.key(cols, i); (key != nil || len(cols) == 0) && !at.IsNull() {
			group := a.all[string(key)]
			if group != nil && !group.texts && !isNumber(at) {
				return j.Reject(b, i, fmt.Errorf("%s is not a number, and the bounds in FILE are", at.Quote()))
			}
			group.around(at, a.halfOpen, func(row int32) { a.found = append(a.found, row) })
		}
		slices.Sort(a.found)
		switch {
		case r.args.Anti && len(a.found) == 0:
			j.Put(v)
		case r.args.Anti:
		case len(a.found) == 0 && r.args.Left:
			j.Put(r.pair(v, value.Null))
		}
		for _, row := range a.found {
			a.matched[row] = true
			if !r.args.Anti {
				j.Put(r.pair(v, a.rows[row]))
			}
		}
		return nil
	})
	return cmp.Or(err, failed)
}
