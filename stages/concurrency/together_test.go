package concurrency_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages/stagetest"
)

// blockStages are stages that look at each value by itself, some of which fail for some values.
var blockStages = []string{"upper", "grep 1", "grep -v a", "replace a bb", "field 1", "map it", "map 'it + 1'", "map '[it, 1]'",
	"filter 'it > 3'", "filter 'it != 4'", "map 'n * 2'", "set k='n + 1'", "filter 'n > 2'", "explode list", "select n", "to_json", "trim",
	"parse '(?P<n>[0-9]+)'", "format '<{it}>'", "lower"}

// TestPmap_Together runs blocks that are run for many values at once, and the same with a log,
// which has them run one by one: nobody may be able to tell them apart.
func TestPmap_Together(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1415))
	for i := range 150 {
		var block []string
		for range 1 + r.IntN(3) {
			block = append(block, blockStages[r.IntN(len(blockStages))])
		}
		stdin, read := values(r)
		how := []pipeline.OnError{pipeline.Fail, pipeline.Skip, pipeline.Keep}[r.IntN(3)]
		run := func(stage string) string {
			text := fmt.Sprintf("%s | %s { %s } | to_json", read, stage, strings.Join(block, " | "))
			if how == pipeline.Fail {
				got, err := stagetest.Run(t, text, stdin)
				return got + fmt.Sprint(err)
			}
			return stagetest.RunRejecting(t, how, text, stdin)
		}
		want := run("pmap --log '" + filepath.Join(t.TempDir(), fmt.Sprint(i)) + "'")
		for _, stage := range []string{"pmap", "pmap --unordered --jobs 1", "each"} {
			if got := withoutPlaces(run(stage)); got != withoutPlaces(want) {
				t.Fatalf("%s | %s { %s }, on error %v, of %q:\ngot  %q\nwant %q", read, stage, strings.Join(block, " | "), how, stdin, got, want)
			}
		}
	}
}

// values returns text and the stage that reads it.
func values(r *rand.Rand) (stdin, reader string) {
	var lines []string
	json := r.IntN(2) == 0
	for range r.IntN(40) {
		line := []string{"a", "1", "12 a", "", "3.50", "007"}[r.IntN(6)]
		if json {
			line = []string{`{"n":1,"list":[1,2]}`, `{"n":"7","m":1.50}`, `{"n":"x"}`, "5", `"text"`, `{"list":[]}`, "null"}[r.IntN(7)]
		}
		lines = append(lines, line)
	}
	if json {
		return strings.Join(lines, "\n"), "jsonl"
	}
	return strings.Join(lines, "\n"), "lines"
}

// places are the columns of messages, which the text of the stage moves, and its name.
var places = regexp.MustCompile(`\d+: |pmap: |each: `)

func withoutPlaces(text string) string { return places.ReplaceAllString(text, "") }
