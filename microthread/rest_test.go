package microthread

import (
	"errors"
	"reflect"
	"testing"

	"mtpipe/pipe"
	"mtpipe/value"
)

// TestA6_NothingIsShared lets threads have all that few have, and then looks at what those share
// that have nothing of it.
func TestA6_NothingIsShared(t *testing.T) {
	broken := errors.New("broken")
	var told []error
	err := Run(func(t0 *Thread) error {
		r := t0.Program().Reactor()
		named := StartAndForget(t0, func(*Thread) error { return broken }, Named("a name"),
			Handler(func(_ *Thread, err error) error { told = append(told, err); return nil }))
		other := pipe.New(r, "other", 1)
		writer := t0.Program().Start(Spec{Stdout: []*pipe.Pipe{pipe.New(r, "one", 1), other}, Run: func(c *Thread) error {
			feed := pipe.New(r, "feed", 1)
			_ = feed.Put(value.Int(1))
			c.Sleep(1000)
			return nil
		}})
		reader := StartInParallel(t0, func(c *Thread) (value.Value, error) { return other.Next() })
		t0.Yield()
		writer.terminate(broken)
		_, _ = reader.Wait(t0)
		for range ParallelMap(t0, func(yield func(int) bool) { yield(1) }, func(c *Thread, n int) (int, error) { return n, nil }) {
		}
		if named.Name() != "a name" || len(writer.Stdouts()) != 2 || writer.rest.cause != broken {
			t.Errorf("got %q, %v, %v, want what was set", named.Name(), writer.Stdouts(), writer.rest.cause)
		}
		return nil
	}, OnError(func(_ *Thread, err error) error { told = append(told, err); return nil }))
	if err != nil || len(told) == 0 {
		t.Errorf("got %v, and %v was told, want the broken one", err, told)
	}
	if !reflect.DeepEqual(nothing, rest{lists: &noLists}) || !reflect.DeepEqual(noLists, lists{}) {
		t.Errorf("got %+v and %+v, want nothing", nothing, noLists)
	}
}
