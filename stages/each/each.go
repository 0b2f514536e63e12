// Package each is the way in which stages work that do something with each value.
package each

import (
	"mtpipe/pipeline"
	"mtpipe/value"
)

// Change puts what change makes of each value. The value is valid during the call: what
// change returns must not share its memory.
func Change(j *pipeline.Job, change func(value.Value) (value.Value, error)) error {
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		i := 0
		for v := range b.Look() {
			changed, err := change(v)
			if err == nil {
				j.Put(changed)
			} else if err := j.Reject(b, i, err); err != nil {
				return err
			}
			i++
		}
	}
	return nil
}
