package torture

import (
	"fmt"
	"strings"

	"mtpipe/pipeline"
)

// leavingRuns is how often a pipeline whose reader leaves early runs in each way.
const leavingRuns = 25

// leavers are readers that have enough before the end, by themselves or in a block.
var leavers = []string{"head %d", "buffer 3 | head %d", "tee { head %d }", "buffer 2 | slice 1 %d", "enumerate | head %d", "route true { head %d }",
	"concat { buffer 3 } { lines missing } | head %d", "zip { buffer 3 } { seq %d }", "take_while 'len(string(it)) != %d'", "nth %d", "first | head %d",
	"retry 1 { buffer 2 } | head %d", "timeout 1h { upper } | head %d", "distinct | head %d", "window 2 | head %d", "each { upper } | head %d", "pmap { upper | head 1 } | head %d",
	"head %d | count", "tac | head %d", "try { head %d }", "sort | head %d", "count_by | head %d", "filter 'it != null' | head %d"}

var leavingFamily = Family{Name: "leaving", Short: "a reader that leaves early, many times", Run: func(c *Case) error {
	d := c.data()
	p := program{data: d, stages: newGenerator(c, d).pipeline(4), out: pick(c, "", "jsonl"),
		onError: pick(c, pipeline.Fail, pipeline.Skip, pipeline.Keep, pipeline.Continue)}
	end := fmt.Sprintf(pick(c, leavers...), 1+c.IntN(4))
	if p.onError == pipeline.Keep && strings.HasPrefix(end, "route") {
		end = "head 1" // errors that route passes on come as they come
	}
	return smallest(p, func(p program) error {
		j := p.job()
		j.text += " | " + end
		return c.oneEnd(j)
	})
}}

// oneEnd wants all runs of a pipeline to write and tell the same and to have one status.
func (c *Case) oneEnd(j job) error {
	want, err := c.run(j, plainWay)
	if err != nil {
		return Skip(err.Error())
	}
	for _, jobs := range []int{1, 2, 4} {
		for i := range leavingRuns {
			w := way{jobs: jobs, capacity: []int{1024, 1, 2}[i%3], input: "file"}
			got, err := c.run(j, w)
			if err != nil {
				return err
			}
			if err := compare(j, w, got, want); err != nil {
				return err
			}
		}
	}
	return nil
}
