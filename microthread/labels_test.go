package microthread_test

import (
	"context"
	"runtime/pprof"
	"strings"
	"testing"

	"mtpipe/microthread"
)

// labelled reports whether a profile of the goroutines says this of one of them.
func labelled(t *testing.T, label string) bool {
	t.Helper()
	var b strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	return strings.Contains(b.String(), label)
}

// TestI4_Labels looks at the labels that a profile shows of threads which have them, one after the
// other on one coroutine, inside of Labelled and after it, and of the program's own goroutine.
func TestI4_Labels(t *testing.T) {
	const first, second, stage = `"thread":"first"`, `"thread":"second"`, `"stage":"sort"`
	check := func(where, label string, want bool) {
		t.Helper()
		if labelled(t, label) != want {
			t.Errorf("%s: got %s %v, want %v", where, label, !want, want)
		}
	}
	pprof.Do(context.Background(), pprof.Labels(), func(context.Context) {
		err := run(t, func(t0 *microthread.Thread) error {
			check("main", `"thread":"main"`, true)
			check("main", `"thread":"the reactor of`, true)
			for _, name := range []string{"first", "second"} {
				_, err := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
					check(name, first, name == "first")
					check(name, second, name == "second")
					err := t1.Labelled("stage", "sort", func() error {
						t1.Yield()
						check(name, stage, true)
						return errBoom
					})
					wantErr(t, "of what was labelled", err, errBoom)
					check(name+" afterwards", stage, false)
					check(name+" afterwards", `"thread":"`+name, true)
					return 0, nil
				}, microthread.Named(name)).Wait(t0)
				if err != nil {
					return err
				}
			}
			return nil
		}, microthread.Labels())
		wantErr(t, "run", err, nil)
		check("the caller afterwards", `"thread":"the reactor of`, false)
	})
	err := run(t, func(t0 *microthread.Thread) error {
		check("without labels", `"thread"`, false)
		return t0.Labelled("stage", "sort", func() error { check("without labels", stage, false); return nil })
	})
	wantErr(t, "run without labels", err, nil)
}
