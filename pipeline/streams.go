package pipeline

import (
	"bytes"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"mtpipe/internal/format"
	"mtpipe/internal/terminal"
	"mtpipe/microthread"
)

// streams are the standard streams of a run. A file is waited for by the reactor; whatever
// else there is to read or write is read and written off the reactor, unless it is memory.
type streams struct {
	stdin                    *source  // nil for a file
	stdout, stderr           *sink    // nil for files
	inFile, outFile, errFile *os.File // or nil

	line lineShown
	used atomic.Bool // a stage that names the standard input has read of it, or a program has it
}

func newStreams(s Settings) *streams {
	all := new(streams)
	var ok bool
	if all.inFile, ok = s.Stdin.(*os.File); !ok {
		all.stdin = newSource(s.Stdin)
	}
	lock := new(sync.Mutex)
	if all.outFile, ok = s.Stdout.(*os.File); !ok {
		all.stdout = newSink(s.Stdout, lock)
	}
	if all.errFile, ok = s.Stderr.(*os.File); !ok {
		of := new(sync.Mutex)
		if same(s.Stdout, s.Stderr) {
			of = lock
		}
		all.stderr = newSink(s.Stderr, of)
	}
	return all
}

// same reports whether a and b are one writer, as far as that can be told.
func same(a, b io.Writer) bool {
	return a != nil && b != nil && reflect.TypeOf(a).Comparable() && a == b
}

// stdinOn returns the standard input for the thread t.
func (s *streams) stdinOn(t *microthread.Thread) reading {
	if s.stdin != nil {
		return reading{s.stdin, t, nil}
	}
	return reading{microthread.NewFile(s.inFile), t, s.inFile}
}

// named is the standard input as a stage reads it that names it as a file. Several may: what one
// has left is for the next, and one that finds nothing left says so.
type named struct {
	reading
	of    *streams
	some  bool // it has read something
	empty func()
}

func (n *named) Read(p []byte) (int, error) {
	size, err := n.reading.Read(p)
	switch {
	case size > 0 && !n.some:
		n.some = true
		n.of.used.Store(true)
	case err == io.EOF && !n.some && n.of.used.Load():
		n.some = true // it is said once
		n.empty()
	}
	return size, err
}

// output returns the standard output as threads write it.
func (s *streams) output() Writer {
	if s.stdout != nil {
		return s.stdout
	}
	return microthread.NewFile(s.outFile)
}

// messages returns the standard error as threads write it.
func (s *streams) messages() Writer {
	if s.stderr != nil {
		return s.stderr
	}
	return microthread.NewFile(s.errFile)
}

// tell writes p to the standard error in one piece and in place. Any goroutine.
func (s *streams) tell(p []byte) error {
	s.clearLine()
	if s.stderr != nil {
		return s.stderr.write(p)
	}
	return terminal.Write(s.errFile, p)
}

// isTerminal reports whether f is a terminal; nil is none.
func isTerminal(f *os.File) bool { return f != nil && terminal.Is(f) }

// screen returns what the output is shown on.
func (p *Plan) screen() (on format.Screen) {
	on.All, on.Colours = p.settings.All, p.settings.Colours
	file := p.settings.Terminal
	if file == nil {
		file = p.streams.outFile
	}
	if file != nil {
		on.Columns, on.Rows, on.Terminal = terminal.Size(file)
	}
	return on
}

// reading is something to read for one thread.
type reading struct {
	from interface {
		Read(t *microthread.Thread, p []byte) (int, error)
	}
	t    *microthread.Thread
	file *os.File // or nil
}

func (r reading) Read(p []byte) (int, error) { return r.from.Read(r.t, p) }

// Regular returns the regular file that is read, nil for anything else.
func (r reading) Regular() *os.File {
	if r.file == nil {
		return nil
	}
	if info, err := r.file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return r.file
}

// source is a standard input that is no file. A read that may block is made off the reactor,
// and what it has read when its thread has gone meanwhile is there for the next one.
type source struct {
	from   io.Reader
	memory bool       // reading it never blocks
	turn   sync.Mutex // held by the one who reads

	mu   sync.Mutex
	buf  []byte // for the read under way, when rest is empty
	rest []byte // of buf, what nobody has taken
	err  error  // the end
}

func newSource(from io.Reader) *source {
	s := &source{from: from}
	switch from.(type) {
	case nil:
		s.err = io.EOF
	case *strings.Reader, *bytes.Reader, *bytes.Buffer:
		s.memory = true
	}
	return s
}

// sourceBuffer is how much is read at a time.
const sourceBuffer = 64 << 10

// Read reads up to len(p) bytes, suspending t until there are some.
func (s *source) Read(t *microthread.Thread, p []byte) (int, error) {
	for {
		if n, err := s.take(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		if s.memory {
			s.fill()
		} else if _, err := t.Blocking(func() (any, error) { s.fill(); return nil, nil }); err != nil {
			return 0, err
		}
	}
}

// take returns what was read, if there is anything.
func (s *source) take(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rest) == 0 {
		return 0, s.err
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// fill reads more, unless another has done so while the caller waited for its turn.
func (s *source) fill() {
	s.turn.Lock()
	defer s.turn.Unlock()
	s.mu.Lock()
	there := len(s.rest) > 0 || s.err != nil
	s.mu.Unlock()
	if there {
		return
	}
	if s.buf == nil {
		s.buf = make([]byte, sourceBuffer)
	}
	n, err := s.from.Read(s.buf)
	for empty := 0; n == 0 && err == nil; empty++ {
		if n, err = s.from.Read(s.buf); empty == mostEmpty && n == 0 && err == nil {
			err = io.ErrNoProgress
		}
	}
	s.mu.Lock()
	s.rest, s.err = s.buf[:n], err
	s.mu.Unlock()
}

// mostEmpty is how often a reader may read nothing, and no error either.
const mostEmpty = 100

// sink is a standard output or standard error that is no file. A write that may block is made
// off the reactor.
type sink struct {
	to     io.Writer
	memory bool        // writing it never blocks
	lock   *sync.Mutex // held by the one who writes

	mu    sync.Mutex
	spare []byte // for what is written off the reactor; under mu
}

func newSink(to io.Writer, lock *sync.Mutex) *sink {
	s := &sink{to: to, lock: lock}
	switch to.(type) {
	case nil:
		s.to, s.memory = io.Discard, true
	case *bytes.Buffer, *strings.Builder:
		s.memory = true
	default:
		s.memory = same(to, io.Discard)
	}
	return s
}

// Write writes all of p, suspending t meanwhile. A write that has begun goes on when t is
// terminated, so it has a copy of p.
func (s *sink) Write(t *microthread.Thread, p []byte) error {
	if s.memory {
		return s.write(p)
	}
	text := append(s.takeSpare(), p...)
	_, err := t.Blocking(func() (any, error) {
		err := s.write(text)
		s.giveSpare(text)
		return nil, err
	})
	return err
}

func (s *sink) takeSpare() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.spare
	s.spare = nil
	return b[:0]
}

func (s *sink) giveSpare(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spare = b
}

// write writes all of p in place. Any goroutine.
func (s *sink) write(p []byte) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	n, err := s.to.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return err
}
