package pipeline_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

var builtIn = pipeline.NewRegistry(stages.All()...)

func compile(t testing.TB, text string, settings pipeline.Settings) *pipeline.Plan {
	t.Helper()
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: builtIn}, settings)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return plan
}

// wantNoMore wants as many goroutines as there were, and descriptors, at the end of the test.
func wantNoMore(t *testing.T) {
	t.Helper()
	goroutines, files := runtime.NumGoroutine(), openFiles()
	t.Cleanup(func() {
		for by := time.Now().Add(time.Minute); ; runtime.Gosched() {
			if runtime.NumGoroutine() <= goroutines && openFiles() <= files {
				return
			}
			if time.Now().After(by) {
				buf := make([]byte, 1<<16)
				t.Errorf("got %d goroutines and %d files, want %d and %d\n%s", runtime.NumGoroutine(), openFiles(), goroutines, files, buf[:runtime.Stack(buf, true)])
				return
			}
		}
	})
}

func openFiles() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

// reader hides what the reader in it is.
type reader struct{ io.Reader }

// TestReaders runs pipelines on readers of all kinds.
func TestReaders(t *testing.T) {
	const text = "pear\nfig\nplum\nlime"
	broken := errors.New("the cable is out")
	for _, row := range []struct {
		name  string
		stdin io.Reader
		text  string
		want  string
		err   string
	}{
		{"none", nil, "count", "0\n", ""},
		{"a string", strings.NewReader(text), "grep i", "fig\nlime", ""},
		{"bytes", bytes.NewReader([]byte(text)), "grep i", "fig\nlime", ""},
		{"a buffer", bytes.NewBufferString(text), "grep i", "fig\nlime", ""},
		{"another", reader{strings.NewReader(text)}, "grep i", "fig\nlime", ""},
		{"one byte at a time", iotest.OneByteReader(strings.NewReader(text)), "sort", "fig\nlime\npear\nplum\n", ""},
		{"an end with the last bytes", iotest.DataErrReader(strings.NewReader(text)), "count", "4\n", ""},
		{"an error", io.MultiReader(strings.NewReader("pear\nfi"), iotest.ErrReader(broken)), "lines", "pear\n", "the cable is out"},
		{"a panic", reader{nil}, "lines", "", "invalid memory address or nil pointer dereference"},
		{"nothing, again and again", iotest.ErrReader(nil), "count", "", "multiple Read calls return no data or error"},
		{"named", reader{strings.NewReader(text)}, "lines - | head 1", "pear\n", ""},
		{"read by a program", reader{strings.NewReader(text)}, "exec cat | grep i", "fig\nlime", ""},
		{"read by a program that leaves", reader{strings.NewReader(strings.Repeat(text, 1<<16))}, "exec true; exec echo a", "a\n", ""},
		{"records", reader{strings.NewReader("a,b\n1,2\n")}, "csv | map 'a + b'", "3\n", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantNoMore(t)
			for _, jobs := range []int{1, 2} {
				var out bytes.Buffer
				if s, ok := row.stdin.(io.Seeker); ok {
					_, _ = s.Seek(0, io.SeekStart)
				} else if jobs == 2 {
					break
				}
				err := compile(t, row.text, pipeline.Settings{Stdin: row.stdin, Stdout: &out, Jobs: jobs}).Run(nil)
				if out.String() != row.want || (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
					t.Errorf("%d jobs: got %.100q, %v, want %q, %s", jobs, out.String(), err, row.want, row.err)
				}
			}
		})
	}
}

// TestReaderThatBlocks has a pipeline go on and end beside a Read that does not return.
func TestReaderThatBlocks(t *testing.T) {
	wantNoMore(t)
	r, w := io.Pipe()
	var out bytes.Buffer
	plan := compile(t, "interleave { lines - } { seq 3 } | head 3", pipeline.Settings{Stdin: r, Stdout: &out})
	if err := plan.Run(nil); err != nil || out.String() != "1\n2\n3\n" {
		t.Errorf("got %q, %v, want what does not wait for the reader", out.String(), err)
	}
	w.Close()
}

// TestReadAhead leaves a pipeline in the middle of a Read. What that gives later is there for
// the next run.
func TestReadAhead(t *testing.T) {
	wantNoMore(t)
	r, w := io.Pipe()
	plan := compile(t, "lines", pipeline.Settings{Stdin: r})
	write := func(text string) { go func() { _, _ = io.WriteString(w, text) }() }
	write("a\n")
	for v, err := range plan.Values(t.Context()) {
		if v.String() != "a" || err != nil {
			t.Errorf("got %v, %v, want a", v, err)
		}
		break
	}
	write("b\n")
	for v, err := range plan.Values(t.Context()) {
		if v.String() != "b" || err != nil {
			t.Errorf("got %v, %v, want b", v, err)
		}
		w.Close()
	}
}

