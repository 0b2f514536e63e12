package main

import (
	"strings"
	"testing"
	"time"

	"mtpipe/internal/torture"
)

// TestKills kills runs of the program that write files, at random moments: see torture.KillsFamily.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts the program a hundred times")
	}
	seed := uint64(time.Now().UnixNano()) % 1_000_000_000
	var told strings.Builder
	results := torture.Run(torture.NewEnv(t.TempDir(), process(t).Path), []torture.Family{torture.KillsFamily},
		torture.Options{Seed: seed, Runs: 15, Report: &told})
	var table strings.Builder
	if torture.Table(&table, results) > 0 {
		t.Errorf("%s", told.String())
	}
	t.Log("\n" + table.String())
}
