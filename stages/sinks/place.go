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
	files := make([]unplaced, len(list)) // the run may end meanwhile, and close them
	for i, n := range list {
		files[i] = unplaced{os: n.os, temp: n.temp, target: n.target, old: n.old}
	}
	failed := make([]error, len(list))
	_, err := j.Blocking(func() (any, error) {
		var next atomic.Int64
		var all sync.WaitGroup
		for range min(syncs, len(list)) {
			all.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
					failed[i] = files[i].finish()
				}
			})
		}
		all.Wait()
		for i := range failed { // as many at a time as there are descriptors for
			if noDescriptor(failed[i]) {
				failed[i] = files[i].finish()
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
		n.notes = append(n.notes, files[i].notes...)
	}
	return nil
}

// unplaced is a file that is complete.
type unplaced struct {
	os     *os.File // nil when it is closed
	temp   string
	target string
	old    fs.FileInfo
	notes  []string // what of the old file could not be kept
}

// finish gives the file the attributes of the one that it replaces, which writing would take from
// it, and makes it safe on its device.
func (u *unplaced) finish() (err error) {
	f := u.os
	if f == nil {
		if f, err = os.OpenFile(u.temp, os.O_WRONLY, 0); err != nil {
			return err
		}
		defer f.Close()
	}
	if u.old != nil {
		u.notes = append(keepAttributes(f, u.target), keepMode(f, u.old)...)
	}
	return tempfile.Sync(f)
}

// keepMode gives f the permissions of the file that old describes, and says when that cannot be.
// What runs as its owner or its group does so only for the same ones.
func keepMode(f *os.File, old fs.FileInfo) (notes []string) {
	const bits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	was := old.Mode() & bits
	info, err := f.Stat()
	if err != nil {
		return nil // fsync will say what is wrong
	}
	want := was
	user, group := sameOwner(info, old)
	if !user {
		want &^= fs.ModeSetuid
	}
	if !group {
		want &^= fs.ModeSetgid
	}
	if info.Mode()&bits != want {
		_ = f.Chmod(want)
		if info, err = f.Stat(); err != nil {
			return nil
		}
	}
	if is := info.Mode() & bits; is != was {
		return []string{fmt.Sprintf("its permissions were %v and are %v now", was, is)}
	}
	return nil
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
