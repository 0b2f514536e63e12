package totals

import (
	"fmt"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func countStage() *pipeline.Stage {
	return pipeline.DefineCombine(pipeline.Doc{
		Name:  "count",
		Safe:  true,
		Short: "Puts how many values there were",
		Trait: pipeline.Light,
		Long:  `A last line without a newline counts as one.`,
	}, func(*pipeline.Job, *countArgs) *counter { return new(counter) })
}

func countByStage() *pipeline.Stage {
	return pipeline.DefineCombine(pipeline.Doc{
		Name:  "count_by",
		Safe:  true,
		Short: "Counts equal values, or values with equal expressions",
		Trait: pipeline.Retains,
		Long: `Puts a record for each distinct value, in the order in which they were first seen:
its value and its count. With expressions, the record has a field for each, named as
the expression is written, or NAME, instead of value. Beside one called count, the count is count_2.

` + spillHelp,
	}, newCountBy)
}

const spillHelp = `Groups that are more than the stage's share of --max-memory go to temporary files.`

type countArgs struct{}

// ReadsFields returns the names of the fields that it reads: none.
func (a *countArgs) ReadsFields() ([]string, bool) { return nil, true }

// counter is the partial of count.
type counter struct{ n int64 }

// Add counts the rows of a batch.
func (c *counter) Add(_ *pipeline.Job, b *value.Batch, _ int64) error {
	c.n += int64(b.Len())
	return nil
}

// Merge adds the count of o.
func (c *counter) Merge(_ *pipeline.Job, o *counter) error {
	c.n += o.n
	return nil
}

// Snapshot returns the same count.
func (c *counter) Snapshot(*pipeline.Job) (*counter, bool) { return &counter{c.n}, true }

// Put puts the count.
func (c *counter) Put(j *pipeline.Job) error {
	j.Put(value.Int(c.n))
	return nil
}

type countByArgs struct {
	By []namedExpr `arg:"expr..." help:"what makes values equal, perhaps as NAME=EXPR; without it, the value itself"`
}

// ReadsFields returns the names of the fields that the expressions read.
func (a *countByArgs) ReadsFields() ([]string, bool) {
	list := make([]pipeline.Expr, len(a.By))
	for i, e := range a.By {
		list[i] = e.Expr
	}
	return pipeline.FieldsRead(list...)
}

// namedExpr is an expression that says which values are meant, and the name that it was given, or "".
type namedExpr struct {
	pipeline.Expr
	alias string
}

// SetArg reads EXPR or NAME=EXPR.
func (e *namedExpr) SetArg(text string, lookup func(string) (string, bool)) error {
	name, expr, ok := strings.Cut(text, "=")
	if name = strings.Trim(name, " "); !ok || !each.IsName(name) || strings.HasPrefix(expr, "=") {
		return e.SetField(text, lookup)
	}
	e.alias = name
	return e.SetField(strings.Repeat(" ", len(text)-len(expr))+expr, lookup)
}

// exprs returns the expressions to count by, and what to call them.
func (a *countByArgs) exprs() (exprs []pipeline.Expr, names []string) {
	for _, e := range a.By {
		exprs = append(exprs, e.Expr)
	}
	names = exprNames(exprs)
	for i, e := range a.By {
		if e.alias != "" {
			names[i] = e.alias
		}
	}
	return exprs, names
}

// NamesAfter returns the names of the keys and of the count.
func (a *countByArgs) NamesAfter([]string) []string {
	if len(a.By) == 0 {
		return []string{"value", "count"}
	}
	_, names := a.exprs()
	return append(names, countName(names))
}

// Check refuses two expressions of one name.
func (a *countByArgs) Check() error {
	_, names := a.exprs()
	return eachOnce(names)
}

// eachOnce returns an error when two fields of a record would have one name.
func eachOnce(names []string) error {
	if name, twice := each.Twice(names); twice {
		return fmt.Errorf("the field %s stands twice", syntax.Short(name))
	}
	return nil
}

// countName returns what to call the count beside fields of the given names.
func countName(names []string) string {
	name := "count"
	for i := 2; slices.Contains(names, name); i++ {
		name = fmt.Sprintf("count_%d", i)
	}
	return name
}

func newCountBy(_ *pipeline.Job, a *countByArgs) *grouping {
	exprs, names := a.exprs()
	if len(exprs) == 0 {
		exprs, names = make([]pipeline.Expr, 1), []string{"value"}
	}
	return newGrouping(names, exprs, len(exprs), nil, []aggregated{{name: countName(names), state: -1}})
}

// exprNames returns what to call the results of expressions: the field's name for one that
// is just a field, otherwise its text.
func exprNames(exprs []pipeline.Expr) []string {
	names := make([]string, len(exprs), len(exprs)+1)
	for i, e := range exprs {
		names[i] = e.String()
		if name, ok := e.Field(); ok {
			names[i] = name
		} else if e.It() {
			names[i] = "value"
		}
	}
	return names
}
