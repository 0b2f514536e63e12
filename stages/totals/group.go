package totals

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func groupByStage() *pipeline.Stage {
	return pipeline.DefineCombine(pipeline.Doc{
		Name:  "group_by",
		Safe:  true,
		Short: "Computes with the values of each group",
		Trait: pipeline.Retains,
		Long: `Values for which all KEYs are equal are a group. Puts a record for each group, in the order
in which they were first seen: the keys, named as they are written, then what each
NAME=AGG(EXPR) makes of the group. AGG is one of

count()           how many values there are; count(e): for how many e is not null
sum(e), mean(e)   exact sums, rounded once; the sum of nothing is 0
stddev(e)         the standard deviation of a sample; variance(e), too
skewness(e)       how far numbers lean to one side; kurtosis(e), how heavy their tails
                  are, less that of the normal distribution
min(e), max(e)    as spelled; numbers by size, text by its bytes, not both together
argmin(e, by)     e where by is smallest; argmax(e, by): where it is largest
minlen(e)         the smallest length in characters; maxlen(e): the largest
median(e)         the number in the middle
percentile(e, p)  as the stage percentile: on the straight line between two numbers;
                  percentile(e, p, nearest): one of the numbers, as its option --nearest
mode(e)           what comes most often; antimode(e): least often
first(e), last(e) the first and the last that is not null
any(e), all(e)    whether e is true for any, or for all
covariance(x, y)  of a sample; correlation(x, y): the coefficient of Pearson
slope(x, y)       of the straight line by the least squares, y = intercept + slope·x;
                  intercept(x, y), too
distinct(e)       how many different ones there are
list(e)           all of them, nulls too

All but count() and list() pass nulls over. Where there is nothing else, sum, count and
distinct give 0, any false, all true, the others null. Without a KEY, all values are one
group; of no value at all, nothing is put. AGG(/PATTERN/) computes with each field whose name
the pattern is found in, but for the keys, and calls the results FIELD_AGG: mean(/^ms_/) gives
ms_read_mean and ms_write_mean, percentile(/^ms_/, 95) gives ms_read_p95. A KEY has another name as NAME=EXPR, when EXPR is none
of these: hour=strftime(time, "%H"). One that calls a function of these stands in parentheses.

Numbers for percentiles stay in memory, 8 bytes each; beyond the stage's share of
--max-memory, a sketch takes the place of long lists of them (DDSketch) and standard
error says so: percentiles are then within 1 percent of a number that stands at the
place. Groups that are too many go to temporary files.`,
	}, newGroupBy)
}

type groupByArgs struct {
	Items []groupItem `arg:"key...+" help:"an expression to group by; or NAME=AGG(EXPR) or AGG(/PATTERN/), what is computed of the group"`
}

// ReadsFields returns the names of the fields that the keys and aggregates read.
func (a *groupByArgs) ReadsFields() ([]string, bool) {
	var list []pipeline.Expr
	for _, g := range a.Items {
		if g.function != "count" || g.expr.IsSet() || g.many != nil {
			list = append(list, g.expr)
		}
	}
	return pipeline.FieldsRead(list...)
}

// groupItem is a key, or an aggregate with a name.
type groupItem struct {
	expr     pipeline.Expr // of an aggregate, what it takes in; not set for count()
	alias    string        // of a key, the name that it was given, or ""
	name     string        // of an aggregate
	function string
	fraction *big.Rat       // of percentile
	nearest  bool           // it is one of the numbers
	many     *regexp.Regexp // of an aggregate of all fields with such names; it has no name
	suffix   string         // of the names of its results
}

// Continues reports whether a parenthesis of NAME=AGG(EXPR, P) has not been closed.
func (*groupItem) Continues(text string) bool {
	if beginsMany(text) {
		_, args, _ := strings.Cut(text, "(")
		return !strings.Contains(args, ")")
	}
	name, call, _ := strings.Cut(text, "=")
	function, args, isCall := strings.Cut(call, "(")
	name, function = strings.Trim(name, " "), strings.Trim(function, " ")
	return isCall && each.IsName(name) && each.IsName(function) && closing(args) < 0
}

