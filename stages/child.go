package stages

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"mtpipe/internal/codec"
	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/microthread"
	"mtpipe/pipeline"
	"mtpipe/reactor"
)

// child is a program at work for a stage.
type child struct {
	j    *pipeline.Job
	argv []string
	childOptions

	process *os.Process
	own     bool // it has a process group of its own
	reaped  bool
	stdin   *microthread.File // nil when nothing is fed to it
	stdout  *microthread.File
	stderr  *microthread.File
	fed     error // why the feeding ended
	told    error // why the passing on of its messages ended
	signal  os.Signal
}

// name returns what stands for the program in messages.
func (c *child) name() string { return filepath.Base(c.argv[0]) }

// run runs the program to its end: one thread feeds it, one passes its messages on, and the
// stage's own puts what it prints.
func (c *child) run() error {
	defer c.close()
	if err := c.start(); err != nil {
		return err
	}
	defer c.kill()
	defer c.end()
	defer c.j.OnDrain(func(s os.Signal) { // as a terminal does with all that it runs
		c.signal = s
		c.send(s)
	})()
	feeding, telling := microthread.NewGroup(c.j.Thread), microthread.NewGroup(c.j.Thread)
	defer feeding.Cancel()
	defer telling.Cancel()
	if c.stdin != nil {
		c.j.Input().PassOn()
		feeding.Go(c.feed, microthread.Named("the feeder of "+c.name()), microthread.Stdin(c.j.Input()))
	}
	telling.Go(c.passMessages, microthread.Named("the messages of "+c.name()))
	if err := putRecords(c.j, input.NewStreamBlocks().Reader(fileOf{c.stdout, c.j.Thread}, "", codec.NewLines())); err != nil {
		return err
	}
	state, err := c.j.WaitProcess(c.process, 0)
	if err != nil {
		return err
	}
	c.reaped = true
	feeding.Cancel() // nobody reads what would come
	if err := errors.Join(feeding.Wait(), telling.Wait()); err != nil {
		return err
	}
	return c.verdict(state)
}

// fileOf is a File as a thread reads it.
type fileOf struct {
	f *microthread.File
	t *microthread.Thread
}

func (s fileOf) Read(p []byte) (int, error) { return s.f.Read(s.t, p) }

// verdict returns what the end of the program means. What has failed before it comes first.
func (c *child) verdict(state *os.ProcessState) error {
	status, _ := state.Sys().(syscall.WaitStatus)
	switch {
	case c.fed != nil:
		return c.fed
	case c.told != nil:
		return c.told
	case c.signal != nil: // it was told to end
		return nil
	case status.Signaled():
		return c.failed(fmt.Errorf("ended by signal: %v", status.Signal()))
	case !slices.Contains(c.OK, state.ExitCode()):
		return c.failed(fmt.Errorf("exit status %d", state.ExitCode()))
	}
	return nil
}

// failed returns err with the program's name, unless that is the stage's.
func (c *child) failed(err error) error {
	if c.name() == c.j.Name() {
		return err
	}
	return fmt.Errorf("%s: %w", c.name(), err)
}

// feed writes the stage's input to the program. One that does not want it all is no error.
func (c *child) feed(t *microthread.Thread) error {
	err := pipeline.WriteAll(t, t.Stdin(), c.stdin, format.New("text", false))
	if errors.Is(err, syscall.EPIPE) {
		err = nil
	}
	c.fed = err
	file := c.stdin
	c.stdin = nil
	_ = file.Close(t)
	return nil
}

const longMessage = 64 << 10 // a line of messages that is longer is passed on in pieces

// passMessages passes on what the program writes to standard error, whole lines at a time,
// each behind the program's name.
func (c *child) passMessages(t *microthread.Thread) error {
	var buf []byte
	var out []byte
	block := make([]byte, 4<<10)
	for {
		n, err := c.stderr.Read(t, block)
		buf = append(buf, block[:n]...)
		if err == io.EOF && len(buf) > 0 && buf[len(buf)-1] != '\n' || len(buf) > longMessage {
			buf = append(buf, '\n')
		}
		whole := bytes.LastIndexByte(buf, '\n') + 1
		out = out[:0]
		for line := range bytes.Lines(buf[:whole]) {
			out = append(append(append(out, c.name()...), ": "...), line...)
		}
		buf = append(buf[:0], buf[whole:]...)
		if len(out) > 0 {
			if werr := c.j.Stderr(out); werr != nil {
				c.told = werr
				return nil
			}
		}
		if err != nil {
			if err != io.EOF {
				c.told = err
			}
			return nil
		}
	}
}

