package reactor

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// inotify is the notifier for file events with the kernel's interface of that name: one
// instance for all watches of a reactor, made for the first one. The kernel knows each file
// once, by a mark, however many watches ask for it.
type inotify struct {
	fileWaits
	fd    int // -1 until somebody watches
	buf   []byte
	marks map[int32]*fileMark // by the kernel's number
}

// fileMark is a file that the kernel tells events of, and who asked for which.
type fileMark struct{ subscribers []subscriber }

type subscriber struct {
	w   *FileWatch
	id  int
	ops FileOps
}

// inotifyOps is the kernel's name for each of our own.
var inotifyOps = [...]struct {
	op   FileOps
	mask uint32
}{
	{FileCreated, unix.IN_CREATE},
	{FileDeleted, unix.IN_DELETE},
	{FileMovedFrom, unix.IN_MOVED_FROM},
	{FileMovedTo, unix.IN_MOVED_TO},
	{FileModified, unix.IN_MODIFY},
	{FileClosed, unix.IN_CLOSE_WRITE},
	{FileAttrib, unix.IN_ATTRIB},
	{FileMoved, unix.IN_MOVE_SELF},
	{FileDirOnly, unix.IN_ONLYDIR | unix.IN_DONT_FOLLOW},
	{FileGone, unix.IN_IGNORED},
}

func newFileEvents(r *Reactor) (Notifier, error) {
	return &inotify{fileWaits: newFileWaits(r), fd: -1, marks: make(map[int32]*fileMark)}, nil
}

func (n *inotify) open() error {
	if n.fd >= 0 {
		return nil
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return fmt.Errorf("inotify: %w", limited(err))
	}
	n.fd, n.buf = fd, make([]byte, 16<<10)
	_ = n.r.merge() // if that fails it is waited for in turn
	return nil
}

// limited returns err, or which limit of the system it stands for.
func limited(err error) error {
	switch {
	case errors.Is(err, unix.ENOSPC):
		return errors.New("too many files are watched: see fs.inotify.max_user_watches")
	case errors.Is(err, unix.EMFILE):
		return errors.New("too many instances, or open files: see fs.inotify.max_user_instances")
	}
	return err
}

// Descriptor returns what becomes readable with an event, -1 before there are watches.
func (n *inotify) Descriptor() int { return n.fd }

func (n *inotify) add(w *FileWatch, id int, path string, ops FileOps) (int32, error) {
	if err := n.fill(true); err != nil { // what was before is not for the new one
		return 0, err
	}
	mask := uint32(unix.IN_MASK_ADD)
	for _, o := range inotifyOps {
		if ops&o.op != 0 && o.op != FileGone {
			mask |= o.mask
		}
	}
	wd, err := unix.InotifyAddWatch(n.fd, path, mask)
	if err != nil {
		return 0, &os.PathError{Op: "watch", Path: path, Err: limited(err)}
	}
	m := n.marks[int32(wd)]
	if m == nil {
		m = &fileMark{}
		n.marks[int32(wd)] = m
	}
	m.subscribers = append(m.subscribers, subscriber{w, id, ops})
	return int32(wd), nil
}

// addOpen names the file by its descriptor, and by its name where the system cannot do that.
func (n *inotify) addOpen(w *FileWatch, id int, f *os.File, ops FileOps) (target int32, err error) {
	c, err := f.SyscallConn() // Fd would change the blocking mode
	if err != nil {
		return 0, err
	}
	if fail := c.Control(func(fd uintptr) {
		target, err = n.add(w, id, fmt.Sprintf("/proc/self/fd/%d", fd), ops)
	}); fail != nil {
		return 0, fail
	}
	if errors.Is(err, unix.ENOENT) {
		return n.add(w, id, f.Name(), ops)
	}
	var p *os.PathError
	if errors.As(err, &p) {
		p.Path = f.Name()
	}
	return target, err
}

