package totals

import (
	"math/big"

	"mtpipe/internal/aggregate"
	"mtpipe/value"
)

// aggregateForm is a function that group_by knows.
type aggregateForm struct {
	args   string // how it is called; with two expressions its state has lists of both
	state  string // which state it comes from, where several come from one
	create func() aggregate.State
	result func(aggregate.State, int) (value.Value, error) // how it is read from the state; nil for its result
}

// aggregates are those functions; what percentile reads depends on its arguments.
var aggregates = map[string]aggregateForm{
	"count":       {args: "()", create: func() aggregate.State { return &aggregate.Counts{NonNull: true} }},
	"sum":         {args: "(e)", state: "sum", create: func() aggregate.State { return new(aggregate.Sums) }},
	"mean":        {args: "(e)", state: "sum", create: func() aggregate.State { return new(aggregate.Sums) }, result: of((*aggregate.Sums).MeanOf)},
	"stddev":      {args: "(e)", create: func() aggregate.State { return new(aggregate.Deviations) }},
	"variance":    {args: "(e)", create: func() aggregate.State { return &aggregate.Moments{Power: 2} }},
	"skewness":    {args: "(e)", create: func() aggregate.State { return &aggregate.Moments{Power: 3} }, result: of((*aggregate.Moments).Skewness)},
	"kurtosis":    {args: "(e)", create: func() aggregate.State { return &aggregate.Moments{Power: 4} }, result: of((*aggregate.Moments).Kurtosis)},
	"min":         {args: "(e)", create: func() aggregate.State { return aggregate.NewExtremes(-1) }},
	"max":         {args: "(e)", create: func() aggregate.State { return aggregate.NewExtremes(1) }},
	"argmin":      {args: "(e, by)", create: func() aggregate.State { return &aggregate.Chosen{Sign: -1} }},
	"argmax":      {args: "(e, by)", create: func() aggregate.State { return &aggregate.Chosen{Sign: 1} }},
	"minlen":      {args: "(e)", create: func() aggregate.State { return aggregate.NewLengths(-1) }},
	"maxlen":      {args: "(e)", create: func() aggregate.State { return aggregate.NewLengths(1) }},
	"median":      {args: "(e)", state: "percentile", create: newQuantiles},
	"percentile":  {args: "(e, p)", state: "percentile", create: newQuantiles},
	"mode":        {args: "(e)", state: "mode", create: func() aggregate.State { return new(aggregate.Modes) }},
	"antimode":    {args: "(e)", state: "mode", create: func() aggregate.State { return new(aggregate.Modes) }, result: of((*aggregate.Modes).Rarest)},
	"first":       {args: "(e)", create: func() aggregate.State { return new(aggregate.Places) }},
	"last":        {args: "(e)", create: func() aggregate.State { return &aggregate.Places{Last: true} }},
	"any":         {args: "(e)", state: "truth", create: func() aggregate.State { return new(aggregate.Truths) }},
	"all":         {args: "(e)", state: "truth", create: func() aggregate.State { return new(aggregate.Truths) }, result: of((*aggregate.Truths).All)},
	"covariance":  {args: "(x, y)", state: "pairs", create: newPairs},
	"correlation": {args: "(x, y)", state: "pairs", create: newPairs, result: of((*aggregate.Pairs).Correlation)},
	"slope":       {args: "(x, y)", state: "pairs", create: newPairs, result: of((*aggregate.Pairs).Slope)},
	"intercept":   {args: "(x, y)", state: "pairs", create: newPairs, result: of((*aggregate.Pairs).Intercept)},
	"distinct":    {args: "(e)", create: func() aggregate.State { return new(aggregate.Distincts) }},
	"list":        {args: "(e)", create: func() aggregate.State { return new(aggregate.Lists) }},
}

func newQuantiles() aggregate.State { return new(aggregate.Quantiles) }

func newPairs() aggregate.State { return new(aggregate.Pairs) }

// of returns a result that is read from a state of one type.
func of[S aggregate.State](read func(s S, g int) (value.Value, error)) func(aggregate.State, int) (value.Value, error) {
	return func(s aggregate.State, g int) (value.Value, error) { return read(s.(S), g) }
}

// maker returns which state the aggregate comes from, under a name, what makes one, and how
// the result is read from it.
func (g *groupItem) maker() (state string, create func() aggregate.State, result func(aggregate.State, int) (value.Value, error)) {
	form := aggregates[g.function]
	if state = form.state; state == "" {
		state = g.function
	}
	if result = form.result; result == nil {
		result = aggregate.State.Result
	}
	if state == "percentile" {
		p := big.NewRat(1, 2)
		if g.fraction != nil {
			p = g.fraction
		}
		read := (*aggregate.Quantiles).At
		if g.nearest {
			read = (*aggregate.Quantiles).Nearest
		}
		result = func(s aggregate.State, i int) (value.Value, error) { return read(s.(*aggregate.Quantiles), i, p), nil }
	}
	return state, form.create, result
}
