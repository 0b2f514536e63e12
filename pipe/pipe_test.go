package pipe_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"testing"

	"mtpipe/internal/layer"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// thread is the least that can use a pipe: a stack that the reactor continues. It hands its
// batches over whenever it suspends, as the rules ask.
type thread struct {
	d     reactor.Deferred
	r     *reactor.Reactor
	name  string
	outs  []*pipe.Pipe
	next  func() (struct{}, bool)
	yield func(struct{}) bool
}

func (t *thread) String() string { return t.name }
func (t *thread) Resume()        { t.next() }

func (t *thread) flush() {
	for _, out := range t.outs {
		out.Flush()
	}
}

func (t *thread) Park() {
	t.flush()
	t.yield(struct{}{})
}

// turn is what a thread waits in that can run.
type turn struct{}

func (turn) Cancel(*reactor.Deferred)          {}
func (turn) Describe(*reactor.Deferred) string { return "waiting for its turn" }

func (t *thread) pause() {
	t.flush()
	t.d.Suspend(turn{})
	_ = t.r.Schedule(&t.d, nil)
	_, _ = t.d.Parked()
}

// start starts fn as a thread that writes outs.
var beginStack = layer.Take[func(*reactor.Reactor, *reactor.Deferred, any, reactor.Stack)]("reactor.begin")

func start(r *reactor.Reactor, name string, fn func(*thread), outs ...*pipe.Pipe) *thread {
	t := &thread{r: r, name: name, outs: outs}
	t.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		fn(t)
		for _, out := range t.outs {
			out.Close()
		}
		t.d.End(reactor.Outcome{})
	})
	beginStack(r, &t.d, t, t)
	for _, out := range outs {
		out.SetWriter(&t.d, nil)
	}
	t.d.Suspend(turn{})
	_ = r.Schedule(&t.d, nil)
	return t
}

// joined runs a writer and a reader of one pipe and returns the reactor's error.
func joined(t *testing.T, capacity int, write, read func(t *thread, p *pipe.Pipe)) error {
	t.Helper()
	s := reactor.NewSystem()
	s.SetSlice(reactor.NoSlice) // how large batches are must not depend on how fast the machine is
	r := reactor.New(s)
	p := pipe.New(r, "p", capacity)
	start(r, "writer", func(t *thread) { write(t, p) }, p)
	start(r, "reader", func(t *thread) { read(t, p) })
	return errors.Join(r.Run(), r.Close())
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}

// put puts the integers from 0 to n-1.
func put(p *pipe.Pipe, n int) {
	for i := range n {
		if p.Put(value.Int(int64(i))) != nil {
			return
		}
	}
}

// rows returns a batch of n integers from first on.
func rows(first, n int) *value.Batch {
	b := value.NewValues(n)
	for i := range n {
		b.Add(value.Int(int64(first + i)))
	}
	return b
}

// all reads p to its end and returns what came.
func all(p *pipe.Pipe) (got []string) {
	for v, err := range p.All() {
		if err != nil {
			return append(got, err.Error())
		}
		got = append(got, v.String())
	}
	return got
}

func upTo(n int) (s []string) {
	for i := range n {
		s = append(s, fmt.Sprint(i))
	}
	return s
}

// TestRule2_BatchGrowth reads whole batches from a writer that is always ready.
func TestRule2_BatchGrowth(t *testing.T) {
	for capacity, sizes := range map[int][]int{
		0: {1, 1, 1, 1}, 1: {1, 1, 1, 1}, 2: {1, 2, 2, 2}, 5: {1, 2, 4, 5, 5}, 1024: {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1024},
	} {
		var got []int
		err := joined(t, capacity, func(_ *thread, p *pipe.Pipe) { put(p, 4000) }, func(r *thread, p *pipe.Pipe) {
			for b, err := range p.Batches() {
				if err != nil {
					t.Error(err)
				}
				if got = append(got, b.Len()); len(got) == len(sizes) {
					return
				}
				r.pause() // the writer has a turn
			}
		})
		want(t, fmt.Sprint("batches at capacity ", capacity), got, sizes)
		want(t, "run", err, nil)
	}
}

// TestRule2_FewBatches bounds the batches that a reader gets which never waits for anything
// else.
func TestRule2_FewBatches(t *testing.T) {
	batches := 0
	err := joined(t, 1024, func(_ *thread, p *pipe.Pipe) { put(p, 100*1024) }, func(_ *thread, p *pipe.Pipe) {
		for range p.Batches() {
			batches++
		}
	})
	if most := 2 * (100 + 10); batches > most {
		t.Errorf("got %d batches of 102400 values, want at most %d", batches, most)
	}
	want(t, "run", err, nil)
}

