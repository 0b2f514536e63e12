package processes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"mtpipe/internal/atend"
	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/internal/terminal"
	"mtpipe/microthread"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/reactor"
	"mtpipe/stages/division"
	"mtpipe/value"
)

// child is a program at work for a stage.
type child struct {
	j        *pipeline.Job
	argv     []string
	env      []string // nil: that of mtpipe
	replaced bool     // it has taken the place of the shell that would tell how it ended
	childOptions

	process *os.Process
	own     bool // it has a process group of its own
	reaped  bool
	over    bool              // nothing is left to be ended
	forget  func()            // that it has to be killed when mtpipe ends at once
	stdin   *microthread.File // nil when nothing is fed to it
	stdout  *microthread.File
	stderr  *microthread.File
	fed     error // why the feeding ended
	told    error // why the passing on of its messages ended
	signal  os.Signal

	wantsTerminal bool // and cannot have it
}

// name returns what stands for the program in messages.
func (c *child) name() string { return shownName(filepath.Base(c.argv[0])) }

const longName = 100 // bytes of a program's name beyond which messages have its beginning

// shownName returns a program's name as it stands in messages: quoted when it is odd, and no
// more than its beginning when it is long.
func shownName(name string) string {
	odd := func(r rune) bool { return !unicode.IsGraphic(r) || r == utf8.RuneError }
	if name == "" || len(name) > longName || strings.ContainsFunc(name, odd) {
		return value.TextOf(name).Quote()
	}
	return name
}

// run runs the program to its end.
func (c *child) run() error {
	defer c.close()
	if err := c.start(); err != nil {
		return err
	}
	err := c.attend()
	var placed *syntax.Error
	for _, none := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, none) && !errors.As(err, &placed) {
			return notStarted(c.argv[0], none) // there is no descriptor to wait for it with
		}
	}
	return err
}

// attend sees the program through to its end: one thread feeds it, one passes its messages on,
// and the stage's own puts what it prints.
func (c *child) attend() error {
	feeding, telling := microthread.NewGroup(c.j.Thread), microthread.NewGroup(c.j.Thread)
	c.forget = atend.Do(func() { signalGroup(c.process, c.own, syscall.SIGKILL) })
	defer c.forget()
	defer c.kill()
	defer telling.Cancel() // it has something to say while it ends
	defer c.end()
	defer c.j.OnDrain(func(s os.Signal) { // as a terminal does with all that it runs
		if c.j.InStream() && c.j.Input() != nil {
			return // it ends when what has come is worked off
		}
		c.signal = s
		c.send(s)
		if c.own { // nobody else can end it
			c.j.Program().After(c.Grace, func() { c.send(syscall.SIGKILL) })
		}
	})()
	defer c.j.KeepOnDrain(c.j.KeepOnDrain(true)) // what the program still prints is worked off
	defer feeding.Cancel()
	if c.stdin != nil {
		if in := c.j.Input(); in != nil {
			in.PassOn()
		}
		feeding.Go(c.feed, microthread.Named("the feeder of "+c.name()), microthread.Stdin(c.j.Input()))
	}
	telling.Go(c.passMessages, microthread.Named("the messages of "+c.name()))
	defer c.guardTerminal()()
	printed := input.NewStreamBlocks(c.j.MaxLine()).Reader(fileOf{c.stdout, c.j.Thread}, "", c.Cutter()).Passed()
	if err := printed.PutAll(division.Put(c.j.PutBatch)); err != nil {
		return err
	}
	state, err := c.j.WaitProcess(c.process, 0)
	if err != nil {
		return err
	}
	c.reaped, c.over = true, true
	c.forget()
	feeding.Cancel() // nobody reads what would come
	if err := errors.Join(feeding.Wait(), telling.Wait()); err != nil {
		return err
	}
	if status, _ := state.Sys().(syscall.WaitStatus); status.Signaled() && !c.own {
		c.awaitSignal()
	}
	return c.verdict(state)
}