func (n *inotify) remove(w *FileWatch, id int, target int32) {
	m := n.marks[target]
	if m == nil {
		return
	}
	m.subscribers = slices.DeleteFunc(m.subscribers, func(s subscriber) bool { return s.w == w && s.id == id })
	if len(m.subscribers) == 0 {
		delete(n.marks, target)
		_, _ = unix.InotifyRmWatch(n.fd, uint32(target)) // fails when the file is gone
	}
}

func (n *inotify) Register(d *Deferred, reason any, maxWait time.Duration) error {
	if _, err := n.register(d, reason); err != nil {
		return err
	}
	if err := n.fill(false); err != nil {
		n.Cancel(d)
		return err
	}
	if maxWait > 0 {
		n.r.SetTimer(n, d, maxWait)
	}
	n.wake()
	return nil
}

const readsPerPoll = 16 // of the kernel's queue

// fill reads what the kernel has to tell. It does so for watches that nobody waits for as
// well: here, unlike there, repeated events of one file take no room.
func (n *inotify) fill(all bool) error {
	if len(n.watches) == 0 {
		return nil
	}
	for i := 0; all || i < readsPerPoll; i++ {
		size, err := unix.Read(n.fd, n.buf)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("inotify: %w", err)
		}
		n.parse(n.buf[:size])
	}
	n.r.nudge() // there may be more, of which the common wait does not tell again
	return nil
}

// parse puts the events in buf, as the kernel writes them, into the queues.
func (n *inotify) parse(buf []byte) {
	for len(buf) >= unix.SizeofInotifyEvent {
		wd := int32(binary.NativeEndian.Uint32(buf))
		mask := binary.NativeEndian.Uint32(buf[4:])
		cookie := binary.NativeEndian.Uint32(buf[8:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(buf[12:]))
		name, _, _ := bytes.Cut(buf[unix.SizeofInotifyEvent:end], []byte{0})
		buf = buf[end:]
		if mask&unix.IN_Q_OVERFLOW != 0 {
			for _, w := range n.watches {
				w.push(FileEvent{Ops: FileLost})
			}
			continue
		}
		n.tell(wd, FileEvent{Ops: opsOf(mask), Name: string(name), Dir: mask&unix.IN_ISDIR != 0, Cookie: cookie})
	}
}

func opsOf(mask uint32) (ops FileOps) {
	for _, o := range inotifyOps {
		if mask&o.mask != 0 && o.op != FileDirOnly {
			ops |= o.op
		}
	}
	return ops
}

// tell puts an event into the queues of those who asked for it. One of a file that is not
// watched any more is dropped.
func (n *inotify) tell(wd int32, e FileEvent) {
	m := n.marks[wd]
	if m == nil {
		return
	}
	gone := e.Ops&FileGone != 0
	if gone {
		delete(n.marks, wd)
	}
	for _, s := range m.subscribers {
		if gone || e.Ops&s.ops != 0 {
			e.ID = s.id
			s.w.push(e)
		}
	}
}

// Poll takes the events that there are.
func (n *inotify) Poll() (Status, error) { return n.look(0) }

// TimedWait waits for events where nobody waits for the descriptor.
func (n *inotify) TimedWait(d time.Duration) (Status, error) {
	return n.look(int(min(d+time.Millisecond-1, time.Hour) / time.Millisecond))
}

// WaitForever waits for events where nobody waits for the descriptor.
func (n *inotify) WaitForever() (Status, error) { return n.look(-1) }

func (n *inotify) look(msec int) (Status, error) {
	if msec != 0 && n.fd >= 0 {
		fds := []unix.PollFd{{Fd: int32(n.fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, msec); err != nil && !errors.Is(err, unix.EINTR) {
			return Polled, fmt.Errorf("inotify: %w", err)
		}
	}
	if err := n.fill(false); err != nil {
		return Polled, err
	}
	if len(n.waits) == 0 {
		return NoWaiters, nil
	}
	n.wake()
	return Polled, nil
}

// Close shuts the watches and the instance.
func (n *inotify) Close() error {
	n.close()
	if n.fd < 0 {
		return nil
	}
	err := unix.Close(n.fd)
	n.fd, n.marks = -1, nil
	return err
}
