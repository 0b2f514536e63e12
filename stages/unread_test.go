package stages_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"mtpipe/pipeline"
)

// unreadFiles are texts so large that a file of them is divided.
func unreadFiles() map[string][]byte {
	rng := rand.New(rand.NewPCG(5, 6))
	var lines bytes.Buffer
	for n := 0; lines.Len() < 5<<18; n++ {
		fmt.Fprintf(&lines, "%d %s\n", n, bytes.Repeat([]byte("x"), rng.IntN(40)*rng.IntN(40)))
	}
	long := bytes.Clone(lines.Bytes())
	copy(long[1<<19:], bytes.Repeat([]byte("y"), 500<<10)) // a line that some ranges have no beginning of
	return map[string][]byte{
		"lines":     lines.Bytes(),
		"open":      append(bytes.Clone(lines.Bytes()), "the last"...),
		"long":      long,
		"empty":     bytes.Repeat([]byte("\n"), 5<<18),
		"one":       append(bytes.Repeat([]byte("z"), 5<<18), "\na\n"...),
		"with NUL":  bytes.ReplaceAll(lines.Bytes(), []byte(" x"), []byte("\x00x")),
		"from dos":  bytes.ReplaceAll(lines.Bytes(), []byte("\n"), []byte("\r\n")),
		"few lines": append(bytes.Repeat([]byte("w"), 5<<18), "\n"...),
	}
}

// TestUnread wants the stages that read a large file from its end to put what they put of the same
// text when it comes as a stream, messages with their lines among it.
func TestUnread(t *testing.T) {
	t.Chdir(t.TempDir())
	texts := []string{"tail 1", "tail 5", "tail 0", "tail 3000", "tail 1000000", "tail -n +3 | count", "tac", "reverse | head 3", "tac | tail 3", "tail 3000 | tac | head 2",
		"tail 4 | map int(it)", "tac | map 'len(it) > 3 ? 1 : int(it)'", "tail 3 | tee { count } { tac }", "tail 2 ; tac | count"}
	for name, text := range unreadFiles() {
		if err := os.WriteFile(name, text, 0o666); err != nil {
			t.Fatal(err)
		}
		for i, p := range texts {
			jobs := 1 + i%2
			want := runErrors(t, p, string(text), pipeline.Settings{Jobs: jobs})
			got := runErrors(t, p, "", pipeline.Settings{Jobs: jobs, Files: []string{name}})
			if got.stdout != want.stdout || (got.err == nil) != (want.err == nil) {
				t.Errorf("%s of %s, jobs %d: got %.200q, %v; want %.200q, %v", p, name, jobs, got.stdout, got.err, want.stdout, want.err)
			}
		}
	}
	// Several files, of which some are divided, and text among them that is not.
	if err := os.WriteFile("small", []byte("1\n2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, files := range [][]string{{"lines", "small"}, {"small", "lines"}, {"lines", "long", "empty"}, {"long", "small", "open"}, {"small", "small"}} {
		var all []byte
		for _, f := range files {
			text, _ := os.ReadFile(f)
			if f == "open" || len(text) > 0 && text[len(text)-1] == '\n' {
				all = append(all, text...)
			}
		}
		for _, p := range texts {
			want := runErrors(t, p, string(all), pipeline.Settings{})
			got := runErrors(t, p, "", pipeline.Settings{Files: files})
			if got.stdout != want.stdout && !bytes.Contains([]byte(p), []byte("line()")) {
				t.Errorf("%s of %v: got %.200q, %v; want %.200q, %v", p, files, got.stdout, got.err, want.stdout, want.err)
			}
		}
	}
}
