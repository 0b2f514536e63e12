package stages_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mtpipe/pipeline"
)

// TestMessagesBeyondMemory wants messages about what has come back from a temporary file to show it
// as they show what was in none: as it stood in its text. Only its line is not known any more.
func TestMessagesBeyondMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	none := filepath.Join(t.TempDir(), "none.csv")
	var other strings.Builder
	other.WriteString("k\n")
	for i := range 800 {
		fmt.Fprintf(&other, "n%d\n", i)
	}
	if err := os.WriteFile(none, []byte(other.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	inputs := []struct{ format, head, row, shows string }{
		{"csv", "k,v\n", "%d,\"a,%[1]d\"\n", `"7,\"a,7\""`},
		{"tsv", "k\tv\n", "%d\ta\\tb\n", `"7\ta\\tb"`},
		{"jsonl", "", `{"k": %d, "v":[1, 2]}` + "\n", `"{\"k\": 7, \"v\":[1, 2]}"`},
		{"logfmt", "", "k=%d  v=\"a b\"\n", `"k=7  v=\"a b\""`},
		{"lines", "", "%d  \"a b\"\n", `"7  \"a b\""`},
	}
	line := regexp.MustCompile(`line \d+(:\d+)*: `)
	for _, in := range inputs {
		var text strings.Builder
		text.WriteString(in.head)
		for i := range 800 {
			fmt.Fprintf(&text, in.row, i)
			if in.format == "jsonl" {
				fmt.Fprintf(&text, "[%d,  1]\n\"x%d\"\n", i, i)
			}
		}
		stages := []string{"distinct", "tac | tac", "sort --by k"}
		switch in.format {
		case "lines":
			stages = []string{"distinct", "tac | tac", "sort -n"}
		case "jsonl":
			stages = []string{"distinct", "tac | tac"}
		default:
			stages = append(stages, "join --anti "+none+" --on k", "distinct k", "distinct | join --anti "+none+" --on k")
		}
		for _, stage := range stages {
			var want string
			for i, s := range []pipeline.Settings{{Jobs: 1}, {Jobs: 1, MaxMemory: 1000}, {Jobs: 2, MaxMemory: 1000}} {
				s.OnError = pipeline.Continue
				p := in.format + " | " + stage + " | filter 'true < 1'"
				got := line.ReplaceAllString(runErrors(t, p, text.String(), s).stderr, "")
				if i == 0 {
					want = got
				}
				if got != want || !strings.Contains(got, "filter: true is not a number: "+in.shows+"\n") {
					t.Errorf("%s, %d jobs, memory %d:\ngot  %.700s\nwant %.700s\nwith %s", p, s.Jobs, s.MaxMemory, got, want, in.shows)
				}
			}
		}
	}
}
