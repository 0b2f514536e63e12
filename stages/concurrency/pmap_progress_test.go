package concurrency_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// TestPmapProgress looks at the last line; those before it come with the clock.
func TestPmapProgress(t *testing.T) {
	for _, c := range []struct{ text, stdout, stderr string }{
		{"seq 3 | pmap --progress { map it+1 }", "2\n3\n4\n", `pmap: 3 done in [\d.]+s(, [\d.]+/s)?\n`},
		{"seq 3 | pmap --progress --unordered --jobs 1 { map it+1 } | sum", "9\n", `pmap: 3 done in [\d.]+s(, [\d.]+/s)?\n`},
		{"seq 0 | pmap --progress { upper }", "", `pmap: 0 done in [\d.]+s\n`},
		{"seq 3 | pmap --progress --on-error skip { lines DIR/none$it | count }", "", `(mtpipe: .*\n)+pmap: 0 done, 3 failed in [\d.]+s(, [\d.]+/s)?\n(mtpipe: .*\n)+`},
		{"seq 3 | pmap --progress --jobs 1 --log DIR/log { map it } | count", "3\n", `pmap: 3 done in [\d.]+s(, [\d.]+/s)?\n`},
		{"seq 3 | pmap --progress --log DIR/log --resume { map it } | count", "0\n", `pmap: 0 done in [\d.]+s\n`},
		{"seq 3 | pmap { map it } | count", "3\n", ``},
	} {
		var out, told bytes.Buffer
		dir := t.TempDir()
		text := strings.ReplaceAll(c.text, "DIR", dir)
		if strings.Contains(text, "--resume") {
			run(t, strings.Replace(text, "--resume", "", 1), new(bytes.Buffer), new(bytes.Buffer))
		}
		run(t, text, &out, &told)
		if out.String() != c.stdout || !regexp.MustCompile("^"+c.stderr+"$").MatchString(told.String()) {
			t.Errorf("%s: got %q and %q, want %q and %q", c.text, out.String(), told.String(), c.stdout, c.stderr)
		}
	}
}

func run(t *testing.T, text string, out, told *bytes.Buffer) {
	t.Helper()
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{Stdin: strings.NewReader(""), Stdout: out, Stderr: told})
	if err == nil {
		err = plan.Run(nil)
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
