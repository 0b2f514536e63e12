package each

import (
	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// Number calls add with the number that e gives for each value of the input; without e, that
// is the value itself. Nulls are passed over; anything else that is not a number is wrong, and
// so is what add returns an error for.
func Number(j *pipeline.Job, e pipeline.Expr, add func(n value.Value) error) error {
	do := func(v value.Value) (bool, error) {
		v, err := e.Of(v)
		if err != nil || v.IsNull() {
			return false, err
		}
		n, err := value.NumberOf(v)
		if err != nil {
			return false, err
		}
		return false, add(n)
	}
	if e.IsSet() {
		return byValue(j, do)
	}
	return byBatch(j, nil, lent, func(v value.Value) (bool, error) {
		_, err := do(v)
		return false, aggregate.Outliving(err)
	}, asRead)
}
