package stages_test

import (
	"strings"
	"testing"
	"time"

	"mtpipe/pipeline"
)

// TestEndlessFile wants a stage that reads a file beside its input to be ended while it does so, though
// the file never makes it wait.
func TestEndlessFile(t *testing.T) {
	for _, stage := range []string{"minus", "intersect", "union", "compare", "join --on line"} {
		text := "take_from 1 | " + stage + " --format lines /dev/urandom"
		over := time.AfterFunc(time.Minute, func() { panic(text + ": does not end") })
		got := runErrors(t, text, "", pipeline.Settings{Timeout: 50 * time.Millisecond})
		over.Stop()
		if got.err == nil || !strings.Contains(got.err.Error(), "timed out after 50ms") {
			t.Errorf("%s: got %v", text, got.err)
		}
	}
}
