package timing

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"mtpipe/internal/input"
	"mtpipe/reactor"
	"mtpipe/value"
)

// watchRoot is a path as the user gave it.
type watchRoot struct {
	path string
	dir  *watchedDir // nil when it is not there
}

func (r *watchRoot) missing() bool { return r.dir == nil }

// watchedDir is a directory that is watched: a root, the one that a root is in, or one below.
type watchedDir struct {
	id     int
	path   string      // of a root
	root   *watchRoot  // nil below roots
	only   string      // the name in it that the root is, when that is a file
	parent *watchedDir // nil for a root
	name   string      // in parent
	dirs   map[string]*watchedDir
	held   map[string]fs.FileInfo // what was in it, where the system does not tell
}

const watchedOps = reactor.FileCreated | reactor.FileDeleted | reactor.FileMovedFrom | reactor.FileMovedTo |
	reactor.FileModified | reactor.FileAttrib | reactor.FileMoved

func (d *watchedDir) fullPath() string {
	if d.parent == nil {
		return d.path
	}
	return input.Below(d.parent.fullPath(), d.name)
}

// top returns the root above d.
func (d *watchedDir) top() *watchRoot {
	for d.parent != nil {
		d = d.parent
	}
	return d.root
}

// shown returns the path that is told for a name in d, "" for d itself, and whether the user
// wants to know of it.
func (d *watchedDir) shown(name string) (string, bool) {
	switch {
	case d.only != "":
		return d.root.path, name == d.only
	case name == "":
		return d.fullPath(), true
	}
	return input.Below(d.fullPath(), name), true
}

// moveTo gives d another place.
func (d *watchedDir) moveTo(parent *watchedDir, name string) {
	delete(d.parent.dirs, d.name)
	d.parent, d.name = parent, name
	parent.put(d)
}

func (d *watchedDir) put(sub *watchedDir) {
	if d.dirs == nil {
		d.dirs = make(map[string]*watchedDir)
	}
	d.dirs[sub.name] = sub
}

// begin watches a root. With tell, it is there again, and all that is in it is new.
func (w *watcher) begin(r *watchRoot, tell bool) error {
	info, err := os.Stat(r.path)
	if err != nil {
		return err
	}
	d := &watchedDir{path: r.path, root: r}
	if !info.IsDir() {
		file, err := filepath.EvalSymlinks(r.path)
		if err != nil {
			return err
		}
		d.path, d.only = filepath.Split(file)
		if d.path == "" {
			d.path = "."
		}
	}
	if d.id, err = w.watch.Add(d.path, watchedOps); err != nil {
		return err
	}
	w.byID[d.id], r.dir = d, d
	if tell {
		w.put("create", r.path)
	}
	return w.list(d, tell && d.only == "")
}

// enter watches a directory below others, if these are to be watched, and all below it. With
// tell, all that is in it is new.
func (w *watcher) enter(parent *watchedDir, name string, tell bool) error {
	if !w.args.Recursive || parent.only != "" || parent.dirs[name] != nil {
		return nil
	}
	w.j.Yield()
	d := &watchedDir{parent: parent, name: name}
	id, err := w.watch.Add(d.fullPath(), watchedOps|reactor.FileDirOnly)
	if err == nil {
		d.id, w.byID[id] = id, d
		parent.put(d)
		return w.list(d, tell)
	}
	events, fail := w.watch.Take()
	w.queue.add(events...)
	switch {
	case fail != nil:
		return fail
	case w.misled(d, nil):
		w.late = append(w.late, lateDir{parent, name, tell})
		return nil
	}
	return w.refused(d, err)
}

// lateDir is a directory that is to be watched when its path is known again.
type lateDir struct {
	parent *watchedDir
	name   string
	tell   bool
}

// misled reports whether the path of d may have led to another directory, or to none: its name, or
// that of one above, has got another meaning, and that is in the queue or in events, and not told yet.
func (w *watcher) misled(d *watchedDir, events []reactor.FileEvent) bool {
	for ; d.parent != nil; d = d.parent {
		name := nameIn{d.parent.id, d.name}
		if w.queue.renamed[name] > 0 || slices.ContainsFunc(events, func(e reactor.FileEvent) bool {
			return renames(e) && name == (nameIn{e.ID, e.Name})
		}) {
			return true
		}
	}
	return false
}

// enterLate watches the late directories that are still there.
func (w *watcher) enterLate() error {
	late := w.late
	w.late = nil
	for _, l := range late {
		if w.byID[l.parent.id] != l.parent {
			continue // it is not watched any more
		}
		if err := w.enter(l.parent, l.name, l.tell); err != nil {
			return err
		}
	}
	return nil
}

