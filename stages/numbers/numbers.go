// Package numbers holds the family of stages that make numbers, or choose among them.
package numbers

import (
	"errors"

	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "numbers", Stages: []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "range",
			Safe:  true,
			Short: "Puts the numbers from START up to, but not, STOP",
			Trait: pipeline.Source,
			Long: `Counts from START in steps of STEP as long as STOP is not reached; with a
negative STEP it counts down. With one argument it counts from 0 to that.`,
		}, putRange),
		pipeline.Define(pipeline.Doc{
			Name:  "seq",
			Safe:  true,
			Short: "Puts the numbers from FIRST to LAST, both included",
			Trait: pipeline.Source,
			Long: `Counts up or down. With one argument it counts from 1 to that, with three in steps of the
second, as Unix seq does; numbers may have decimal places: seq 0 0.25 1. They are exact, and all
have as many places as the first number and the step. With a step that leads away from the last
number there are none.`,
			Instead: map[string]string{"-s": "implode and format join what is put", "-w": "format '{it:>03d}' puts zeros before numbers", "-f": "format '{it:.2f}' says how numbers look"},
		}, putSeq),
		each.Choose[parityArgs]{Doc: pipeline.Doc{
			Name:  "odd",
			Safe:  true,
			Short: "Puts the odd numbers below N, or passes odd numbers on",
			Long:  `With N it is a source: 1, 3, 5 … below N. Without N it reads numbers and passes on those that are odd.`,
		},
			Keep:   func(*parityArgs) func(value.Value) (bool, error) { return leaves(1) },
			Source: func(j *pipeline.Job, a *parityArgs) error { return putEvery2nd(j, 1, *a.N) },
		}.Stage(),
		each.Choose[parityArgs]{Doc: pipeline.Doc{
			Name:  "even",
			Safe:  true,
			Short: "Puts the even numbers below N, or passes even numbers on",
			Long:  `With N it is a source: 2, 4, 6 … below N. Without N it reads numbers and passes on those that are even.`,
		},
			Keep:   func(*parityArgs) func(value.Value) (bool, error) { return leaves(0) },
			Source: func(j *pipeline.Job, a *parityArgs) error { return putEvery2nd(j, 2, *a.N) },
		}.Stage(),
		pipeline.Define(pipeline.Doc{
			Name:  "repeat",
			Safe:  true,
			Short: "Puts VALUE again and again",
			Trait: pipeline.Source,
			Long:  `Without --times it goes on until its reader has had enough.`,
		}, repeat),
	}}
}

type rangeArgs struct {
	Start int64  `arg:"start" help:"the first number, or STOP when it is the only argument"`
	Stop  *int64 `arg:"stop?" help:"where to stop; this number is not put"`
	Step  int64  `arg:"step?" default:"1" help:"what is added each time"`
}

// Check refuses a step that leads nowhere.
func (a *rangeArgs) Check() error {
	if a.Step == 0 {
		return &pipeline.ArgError{Arg: "step", Err: errors.New("step must not be 0")}
	}
	return nil
}

type parityArgs struct {
	N *int64 `arg:"n?" help:"the numbers stay below it"`
}

// IsSource reports whether the stage makes its numbers itself.
func (a *parityArgs) IsSource() bool { return a.N != nil }

type repeatArgs struct {
	Value string `arg:"value" help:"what to put"`
	Times *int64 `opt:"times,n" min:"0" help:"how often; without it, for ever"`
}

func putRange(j *pipeline.Job, a *rangeArgs) error {
	start, stop := a.Start, a.Start
	if a.Stop == nil {
		start = 0
	} else {
		stop = *a.Stop
	}
	for n := start; a.Step > 0 && n < stop || a.Step < 0 && n > stop; {
		j.Put(value.Int(n))
		next := n + a.Step
		if (next > n) != (a.Step > 0) {
			break // past the last int64
		}
		n = next
	}
	return nil
}

// putEvery2nd puts first and every second number after it, below stop.
func putEvery2nd(j *pipeline.Job, first, stop int64) error {
	for n := first; n < stop; n += 2 {
		j.Put(value.Int(n))
	}
	return nil
}

// leaves returns what reports whether a number leaves rest when it is divided by two.
func leaves(rest int64) func(v value.Value) (bool, error) {
	two := value.Int(2)
	return func(v value.Value) (bool, error) {
		if v.Kind() == value.KindInt {
			return v.AsInt()&1 == rest, nil
		}
		n, err := value.Mod(v, two)
		return err == nil && n.Kind() == value.KindInt && n.AsInt()&1 == rest, err
	}
}

func repeat(j *pipeline.Job, a *repeatArgs) error {
	v := value.TextOf(a.Value)
	for n := int64(0); a.Times == nil || n < *a.Times; n++ {
		j.Put(v)
	}
	return nil
}
