package stages_test

import (
	"os"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// BenchmarkPipeline runs the pipeline in MTPIPE_BENCH, to be profiled.
func BenchmarkPipeline(b *testing.B) {
	text := os.Getenv("MTPIPE_BENCH")
	if text == "" {
		text = "range 1000000 | count"
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	for b.Loop() {
		plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
			pipeline.Settings{Stdin: os.Stdin, Stdout: null, Stderr: os.Stderr})
		if err != nil {
			b.Fatal(err)
		}
		if err := plan.Run(nil); err != nil {
			b.Fatal(err)
		}
	}
}
