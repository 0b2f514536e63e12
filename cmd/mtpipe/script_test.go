package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mtpipe/examples"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mtpipe": main})
}

// TestExamples runs the scripts that are documentation.
func TestExamples(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "../../examples", UpdateScripts: *update, RequireExplicitExec: true})
}

// TestScripts runs the scripts for what nobody wants to read about.
func TestScripts(t *testing.T) {
	if matches, _ := filepath.Glob("testdata/*.txtar"); len(matches) == 0 {
		t.Fatal("there are no scripts in testdata")
	}
	testscript.Run(t, testscript.Params{Dir: "testdata", UpdateScripts: *update, RequireExplicitExec: true})
}

// TestEveryStageHasAnExample wants examples/STAGE.txtar for each stage, with a sentence
// above its first command.
func TestEveryStageHasAnExample(t *testing.T) {
	for _, name := range pipeline.NewRegistry(stages.All()...).Names() {
		ex := examples.Of(name)
		if len(ex) == 0 || ex[0].Title == "" {
			t.Errorf("stage %s: got no example with a sentence above it in examples/%s.txtar, want one", name, name)
		}
		if _, err := os.Stat("../../examples/" + name + ".txtar"); err != nil {
			t.Error(err)
		}
	}
}
