package reactor

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// FileEvents is the class of the notifier for file events: a reason is a *FileWatch. The
// waiting thread is continued with the []FileEvent that have come since it was the last
// time, at least one, in order.
var FileEvents = &NotifierClass{Name: "file events", Priority: 15, New: newFileEvents}

// FileOps says what happened to a file, or what is to be told about it.
type FileOps uint32

// What a FileWatch tells. Names stand in a directory that is watched; the others are also
// about a file that is.
const (
	FileCreated   FileOps = 1 << iota // a name is new in the directory: made, or linked there
	FileDeleted                       // a name was removed from the directory
	FileMovedFrom                     // a name was moved away; the Cookie tells the FileMovedTo that belongs to it
	FileMovedTo                       // a name was moved to the directory
	FileModified                      // the content was written to, or cut off
	FileClosed                        // somebody who could write it has closed it, and nobody wrote since
	FileAttrib                        // permissions, times, owner or the number of links have changed
	FileMoved                         // what is watched was itself moved

	// FileDirOnly makes Add refuse what is no directory, and a link to one.
	FileDirOnly

	// These are told without being asked for.
	FileGone  // what is watched is not there any more: nothing comes from it after this
	FileLost  // events were lost: there were more than anybody took; the ID is 0
	FileMaybe // anything may have happened: the system does not tell; the ID is 0
)

// fileContent is what happens to a file without changing where it stands.
const fileContent = FileModified | FileClosed | FileAttrib

var fileOpNames = []string{"created", "deleted", "moved from", "moved to", "modified", "closed", "attributes",
	"moved", "directories only", "gone", "lost", "maybe"}

// String returns the names of the ops.
func (o FileOps) String() string {
	var names []string
	for i, n := range fileOpNames {
		if o&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}

// FileEvent is something that happened to a file.
type FileEvent struct {
	ID     int // of what Add has added
	Ops    FileOps
	Name   string // in the directory; "" for what is watched itself
	Dir    bool   // the name is that of a directory
	Cookie uint32 // the same for both halves of a move
}

// ErrWatchClosed says that a watch was closed.
var ErrWatchClosed = errors.New("the watch is closed")

// FileWatch is a queue of what happens to the files and directories that were added to it. The
// queue is bounded: when nobody takes its events the last one becomes a FileLost. Changes of
// one file's content, or of its attributes, that follow each other are one event. One thread at a
// time may wait for a watch. Its methods are for the goroutine of its reactor only.
type FileWatch struct {
	n       fileNotifier
	lastID  int
	targets map[int]int32 // what the notifier knows an ID by
	events  []FileEvent
	latest  map[fileKey]int // where in events the last one about a name stands
	lost    bool
	waiting *Deferred
	expires bool // the wait ends with a time-out; for the notifier that polls
	closed  bool
}

// fileKey is what an event is about.
type fileKey struct {
	id   int
	name string
}

// fileQueue is how many events a watch holds that nobody takes.
const fileQueue = 1 << 14

// fileNotifier is a notifier of the class FileEvents.
type fileNotifier interface {
	Notifier
	// open is called before the first watch is used.
	open() error
	// add begins to tell w what happens to path. Its result is remembered as the target of id.
	add(w *FileWatch, id int, path string, ops FileOps) (target int32, err error)
	addOpen(w *FileWatch, id int, f *os.File, ops FileOps) (target int32, err error)
	remove(w *FileWatch, id int, target int32)
	// fill puts what has happened into the queues, without waking anybody: all of it, or, not
	// to starve others, a part.
	fill(all bool) error
	// enlist makes w one of the notifier's, and strike ends that.
	enlist(w *FileWatch)
	strike(w *FileWatch)
}

// WatchFiles returns a watch that nothing was added to yet. It holds resources until it is
// closed. Reactor only.
func (r *Reactor) WatchFiles() (*FileWatch, error) {
	n, ok := r.Notifier(FileEvents).(fileNotifier)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoNotifier, FileEvents.Name)
	}
	return newFileWatch(n)
}

func newFileWatch(n fileNotifier) (*FileWatch, error) {
	if err := n.open(); err != nil {
		return nil, err
	}
	w := &FileWatch{n: n, targets: make(map[int]int32), latest: make(map[fileKey]int)}
	n.enlist(w)
	return w, nil
}

// Add begins to watch the file or directory at path for any of ops, and returns the number
// that its events bear, from 1. A link is followed. What is watched is the file, which may
// get another name. The error is an *os.PathError.
func (w *FileWatch) Add(path string, ops FileOps) (id int, err error) {
	return w.added(func(id int) (int32, error) { return w.n.add(w, id, path, ops) })
}

// AddOpen is Add for a file that is open, whatever its name is by now.
func (w *FileWatch) AddOpen(f *os.File, ops FileOps) (id int, err error) {
	return w.added(func(id int) (int32, error) { return w.n.addOpen(w, id, f, ops) })
}

func (w *FileWatch) added(add func(id int) (int32, error)) (int, error) {
	if w.closed {
		return 0, ErrWatchClosed
	}
	w.lastID++
	target, err := add(w.lastID)
	if err != nil {
		return 0, err
	}
	w.targets[w.lastID] = target
	return w.lastID, nil
}

// Remove ends the watching of what Add has returned id for. Its events that nobody has taken are
// dropped.
func (w *FileWatch) Remove(id int) {
	target, ok := w.targets[id]
	if !ok {
		return
	}
	delete(w.targets, id)
	w.n.remove(w, id, target)
	w.events = slices.DeleteFunc(w.events, func(e FileEvent) bool { return e.ID == id })
	clear(w.latest)
}

// Take returns what has happened, without waiting.
func (w *FileWatch) Take() ([]FileEvent, error) {
	if w.closed {
		return nil, ErrWatchClosed
	}
	err := w.n.fill(true)
	return w.take(), err
}