// awaitSignal waits a moment for a signal that a terminal has sent to mtpipe as well as to the
// program, which may have ended before mtpipe was told.
func (c *child) awaitSignal() {
	for by := time.Now().Add(100 * time.Millisecond); c.signal == nil && time.Now().Before(by); {
		c.j.Sleep(time.Millisecond)
	}
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
	case c.wantsTerminal:
		return c.failed(errors.New("wants the terminal, which only a first stage without input has"))
	case status.Signaled() && !c.replaced:
		return c.failed(fmt.Errorf("ended by signal: %v", status.Signal()))
	}
	code := state.ExitCode()
	if status.Signaled() { // as a shell tells of the command that it has run
		code = 128 + int(status.Signal())
	}
	if !slices.Contains(c.OK.list, code) {
		return c.failed(fmt.Errorf("exit status %d", code))
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

// feed writes the stage's input to the program, or without one the standard input of the run.
// A program that does not want it all is no error.
func (c *child) feed(t *microthread.Thread) (err error) {
	if in := t.Stdin(); in != nil {
		err = pipeline.WriteAll(t, in, c.stdin, format.New("text", format.Screen{}))
	} else {
		_, err = io.Copy(c.stdin.On(t), c.j.StdinOn(t))
	}
	if errors.Is(err, syscall.EPIPE) && !pipeline.FromStage(err) {
		err = nil
	}
	c.fed = err
	file := c.stdin
	c.stdin = nil
	_ = file.Close(t)
	return nil
}

// passMessages passes on what the program writes to standard error, whole lines at a time,
// each behind the program's name. When nobody takes them, the program is to notice.
func (c *child) passMessages(t *microthread.Thread) error {
	m := messages{name: c.name()}
	block := make([]byte, 4<<10)
	for {
		n, err := c.stderr.Read(t, block)
		if out := m.take(block[:n], err != nil); len(out) > 0 {
			c.told = c.j.Stderr(out)
		}
		if c.told == nil && err != nil && err != io.EOF {
			c.told = err
		}
		if c.told != nil || err != nil {
			file := c.stderr
			c.stderr = nil
			_ = file.Close(t)
			return nil
		}
	}
}

// messages makes whole lines with a program's name before them of what it writes.
type messages struct {
	name string
	rest []byte // of a line whose end has not come
	cut  bool   // its beginning was passed on
	out  []byte
}

const longMessage = 64 << 10 // a line of messages that is longer is passed on in pieces

// take returns the lines that are whole with p, until the next call; at the end, all that
// is left.
func (m *messages) take(p []byte, end bool) []byte {
	if m.cut && len(p) > 0 {
		m.cut = false
		p = bytes.TrimPrefix(p, []byte("\n"))
	}
	m.rest = append(m.rest, p...)
	whole := bytes.LastIndexByte(m.rest, '\n') + 1
	if left := len(m.rest) - whole; left > longMessage || end && left > 0 {
		m.rest = append(m.rest, '\n')
		whole, m.cut = len(m.rest), true
	}
	m.out = m.out[:0]
	for line := range bytes.Lines(m.rest[:whole]) {
		m.out = append(append(append(m.out, m.name...), ": "...), line...)
	}
	m.rest = append(m.rest[:0], m.rest[whole:]...)
	return m.out
}

// openStdin returns the program's standard input: a pipe from the stage's input, that of the
// run, or, in a block that is run for a value, an empty one.
func (c *child) openStdin(l *launch) (*os.File, error) {
	_, perValue := c.j.It()
	switch {
	case c.j.Input() != nil:
		return c.fedStdin(l)
	case perValue:
		f, err := os.Open(os.DevNull)
		if err != nil {
			return nil, err
		}
		c.own = true
		l.theirs = append(l.theirs, f)
		return f, nil
	}
	f, ok := c.j.StdinFile()
	if !ok {
		return c.fedStdin(l)
	}
	// A program that may read from the terminal stays in the foreground.
	c.own = !terminal.Is(f)
	return f, nil
}

// fedStdin returns the end of a pipe for the program; what is written to the other end is fed to
// it.
func (c *child) fedStdin(l *launch) (*os.File, error) {
	r, w, err := newPipe()
	if err != nil {
		return nil, err
	}
	c.own, c.stdin = true, microthread.NewFile(w)
	l.theirs = append(l.theirs, r)
	return r, nil
}

func (c *child) send(s os.Signal) {
	if !c.reaped {
		signalGroup(c.process, c.own, s)
	}
}

// end ends a program that is still there because the stage ends early: it and those that it
// has started are asked to, and get some time for it.
func (c *child) end() {
	if c.over {
		return
	}
	c.closeAll(&c.stdin, &c.stdout)
	c.send(syscall.SIGTERM)
	by := time.Now().Add(c.Grace)
	if _, err := c.j.DeferTo(reactor.Children, c.process, max(c.Grace, time.Nanosecond)); err == nil {
		c.reaped = true
		_, _ = c.process.Wait() // at once
		for pause := time.Millisecond; c.own && groupLives(c.process.Pid) && time.Now().Before(by); pause += pause / 4 {
			c.j.Sleep(min(pause, time.Until(by), 50*time.Millisecond))
		}
	}
	c.kill()
}

// kill ends what is left of the program and of those that it has started.
func (c *child) kill() {
	switch {
	case c.over:
	case !c.reaped:
		discard(c.process, c.own)
	case c.own && groupLives(c.process.Pid):
		signalGroup(c.process, true, syscall.SIGKILL)
	}
	c.reaped, c.over = true, true
}

// close closes the ends of the pipes that are open.
func (c *child) close() { c.closeAll(&c.stdin, &c.stdout, &c.stderr) }

func (c *child) closeAll(files ...**microthread.File) {
	for _, f := range files {
		if *f != nil {
			_ = (*f).Close(c.j.Thread)
			*f = nil
		}
	}
}
