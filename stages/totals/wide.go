package totals

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// manyFields is an aggregate of all fields whose names fit a pattern: AGG(/PATTERN/).
var manyFields = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)^\s*(\w+)\s*\(\s*/(.*)/\s*(?:,([^/]*))?\)\s*$`) })

// beginsMany reports whether text is the beginning of such an aggregate.
func beginsMany(text string) bool {
	function, args, isCall := strings.Cut(text, "(")
	_, known := aggregates[strings.TrimSpace(function)]
	return isCall && known && strings.HasPrefix(strings.TrimSpace(args), "/")
}

// setMany reads AGG(/PATTERN/) or percentile(/PATTERN/, P).
func (g *groupItem) setMany(text string, lookup func(string) (string, bool)) error {
	parts := manyFields().FindStringSubmatch(text)
	if parts == nil {
		return fmt.Errorf("%s has no /) at its end; a pattern with a blank or a | stands in quotes", text)
	}
	g.function = parts[1]
	switch form := aggregates[g.function]; {
	case g.function == "list":
		return fmt.Errorf("list takes no pattern, since a field that is missing is in no list")
	case g.function == "percentile":
	case form.args == "(x, y)" || form.args == "(e, by)":
		return fmt.Errorf("%s takes no pattern; it is called as %[1]s%s", g.function, form.args)
	}
	var err error
	if g.many, err = regexp.Compile(parts[2]); err != nil {
		return fmt.Errorf("must have a pattern between slashes: %w", err)
	}
	point, nearest, _ := strings.Cut(parts[3], ",")
	if g.nearest = strings.TrimSpace(nearest) == "nearest"; !g.nearest && strings.TrimSpace(nearest) != "" || (g.function == "percentile") != (strings.TrimSpace(point) != "") {
		return fmt.Errorf("%s of a pattern is called as %[1]s%s", g.function, strings.Replace(aggregates[g.function].args, "e", "/PATTERN/", 1))
	}
	g.suffix = g.function
	if g.function == "percentile" {
		g.suffix = "p" + strings.TrimSpace(point)
		g.fraction, err = pointOf(point, lookup)
	}
	return err
}

// manyNames returns the names of the results of a pattern for fields of these names.
func (g *groupItem) manyNames(keys, in []string) (names []string) {
	for _, n := range in {
		if g.many.MatchString(n) && !slices.Contains(keys, n) {
			names = append(names, n+"_"+g.suffix)
		}
	}
	return names
}

// wide makes a grouping compute with fields that are known only when there are records of them.
type wide struct {
	items  []groupItem
	keys   []string
	fixed  []aggregated     // of the items that are no pattern, in their order
	found  map[string]int64 // the place where each field came first that a pattern fits
	shapes map[*value.Shape]bool
	kinds  []string          // of the grouping's states: the aggregate and the field, or what it takes in
	ofItem map[string]madeOf // by the number of the item and the field
}

// madeOf is how a result is read.
type madeOf struct {
	state  int
	result func(s aggregate.State, group int) (value.Value, error)
}

func wideKey(item int, field string) string { return fmt.Sprint(item, " ", field) }

// seeFields adds what is to be computed of fields that b is the first to have.
func (g *grouping) seeFields(j *pipeline.Job, b *value.Batch, seq int64) error {
	for shape := range b.Shapes() {
		if g.wide.shapes[shape] {
			continue
		}
		if len(g.wide.shapes) >= mostShapes {
			clear(g.wide.shapes)
		}
		g.wide.shapes[shape] = true
		for i, name := range shape.Names() {
			if err := g.seeField(j, name, seq<<freshBits|int64(min(len(g.wide.found)+i, 1<<freshBits-1))); err != nil {
				return err
			}
		}
	}
	return nil
}

const mostShapes = 1 << 10 // that are remembered

// seeField adds what is to be computed of a field, if it is new.
func (g *grouping) seeField(j *pipeline.Job, name string, place int64) error {
	w := g.wide
	if first, known := w.found[name]; known {
		w.found[name] = min(first, place)
		return nil
	}
	if slices.Contains(w.keys, name) || !slices.ContainsFunc(w.items, func(it groupItem) bool { return it.many != nil && it.many.MatchString(name) }) {
		return nil
	}
	if g.spilled != nil {
		return fmt.Errorf("field %s comes when there are too many groups for the memory already; name it instead of the pattern, or give more with --max-memory", name)
	}
	w.found[name] = place
	column := len(g.exprs)
	g.exprs = append(g.exprs, each.FieldExpr(name))
	for i := range w.items {
		it := &w.items[i]
		if it.many == nil || !it.many.MatchString(name) {
			continue
		}
		kind, create, result := it.maker()
		kind += " /" + name
		at := slices.Index(w.kinds, kind)
		if at < 0 {
			at = len(g.makers)
			w.kinds, g.makers = append(w.kinds, kind), append(g.makers, accumulated{column, create})
			g.states = append(g.states, create())
			if it.chooses() && g.classes != nil {
				g.classes.add(column)
			}
		}
		w.ofItem[wideKey(i, name)] = madeOf{at, result}
	}
	return nil
}

// clone returns what may be added to while others read w; nil for nil.
func (w *wide) clone() *wide {
	if w == nil {
		return nil
	}
	c := *w
	c.found, c.ofItem, c.shapes = maps.Clone(w.found), maps.Clone(w.ofItem), nil
	c.kinds = slices.Clone(w.kinds)
	return &c
}

// fields returns the fields that were found, in the order in which they came.
func (w *wide) fields() []string {
	var names []string
	for n := range w.found {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(w.found[a], w.found[b]), strings.Compare(a, b)) })
	return names
}

// settle decides, when all fields are known, what the results are.
func (g *grouping) settle() error {
	w := g.wide
	if w == nil {
		return nil
	}
	names, fixed, list := slices.Clone(w.keys), w.fixed, []aggregated(nil)
	fields := w.fields()
	for i := range w.items {
		it := &w.items[i]
		switch {
		case it.many != nil:
			for _, f := range fields {
				if made, ok := w.ofItem[wideKey(i, f)]; ok {
					list = append(list, aggregated{f + "_" + it.suffix, made.state, made.result})
				}
			}
		case it.name != "":
			list, fixed = append(list, fixed[0]), fixed[1:]
		}
	}
	for _, a := range list {
		names = append(names, a.name)
	}
	if err := eachOnce(names); err != nil {
		return err
	}
	g.aggregates, g.shape = list, value.NewShape(names...)
	return nil
}

// align makes the states of two parts of the input the same, in the same order.
func (g *grouping) align(j *pipeline.Job, o *grouping) error {
	if g.wide == nil {
		return nil
	}
	fields := o.wide.fields()
	for _, name := range fields {
		if err := g.seeField(j, name, o.wide.found[name]); err != nil {
			return err
		}
	}
	if slices.Equal(g.wide.kinds, o.wide.kinds) {
		return nil
	}
	if o.spilled != nil {
		for _, name := range g.wide.fields() {
			if err := o.seeField(j, name, g.wide.found[name]); err != nil {
				return err
			}
		}
		return fmt.Errorf("the fields of the pattern come in another order where there are too many groups for the memory; name them, or give more with --max-memory")
	}
	states := make([]aggregate.State, len(g.makers))
	for i, kind := range g.wide.kinds {
		if at := slices.Index(o.wide.kinds, kind); at >= 0 {
			states[i] = o.states[at]
			continue
		}
		states[i] = g.makers[i].make()
		states[i].Grow(o.groups.Len())
	}
	o.states, o.makers, o.wide.kinds = states, g.makers, g.wide.kinds
	return nil
}
