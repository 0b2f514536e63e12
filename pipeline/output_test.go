package pipeline

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"mtpipe/pipeline/syntax"
)

// TestAnnotateOutput wants a reader of standard output that has gone not to be told, also
// beside what has failed.
func TestAnnotateOutput(t *testing.T) {
	gone := fmt.Errorf("/dev/stdout: %w", syscall.EPIPE)
	failed := &syntax.Error{Pos: syntax.Pos{Line: 1, Col: 5}, Stage: "map", Msg: "no number"}
	file := &syntax.Error{Pos: syntax.Pos{Line: 1, Col: 9}, Stage: "write", Err: syscall.EPIPE}
	full := fmt.Errorf("/dev/stdout: %w", syscall.ENOSPC)
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"nothing", nil, "<nil>"},
		{"gone", gone, "<nil>"},
		{"gone when a stage fails", errors.Join(failed, gone), "5: map: no number"},
		{"the reader of a stage's file has gone", file, "9: write: broken pipe"},
		{"full", full, "output: /dev/stdout: no space left on device"},
		{"full when a stage fails", errors.Join(failed, full), "5: map: no number\noutput: /dev/stdout: no space left on device"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := fmt.Sprint(annotateOutput(row.err)); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
