package processes

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"mtpipe/microthread"
	"mtpipe/pipeline"
)

// launch is a start under way off the reactor. When the stage has gone before it is done, the
// program is killed at once.
type launch struct {
	by     *starter
	argv   []string
	attr   *os.ProcAttr
	own    bool
	theirs []*os.File // ends of pipes that the program has, to be closed here
	done   chan struct{}

	mu      sync.Mutex
	begun   bool
	process *os.Process
	gone    bool
}

// start starts the program.
func (c *child) start() error {
	path, err := lookPath(c.j, c.argv[0])
	if err != nil {
		return notStarted(c.argv[0], err)
	}
	l := &launch{by: starterOf(c.j), argv: c.argv, done: make(chan struct{})}
	defer func() { l.leave(c.j.Thread, c.process == nil) }()
	stdin, err := c.openStdin(l)
	if err != nil {
		return notStarted(c.argv[0], err)
	}
	files := []*os.File{stdin}
	for _, mine := range []**microthread.File{&c.stdout, &c.stderr} {
		r, w, err := newPipe()
		if err != nil {
			return notStarted(c.argv[0], err)
		}
		*mine = microthread.NewFile(r)
		l.theirs = append(l.theirs, w)
		files = append(files, w)
	}
	l.own = c.own
	l.attr = &os.ProcAttr{Files: files, Env: c.env, Sys: ownGroup(c.own)}
	if _, err = c.j.Blocking(func() (any, error) { return nil, l.start(path) }); err != nil {
		return notStarted(c.argv[0], err)
	}
	c.process = l.process
	return nil
}

// programs is where programs were found, by name.
type programs map[string]string

type programsKey struct{}

// lookPath returns where the program called name is. Thousands may be started, so what was
// found is noted, as a shell does.
func lookPath(j *pipeline.Job, name string) (string, error) {
	found := pipeline.Shared(j, programsKey{}, func() programs { return make(programs) })
	if path, ok := found[name]; ok {
		return path, nil
	}
	path, err := exec.LookPath(name)
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return "", err
	}
	found[name] = path
	return path, nil
}

// start starts the program at path, unless the stage has gone.
func (l *launch) start(path string) error {
	l.mu.Lock()
	l.begun = !l.gone
	l.mu.Unlock()
	if !l.begun {
		return microthread.ErrTerminated
	}
	defer close(l.done)
	p, err := l.by.start(path, l.argv, l.attr)
	l.close()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.process = p; l.gone {
		discard(p, l.own)
	}
	return nil
}

// leave is for the stage, which goes on or has gone. In that case it is suspended until the
// program is none any more, since mtpipe may end then.
func (l *launch) leave(t *microthread.Thread, gone bool) {
	l.mu.Lock()
	begun, process := l.begun, l.process
	l.gone = gone
	l.mu.Unlock()
	switch {
	case !begun:
		l.close()
	case gone && process != nil:
		discard(process, l.own)
	case gone:
		select {
		case <-l.done:
		default:
			_, _ = t.Blocking(func() (any, error) { <-l.done; return nil, nil })
		}
	}
}

func (l *launch) close() {
	for _, f := range l.theirs {
		_ = f.Close()
	}
}

// discard ends a process that nobody wants.
func discard(p *os.Process, own bool) {
	signalGroup(p, own, syscall.SIGKILL)
	_ = p.Kill()
	_, _ = p.Wait()
}

// notStarted returns an error about a program that could not be started.
func notStarted(name string, err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	var p *os.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	if errors.Is(err, syscall.EBADF) { // there is none that the program's could be moved to
		err = syscall.EMFILE
	}
	if errors.Is(err, exec.ErrNotFound) {
		err = errors.New("there is no such program in PATH")
	}
	return fmt.Errorf("%s: %w", shownName(name), err)
}
