package pipeline_test

import (
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// TestF18_Forgets asks which blocks keep nothing from one value to the next, so that a server may
// begin them anew.
func TestF18_Forgets(t *testing.T) {
	type args struct {
		Block *pipeline.Sub `arg:"list" for:"value" help:"x"`
	}
	forgets := false
	ask := pipeline.Define(pipeline.Doc{Name: "ask", Trait: pipeline.Source}, func(_ *pipeline.Job, a *args) error {
		forgets = a.Block.Forgets()
		return nil
	})
	registry := pipeline.NewRegistry(append(stages.All(), pipeline.Family{Name: "mine", Stages: []*pipeline.Stage{ask}})...)
	for _, row := range []struct {
		block string
		want  bool
	}{
		{"lines", true},
		{"upper", true},
		{"lines | grep a | map 'it + $it'", true},
		{"csv", false},  // the header
		{"json", false}, // half of a value
		{"read", false},
		{"enumerate", false},
		{"count", false},
		{"head 1", false},
		{"sort", false},
		{"seq 3", false},
		{"exec cat", false},
		{"upper | log", false},
		{"tee { upper }", false},
		{"lines; lines", false},
		{"def f { upper }; f", false},
	} {
		plan, err := pipeline.Compile("ask { "+row.block+" }", "", pipeline.Scope{Registry: registry}, pipeline.Settings{})
		if err != nil {
			t.Fatal(row.block, err)
		}
		if err := plan.Run(nil); err != nil || forgets != row.want {
			t.Errorf("{ %s }: got %t, %v, want %t", row.block, forgets, err, row.want)
		}
	}
}