// launch is a start under way off the reactor. When the stage has gone before it is done, the
// program is killed at once.
type launch struct {
	mu      sync.Mutex
	process *os.Process
	gone    bool
}

// start starts the program.
func (c *child) start() error {
	path, err := exec.LookPath(c.argv[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return notFound(c.argv[0], err)
	}
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			_ = f.Close()
		}
	}()
	stdin, err := c.openStdin(&theirs)
	if err != nil {
		return err
	}
	files := []*os.File{stdin}
	for _, mine := range []**microthread.File{&c.stdout, &c.stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		*mine = microthread.NewFile(r)
		theirs = append(theirs, w)
		files = append(files, w)
	}
	attr := &os.ProcAttr{Files: files, Env: c.environ(), Sys: ownGroup(c.own)}
	l := &launch{}
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.gone = c.process == nil; l.gone && l.process != nil {
			discard(l.process, c.own)
		}
	}()
	_, err = c.j.Blocking(func() (any, error) { return nil, l.start(path, c.argv, attr, c.own) })
	if err != nil {
		return notFound(c.argv[0], err)
	}
	c.process = l.process
	return nil
}

func (l *launch) start(path string, argv []string, attr *os.ProcAttr, own bool) error {
	p, err := os.StartProcess(path, argv, attr)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.process = p; l.gone {
		discard(p, own)
	}
	return nil
}

// discard ends a process that nobody wants.
func discard(p *os.Process, own bool) {
	signalGroup(p, own, syscall.SIGKILL)
	_ = p.Kill()
	_, _ = p.Wait()
}

// notFound returns an error about a program that could not be started.
func notFound(name string, err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	var p *os.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	if errors.Is(err, exec.ErrNotFound) {
		err = errors.New("there is no such program in PATH")
	}
	return fmt.Errorf("%s: %w", name, err)
}

// openStdin returns the program's standard input: a pipe from the stage's input, that of the
// run, or, in a block that is run for a value, an empty one.
func (c *child) openStdin(theirs *[]*os.File) (*os.File, error) {
	_, perValue := c.j.It()
	switch {
	case c.j.Input() != nil:
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		c.own, c.stdin = true, microthread.NewFile(w)
		*theirs = append(*theirs, r)
		return r, nil
	case perValue:
		f, err := os.Open(os.DevNull)
		if err != nil {
			return nil, err
		}
		c.own = true
		*theirs = append(*theirs, f)
		return f, nil
	}
	// A program that may read from the terminal stays in the foreground.
	c.own = !isTerminal(c.j.Stdin())
	return c.j.Stdin(), nil
}

// environ returns the program's environment, which holds the value that the block around is
// run for.
func (c *child) environ() []string {
	if it, ok := c.j.It(); ok {
		if text := it.AppendText(nil); bytes.IndexByte(text, 0) < 0 {
			return append(os.Environ(), "it="+string(text))
		}
	}
	return nil
}

func (c *child) send(s os.Signal) {
	if !c.reaped {
		signalGroup(c.process, c.own, s)
	}
}

// end ends a program that is still there because the stage ends early: it is asked to, and
// gets some time for it.
func (c *child) end() {
	if c.reaped {
		return
	}
	c.close()
	c.send(syscall.SIGTERM)
	_, err := c.j.DeferTo(reactor.Children, c.process, max(c.Grace, time.Nanosecond))
	if err == nil {
		c.kill()
	}
}

// kill ends what is left of the program and of those that it has started.
func (c *child) kill() {
	if c.reaped {
		return
	}
	c.reaped = true
	discard(c.process, c.own)
}

// close closes the ends of the pipes that are open.
func (c *child) close() {
	for _, f := range []**microthread.File{&c.stdin, &c.stdout, &c.stderr} {
		if *f != nil {
			_ = (*f).Close(c.j.Thread)
			*f = nil
		}
	}
}