// SetArg reads EXPR, NAME=EXPR or NAME=AGG(EXPR).
func (g *groupItem) SetArg(text string, lookup func(string) (string, bool)) error {
	if beginsMany(text) {
		return g.setMany(text, lookup)
	}
	name, call, ok := strings.Cut(text, "=")
	start := len(text) - len(call)
	if name = strings.Trim(name, " "); !ok || !each.IsName(name) || strings.HasPrefix(call, "=") {
		if function := namelessAggregate(text); function != "" {
			return fmt.Errorf("%s(…) needs a name, to be computed of each group: x=%[1]s(…); as a key it stands in parentheses: (%[1]s(…))", function)
		}
		return g.expr.SetField(text, lookup)
	}
	function, args, isCall := strings.Cut(call, "(")
	function = strings.Trim(function, " ")
	_, known := aggregates[function]
	if isCall && known {
		if beginsMany(call) {
			return fmt.Errorf("the results for a pattern have names of their own, FIELD_%s: write %[1]s(%s", function, args)
		}
		start, end := len(text)-len(args), closing(args)
		if end < 0 || strings.TrimSpace(args[end+1:]) != "" {
			return fmt.Errorf("%s has no ) at its end", function)
		}
		g.name, g.function = name, function
		return g.setArguments(text[:start], splitArguments(args[:end]), lookup)
	}
	err := g.expr.SetField(strings.Repeat(" ", start)+call, lookup)
	if err != nil && isCall && each.IsName(function) && strings.Contains(err.Error(), "function") {
		return unknownAggregate(function)
	}
	g.alias = name
	return err
}

// namelessAggregate returns the function when text is the call of an aggregate, or the beginning
// of one. Of one value it would be a key that nobody means.
func namelessAggregate(text string) string {
	function, args, isCall := strings.Cut(text, "(")
	function = strings.TrimSpace(function)
	form, known := aggregates[function]
	if !isCall || !known {
		return ""
	}
	end := closing(args)
	if end < 0 {
		return function
	}
	given := splitArguments(args[:end])
	if strings.TrimSpace(args[end+1:]) != "" || len(given) != strings.Count(form.args, ",")+1 {
		return "" // a key that only begins so, or a function of the same name
	}
	return function
}

// unknownAggregate is the error of a function that is none of the aggregates.
func unknownAggregate(function string) error {
	names := slices.Sorted(maps.Keys(aggregates))
	if near := syntax.Nearest(function, names); near != "" {
		return fmt.Errorf("there is no aggregate %s; did you mean %s?", syntax.Short(function), near)
	}
	return fmt.Errorf("there is no aggregate %s; there are %s", syntax.Short(function), strings.Join(names, ", "))
}

// FieldNames returns the fields that the expression reads, or the pattern asks for.
func (g *groupItem) FieldNames() []pipeline.FieldName {
	if g.many != nil {
		return []pipeline.FieldName{{Name: "/" + g.many.String() + "/", Matches: g.many}}
	}
	return g.expr.FieldNames()
}

// NamesAfter returns the names of the keys and of what is computed.
func (a *groupByArgs) NamesAfter(in []string) []string {
	_, keys := a.keys()
	names := slices.Clone(keys)
	for i := range a.Items {
		switch it := &a.Items[i]; {
		case it.many != nil && in == nil:
			return nil
		case it.many != nil:
			names = append(names, it.manyNames(keys, in)...)
		case it.name != "":
			names = append(names, it.name)
		}
	}
	return names
}

// keys returns the expressions to group by, and their names.
func (a *groupByArgs) keys() (exprs []pipeline.Expr, names []string) {
	for _, it := range a.Items {
		if it.name != "" || it.many != nil {
			continue
		}
		name := it.alias
		if name == "" {
			name = exprNames([]pipeline.Expr{it.expr})[0]
		}
		exprs, names = append(exprs, it.expr), append(names, name)
	}
	return exprs, names
}

// Conflicts reports whether a value may not go with others of its group.
func (a *groupByArgs) Conflicts() bool { return slices.ContainsFunc(a.Items, groupItem.chooses) }

// chooses reports whether the item is an aggregate of values of one kind.
func (g groupItem) chooses() bool { return g.function == "min" || g.function == "max" }

// Check refuses two fields of one name.
func (a *groupByArgs) Check() error { return eachOnce(a.NamesAfter([]string{})) }

// Compares says that the expression may compare.
func (*groupItem) Compares() bool { return false }

// Calls returns the forms of the aggregates.
func (*groupItem) Calls() (forms []string) {
	for _, name := range slices.Sorted(maps.Keys(aggregates)) {
		forms = append(forms, name+aggregates[name].args)
	}
	return forms
}

// Fill puts the values of variables that were not known before.
func (g *groupItem) Fill(of func(name string) value.Value) { g.expr.Fill(of) }

// OnJob is that of pipeline.Computing.
func (g *groupItem) OnJob(j *pipeline.Job) (needs bool) { return g.expr.OnJob(j) }

