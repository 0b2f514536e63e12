package timing

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"mtpipe/reactor"
)

// followedName is a name that may lead to one file after another.
type followedName struct {
	name string
	at   namePlace
	real namePlace     // of what it leads to, when that is behind a link
	file *followedFile // that it leads to; nil when there is none
	look bool          // it may lead to another one
	bars int           // how often in a row it was not allowed to be read
}

// namePlace is a name in a directory.
type namePlace struct {
	dir  *followedDir
	base string
}

// followedDir is a directory that names stand in, or the nearest one above that is there.
type followedDir struct {
	path string
	at   string // what is watched in its place
	info os.FileInfo
	id   int // of the watch; 0 when there is none
}

// strayFile is a file that had a followed name and was renamed. It may have been there between
// two looks, so that nobody has opened it.
type strayFile struct {
	of     *followedName
	dir    *followedDir
	base   string
	cookie uint32
	state  strayState
	old    bool
}

type strayState uint8

const (
	moving strayState = iota // its new name was not told yet
	sought                   // it has a name
	looked                   // what has that name was looked at
	found                    // and it was still its name then
	lost                     // it was deleted, or is where nobody watches
)

func (f *follower) newName(name string) *followedName {
	return &followedName{name: name, at: f.place(name)}
}

func (f *follower) place(name string) namePlace {
	path := filepath.Dir(name)
	i := slices.IndexFunc(f.dirs, func(d *followedDir) bool { return d.path == path })
	if i < 0 {
		i = len(f.dirs)
		f.dirs = append(f.dirs, &followedDir{path: path})
	}
	return namePlace{f.dirs[i], filepath.Base(name)}
}

// findReal notes where the file stands that n leads to, so that it is told when another one takes
// its place there.
func (f *follower) findReal(n *followedName) {
	name, err := filepath.EvalSymlinks(n.name)
	if err != nil {
		return
	}
	old := n.real.dir
	if n.real = f.place(name); n.real == n.at {
		n.real = namePlace{}
	}
	used := func(n *followedName) bool { return n.at.dir == old || n.real.dir == old }
	if old != nil && !slices.ContainsFunc(f.names, used) {
		f.dirs = slices.DeleteFunc(f.dirs, func(d *followedDir) bool { return d == old })
		if f.watch != nil {
			f.watch.Remove(old.id)
		}
	}
	if d := n.real.dir; f.watch != nil && d != nil && d.id == 0 && !f.watchDir(d) {
		f.blind = true
	}
}

// lookAgain looks where the names lead that may lead to other files, until none of them may.
func (f *follower) lookAgain() error {
	for left := manyLooks; ; left-- {
		if err := f.findStrays(); err != nil {
			return err
		}
		all := f.again
		f.again = false
		if all {
			if err := f.matchAgain(); err != nil {
				return err
			}
		}
		for _, n := range f.names {
			if all || n.look {
				n.look = false
				if err := f.barred(n, f.look(n, atFirstLine, left > 0)); err != nil {
					return err
				}
			}
		}
		mayLead := func(n *followedName) bool { return n.look }
		if left == 0 || !f.again && !slices.ContainsFunc(f.names, mayLead) {
			return nil
		}
	}
}

// overtaken reports whether n has changed its file while that was opened. Then there may be one
// that came before it and that nobody has opened: n is to be looked at again, after those that
// have been renamed.
func (f *follower) overtaken(n *followedName) bool {
	if f.watch == nil {
		return false
	}
	if events, err := f.watch.Take(); err == nil && len(events) > 0 {
		f.note(events)
	}
	n.look = n.look || slices.ContainsFunc(f.stray, func(s *strayFile) bool { return s.of == n && s.state == sought })
	return n.look
}

// barred returns err, unless it says that n may not be read. A file that is new may get its
// permissions a moment later: so that is told when it is so for the second time, and waited for.
func (f *follower) barred(n *followedName, err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		n.bars = 0
		return err
	}
	if n.bars++; n.bars == 2 {
		f.j.Warn("%s: %v; waiting for it", n.name, fs.ErrPermission)
	}
	return nil
}

