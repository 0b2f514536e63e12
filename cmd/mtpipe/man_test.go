package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"mtpipe/docs"
	"mtpipe/internal/cli"
	"mtpipe/internal/expression"
	"mtpipe/internal/manual"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

// TestManIsFresh compares the manual pages with what the declarations say now.
func TestManIsFresh(t *testing.T) {
	registry := pipeline.NewRegistry(stages.All()...)
	for name, want := range map[string][]byte{
		"mtpipe.1":        manual.Command(cli.Command(registry)),
		"mtpipe-stages.7": manual.Stages(registry),
		"mtpipe-topics.7": manual.Topics(docs.Topics(), expression.Functions()),
	} {
		file := filepath.Join("../../man", name)
		if *update {
			if err := os.WriteFile(file, want, 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, _ := os.ReadFile(file); !bytes.Equal(got, want) {
			t.Errorf("man/%s is stale; to mend it: go test ./cmd/mtpipe -run TestManIsFresh -update", name)
		}
	}
}
