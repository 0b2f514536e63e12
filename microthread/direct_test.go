package microthread_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// ints returns a batch of numbers.
func ints(ns ...int64) *value.Batch {
	b := value.NewValues(len(ns))
	for _, n := range ns {
		b.Add(value.Int(n))
	}
	return b
}

// TestE10_Source reads a pipe that has no writer: the reader itself gets what comes, and may
// suspend for it.
func TestE10_Source(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name string
		end  error
		read func(*pipe.Pipe) ([]int64, error)
	}{
		{"E10 by the value", io.EOF, func(p *pipe.Pipe) (got []int64, err error) {
			for v, err := range p.All() {
				if err != nil {
					return got, err
				}
				got = append(got, v.AsInt())
			}
			return got, nil
		}},
		{"E10 by the batch", io.EOF, batches},
		{"E10 with an error", broken, batches},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				in := pipe.New(t0.Program().Reactor(), "a source", 4)
				left := []*value.Batch{ints(1), ints(2, 3), ints(4)}
				in.SetSource(func() (*value.Batch, error) {
					t0.Program().Current().Yield()
					if len(left) == 0 {
						return nil, test.end
					}
					b := left[0]
					left = left[1:]
					return b, nil
				})
				got, err := test.read(in)
				if want := []int64{1, 2, 3, 4}; !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
				if _, again := in.NextBatch(); again != io.EOF {
					t.Errorf("got %v behind the end, want %v", again, io.EOF)
				}
				return err
			})
			if test.end == io.EOF {
				test.end = nil
			}
			if !errors.Is(err, test.end) {
				t.Errorf("got %v, want %v", err, test.end)
			}
		})
	}
}

func batches(p *pipe.Pipe) (got []int64, err error) {
	for b, err := range p.Batches() {
		if err != nil {
			return got, err
		}
		for _, v := range b.Values() {
			got = append(got, v.AsInt())
		}
	}
	return got, nil
}

// TestE10_Sink writes a pipe that has no reader: the sink gets what was put when the writer
// suspends, when the batch is full and at the end, and a reader may take its place.
func TestE10_Sink(t *testing.T) {
	failed := errors.New("failed")
	for _, test := range []struct {
		name string
		take int // batches that the sink takes; a reader takes the others
		err  error
	}{
		{"E10 to the end", 1000, nil},
		{"E10 with an error", 1000, failed},
		{"E10 a reader at once", 1, nil},
		{"E10 a reader in between", 4, nil},
		{"E10 a reader, and an error", 3, failed},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []int64
			var ended []error
			err := run(t, func(t0 *microthread.Thread) error {
				out := pipe.New(t0.Program().Reactor(), "a sink", 4)
				note := func(b *value.Batch) {
					for _, v := range b.Values() {
						got = append(got, v.AsInt())
					}
				}
				taken := 0
				out.SetSink(func(b *value.Batch) bool {
					note(b)
					if taken++; taken < test.take {
						return true
					}
					t0.Program().Start(microthread.Spec{Name: "reader", Stdin: out, Run: func(r *microthread.Thread) error {
						for b, err := range r.Batches() {
							if err != nil {
								ended = append(ended, err)
								return nil
							}
							note(b)
						}
						ended = append(ended, nil)
						return nil
					}})
					return false
				}, func(err error) { ended = append(ended, err) })
				t0.Program().Start(microthread.Spec{Name: "writer", Stdout: []*pipe.Pipe{out}, Run: func(w *microthread.Thread) error {
					for i := range int64(30) {
						switch {
						case i%10 == 9:
							w.PutBatch(ints(i))
						default:
							w.Put(value.Int(i))
						}
						if i%7 == 0 {
							w.Yield()
							if want := int(i) + 1; taken < test.take && len(got) != want {
								return fmt.Errorf("got %d values in the sink when the writer suspends, want %d", len(got), want)
							}
						}
					}
					return test.err
				}})
				return nil
			})
			wantErr(t, "run", err, nil)
			for i, n := range got {
				if n != int64(i) {
					t.Fatalf("got %v, want the numbers in order", got)
				}
			}
			if len(got) != 30 || len(ended) != 1 || !errors.Is(ended[0], test.err) {
				t.Errorf("got %d values and the ends %v, want 30 and %v", len(got), ended, test.err)
			}
		})
	}
}