// TestManyRead has several threads of a run read one reader at a time.
func TestManyRead(t *testing.T) {
	wantNoMore(t)
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintln(&text, i)
	}
	var out bytes.Buffer
	plan := compile(t, "interleave { lines - } { lines - } | lines | count", pipeline.Settings{Stdin: iotest.HalfReader(strings.NewReader(text.String())), Stdout: &out})
	if err := plan.Run(nil); err != nil {
		t.Error(err)
	}
	var n int
	if _, err := fmt.Sscan(out.String(), &n); err != nil || n < 100_000 { // a line that both have read a part of is two
		t.Errorf("got %q, want 100000 lines at least", out.String())
	}
}

// writer is a function that is a Writer.
type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// TestWriters runs pipelines on writers that fail.
func TestWriters(t *testing.T) {
	full := errors.New("the tape is full")
	for _, row := range []struct {
		name   string
		stdout io.Writer
		err    string
	}{
		{"an error", writer(func([]byte) (int, error) { return 0, full }), "output: the tape is full"},
		{"too little", writer(func(p []byte) (int, error) { return len(p) / 2, nil }), "output: short write"},
		{"a panic", writer(func([]byte) (int, error) { panic("what is this") }), "output: panic: what is this"},
		{"no reader", writer(func([]byte) (int, error) { return 0, io.ErrClosedPipe }), ""},
		{"no reader of a pipe", writer(func([]byte) (int, error) { return 0, &os.PathError{Op: "write", Path: "x", Err: syscall.EPIPE} }), ""},
		{"none", nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantNoMore(t)
			text := "repeat x" // which never ends
			if row.stdout == nil {
				text = "seq 100000"
			}
			err := compile(t, text, pipeline.Settings{Stdout: row.stdout}).Run(nil)
			if (err == nil) != (row.err == "") || err != nil && err.Error() != row.err {
				t.Errorf("got %v, want %q", err, row.err)
			}
		})
	}
}

// TestPipesOfGo joins two pipelines and a goroutine by what Go joins them with.
func TestPipesOfGo(t *testing.T) {
	wantNoMore(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	errs := make(chan error, 2)
	go func() {
		err := compile(t, "seq 200000", pipeline.Settings{Stdout: hidden{c}}).Run(nil)
		errs <- errors.Join(err, c.Close())
	}()
	go func() {
		err := compile(t, "map '2 * it'", pipeline.Settings{Stdin: accepted, Stdout: w}).Run(nil)
		errs <- errors.Join(err, accepted.Close(), w.Close())
	}()
	var out strings.Builder
	err = compile(t, "sum", pipeline.Settings{Stdin: r, Stdout: &out}).Run(nil)
	if want := fmt.Sprintf("%d\n", 200_000*200_001); out.String() != want || errors.Join(err, <-errs, <-errs) != nil {
		t.Errorf("got %q, %v, want %q", out.String(), err, want)
	}
}

// hidden hides what the writer in it is.
type hidden struct{ io.Writer }

// TestMessages wants one Write at a time where both streams are one writer, and messages there.
func TestMessages(t *testing.T) {
	wantNoMore(t)
	busy := make(chan struct{}, 1)
	var out strings.Builder
	both := &pointer{writer(func(p []byte) (int, error) {
		select {
		case busy <- struct{}{}:
			defer func() { <-busy }()
		default:
			t.Error("got two writes at a time, want one")
		}
		runtime.Gosched()
		return out.Write(p)
	})}
	err := compile(t, "seq 3 | log a | write /dev/stderr; seq 2 | write /dev/stdout; exec sh -c 'echo b >&2'", pipeline.Settings{Stdout: both, Stderr: both}).Run(nil)
	if err != nil {
		t.Error(err)
	}
	for _, line := range []string{"a: 1", "a: 2", "a: 3", "1", "2", "3", "sh: b"} {
		if !strings.Contains("\n"+out.String(), "\n"+line+"\n") {
			t.Errorf("got %q, want %q in it", out.String(), line)
		}
	}
}

// pointer is a Writer that can be compared.
type pointer struct{ io.Writer }