// refused does what --on-error says with a directory that cannot be watched; one that is not there
// any more is nobody's error.
func (w *watcher) refused(d *watchedDir, err error) error {
	switch {
	case notThere(err) == nil:
		return nil
	case w.j.KeepsErrors():
		w.j.Put(value.Error(err))
		return nil
	case errors.Is(err, fs.ErrPermission):
		return w.j.RejectValue(value.TextOf(d.fullPath()), err)
	}
	return err
}

// list goes through what is in d, which has just become watched, to tell it or to watch what is
// below. What was made meanwhile is in the list and an event as well: one of them tells it.
func (w *watcher) list(d *watchedDir, tell bool) error {
	if !tell && !w.args.Recursive && !w.watch.Polled() {
		return nil
	}
	entries, err := os.ReadDir(d.fullPath())
	events, fail := w.watch.Take()
	if fail != nil {
		return fail
	}
	if w.misled(d, events) {
		w.queue.add(events...)
		w.leave(d)
		w.late = append(w.late, lateDir{d.parent, d.name, tell})
		return nil
	}
	if err != nil {
		w.queue.add(events...)
		return w.refused(d, err)
	}
	listed := make(map[string]bool)
	for _, e := range entries {
		listed[e.Name()] = true
	}
	fresh := make(map[string]bool) // an event is still to come
	for _, e := range events {
		if _, seen := fresh[e.Name]; e.ID == d.id && e.Name != "" && !seen {
			isNew := e.Ops&(reactor.FileCreated|reactor.FileMovedTo) != 0
			fresh[e.Name] = isNew
			switch {
			case !tell:
			case isNew && listed[e.Name]:
				continue
			case !isNew && !listed[e.Name]: // it was there, and is not any more
				w.put("create", input.Below(d.fullPath(), e.Name))
			}
		}
		w.queue.add(e)
	}
	if w.watch.Polled() {
		d.held = infos(entries)
	}
	for _, e := range entries {
		if tell {
			w.put("create", input.Below(d.fullPath(), e.Name()))
		}
		if !e.IsDir() || fresh[e.Name()] && !tell {
			continue
		}
		if err := w.enter(d, e.Name(), tell); err != nil {
			return err
		}
	}
	return nil
}

// leave ends the watching of d, which may be nil, and of all below it.
func (w *watcher) leave(d *watchedDir) {
	if d == nil {
		return
	}
	for _, sub := range d.dirs {
		w.leave(sub)
	}
	w.watch.Remove(d.id)
	delete(w.byID, d.id)
	if d.root != nil {
		d.root.dir = nil
	} else {
		delete(d.parent.dirs, d.name)
	}
}

// infos returns what is known of the entries that are still there.
func infos(entries []fs.DirEntry) map[string]fs.FileInfo {
	held := make(map[string]fs.FileInfo)
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			held[e.Name()] = info
		}
	}
	return held
}

// difference is what has become of a name.
type difference struct {
	name string
	ops  reactor.FileOps
	dir  bool
}

// differences returns what has changed in a directory that held one and holds the other, in the
// order of the names.
func differences(before, now map[string]fs.FileInfo) (list []difference) {
	names := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(now))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		old, fresh := before[name], now[name]
		same := old != nil && fresh != nil && os.SameFile(old, fresh)
		if old != nil && !same {
			list = append(list, difference{name, reactor.FileDeleted, old.IsDir()})
		}
		if fresh != nil && !same {
			list = append(list, difference{name, reactor.FileCreated, fresh.IsDir()})
		}
		if !same {
			continue
		}
		var ops reactor.FileOps
		if !old.IsDir() && (old.Size() != fresh.Size() || !old.ModTime().Equal(fresh.ModTime())) {
			ops |= reactor.FileModified
		}
		if old.Mode() != fresh.Mode() {
			ops |= reactor.FileAttrib
		}
		if ops != 0 {
			list = append(list, difference{name, ops, fresh.IsDir()})
		}
	}
	return list
}

// scan tells what has changed in d, and below it.
func (w *watcher) scan(d *watchedDir) error {
	entries, err := os.ReadDir(d.fullPath())
	if err != nil {
		return w.refused(d, err)
	}
	before := d.held
	d.held = infos(entries)
	for _, c := range differences(before, d.held) {
		switch {
		case c.ops == reactor.FileDeleted:
			w.deleted(d, c.name)
		case c.ops == reactor.FileCreated:
			if err := w.created(d, reactor.FileEvent{Name: c.name, Dir: c.dir}); err != nil {
				return err
			}
		default:
			w.changed(d, c.name, c.ops)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.dirs)) {
		if sub := d.dirs[name]; sub != nil {
			if err := w.scan(sub); err != nil {
				return err
			}
		}
	}
	return nil
}
