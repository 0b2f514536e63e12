package plain

import "fmt"

// Stream is what one stage gives to the next: all its values, and how it ended.
type Stream struct {
	Values []Value
	Failed error // after the values
	Maybe  bool  // a stage stopped early: whether something before it failed is chance
}

// Policy is what happens with a value that a stage cannot work with.
type Policy int

// The policies of --on-error.
const (
	Fail Policy = iota
	Skip
)

// Run is one evaluation.
type Run struct {
	Policy Policy
	Bad    int // values that were wrong and were passed over
}

// Stage is a stage with its arguments: how it is written and what it does.
type Stage struct {
	Text string
	Do   func(r *Run, in Stream) Stream
}

// String returns the stage as it is written.
func (s Stage) String() string { return s.Text }

// Eval gives in to the first stage, what it makes of it to the second, and so on.
func (r *Run) Eval(in Stream, stages []Stage) Stream {
	for _, s := range stages {
		in = s.Do(r, in)
	}
	return in
}

// wrong deals with a value that a stage cannot work with, and reports whether the stage ends.
func (r *Run) wrong(out *Stream, err error) bool {
	if r.Policy == Skip {
		r.Bad++
		return false
	}
	out.Failed = err
	return true
}

// Each is a stage that looks at one value at a time.
func Each(text string, do func(v Value) ([]Value, error)) Stage {
	return Stage{text, func(r *Run, in Stream) Stream {
		out := Stream{Failed: in.Failed, Maybe: in.Maybe}
		for _, v := range in.Values {
			vs, err := do(v)
			if err != nil {
				if r.wrong(&out, err) {
					return out
				}
				continue
			}
			out.Values = append(out.Values, vs...)
		}
		return out
	}}
}

// Keep is a stage that passes values on or leaves them out; state lives for one evaluation.
func Keep(text string, start func() func(v Value) (bool, error)) Stage {
	return Stage{text, func(r *Run, in Stream) Stream {
		keep := start()
		return Each(text, func(v Value) ([]Value, error) {
			ok, err := keep(v)
			if err != nil || !ok {
				return nil, err
			}
			return []Value{v}, nil
		}).Do(r, in)
	}}
}

// All is a stage that puts nothing before it has seen everything, and nothing when its input
// failed; do may fail after what it returns.
func All(text string, do func(r *Run, out *Stream, vs []Value) []Value) Stage {
	return Stage{text, func(r *Run, in Stream) Stream {
		out := Stream{Failed: in.Failed, Maybe: in.Maybe}
		if in.Failed != nil {
			return out
		}
		out.Values = do(r, &out, in.Values)
		return out
	}}
}

// Part passes on the values numbered from from, counting from 0, up to but not to, and stops
// what is before it then.
func Part(text string, from, to int) Stage {
	return Stage{text, func(_ *Run, in Stream) Stream {
		n := len(in.Values)
		if n >= to {
			return Stream{Values: in.Values[min(from, to):to], Maybe: in.Maybe || in.Failed != nil}
		}
		in.Values = in.Values[min(from, n):]
		return in
	}}
}

func sprint(format string, args ...any) string { return fmt.Sprintf(format, args...) }
