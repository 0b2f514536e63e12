package stagetest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// Probes are stages whose bodies belong to a test: source is given its words, through works
// on its input.
type Probes struct {
	Source, Through func(j *pipeline.Job, words []string) error
}

type probeArgs struct {
	Words []string `arg:"word..." help:"what the test is told"`
}

func (p Probes) family() pipeline.Family {
	return pipeline.Family{Name: "test", Stages: []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{Name: "source", Short: "Puts what a test wants", Trait: pipeline.Source | pipeline.Effect},
			func(j *pipeline.Job, a *probeArgs) error { return p.Source(j, a.Words) }),
		pipeline.Define(pipeline.Doc{Name: "through", Short: "Does what a test wants", Trait: pipeline.Ordered | pipeline.Effect},
			func(j *pipeline.Job, a *probeArgs) error { return p.Through(j, a.Words) }),
	}}
}

// Run runs the pipeline in text and returns what it has put and told.
func (p Probes) Run(t *testing.T, how pipeline.OnError, text string) (stdout, stderr string, err error) {
	t.Helper()
	dir := t.TempDir()
	var files []*os.File
	for _, name := range []string{"in", "out", "err"} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files = append(files, f)
	}
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(append(stages.All(), p.family())...)},
		pipeline.Settings{Stdin: files[0], Stdout: files[1], Stderr: files[2], OnError: how})
	if err != nil {
		t.Fatal(text, err)
	}
	watchdog := time.AfterFunc(time.Minute, func() { panic("the run hangs: " + text) })
	defer watchdog.Stop()
	err = plan.Run(nil)
	return ReadFile(t, filepath.Join(dir, "out")), ReadFile(t, filepath.Join(dir, "err")), err
}

// WantOutput compares what a run has put.
func WantOutput(t *testing.T, got string, err error, want string) {
	t.Helper()
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
