package microthread_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"mtpipe/microthread"
)

// plain is code that knows nothing of threads, and says what came of it.
var plain = []struct {
	name string
	code func() string
}{
	{"goroutines and channels", func() string {
		squares := make(chan int)
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() { squares <- i * i })
		}
		go func() { wg.Wait(); close(squares) }()
		sum := 0
		for n := range squares {
			sum += n
		}
		return fmt.Sprint(sum)
	}},
	{"an iterator that is pulled", func() string {
		next, stop := iter.Pull(strings.SplitSeq("a b c", " "))
		defer stop()
		a, _ := next()
		b, ok := next()
		return fmt.Sprint(a, b, ok)
	}},
	{"a panic that is recovered, and deferred functions", func() (text string) {
		defer func() { text += "; then the first" }()
		defer func() { text = fmt.Sprint("recovered ", recover()) }()
		var list []int
		return fmt.Sprint(list[len(os.Args)*1000])
	}},
	{"a goroutine that ends itself", func() string {
		said := make(chan string)
		go func() {
			defer func() { said <- "its clean-up ran" }()
			runtime.Goexit()
		}()
		return <-said
	}},
	{"a context and a timer", func() string {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		<-ctx.Done()
		return fmt.Sprint(ctx.Err())
	}},
	{"a pipe of the system", func() string {
		r, w, err := os.Pipe()
		if err != nil {
			return err.Error()
		}
		defer r.Close()
		go func() { fmt.Fprint(w, "hello"); w.Close() }()
		b, err := io.ReadAll(r)
		return fmt.Sprintf("%s %v", b, err)
	}},
	{"an error", func() string { return fmt.Sprint(errors.Unwrap(fmt.Errorf("about %w", errBoom)) == errBoom) }},
}

// TestA2_PlainCode runs code that knows nothing of threads outside of a program, in its main
// thread and in another: it does the same in all of them, and needs no other thread.
func TestA2_PlainCode(t *testing.T) {
	for _, row := range plain {
		t.Run("A2 "+row.name, func(t *testing.T) {
			want := row.code()
			err := run(t, func(t0 *microthread.Thread) error {
				if got := row.code(); got != want {
					t.Errorf("main: got %q, want %q", got, want)
				}
				if p := t0.Program(); p.Current() != t0 || p.Threads() != 1 {
					t.Errorf("got %v of %d threads, want main of 1", p.Current(), p.Threads())
				}
				got, err := microthread.StartInParallel(t0, func(*microthread.Thread) (string, error) { return row.code(), nil }).Wait(t0)
				if got != want {
					t.Errorf("another thread: got %q, want %q", got, want)
				}
				return err
			})
			wantErr(t, "run", err, nil)
		})
	}
}

// TestA2_NothingElseIsTaken runs a program that suspends nowhere: it takes no goroutine but that
// of its main thread, and its error and its panic are those of main.
func TestA2_NothingElseIsTaken(t *testing.T) {
	before := runtime.NumGoroutine()
	err := run(t, func(t0 *microthread.Thread) error {
		if n := runtime.NumGoroutine() - before; n > 1 {
			t.Errorf("got %d goroutines more, want 1", n)
		}
		return errBoom
	})
	wantErr(t, "the error of main", err, errBoom)
	err = run(t, func(*microthread.Thread) error { panic(errOther) })
	wantErr(t, "the panic of main", err, errOther)
	if !strings.Contains(microthread.Traceback(err), "plain_test.go") {
		t.Errorf("got %s, want the place of the panic in it", microthread.Traceback(err))
	}
}