// Polled reports whether all that the watch will tell is a FileMaybe now and then.
func (w *FileWatch) Polled() bool {
	_, ok := w.n.(*polledFiles)
	return ok
}

// Close ends the watching of all that was added. Who waits for the watch gets ErrWatchClosed.
// Closing twice is fine.
func (w *FileWatch) Close() {
	if w.closed {
		return
	}
	for id, target := range w.targets {
		w.n.remove(w, id, target)
	}
	w.n.strike(w)
	w.shut()
}

// shut ends the use of w.
func (w *FileWatch) shut() {
	w.closed, w.events, w.targets = true, nil, nil
	if d := w.waiting; d != nil {
		_ = d.r.schedule(d, Failed(ErrWatchClosed))
	}
}

// push adds an event to the queue.
func (w *FileWatch) push(e FileEvent) {
	if e.ID != 0 && w.targets[e.ID] == 0 {
		return // it was removed
	}
	key := fileKey{e.ID, e.Name}
	i, ok := w.latest[key]
	switch {
	case ok && e.Ops&^fileContent == 0 && w.events[i].Ops&^fileContent == 0:
		if e.Ops&FileModified != 0 {
			w.events[i].Ops &^= FileClosed
		}
		w.events[i].Ops |= e.Ops
	case w.lost:
	case len(w.events) >= fileQueue-1 || e.Ops == FileLost:
		w.lost = true
		w.events = append(w.events, FileEvent{Ops: FileLost})
	default:
		w.latest[key] = len(w.events)
		w.events = append(w.events, e)
	}
	if e.Ops&FileGone != 0 {
		delete(w.targets, e.ID)
	}
}

// take empties the queue.
func (w *FileWatch) take() []FileEvent {
	events := w.events
	w.events, w.lost = nil, false
	clear(w.latest)
	return events
}

// fileWaits is what notifiers for file events have in common: the watches, and who waits for
// them.
type fileWaits struct {
	passive
	r       *Reactor
	watches []*FileWatch
	waits   map[*Deferred]*FileWatch
}

func newFileWaits(r *Reactor) fileWaits {
	return fileWaits{r: r, waits: make(map[*Deferred]*FileWatch)}
}

func (f *fileWaits) Describe(*Deferred) string { return "waiting for file events" }

func (f *fileWaits) Cancel(d *Deferred) {
	if w := f.waits[d]; w != nil {
		w.waiting = nil
		delete(f.waits, d)
	}
}

// register makes d wait for the watch that reason is.
func (f *fileWaits) register(d *Deferred, reason any) (*FileWatch, error) {
	w, ok := reason.(*FileWatch)
	switch {
	case !ok:
		return nil, fmt.Errorf("the notifier for file events takes a *FileWatch, not a %T", reason)
	case w.closed:
		return nil, ErrWatchClosed
	case !slices.Contains(f.watches, w):
		return nil, ErrOtherReactor
	case w.waiting != nil:
		return nil, errors.New("two threads cannot wait for one watch")
	}
	w.waiting = d
	f.waits[d] = w
	return w, nil
}

// wake continues those who wait for a watch that has events.
func (f *fileWaits) wake() {
	for _, w := range f.watches {
		if d := w.waiting; d != nil && len(w.events) > 0 {
			_ = f.r.schedule(d, Outcome{value: w.take()})
		}
	}
}

func (f *fileWaits) enlist(w *FileWatch) { f.watches = append(f.watches, w) }

func (f *fileWaits) strike(w *FileWatch) {
	f.watches = slices.DeleteFunc(f.watches, func(o *FileWatch) bool { return o == w })
}

// close shuts the watches that nobody has closed.
func (f *fileWaits) close() {
	for _, w := range f.watches {
		w.shut()
	}
	f.watches = nil
}

// polledFiles is the notifier for file events where the system does not tell them: it says
// after a short while that anything may have happened.
type polledFiles struct{ fileWaits }

// filePolling is how often a watch is told so.
const filePolling = 250 * time.Millisecond

func newPolledFiles(r *Reactor) (Notifier, error) {
	return &polledFiles{newFileWaits(r)}, nil
}

func (p *polledFiles) Register(d *Deferred, reason any, maxWait time.Duration) error {
	w, err := p.register(d, reason)
	if err != nil {
		return err
	}
	wait := filePolling
	if w.expires = maxWait > 0 && maxWait < wait; w.expires {
		wait = maxWait
	}
	p.r.SetTimer(p, d, wait)
	return nil
}

// Timeout continues d with what the end of the wait means.
func (p *polledFiles) Timeout(d *Deferred) error {
	if p.waits[d].expires {
		return p.r.schedule(d, Failed(ErrTimeout))
	}
	return p.r.schedule(d, Outcome{value: []FileEvent{{Ops: FileMaybe}}})
}

func (p *polledFiles) add(_ *FileWatch, _ int, path string, ops FileOps) (int32, error) {
	stat := os.Stat
	if ops&FileDirOnly != 0 {
		stat = os.Lstat
	}
	info, err := stat(path)
	if err == nil && ops&FileDirOnly != 0 && !info.IsDir() {
		err = &os.PathError{Op: "watch", Path: path, Err: errNoDirectory}
	}
	return 1, err
}

var errNoDirectory = errors.New("not a directory")

func (p *polledFiles) addOpen(*FileWatch, int, *os.File, FileOps) (int32, error) { return 1, nil }
func (p *polledFiles) remove(*FileWatch, int, int32)                             {}
func (p *polledFiles) open() error                                               { return nil }
func (p *polledFiles) fill(bool) error                                           { return nil }

func (p *polledFiles) Close() error {
	p.close()
	return nil
}
