package readers

import (
	"os"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

func envStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "env",
		Short: "Puts a record for each environment variable",
		Trait: pipeline.Source,
		Long:  `A record has the fields name and value. The order is that of the environment.`,
	}, env)
}

type envArgs struct{}

var envShape = value.NewShape("name", "value")

// NamesAfter returns the names of what describes a variable.
func (a *envArgs) NamesAfter([]string) []string { return envShape.Names() }

func env(j *pipeline.Job, _ *envArgs) error {
	for _, e := range os.Environ() {
		if e == "" {
			continue
		}
		end := strings.IndexByte(e[1:], '=') + 1 // names of some systems begin with the sign
		if end > 0 {
			j.Put(value.Rec(value.NewRecord(envShape, value.TextOf(e[:end]), value.TextOf(e[end+1:]))))
		}
	}
	return nil
}
