package sinks

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"mtpipe/internal/tempfile"
	"mtpipe/pipeline"
)

// replace makes the files, which are complete, safe on their devices and then puts them in their
// targets' places: all, or none if that fails for one. Where what was there cannot be brought
// back, the error names the files that are in their places.
func replace(j *pipeline.Job, list ...*replacement) error {
	if err := syncAll(j, list); err != nil {
		return err
	}
	for i, n := range list { // nothing in here suspends the thread: no ending comes between
		if err := n.settle(j, len(list) > 1); err != nil {
			return takeBack(n.named(err), list[:i])
		}
	}
	dirs := make(map[string]string) // and a file in each
	for _, n := range list {
		dirs[dirOf(n.target)] = n.user
		n.forget(j)
		for _, note := range n.notes {
			j.Warn("%s: %s", n.user, note)
		}
	}
	_, err := j.Blocking(func() (any, error) {
		var failed []error
		for dir, user := range dirs {
			if err := tempfile.SyncDir(dir); err != nil {
				err = fmt.Errorf("is in its place, which the system may not keep: %w", cause(err))
				failed = append(failed, &fs.PathError{Op: "sync", Path: user, Err: err})
			}
		}
		return nil, errors.Join(failed...)
	})
	return err
}

// syncs is how many files are made safe at a time: a device does it for several at once.
const syncs = 16

// syncAll makes the files safe on their devices. That may take its time, and touches no names.
func syncAll(j *pipeline.Job, list []*replacement) error {
	type open struct {
		os   *os.File
		temp string
	}
	files := make([]open, len(list)) // the run may end meanwhile, and close them
	for i, n := range list {
		files[i] = open{n.os, n.temp}
	}
	failed := make([]error, len(list))
	_, err := j.Blocking(func() (any, error) {
		var next atomic.Int64
		var all sync.WaitGroup
		for range min(syncs, len(list)) {
			all.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
					failed[i] = synced(files[i].os, files[i].temp)
				}
			})
		}
		all.Wait()
		for i := range failed { // as many at a time as there are descriptors for
			if noDescriptor(failed[i]) {
				failed[i] = synced(files[i].os, files[i].temp)
			}
		}
		return nil, nil
	})
	if err != nil {
		return err
	}
	for i, n := range list {
		if failed[i] != nil {
			return n.named(failed[i])
		}
	}
	return nil
}

// synced makes a file safe on its device: f, or the one called name when that is closed.
func synced(f *os.File, name string) (err error) {
	if f == nil {
		if f, err = os.OpenFile(name, os.O_WRONLY, 0); err != nil {
			return err
		}
		defer f.Close()
	}
	return tempfile.Sync(f)
}

// noDescriptor reports whether an error says that too many files are open.
func noDescriptor(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// settle puts the file in its target's place; when it is one of several, so that it can be taken
// back. It does not suspend the thread.
func (n *replacement) settle(j *pipeline.Job, several bool) error {
	if n.temp == "" && n.old == nil {
		err := tempfile.LinkAs(n.os, n.target)
		if err == nil {
			_ = n.close(j)
		}
		if !errors.Is(err, fs.ErrExist) { // else there is one meanwhile
			return err
		}
	}
	if err := n.name(); err != nil {
		return err
	}
	if err := n.close(j); err != nil {
		return err
	}
	if several {
		n.keepAside()
	}
	if err := os.Rename(n.temp, n.target); err != nil {
		return err
	}
	n.temp = ""
	return nil
}

// keepAside gives what is at the target a second name, where that can be.
func (n *replacement) keepAside() {
	if name, err := tempfile.LinkOld(n.target, dirOf(n.target), filepath.Base(n.target)); err == nil {
		n.aside = name
	}
}

// takeBack undoes what was done to the files, which are in their places, and returns err; it names
// those for which that cannot be.
func takeBack(err error, done []*replacement) error {
	var stay []string
	for _, n := range slices.Backward(done) {
		if !n.takeBack() {
			stay = append(stay, n.user)
		}
	}
	if len(stay) == 0 {
		return err
	}
	slices.Reverse(stay)
	const shown = 10
	more := ""
	if len(stay) > shown {
		more = fmt.Sprintf(" and %d others", len(stay)-shown)
		stay = stay[:shown]
	}
	return fmt.Errorf("%w; written already: %s%s", err, strings.Join(stay, ", "), more)
}

// takeBack makes the target what it was, and reports whether that could be.
func (n *replacement) takeBack() bool {
	switch {
	case n.aside != "":
		if os.Rename(n.aside, n.target) != nil {
			return false
		}
		n.aside = ""
	case n.old != nil:
		return false
	default:
		if tempfile.Remove(n.target) != nil {
			return false
		}
	}
	return true
}

// forget removes the second name of what was at the target, and says so when that fails.
func (n *replacement) forget(j *pipeline.Job) {
	if n.aside == "" {
		return
	}
	if err := tempfile.Remove(n.aside); err != nil {
		j.Warn("%s stays: %v", n.aside, cause(err))
	}
	n.aside = ""
}
