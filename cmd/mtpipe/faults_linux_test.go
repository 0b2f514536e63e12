package main

import (
	"strings"
	"testing"
	"time"

	"mtpipe/internal/torture"
)

// TestFaults has system calls of runs that write files fail: see torture.FaultsFamily.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts the program some forty times")
	}
	var told strings.Builder
	results := torture.Run(torture.NewEnv(t.TempDir(), process(t).Path), []torture.Family{torture.FaultsFamily},
		torture.Options{Seed: 1, Runs: 14, Time: 15 * time.Second, Report: &told})
	if results[0].Missing != "" {
		t.Skip(results[0].Missing)
	}
	var table strings.Builder
	if torture.Table(&table, results) > 0 {
		t.Errorf("%s", told.String())
	}
	t.Log("\n" + table.String())
}
