package torture

import (
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// TestMemoryJobs wants the family memory to have pipelines of each stage that retains what it reads.
func TestMemoryJobs(t *testing.T) {
	had := make(map[string]bool)
	for _, list := range [][]memoryJob{memoryOfLines, memoryOfRecords} {
		for _, job := range list {
			had[job.stage] = true
		}
	}
	for _, family := range stages.All() {
		for _, s := range family.Stages {
			if s.Trait&pipeline.Retains != 0 && s.Name != "delay" && !had[s.Name] { // delay has a bound of rows
				t.Errorf("got no pipelines for %s, which retains what it reads", s.Name)
			}
		}
	}
}

// TestMemoryRun_Clear wants a message to say what there is too little of, and for which stage.
func TestMemoryRun_Clear(t *testing.T) {
	m := &memoryRun{memoryJob: memoryJob{stage: "sort"}}
	for text, want := range map[string]bool{
		"mtpipe: 1: sort: a value takes more memory than --max-memory\n":    true,
		"mtpipe: more memory than --max-memory allows; at work: jq, sort\n": true,
		"mtpipe: 1: sorted: a value takes more memory than --max-memory\n":  false,
		"mtpipe: 1: sort: there is no such file\n":                          false,
		"mtpipe: 1: sort: --max-memory\ngoroutine 1 [running]:\n":           false,
	} {
		if got := m.clear(text); got != want {
			t.Errorf("got %v of %q, want %v", got, text, want)
		}
	}
}