// setArguments reads what stands between the parentheses. Before is the text before them,
// whose place is kept in messages.
func (g *groupItem) setArguments(before string, args []string, lookup func(string) (string, bool)) error {
	form := aggregates[g.function]
	blank := len(args) == 1 && strings.TrimSpace(args[0]) == ""
	if g.function == "count" && blank {
		return nil
	}
	if g.nearest = g.function == "percentile" && len(args) == 3 && strings.TrimSpace(args[2]) == "nearest"; g.nearest {
		args = args[:2]
	}
	if len(args) != strings.Count(form.args, ",")+1 || blank {
		return fmt.Errorf("%s is called as %s%s", g.function, g.function, form.args)
	}
	if g.function == "percentile" {
		p, err := pointOf(args[1], lookup)
		if err != nil {
			return err
		}
		g.fraction = p
	} else if len(args) == 2 {
		return g.expr.SetArg(strings.Repeat(" ", len(before)-1)+"["+args[0]+","+args[1]+"]", lookup)
	}
	return g.expr.SetField(strings.Repeat(" ", len(before))+args[0], lookup)
}

// pointOf reads the p of percentile: a number, or a variable that is one.
func pointOf(text string, lookup func(string) (string, bool)) (*big.Rat, error) {
	var t pipeline.Template
	if err := t.SetArg(strings.TrimSpace(text), lookup); err != nil {
		return nil, err
	}
	b, err := t.Append(nil, value.Null)
	if err != nil {
		return nil, err
	}
	text = string(b)
	var p percent
	if err := p.SetArg(text, lookup); err != nil {
		return nil, fmt.Errorf("the p of percentile %w", err)
	}
	return p.fraction, nil
}

// closing returns where the parenthesis stands that closes one before text, -1 for nowhere.
func closing(text string) int {
	end := -1
	scan(text, func(i, depth int) bool {
		if depth < 0 {
			end = i
		}
		return end < 0
	})
	return end
}

// splitArguments divides text at the commas outside of quotes and parentheses.
func splitArguments(text string) []string {
	var parts []string
	from := 0
	scan(text, func(i, depth int) bool {
		if text[i] == ',' && depth == 0 {
			parts = append(parts, text[from:i])
			from = i + 1
		}
		return true
	})
	return append(parts, text[from:])
}

// scan calls visit for each byte of an expression that is not in quotes, with how many
// parentheses, brackets and braces are open behind it, until visit returns false.
func scan(text string, visit func(i, depth int) bool) {
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0:
			if c == '\\' && quote != '`' {
				i++
			} else if c == quote {
				quote = 0
			}
			continue
		case c == '"' || c == '\'' || c == '`':
			quote = c
			continue
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		}
		if !visit(i, depth) {
			return
		}
	}
}

func newGroupBy(j *pipeline.Job, a *groupByArgs) *grouping {
	exprs, names := a.keys()
	keys := len(exprs)
	var chosen []int                                              // the columns of min and max
	columns, states := make(map[string]int), make(map[string]int) // by what they are made of
	var makers []accumulated
	var list []aggregated
	var kinds []string // of the makers
	for i := range a.Items {
		it := &a.Items[i]
		if it.many != nil { // of values that are no records, not even one of this name can be asked for
			exprs = append(exprs, each.FieldExpr("/"+it.many.String()+"/"))
		}
		if it.name == "" {
			continue
		}
		if !it.expr.IsSet() {
			list = append(list, aggregated{name: it.name, state: -1})
			continue
		}
		text := strings.TrimSpace(it.expr.String())
		if _, ok := columns[text]; !ok {
			columns[text] = len(exprs)
			exprs = append(exprs, it.expr)
		}
		if it.chooses() {
			chosen = append(chosen, columns[text])
		}
		kind, create, result := it.maker()
		kind += " " + text
		if _, ok := states[kind]; !ok {
			states[kind] = len(makers)
			makers, kinds = append(makers, accumulated{columns[text], create}), append(kinds, kind)
		}
		list = append(list, aggregated{it.name, states[kind], result})
	}
	g := newGrouping(names, exprs, keys, makers, list)
	if slices.ContainsFunc(a.Items, func(it groupItem) bool { return it.many != nil }) {
		g.wide = &wide{items: a.Items, keys: names, fixed: list, kinds: kinds,
			found: make(map[string]int64), shapes: make(map[*value.Shape]bool), ofItem: make(map[string]madeOf)}
	}
	if j.TellsEach() && a.Conflicts() {
		g.classes = newClasses(keys, chosen)
	}
	return g
}
