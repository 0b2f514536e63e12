package microthread_test

import (
	"fmt"
	"testing"
	"time"

	"mtpipe/microthread"
)

// TestWindow has a thread that adds elements, each with a thread that takes a second, and
// another that removes them in its own order.
func TestWindow(t *testing.T) {
	rows := []struct {
		name          string
		size, threads int
		last          bool          // the last one is removed first
		every         time.Duration // between removals
		want          string        // removed
		most, began   int           // threads at a time, and in all
	}{
		{"as many as there is room for", 3, 0, false, time.Second, "0 1 2 3 4 5 ", 3, 6},
		{"fewer threads than elements", 4, 2, false, 0, "0 1 2 3 4 5 ", 2, 6},
		{"in another order", 2, 0, true, 2 * time.Second, "1 2 3 4 5 0 ", 2, 6},
		{"one at a time", 1, 1, false, 0, "0 1 2 3 4 5 ", 1, 6},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				got, running, most, began := "", 0, 0, 0
				err := run(t, func(t0 *microthread.Thread) error {
					w := microthread.NewWindow[int](row.size, row.threads)
					g := microthread.NewGroup(t0)
					g.Go(func(f *microthread.Thread) error {
						defer w.End()
						for i := range 6 {
							if !w.Room(f, "waiting for room") {
								t.Error("got no room in a window that was not stopped")
							}
							w.Add(i)
							w.Count(g.Go(func(c *microthread.Thread) error {
								running++
								began++
								most = max(most, running)
								c.Sleep(time.Second)
								running--
								return nil
							}))
						}
						return nil
					})
					for {
						t0.Sleep(row.every)
						first, ok := w.First(t0, "waiting for an element")
						if !ok {
							return g.Wait()
						}
						i := 0
						if list := w.Elements(); row.last && len(list) > 1 {
							i, first = len(list)-1, list[len(list)-1]
						}
						w.Remove(i)
						got += fmt.Sprint(first, " ")
					}
				})
				wantErr(t, "run", err, nil)
				if got != row.want || most != row.most || began != row.began {
					t.Errorf("got %s, %d threads at most of %d, want %s, %d of %d", got, most, began, row.want, row.most, row.began)
				}
			})
		})
	}
}

// TestWindow_Stop ends a wait for room, and keeps what is there.
func TestWindow_Stop(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		w := microthread.NewWindow[string](1, 0)
		w.Add("a")
		waiting := microthread.StartInParallel(t0, func(c *microthread.Thread) (bool, error) { return w.Room(c, "waiting for room"), nil })
		t0.Yield()
		w.Stop()
		if room, err := waiting.Wait(t0); room || err != nil {
			t.Errorf("got room %v, %v, want none", room, err)
		}
		w.End()
		if e, ok := w.First(t0, "waiting"); e != "a" || !ok {
			t.Errorf("got %q, %v, want what was there", e, ok)
		}
		w.Remove(0)
		if e, ok := w.First(t0, "waiting"); ok || w.Room(t0, "waiting") {
			t.Errorf("got %q, %v, or room, want an end", e, ok)
		}
		return nil
	})
	wantErr(t, "run", err, nil)
}
