// Package tempfile makes temporary files that nothing is left of: files without a name where
// the system has them, and otherwise files whose names say which process they belong to, so
// that a later one can remove what one that was killed has left.
//
// All of it may be called by any goroutine.
package tempfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"syscall"
	"unicode/utf8"
)

const (
	marker  = ".mtpipe-" // in the names, after what they are for and before whose they are
	suffix  = ".tmp"
	stemLen = 64    // bytes of what a file is for, in its name
	swept   = 20000 // how many names of a directory Sweep looks at
)

// Create makes a file with a new name in the directory dir ("": the current one). Stem is a part
// of the name that says what the file is for.
func Create(dir, stem string, mode fs.FileMode) (*os.File, error) {
	for {
		f, err := os.OpenFile(newName(dir, stem), os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// Link gives a file that Nameless has made a name as Create does.
func Link(f *os.File, dir, stem string) (name string, err error) {
	for {
		name = newName(dir, stem)
		if err = LinkAs(f, name); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// LinkOld gives the file called old a second name as Create does.
func LinkOld(old, dir, stem string) (name string, err error) {
	for {
		name = newName(dir, stem)
		if err = os.Link(old, name); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

func newName(dir, stem string) string {
	made.Store(dir, nil)
	for len(stem) > stemLen {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	return below(dir, fmt.Sprintf(".%s%s%s-%08x%s", stem, marker, thisProcess(), rand.Uint32(), suffix))
}

// below returns the path of a name in dir, whose spelling it keeps: what is to the left of ".."
// may be a link.
func below(dir, name string) string {
	if dir != "" && !os.IsPathSeparator(dir[len(dir)-1]) {
		dir += string(os.PathSeparator)
	}
	return dir + name
}

// Sweep removes the files in dir ("": the current directory) that Create and Link have named for
// a process that is gone, and returns how many. Those of a process that may still run are left
// alone, and so are those of another machine. Of a directory with very many files it looks at
// some only.
func Sweep(dir string) (removed int) { return sweep(dir, gone) }

// RemoveOwn removes the files that this process has made and that still have their names, for an
// end of the process that does not wait for those who would remove them.
func RemoveOwn() {
	made.Range(func(dir, _ any) bool {
		sweep(dir.(string), func(owner string) bool { return owner == thisProcess() })
		return true
	})
}

// made holds the directories in which files were made.
var made sync.Map

// sweep is Sweep for the files of processes for which left is true.
func sweep(dir string, left func(owner string) bool) (removed int) {
	if dir == "" {
		dir = "."
	}
	d, err := os.Open(dir)
	if err != nil {
		return 0
	}
	defer d.Close()
	for seen := 0; seen < swept; {
		names, err := d.Readdirnames(1024)
		for _, name := range names {
			if owner, ok := ownerOf(name); ok && left(owner) && os.Remove(below(dir, name)) == nil {
				removed++
			}
		}
		seen += len(names)
		if err != nil || len(names) == 0 {
			return removed
		}
	}
	return removed
}

// ownerOf returns the process that the file called name belongs to, if it is one of ours.
func ownerOf(name string) (owner string, ok bool) {
	rest, ok := strings.CutSuffix(name, suffix)
	if !ok || name[0] != '.' {
		return "", false
	}
	i := strings.LastIndex(rest, marker)
	if i < 0 {
		return "", false
	}
	owner, _, ok = cutLast(rest[i+len(marker):], '-')
	return owner, ok
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// Remove removes a file of ours, at the second attempt if the first fails. One that is not there
// is removed.
func Remove(name string) error {
	err := os.Remove(name)
	if err != nil {
		err = os.Remove(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Sync makes f's contents safe on its device. That a file system cannot do so is no error.
func Sync(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// SyncDir makes the names in the directory dir ("": the current one) safe on their device. That
// the directory must not be read, or that its file system cannot do so, is no error.
func SyncDir(dir string) error {
	if dir == "" {
		dir = "."
	}
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(Sync(d), d.Close())
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
