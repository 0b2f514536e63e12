package timing

import (
	"errors"
	"os"
	"slices"
	"time"

	"mtpipe/pipeline"
	"mtpipe/reactor"
	"mtpipe/value"
)

func watchStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "watch",
		Short: "Puts a record for each change of files",
		Trait: pipeline.Source,
		Long: `PATH is a file, or a directory for the files in it. The fields are event and path; event is
create, modify, delete, attrib, for permissions and times, or move, which has the new
path in the field to. A file that comes from elsewhere is a create, one that goes
elsewhere a delete. Changes of one file that follow each other quickly may be one event.

With --recursive what is below the directories counts too, also in those that are made
later: what such a directory holds when it is found is told as create. Links are not
followed, but for PATH itself. When there were more events than the system holds, there
is one with the event overflow. A PATH that is deleted is waited for.`,
	}, watch)
}

type watchArgs struct {
	Paths     []string `arg:"path...+" help:"the files and directories to watch"`
	Recursive bool     `opt:"recursive,r" help:"also what is in directories below"`
}

// watcher tells what happens to files.
type watcher struct {
	j     *pipeline.Job
	args  *watchArgs
	watch *reactor.FileWatch
	roots []*watchRoot
	byID  map[int]*watchedDir
	queue changeQueue
	late  []lateDir
	shape *value.Shape
	moved *value.Shape // of a move
}

const (
	watchTick = 250 * time.Millisecond // how often a path that is not there is looked for
	otherHalf = 10 * time.Millisecond  // how long the second half of a move may take
)

func watch(j *pipeline.Job, a *watchArgs) error {
	files, err := j.Program().Reactor().WatchFiles()
	if err != nil {
		return err
	}
	defer files.Close()
	w := &watcher{j: j, args: a, watch: files, byID: make(map[int]*watchedDir),
		queue: changeQueue{renamed: make(map[nameIn]int)},
		shape: value.NewShape("event", "path"), moved: value.NewShape("event", "path", "to")}
	for _, path := range a.Paths {
		r := &watchRoot{path: path}
		w.roots = append(w.roots, r)
		if err := w.begin(r, false); err != nil {
			return err
		}
	}
	for {
		for len(w.queue.events) > 0 {
			if err := w.tell(w.queue.take(0)); err != nil {
				return err
			}
		}
		if len(w.late) > 0 {
			if err := w.enterLate(); err != nil {
				return err
			}
			continue
		}
		if err := w.wait(w.tick()); err != nil {
			return err
		}
		if err := w.lookForMissing(); err != nil {
			return err
		}
	}
}

// tick returns how long to wait for events: for ever, unless a path is not there.
func (w *watcher) tick() time.Duration {
	if slices.ContainsFunc(w.roots, (*watchRoot).missing) {
		return watchTick
	}
	return 0
}

// wait waits for events.
func (w *watcher) wait(maxWait time.Duration) error {
	events, err := w.j.DeferTo(reactor.FileEvents, w.watch, maxWait)
	if errors.Is(err, reactor.ErrTimeout) {
		return nil
	}
	if err == nil {
		w.queue.add(events.([]reactor.FileEvent)...)
	}
	return err
}

// lookForMissing begins to watch the paths that are there again.
func (w *watcher) lookForMissing() error {
	for _, r := range w.roots {
		if !r.missing() {
			continue
		}
		if err := notThere(w.begin(r, true)); err != nil {
			return err
		}
	}
	return nil
}

// put puts a record.
func (w *watcher) put(event, path string) {
	w.j.Put(value.Rec(value.NewRecord(w.shape, value.TextOf(event), value.TextOf(path))))
}

// tell tells an event, and follows what it means for the directories that are watched.
func (w *watcher) tell(e reactor.FileEvent) error {
	switch e.Ops {
	case reactor.FileLost:
		w.j.Put(value.Rec(value.NewRecord(w.shape, value.TextOf("overflow"), value.Null)))
		return w.beginAgain()
	case reactor.FileMaybe:
		return w.scanAll()
	}
	d := w.byID[e.ID]
	if d == nil {
		return nil // it is not watched any more
	}
	if e.Name == "" {
		w.tellItself(d, e.Ops)
		return nil
	}
	switch {
	case e.Ops&reactor.FileCreated != 0:
		return w.created(d, e)
	case e.Ops&reactor.FileDeleted != 0:
		w.deleted(d, e.Name)
	case e.Ops&reactor.FileMovedFrom != 0:
		return w.movedFrom(d, e)
	case e.Ops&reactor.FileMovedTo != 0:
		return w.created(d, e)
	default:
		w.changed(d, e.Name, e.Ops)
	}
	return nil
}