// TestRule1_HandedOverAtASuspension shows that a value does not wait for a writer that
// waits for something else, however much room its batch has.
func TestRule1_HandedOverAtASuspension(t *testing.T) {
	var trace []string
	err := joined(t, 1024, func(w *thread, p *pipe.Pipe) {
		put(p, 100) // the batch has grown
		for i := range 3 {
			_ = p.Put(value.String(fmt.Sprint("v", i)))
			trace = append(trace, fmt.Sprint("put", i))
			w.pause()
		}
	}, func(_ *thread, p *pipe.Pipe) {
		for v := range p.All() {
			if v.Kind() == value.KindString {
				trace = append(trace, v.Str())
			}
		}
	})
	want(t, "trace", trace, []string{"put0", "v0", "put1", "v1", "put2", "v2"})
	want(t, "run", err, nil)
}

// TestRule1_NotBefore shows that a batch with room stays with a writer that goes on.
func TestRule1_NotBefore(t *testing.T) {
	reads := 0
	err := joined(t, 1024, func(w *thread, p *pipe.Pipe) {
		put(p, 3000)
		w.pause()
		before := reads
		put(p, 300)
		want(t, "reads while the writer goes on", reads, before)
	}, func(_ *thread, p *pipe.Pipe) {
		for range p.Batches() {
			reads++
		}
	})
	want(t, "run", err, nil)
}

// TestRule4_ValuesBeforeErrorAndEnd ends pipes with values in every state of delivery.
func TestRule4_ValuesBeforeErrorAndEnd(t *testing.T) {
	boom := errors.New("boom")
	for _, n := range []int{0, 1, 2, 3, 7, 8, 50} {
		for _, capacity := range []int{1, 2, 4, 1024} {
			for _, end := range []error{nil, boom} {
				expect := upTo(n)
				if end != nil {
					expect = append(expect, "boom")
				}
				var got, again []string
				err := joined(t, capacity, func(_ *thread, p *pipe.Pipe) { put(p, n); p.Fail(end) }, func(_ *thread, p *pipe.Pipe) {
					for {
						v, err := p.Next()
						if err == io.EOF {
							break
						}
						if err != nil {
							got = append(got, err.Error())
							continue
						}
						got = append(got, v.String())
					}
					again = all(p)
				})
				want(t, fmt.Sprintf("%d values, capacity %d, error %v", n, capacity, end), got, expect)
				want(t, "behind the end", again, []string(nil))
				want(t, "run", err, nil)
			}
		}
	}
}

// TestPutBatch mixes whole batches, of all forms, with single values.
func TestPutBatch(t *testing.T) {
	lines := func(text string) *value.Batch {
		b := []byte(text)
		return value.NewLines(value.NewBlock(b), b)
	}
	spans := func(text string, at ...int) *value.Batch {
		from := lines(text)
		defer from.Release()
		b := value.NewSpans(from)
		for i := 0; i < len(at); i += 2 {
			b.AddSpan(at[i], at[i+1])
		}
		return b
	}
	write := func(_ *thread, p *pipe.Pipe) {
		put(p, 5)
		for _, b := range []*value.Batch{rows(5, 3), rows(8, 0), lines("8\n9\n"), lines(""), spans("x10,11y", 1, 2, 4, 2), rows(12, 1)} {
			want(t, "put of a batch", p.PutBatch(b), nil)
		}
		want(t, "put", p.Put(value.Int(13)), nil)
		want(t, "put of a batch", p.PutBatch(lines("14\n15")), nil)
		for i := 16; i < 30; i++ {
			want(t, "put", p.Put(value.Int(int64(i))), nil)
		}
	}
	for _, capacity := range []int{1, 3, 1024} {
		readers := map[string]func(p *pipe.Pipe) []string{
			"by the value": all,
			"by next":      byNext,
			"by the batch": byBatch,
			"mixed": func(p *pipe.Pipe) (got []string) {
				for range 9 { // stops inside a batch of text
					v, err := p.Next()
					want(t, "next", err, nil)
					got = append(got, v.String())
				}
				b, err := p.NextBatch()
				want(t, "next batch", err, nil)
				got = slices.AppendSeq(got, texts(b))
				v, err := p.Next()
				want(t, "next", err, nil)
				return append(append(got, v.String()), byBatch(p)...)
			},
		}
		for name, read := range readers {
			var got []string
			err := joined(t, capacity, write, func(_ *thread, p *pipe.Pipe) { got = read(p) })
			want(t, fmt.Sprintf("read %s, capacity %d", name, capacity), got, upTo(30))
			want(t, "run", err, nil)
		}
	}
}

func texts(b *value.Batch) iter.Seq[string] {
	return func(yield func(string) bool) {
		for v := range b.All() {
			if !yield(v.String()) {
				return
			}
		}
	}
}

func byNext(p *pipe.Pipe) (got []string) {
	for {
		v, err := p.Next()
		if err != nil {
			return got
		}
		got = append(got, v.String())
	}
}

func byBatch(p *pipe.Pipe) (got []string) {
	for b, err := range p.Batches() {
		if err == nil {
			got = slices.AppendSeq(got, texts(b))
		}
	}
	return got
}
