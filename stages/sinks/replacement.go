package sinks

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mtpipe/internal/tempfile"
	"mtpipe/microthread"
	"mtpipe/pipeline"
)

// replacement is a file that will take another's place, when it is complete and safe on its
// device. Until then it has no name, where the system has such files, or a temporary one.
type replacement struct {
	file   *microthread.File // nil when it is closed
	os     *os.File          // the same
	called string            // what its errors call it
	temp   string            // its name, "" while it has none
	target string
	user   string      // the name that messages show
	old    fs.FileInfo // what is at the target, or nil
	notes  []string    // what of the old file could not be kept, to be told when it is replaced
	aside  string      // a second name of what was there before, "" for none
	done   func()      // tells that it is written no more, or nil
}

// newReplacement makes a file beside target, which old describes if it is there.
func newReplacement(j *pipeline.Job, user, target string, old fs.FileInfo) (*replacement, error) {
	if old == nil {
		return createReplacement(j, user, target, nil)
	}
	done, err := j.Writing(old)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: user, Err: err}
	}
	n, err := createReplacement(j, user, target, old)
	if err != nil {
		done()
		return nil, err
	}
	n.done = done
	return n, nil
}

func createReplacement(j *pipeline.Job, user, target string, old fs.FileInfo) (*replacement, error) {
	mode := fs.FileMode(0o666)
	if old != nil {
		f, err := os.OpenFile(user, os.O_WRONLY, 0) // who may not write it may not replace it
		if err != nil {
			return nil, err
		}
		f.Close()
		mode = old.Mode().Perm()
	}
	sweep(j, dirOf(target))
	n := &replacement{target: target, user: user, old: old}
	f, err := tempfile.Nameless(dirOf(target), mode)
	if err != nil {
		f, err = tempfile.Create(dirOf(target), filepath.Base(target), mode)
		if err != nil {
			return nil, besideError(user, err, old != nil)
		}
		n.temp = f.Name()
	}
	n.os, n.file, n.called = f, microthread.NewFile(f), f.Name()
	if old != nil {
		if n.notes, err = keepOwner(f, old); err == nil {
			err = f.Chmod(mode) // what the umask took away
		}
		if err != nil {
			n.discard(j)
			return nil, n.named(err)
		}
	}
	return n, nil
}

// sweptDirs is the directories in which the run has looked for what others have left.
type sweptDirs map[string]bool

type sweptKey struct{}

// sweep removes what runs that were killed have left in dir, once in a run.
func sweep(j *pipeline.Job, dir string) {
	done := pipeline.Shared(j, sweptKey{}, func() sweptDirs { return make(sweptDirs) })
	if !done[dir] {
		done[dir] = true
		tempfile.Sweep(dir)
	}
}

// besideError says about the user's file what stood in the way of a temporary one.
func besideError(user string, err error, exists bool) error {
	var p *fs.PathError
	if !errors.As(err, &p) {
		return err
	}
	cause := p.Err
	if exists {
		cause = fmt.Errorf("there cannot be a new file beside it: %w", cause)
	}
	return &fs.PathError{Op: p.Op, Path: user, Err: cause}
}

// name gives the file a name, so that it can be closed.
func (n *replacement) name() (err error) {
	if n.temp != "" {
		return nil
	}
	name, err := tempfile.Link(n.os, dirOf(n.target), filepath.Base(n.target))
	if err != nil {
		return besideError(n.user, err, n.old != nil)
	}
	n.temp = name
	return nil
}

// open opens the file, which has a name and is closed, to go on writing.
func (n *replacement) open() error {
	f, err := os.OpenFile(n.temp, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return n.named(err)
	}
	n.os, n.file = f, microthread.NewFile(f)
	return nil
}

// close closes the file if it is open.
func (n *replacement) close(j *pipeline.Job) error {
	if n.file == nil {
		return nil
	}
	file := n.file
	n.os, n.file = nil, nil
	return file.Close(j.Thread)
}

// discard removes the file unless it is in its place, and says so when that fails.
func (n *replacement) discard(j *pipeline.Job) {
	_ = n.close(j)
	n.forget(j)
	if n.done != nil {
		n.done()
	}
	if n.temp == "" {
		return
	}
	if err := tempfile.Remove(n.temp); err != nil {
		j.Warn("%s stays: %v", n.temp, cause(err))
	}
	n.temp = ""
}

// cause returns the error in one that has the name of a file with it.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// named replaces the temporary name in err by the user's.
func (n *replacement) named(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) && (p.Path == n.temp || p.Path == n.called) {
		return &fs.PathError{Op: p.Op, Path: n.user, Err: p.Err}
	}
	var l *os.LinkError
	if errors.As(err, &l) && l.Old == n.temp {
		return &fs.PathError{Op: l.Op, Path: n.user, Err: l.Err}
	}
	return err
}