// tellItself tells what happened to a watched directory. Only a root is not told by the one
// above it.
func (w *watcher) tellItself(d *watchedDir, ops reactor.FileOps) {
	switch {
	case ops&(reactor.FileGone|reactor.FileMoved) == 0:
		if d.root != nil && d.only == "" {
			w.changed(d, "", ops)
		}
	case d.root != nil:
		w.end(d, ops&reactor.FileMoved != 0)
	case ops&reactor.FileGone != 0:
		w.leave(d)
	}
}

// end ends the watching of a root that is not there any more. With the directory that it is in,
// a file has moved; of one that was deleted, that was told before.
func (w *watcher) end(d *watchedDir, moved bool) {
	r := d.root
	w.leave(d)
	if d.only == "" || moved {
		w.put("delete", r.path)
	}
}

func (w *watcher) created(d *watchedDir, e reactor.FileEvent) error {
	path, ok := d.shown(e.Name)
	if ok {
		w.put("create", path)
	}
	if !e.Dir {
		return nil
	}
	return w.enter(d, e.Name, true)
}

func (w *watcher) deleted(d *watchedDir, name string) {
	if path, ok := d.shown(name); ok {
		w.put("delete", path)
	}
	w.leave(d.dirs[name])
}

func (w *watcher) changed(d *watchedDir, name string, ops reactor.FileOps) {
	path, ok := d.shown(name)
	if ok && ops&reactor.FileModified != 0 {
		w.put("modify", path)
	}
	if ok && ops&reactor.FileAttrib != 0 {
		w.put("attrib", path)
	}
}

// movedFrom tells a move, when its other half is told too. The system tells it at once.
func (w *watcher) movedFrom(d *watchedDir, e reactor.FileEvent) error {
	i, err := w.half(d, e.Cookie)
	if err != nil {
		return err
	}
	if i < 0 {
		w.deleted(d, e.Name)
		return nil
	}
	second := w.queue.take(i)
	to := w.byID[second.ID]
	path, shown := d.shown(e.Name)
	target, known := to.shown(second.Name)
	sub := d.dirs[e.Name]
	switch {
	case !known:
		w.deleted(d, e.Name)
		return nil
	case shown:
		w.j.Put(value.Rec(value.NewRecord(w.moved, value.TextOf("move"), value.TextOf(path), value.TextOf(target))))
	default:
		w.put("create", target)
	}
	w.leave(to.dirs[second.Name]) // it was replaced
	switch {
	case sub != nil:
		sub.moveTo(to, second.Name)
	case e.Dir:
		return w.enter(to, second.Name, true)
	}
	return nil
}

// half returns where in the queue the second half of a move from d stands, or -1. Of several, since
// roots may lie in each other, it is that of the same root.
func (w *watcher) half(d *watchedDir, cookie uint32) (int, error) {
	find := func() int {
		found := -1
		for i, e := range w.queue.events {
			to := w.byID[e.ID]
			if e.Cookie != cookie || e.Ops&reactor.FileMovedTo == 0 || to == nil {
				continue
			}
			if to.top() == d.top() {
				return i
			}
			found = i
		}
		return found
	}
	if i := find(); i >= 0 {
		return i, nil
	}
	if len(w.queue.events) == 0 {
		if err := w.wait(otherHalf); err != nil {
			return -1, err
		}
		return find(), nil
	}
	events, err := w.watch.Take()
	w.queue.add(events...)
	return find(), err
}

// beginAgain watches everything anew: what has become of it is not known.
func (w *watcher) beginAgain() error {
	for _, r := range w.roots {
		if r.missing() {
			continue
		}
		w.leave(r.dir)
		err := w.begin(r, false)
		if err != nil && notThere(err) == nil {
			w.put("delete", r.path)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// scanAll tells what has changed since the last time, where the system does not.
func (w *watcher) scanAll() error {
	for _, r := range w.roots {
		if r.missing() {
			continue
		}
		if _, err := os.Stat(r.dir.path); err != nil && notThere(err) == nil {
			w.end(r.dir, r.dir.held[r.dir.only] != nil)
		} else if err := w.scan(r.dir); err != nil {
			return err
		}
	}
	return nil
}
