package microthread

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// holdsOn is a thread that keeps its turn until it is let go.
func holdsOn(let chan struct{}) { <-let }

// TestI4_DumpOfABusyProgram asks a program for a dump of which a thread does not suspend: the
// dump names it when there is a roster, and the program goes on.
func TestI4_DumpOfABusyProgram(t *testing.T) {
	for _, row := range []struct {
		name    string
		options []Option
		want    []string
	}{
		{"I4 with a roster", []Option{Roster()}, []string{"busy has not answered for 1ms: selfish, started at ", "dump_busy_test.go:",
			" has not suspended; it is at this\ngoroutine ", "microthread.holdsOn("}},
		{"I4 without", nil, []string{"busy has not answered for 1ms: one of its threads has not suspended; without a roster it is not known which"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got bytes.Buffer
			let := make(chan struct{})
			err := Run(func(m *Thread) error {
				StartAndForget(m, func(*Thread) error {
					go func() {
						defer close(let)
						if err := m.p.dumpTo(&got, time.Millisecond); err != nil {
							t.Error(err)
						}
					}()
					holdsOn(let)
					return nil
				}, Named("selfish"))
				return nil
			}, append(row.options, Title("busy"))...)
			if err != nil {
				t.Error(err)
			}
			text := got.String()
			for _, want := range row.want {
				_, rest, ok := strings.Cut(text, want)
				if !ok {
					t.Errorf("got\n%s\nwant %q in it, in this order: %q", got.String(), want, row.want)
				}
				text = rest
			}
		})
	}
}

// TestI4_DumpOfAnotherProgram is called by a thread of one program for another.
func TestI4_DumpOfAnotherProgram(t *testing.T) {
	var got bytes.Buffer
	let := make(chan struct{})
	var other *Program
	ready := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- Run(func(m *Thread) error {
			other = m.p
			close(ready)
			_, err := m.Blocking(func() (any, error) { <-let; return nil, nil })
			return err
		}, Roster(), Title("other"))
	}()
	<-ready
	err := Run(func(m *Thread) error {
		defer close(let)
		return other.dumpTo(&got, time.Hour)
	}, Roster())
	if err != nil || !strings.HasPrefix(got.String(), "other: up ") {
		t.Errorf("got %v and\n%s\nwant the dump of the other program", err, got.String())
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
