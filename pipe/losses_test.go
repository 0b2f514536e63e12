package pipe_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// noted is a loss that notes in a list that it was told.
type noted struct {
	name string
	told *[]string
}

func (l noted) Tell() error {
	*l.told = append(*l.told, l.name)
	return nil
}

// PassLosses makes the threads of these tests pass losses on, as microthread's do.
func (t *thread) PassLosses(list []value.Loss) error {
	for _, out := range t.outs {
		if err := out.PutLosses(list); err != nil && err != pipe.ErrReaderGone {
			return err
		}
	}
	return nil
}

// sent is what a random writer puts, in order: numbers, and losses as "-" and a number.
func putAtRandom(rng *rand.Rand, t *thread, p *pipe.Pipe, told *[]string) (sent []string) {
	loss := func() value.Loss {
		l := noted{fmt.Sprintf("-%d", len(sent)), told}
		sent = append(sent, l.name)
		return l
	}
	row := func() value.Value {
		v := value.Int(int64(len(sent)))
		sent = append(sent, v.String())
		return v
	}
	for range rng.IntN(40) {
		var err error
		switch rng.IntN(5) {
		case 0, 1:
			err = p.Put(row())
		case 2:
			err = p.PutLosses([]value.Loss{loss()})
		case 3:
			t.pause()
		case 4:
			b := value.NewValues(4)
			for range rng.IntN(9) {
				if rng.IntN(2) == 0 {
					b.Add(row())
				} else {
					b.Lose(b.Len(), loss())
				}
			}
			err = p.PutBatch(b)
		}
		if err != nil {
			break
		}
	}
	return sent
}

// readAtRandom reads p in all ways until its end and returns what it has come to; seen shows the
// losses.
func readAtRandom(rng *rand.Rand, t *thread, p *pipe.Pipe, each func(*value.Batch), one func(value.Value)) error {
	for {
		if rng.IntN(4) == 0 {
			t.pause()
		}
		if rng.IntN(2) == 0 {
			b, err := p.NextBatch()
			if err != nil {
				return err
			}
			each(b)
			continue
		}
		v, err := p.Next()
		if err != nil {
			return err
		}
		one(v)
	}
}

// TestLossesInPlace sends values and losses through a chain of pipes in all ways that there are:
// each reader comes to all of them in the order in which they were put.
func TestLossesInPlace(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var sent, got, told []string
		s := reactor.NewSystem()
		r := reactor.New(s)
		capacity := func() int { return 1 << rng.IntN(6) }
		a, b, c := pipe.New(r, "a", capacity()), pipe.New(r, "b", capacity()), pipe.New(r, "c", capacity())
		start(r, "writer", func(w *thread) { sent = putAtRandom(rng, w, a, &told) }, a)
		start(r, "passer", func(m *thread) {
			err := readAtRandom(rng, m, a, func(x *value.Batch) {
				for v := range x.All() {
					_ = b.Put(v)
				}
			}, func(v value.Value) { _ = b.Put(v) })
			if err != io.EOF {
				t.Error(err)
			}
		}, b)
		start(r, "carrier", func(m *thread) {
			b.CarryLosses()
			for x, err := range b.Batches() {
				if err != nil {
					t.Error(err)
				}
				x.Own()
				_ = c.PutBatch(x)
			}
		}, c)
		last := seed % 3
		start(r, "reader", func(m *thread) {
			see := func(v value.Value) {
				got = append(got, append(told, v.String())...)
				told = nil
			}
			switch last {
			case 0:
				c.TellLosses()
			case 1:
				c.DropLosses()
			case 2:
				c.ShowLosses()
			}
			each := func(x *value.Batch) {
				for _, l := range x.Losses() {
					l.Tell()
				}
				for v := range x.All() {
					see(v)
				}
			}
			var err error
			if last == 2 {
				for x, e := range c.Batches() {
					if err = e; err == nil {
						each(x)
					}
				}
			} else if err = readAtRandom(rng, m, c, each, see); err == io.EOF {
				err = nil
			}
			if err != nil {
				t.Error(err)
			}
			got = append(got, told...)
		})
		if err := errors.Join(r.Run(), r.Close()); err != nil {
			t.Fatal(err)
		}
		if last == 1 {
			sent = slices.DeleteFunc(sent, func(s string) bool { return strings.HasPrefix(s, "-") })
		}
		if !slices.Equal(sent, got) {
			t.Fatalf("seed %d: put %v, came to %v", seed, sent, got)
		}
	}
}

// TestLossesAfterTheReader forgets what a reader did not come to: nobody is told of it.
func TestLossesAfterTheReader(t *testing.T) {
	var told []string
	err := joined(t, 8, func(w *thread, p *pipe.Pipe) {
		b := value.NewValues(4)
		b.Add(value.Int(1))
		b.Lose(1, noted{"-1", &told})
		b.Add(value.Int(2))
		b.Lose(2, noted{"-2", &told})
		_ = p.PutBatch(b)
		_ = p.PutLosses([]value.Loss{noted{"-3", &told}})
	}, func(r *thread, p *pipe.Pipe) {
		p.TellLosses()
		for range 2 {
			if _, err := p.NextBatch(); err != nil {
				t.Error(err)
			}
		}
		p.CloseRead()
	})
	if err != nil || !slices.Equal(told, []string{"-1"}) {
		t.Errorf("told %v, %v; want only what came before the last value", told, err)
	}
}