// look looks where n leads, and opens a file that is new for reading from begin on; in its turn,
// when there may be files that come before it.
func (f *follower) look(n *followedName, begin lineToBegin, inTurn bool) error {
	file, err := f.open(n.name)
	if n.file != file.known && file.known != nil {
		f.findReal(n)
	}
	n.file = file.known
	switch {
	case err != nil:
		return err
	case file.info != nil && !file.info.Mode().IsRegular():
		return fmt.Errorf("%s: is %s, and cannot be followed", n.name, kindOf(file.info.Mode()))
	case file.new == nil:
		return nil
	case inTurn && f.overtaken(n):
		return file.new.Close()
	}
	if err := f.start(n, file.new, file.info, begin); err != nil {
		return err
	}
	n.file = f.files[len(f.files)-1]
	f.findReal(n)
	return nil
}

// opened is what a name leads to: a file that is open already, a new one, or nothing.
type opened struct {
	known *followedFile
	new   *os.File
	info  os.FileInfo
}

// open opens what name leads to, if that is a regular file.
func (f *follower) open(name string) (o opened, err error) {
	if o.info, err = os.Stat(name); err != nil {
		return o, notThere(err)
	}
	if o.known = f.known(o.info); o.known != nil || !o.info.Mode().IsRegular() {
		return o, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return o, notThere(err)
	}
	if o.info, err = file.Stat(); err == nil {
		o.known = f.known(o.info) // the name may have changed its file meanwhile
	}
	if err != nil || o.known != nil {
		_ = file.Close()
		return o, err
	}
	o.new = file
	return o, nil
}

// notThere returns err unless it says that there is no file.
func notThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	return err
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// known returns the open file that info describes.
func (f *follower) known(info os.FileInfo) *followedFile {
	for _, s := range f.files {
		if os.SameFile(s.info, info) {
			return s
		}
	}
	return nil
}

// named reports whether a name leads to s.
func (f *follower) named(s *followedFile) bool {
	return slices.ContainsFunc(f.names, func(n *followedName) bool { return n.file == s })
}

const followedOps = reactor.FileCreated | reactor.FileDeleted | reactor.FileMovedFrom | reactor.FileMovedTo | reactor.FileMoved

// watchDirs watches the directories that the names stand in. One that is not there is waited
// for in the nearest one above.
func (f *follower) watchDirs() {
	if f.watch == nil {
		return
	}
	for _, d := range f.dirs {
		if d.id != 0 && f.again && !d.current() {
			f.watch.Remove(d.id)
			d.id = 0
		}
		if d.id == 0 && !f.watchDir(d) {
			f.blind = true
		}
	}
}

// watchDir watches a directory, or the nearest one above that is there. It reports false when that
// cannot be watched. What is missing may have been made before the one above was watched, and then
// nothing tells of it: so it is looked for once more.
func (f *follower) watchDir(d *followedDir) bool {
	for path, missing := d.path, ""; ; {
		id, err := f.watch.Add(path, followedOps)
		if err != nil {
			if notThere(err) != nil || path == filepath.Dir(path) {
				return false
			}
			path, missing = filepath.Dir(path), path
			continue
		}
		if missing != "" {
			if _, err := os.Stat(missing); err == nil {
				f.watch.Remove(id)
				path, missing = d.path, ""
				continue
			}
		}
		d.id, d.at = id, path
		d.info, _ = os.Stat(path)
		return true
	}
}

// current reports whether what is watched is the directory itself, and still has its name.
func (d *followedDir) current() bool {
	info, err := os.Stat(d.path)
	return d.at == d.path && err == nil && d.info != nil && os.SameFile(info, d.info)
}

