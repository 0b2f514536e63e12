package microthread_test

import (
	"errors"
	"fmt"
	"regexp"
	"testing"

	"mtpipe/microthread"
)

// failing is where the panics of these tests happen; tracebacks show it.
func failing(kind string) error {
	if kind == "panic" {
		panic(errBoom)
	}
	return errBoom
}

// TestI1_Traceback follows an error from a source through two pipes and a wait.
func TestI1_Traceback(t *testing.T) {
	for _, kind := range []string{"error", "panic"} {
		t.Run("I1 "+kind, func(t *testing.T) {
			line := 0
			err := run(t, func(t0 *microthread.Thread) error {
				task := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
					line = here()
					src := microthread.Generate(c, func(*microthread.Thread) error { return failing(kind) }, microthread.Named("source"))
					mid := microthread.Generate(c, pass(0), microthread.Stdin(src), microthread.Named("middle"))
					_, err := read(mid)
					return 0, err
				}, microthread.Named("reader"))
				_, err := task.Wait(t0)
				return err
			})
			text := map[string]string{"error": "boom", "panic": "panic: boom"}[kind]
			want := fmt.Sprintf(`^error in source, started at \S*traceback_test.go:%d: %s
  through the stdout of source by middle, started at \S*traceback_test.go:%d
  through the stdout of middle by reader, started at \S*traceback_test.go:%d
  awaited by main, started at \S*program_test.go:\d+
`, line+1, text, line+2, line-1)
			got := microthread.Traceback(err)
			if !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if kind == "panic" {
				contains(t, "the stack of the panic", got, "goroutine", "failing", "traceback_test.go:")
			}
			if !errors.Is(err, errBoom) {
				t.Errorf("got %v, want an error that is boom", err)
			}
		})
	}
}

func TestI1_TextAroundTheError(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		_, err := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { return 0, errBoom }, microthread.Named("child")).Wait(t0)
		return fmt.Errorf("reading the numbers: %w", err)
	})
	want := regexp.MustCompile(`^error in main, started at \S*program_test.go:\d+: reading the numbers: boom
  it comes of an error in child, started at \S*traceback_test.go:\d+: boom
    awaited by main, started at \S*program_test.go:\d+
$`)
	if got := microthread.Traceback(err); !want.MatchString(got) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := microthread.Traceback(errBoom); got != "boom\n" {
		t.Errorf("got %q for an error that came through no thread, want its text", got)
	}
}
