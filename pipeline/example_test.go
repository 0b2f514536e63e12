package pipeline_test

import (
	"fmt"
	"os"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages"
	"mtpipe/value"
)

type shoutArgs struct {
	Marks int `opt:"marks,m" default:"1" min:"0" help:"how many exclamation marks"`
}

// shout is the body of a stage: it reads with range, puts with Put, and returns errors as they are.
func shout(j *pipeline.Job, a *shoutArgs) error {
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		if v.Kind() == value.KindRecord {
			return j.Bad(v, fmt.Errorf("a record cannot be shouted"))
		}
		j.Put(value.String(strings.ToUpper(v.String()) + strings.Repeat("!", a.Marks)))
	}
	return nil
}

// A stage is one declaration. Parsing its arguments, help and "did you mean" come from it.
func ExampleDefine() {
	stage := pipeline.Define(pipeline.Doc{Name: "shout", Short: "Puts each value in capitals",
		Trait: pipeline.PerValue}, shout)
	registry := pipeline.NewRegistry(append(stages.All(), pipeline.Family{Name: "mine", Stages: []*pipeline.Stage{stage}})...)
	fmt.Println(stage.Usage())

	for _, text := range []string{
		"take_from pear fig | shout -m 2 | sort",
		"take_from pear | shuot",
		`take_from '{"a":1}' | json | shout`,
	} {
		plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: registry}, pipeline.Settings{Stdout: os.Stdout, Stderr: os.Stderr})
		if err == nil {
			err = plan.Run(nil)
		}
		if err != nil {
			fmt.Println("error:", err)
		}
	}
	// Output:
	// shout [--marks|-m N]
	// FIG!!
	// PEAR!!
	// error: 18: there is no stage shuot; did you mean shout?
	// error: 30: shout: a record cannot be shouted: {"a":1}
}

// Values go into a pipeline through a source of one's own, and come out through a sink.
func ExamplePlan_Run() {
	type none struct{}
	put := pipeline.Define(pipeline.Doc{Name: "primes", Short: "Puts small primes", Trait: pipeline.Source},
		func(j *pipeline.Job, _ *none) error {
			for _, n := range []int64{2, 3, 5, 7} {
				j.Put(value.Int(n))
			}
			return nil
		})
	var got []int64
	take := pipeline.Define(pipeline.Doc{Name: "collect", Short: "Keeps what it reads", Trait: pipeline.Sink},
		func(j *pipeline.Job, _ *none) error {
			for v, err := range j.In() {
				if err != nil {
					return err
				}
				got = append(got, v.AsInt())
			}
			return nil
		})
	mine := pipeline.Family{Name: "mine", Stages: []*pipeline.Stage{put, take}}
	registry := pipeline.NewRegistry(append(stages.All(), mine)...)

	plan, err := pipeline.Compile(`primes | map "it * it" | collect`, "", pipeline.Scope{Registry: registry},
		pipeline.Settings{Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Run(nil), got)
	// Output:
	// <nil> [4 9 25 49]
}

// An error of Compile is a *syntax.Error, which knows its place and can point to it.
func ExampleCompile() {
	_, err := pipeline.Compile("seq 9 | head two", "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{})
	fmt.Println(err)
	fmt.Println(err.(*syntax.Error).Caret())
	// Output:
	// 14: head: n must be a whole number, not "two"
	// seq 9 | head two
	//              ^
}
