package pipeline

import (
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"mtpipe/value"
)

// counted is something to share; it counts those that were made, used and closed.
type counted struct {
	made, uses, closed *atomic.Int64
	fails              error
}

func (c *counted) Close() error {
	if c.uses.Load() == 0 {
		return errors.New("closed before it was used")
	}
	c.closed.Add(1)
	return c.fails
}

type countedKey struct{}

// TestShared has stages that share something, and wants it made once for each reactor and
// closed when they have ended.
func TestShared(t *testing.T) {
	var made, uses, closed atomic.Int64
	var fails error
	use := func(j *Job) {
		Shared(j, countedKey{}, func() *counted {
			made.Add(1)
			return &counted{&made, &uses, &closed, fails}
		})
		if closed.Load() > 0 && j.run.jobs == 1 {
			t.Error("closed before the stages have ended")
		}
		uses.Add(1)
	}
	pass := func(j *Job, _ *struct{}) error {
		for b, err := range j.Batches() {
			if err != nil {
				return err
			}
			use(j)
			j.PutBatch(b)
		}
		return nil
	}
	registry := NewRegistry(Family{Name: "test", Stages: []*Stage{
		Define(Doc{Name: "numbers", Trait: Source}, func(j *Job, _ *struct{}) error {
			use(j)
			for i := range 100_000 {
				j.Put(value.Int(int64(i)))
			}
			return nil
		}),
		Define(Doc{Name: "alone", Trait: Ordered}, pass),
		Define(Doc{Name: "copied", Trait: PerValue}, pass),
		Define(Doc{Name: "block", Trait: Ordered}, func(j *Job, a *struct {
			Block *Sub `arg:"list" help:"x"`
		}) error {
			return j.RunHere(a.Block)
		}),
	}})
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, c := range []struct {
		text  string
		jobs  int
		fails error
		want  int64 // how many are made at the most
	}{
		{"numbers | alone | alone", 1, nil, 1},
		{"numbers; numbers | block { alone | block { alone } }", 1, nil, 1},
		{"numbers | copied | copied", 2, nil, 3},
		{"numbers | alone", 1, errors.New("it does not close"), 1},
		{"numbers | copied", 2, errors.New("it does not close"), 3},
	} {
		made.Store(0)
		uses.Store(0)
		closed.Store(0)
		fails = c.fails
		plan, err := Compile(c.text, "", Scope{Registry: registry}, Settings{Stdin: null, Stdout: null, Stderr: null, Jobs: c.jobs})
		if err != nil {
			t.Fatal(err)
		}
		err = plan.Run(nil)
		if c.fails == nil && err != nil || c.fails != nil && (err == nil || !strings.Contains(err.Error(), c.fails.Error())) {
			t.Errorf("%s: got error %v, want %v", c.text, err, c.fails)
		}
		if m := made.Load(); m < 1 || m > c.want || closed.Load() != m {
			t.Errorf("%s: got %d made and %d closed, want as many closed as made, and at most %d", c.text, m, closed.Load(), c.want)
		}
	}
}
