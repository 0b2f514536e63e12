package programs

import (
	"strings"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/value"
)

type runsArgs struct {
	Least int `arg:"least" help:"how long a run is at least"`
}

// runs puts, for each run of lines with the same first field, how long it is.
func runs(j *pipeline.Job, a *runsArgs) error {
	last, n := "", 0
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		field, _, _ := strings.Cut(v.String(), " ")
		if field != last {
			if n >= a.Least {
				j.Put(value.Int(int64(n)))
			}
			last, n = field, 0
		}
		n++
	}
	if n >= a.Least {
		j.Put(value.Int(int64(n)))
	}
	return nil
}

// stageOnThreads finds how often which run has come, with a stage of its own.
func stageOnThreads(name string) (string, error) {
	stage := pipeline.Define(pipeline.Doc{Name: "runs", Short: "Puts the lengths of runs", Trait: pipeline.Ordered}, runs)
	mine := pipeline.Family{Name: "mine", Stages: []*pipeline.Stage{stage}}
	var out strings.Builder
	plan, err := pipeline.Compile("runs 2 | count_by | sort --by value | format '{value}: {count}'", "",
		pipeline.Scope{Registry: pipeline.NewRegistry(append(stages.All(), mine)...)},
		pipeline.Settings{Files: []string{name}, Stdout: &out})
	if err == nil {
		err = plan.Run(nil)
	}
	return out.String(), err
}
