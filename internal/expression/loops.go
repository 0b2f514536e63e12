package expression

import (
	"errors"
	"slices"

	"github.com/expr-lang/expr/ast"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// loop is where the element, the index and the accumulator of a loop function stand.
type loop struct{ element, index, acc int }

// loopFunction is a function with a predicate, an expression of its own for each element.
type loopFunction struct {
	entry
	// do runs over the list; each computes the predicate for one element.
	do func(list []value.Value, each func(i int) (value.Value, error)) (value.Value, error)
}

var loopFunctions = []loopFunction{
	{entry{"all(list, EXPR)", "whether EXPR is true for every element, which is # in it", "all([2, 4], # % 2 == 0)", "true"}, loopAll},
	{entry{"none(list, EXPR)", "whether it is true for none", "none([2, 4], # > 4)", "true"}, loopNone},
	{entry{"any(list, EXPR)", "whether it is true for one or more", "any([2, 4], # > 3)", "true"}, loopAny},
	{entry{"one(list, EXPR)", "whether it is true for exactly one", "one([2, 4], # > 3)", "true"}, loopOne},
	{entry{"filter(list, EXPR)", "the elements for which it is true", "filter([1, 2, 3], # > 1)", "[2,3]"}, loopFilter},
	{entry{"map(list, EXPR)", "what EXPR makes of each element; #index is its number", "map([5, 6], # * 10 + #index)", "[50,61]"}, loopMap},
	{entry{"count(list, EXPR?)", "how many elements are true, or EXPR for them", "count([1, 2, 3], # > 1)", "2"}, loopCount},
	{entry{"sum(list, EXPR?)", "the sum of the elements, or of what EXPR makes of each", "sum([1, 2, 3], # * #)", "14"}, loopSum},
	{entry{"find(list, EXPR)", "the first element for which it is true; null when there is none", "find([1, 2, 3], # > 1)", "2"}, loopFind},
	{entry{"findIndex(list, EXPR)", "the number of that, from 0; -1 for none", "findIndex([1, 2, 3], # > 1)", "1"}, loopFindIndex},
	{entry{"findLast(list, EXPR)", "the last such element", "findLast([1, 2, 3], # > 1)", "3"}, loopFindLast},
	{entry{"findLastIndex(list, EXPR)", "the number of that", "findLastIndex([1, 2, 3], # > 1)", "2"}, loopFindLastIndex},
	{entry{"groupBy(list, EXPR)", "a record of lists: of the elements for which EXPR is the same", "groupBy([1, 2, 3], # % 2 == 0 ? `even` : `odd`)", `{"odd":[1,3],"even":[2]}`}, loopGroupBy},
	{entry{"sortBy(list, EXPR, order?)", "the elements in the order of EXPR; `desc` for the reverse", "sortBy([`bb`, `a`], len(#))", `["a","bb"]`}, nil},
	{entry{"reduce(list, EXPR, first?)", "#acc after EXPR has made a new one for each element", "reduce([1, 2, 3], #acc * #, 1)", "6"}, nil},
}

// pointer compiles #, #index and #acc.
func (c *compiler) pointer(n *ast.PointerNode) (operand, error) {
	in := c.loops[len(c.loops)-1] // the parser takes # only within a loop
	switch n.Name {
	case "":
		return readSlot(in.element, "#"), nil
	case "index":
		return readSlot(in.index, "#index"), nil
	case "acc":
		return readSlot(in.acc, "#acc"), nil
	}
	return operand{}, c.fail(n, "unknown name #%s; there are #, #index and #acc", syntax.Cut(n.Name))
}

// loop compiles filter(list, predicate) and its family.
func (c *compiler) loop(n *ast.BuiltinNode, kind *loopFunction) (operand, error) {
	c.hasLoops = true
	list, err := c.compile(n.Arguments[0])
	if err != nil {
		return operand{}, err
	}
	extra := operand{}
	if len(n.Arguments) > 2 { // outside the loop: the order of sortBy, the beginning of reduce
		if extra, err = c.compile(n.Arguments[2]); err != nil {
			return operand{}, err
		}
	}
	slots := c.slots
	in := loop{c.slot(), c.slot(), c.slot()}
	c.loops = append(c.loops, in)
	body := readSlot(in.element, "#") // count(list) alone counts what is true
	if len(n.Arguments) > 1 {
		if p, ok := n.Arguments[1].(*ast.PredicateNode); ok {
			body, err = c.compile(p.Node)
		} else {
			err = c.fail(n, "%s needs a predicate", n.Name)
		}
	}
	c.loops, c.slots = c.loops[:len(c.loops)-1], slots
	if err != nil {
		return operand{}, err
	}
	switch n.Name {
	case "reduce":
		return reduceOver(list, in, body, extra), nil
	case "sortBy":
		return sortBy(list, in, body, extra), nil
	}
	return operand{run: func(it value.Value, f *frame) (value.Value, error) {
		vs, err := elements(list, it, f)
		if err != nil {
			return value.Null, err
		}
		return kind.do(vs, func(i int) (value.Value, error) {
			f.pace.Step()
			f.vars[in.element], f.vars[in.index] = vs[i], value.Int(int64(i))
			return body.run(it, f)
		})
	}}, nil
}

// elements computes the list that a loop runs over.
func elements(list operand, it value.Value, f *frame) ([]value.Value, error) {
	v, err := list.run(it, f)
	if err != nil {
		return nil, err
	}
	if v.Kind() != value.KindList {
		return nil, explain(&kindError{v, "a list"}, v, list.name)
	}
	return v.AsList(), nil
}

// scan asks the predicate for each element, from the first or from the last, until visit
// says that it has seen enough.
func scan(n int, backward bool, each func(int) (value.Value, error), visit func(i int, ok bool) (more bool)) error {
	for i := range n {
		if backward {
			i = n - 1 - i
		}
		v, err := each(i)
		if err != nil {
			return err
		}
		ok, err := truth(v)
		if err != nil {
			return err
		}
		if !visit(i, ok) {
			return nil
		}
	}
	return nil
}

// indexWhere returns the first index for which the predicate is want, or -1.
func indexWhere(n int, backward, want bool, each func(int) (value.Value, error)) (int, error) {
	found := -1
	err := scan(n, backward, each, func(i int, ok bool) bool {
		if ok == want {
			found = i
		}
		return ok != want
	})
	return found, err
}

func loopAll(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	i, err := indexWhere(len(vs), false, false, each)
	return value.Bool(i < 0), err
}

func loopNone(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	i, err := indexWhere(len(vs), false, true, each)
	return value.Bool(i < 0), err
}

func loopAny(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	i, err := indexWhere(len(vs), false, true, each)
	return value.Bool(i >= 0), err
}

func loopOne(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	n, err := loopCount(vs, each)
	return value.Bool(err == nil && n.AsInt() == 1), err
}

func loopCount(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	n := int64(0)
	err := scan(len(vs), false, each, func(_ int, ok bool) bool {
		if ok {
			n++
		}
		return true
	})
	return value.Int(n), err
}

func loopFilter(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	var kept []value.Value
	err := scan(len(vs), false, each, func(i int, ok bool) bool {
		if ok {
			kept = append(kept, vs[i])
		}
		return true
	})
	return value.List(kept), err
}

func loopMap(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	out := make([]value.Value, len(vs))
	for i := range vs {
		var err error
		if out[i], err = each(i); err != nil {
			return value.Null, err
		}
	}
	return value.List(out), nil
}

func loopSum(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	out, err := loopMap(vs, each)
	if err != nil {
		return value.Null, err
	}
	return sum(out.AsList())
}

func loopFind(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	return foundValue(vs, false, each)
}

func loopFindLast(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	return foundValue(vs, true, each)
}

func foundValue(vs []value.Value, backward bool, each func(int) (value.Value, error)) (value.Value, error) {
	i, err := indexWhere(len(vs), backward, true, each)
	if err != nil || i < 0 {
		return value.Null, err
	}
	return vs[i], nil
}

func loopFindIndex(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	return foundIndex(len(vs), false, each)
}

func loopFindLastIndex(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	return foundIndex(len(vs), true, each)
}

func foundIndex(n int, backward bool, each func(int) (value.Value, error)) (value.Value, error) {
	i, err := indexWhere(n, backward, true, each)
	if err != nil || i < 0 {
		return value.Null, err
	}
	return value.Int(int64(i)), nil
}

// loopGroupBy makes a record of lists, one for each key that the predicate gives, under the text
// of the first value that has it, in the order in which they come up.
func loopGroupBy(vs []value.Value, each func(int) (value.Value, error)) (value.Value, error) {
	groups := map[string][]value.Value{}
	known := map[string]string{} // the name of a key
	var names []string
	var key []byte
	for i, v := range vs {
		k, err := each(i)
		if err != nil {
			return value.Null, err
		}
		key = k.AppendKey(key[:0])
		name, ok := known[string(key)]
		if !ok {
			name = k.String()
			known[string(key)] = name
		}
		if _, ok := groups[name]; !ok {
			names = append(names, name)
		}
		groups[name] = append(groups[name], v)
	}
	lists := make([]value.Value, len(names))
	for i, name := range names {
		lists[i] = value.List(groups[name])
	}
	return value.Rec(value.NewRecord(value.NewShape(names...), lists...)), nil
}

// reduceOver compiles reduce(list, predicate, beginning); without a beginning the first
// element is it.
func reduceOver(list operand, in loop, body, beginning operand) operand {
	return operand{run: func(it value.Value, f *frame) (value.Value, error) {
		vs, err := elements(list, it, f)
		if err != nil {
			return value.Null, err
		}
		first := 0
		var acc value.Value
		switch {
		case beginning.run != nil:
			if acc, err = beginning.run(it, f); err != nil {
				return value.Null, err
			}
		case len(vs) == 0:
			return value.Null, errors.New("reduce of an empty list needs a beginning")
		default:
			acc, first = vs[0], 1
		}
		for i := first; i < len(vs); i++ {
			f.pace.Step()
			f.vars[in.element], f.vars[in.index], f.vars[in.acc] = vs[i], value.Int(int64(i)), acc
			if acc, err = body.run(it, f); err != nil {
				return value.Null, err
			}
		}
		return acc, nil
	}}
}

// sortBy compiles sortBy(list, predicate, "asc" or "desc"): by the one order of all values,
// equal elements in their old order.
func sortBy(list operand, in loop, body, direction operand) operand {
	if direction.run == nil {
		direction = constant(value.String("asc"))
	}
	return operand{run: func(it value.Value, f *frame) (value.Value, error) {
		vs, err := elements(list, it, f)
		if err != nil {
			return value.Null, err
		}
		dir, err := direction.run(it, f)
		if err != nil {
			return value.Null, err
		}
		sign, err := sortSign(dir)
		if err != nil {
			return value.Null, err
		}
		type keyed struct{ key, v value.Value }
		all := make([]keyed, len(vs))
		for i, v := range vs {
			f.pace.Step()
			f.vars[in.element], f.vars[in.index] = v, value.Int(int64(i))
			key, err := body.run(it, f)
			if err != nil {
				return value.Null, err
			}
			all[i] = keyed{key, v}
		}
		slices.SortStableFunc(all, func(a, b keyed) int {
			f.pace.Step()
			return sign * value.Compare(a.key, b.key)
		})
		out := make([]value.Value, len(all))
		for i, k := range all {
			out[i] = k.v
		}
		return value.List(out), nil
	}}
}

func sortSign(direction value.Value) (int, error) {
	switch direction.String() {
	case "asc":
		return 1, nil
	case "desc":
		return -1, nil
	}
	return 0, &kindError{direction, "asc or desc"}
}