// note notes what has happened: which files may have something to read, and which names may
// lead to other files.
func (f *follower) note(events []reactor.FileEvent) {
	for _, e := range events {
		if s := f.byID[e.ID]; s != nil {
			f.noteFile(s, e)
			continue
		}
		i := slices.IndexFunc(f.dirs, func(d *followedDir) bool { return d.id == e.ID && e.ID != 0 })
		switch {
		case e.Ops&(reactor.FileLost|reactor.FileMaybe) != 0:
			f.again, f.stray = true, nil
			for _, s := range f.files {
				s.dirty = true
			}
		case i < 0:
		case e.Ops&(reactor.FileGone|reactor.FileMoved) != 0 || f.dirs[i].at != f.dirs[i].path:
			f.watch.Remove(e.ID)
			f.dirs[i].id, f.again = 0, true
		default:
			f.noteName(f.dirs[i], e)
		}
	}
	f.stray = slices.DeleteFunc(f.stray, func(s *strayFile) bool {
		switch s.state {
		case looked:
			s.state = found
		case moving: // the other half of the move may come later
			if s.old {
				s.state = lost
			}
			s.old = true
		}
		return s.state == found || s.state == lost
	})
}

func (f *follower) noteFile(s *followedFile, e reactor.FileEvent) {
	if e.Ops&(reactor.FileModified|reactor.FileClosed) != 0 {
		s.dirty, s.closed = true, e.Ops&reactor.FileClosed != 0
	}
	if e.Ops&reactor.FileGone != 0 {
		delete(f.byID, s.id)
		s.id = 0
	}
	if e.Ops&(reactor.FileAttrib|reactor.FileMoved|reactor.FileGone) != 0 {
		for _, n := range f.names {
			n.look = n.look || n.file == s
		}
	}
}

// noteName notes that something happened to a name in d.
func (f *follower) noteName(d *followedDir, e reactor.FileEvent) {
	for _, s := range f.stray {
		switch {
		case s.dir != d || s.base != e.Name || s.state == moving:
		case e.Ops&reactor.FileMovedFrom != 0:
			s.state, s.cookie = moving, e.Cookie
		default:
			s.state = lost // the name is that of another file, or of none
		}
	}
	for _, s := range f.stray {
		if e.Ops&reactor.FileMovedTo != 0 && s.state == moving && s.cookie == e.Cookie {
			s.dir, s.base, s.state, s.old = d, e.Name, sought, false
		}
	}
	known := false
	for _, n := range f.names {
		if place := (namePlace{d, e.Name}); n.at != place && n.real != place {
			continue
		}
		n.look, known = true, true
		if e.Ops&reactor.FileMovedFrom != 0 {
			f.stray = append(f.stray, &strayFile{of: n, dir: d, cookie: e.Cookie})
		}
	}
	if !known && e.Ops&(reactor.FileCreated|reactor.FileMovedTo) != 0 {
		f.again = true // a pattern may match it
	}
}

// manyStrays is how many stray files are looked for at a time, and manyLooks how often in a row it
// is looked where names lead that change their files all the time.
const (
	manyStrays = 1000
	manyLooks  = 100
)

// findStrays opens the files that have been renamed before anybody has opened them. Where a
// name leads counts only if nothing has happened to it until the file was open.
func (f *follower) findStrays() error {
	for range manyStrays {
		i := slices.IndexFunc(f.stray, func(s *strayFile) bool { return s.state == sought })
		if i < 0 {
			return nil
		}
		s := f.stray[i]
		s.state = looked
		name := filepath.Join(s.dir.path, s.base)
		file, err := f.open(name)
		if errors.Is(err, fs.ErrPermission) {
			f.j.Warn("%s: %v; it was %s", name, fs.ErrPermission, s.of.name)
			continue
		}
		if err != nil {
			return err
		}
		if file.new == nil {
			continue
		}
		events, err := f.watch.Take()
		f.note(events)
		if err != nil || s.state != found || f.known(file.info) != nil {
			_ = file.new.Close()
			continue
		}
		if err := f.start(s.of, file.new, file.info, atFirstLine); err != nil {
			return err
		}
	}
	return nil
}
