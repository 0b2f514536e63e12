package torture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	callStop = syscall.SIGTRAP | 0x80 // of a thread that begins or ends a call
	wakeup   = 8                      // counts up to this one stay: numbers by which threads and programs wake one another
	oneOf    = 3                      // calls is short
)

// shortener runs programs of which some reads and writes are given less room than they ask for.
type shortener struct {
	*rand.Rand
	shortened int             // calls
	within    map[int]*change // threads that are within a call, with what has been changed of it
}

// change is what was changed of a call: a register, or a word of memory.
type change struct {
	register func(*unix.PtraceRegs) *uint64
	address  uint64
	was      uint64
}

// run runs a program to its end and returns its status. It traces the program's threads, and not
// the programs that it starts.
func (s *shortener) run(cmd *exec.Cmd, started func()) (status int, err error) {
	runtime.LockOSThread() // the thread that starts the program traces it
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr.Ptrace = true
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() { _ = cmd.Wait() }() // for what it has written; its status is known by then
	pid := cmd.Process.Pid
	var ws unix.WaitStatus
	if _, err := wait(pid, &ws); err != nil || !ws.Stopped() {
		return 0, fmt.Errorf("the program does not stop: %v", err)
	}
	if err := unix.PtraceSetOptions(pid, unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_EXITKILL); err != nil {
		return 0, err
	}
	started()
	s.within = make(map[int]*change)
	seen := map[int]bool{pid: true}
	for tid := pid; ; {
		if resume := s.stopped(tid, ws, seen); resume >= 0 {
			_ = unix.PtraceSyscall(tid, resume) // it may have been killed meanwhile
		}
		if tid, err = wait(-1, &ws); err != nil {
			return 0, err
		}
		if tid == pid && (ws.Exited() || ws.Signaled()) {
			return exitStatus(ws), nil
		}
	}
}

// wait waits for a thread that this thread traces.
func wait(pid int, ws *unix.WaitStatus) (tid int, err error) {
	for {
		if tid, err = unix.Wait4(pid, ws, unix.WALL|unix.WNOTHREAD, nil); !errors.Is(err, unix.EINTR) {
			return tid, err
		}
	}
}

func exitStatus(ws unix.WaitStatus) int {
	if ws.Exited() {
		return ws.ExitStatus()
	}
	return -1
}

// stopped looks at a thread that has stopped, and returns the signal with which it goes on, or -1
// if it has ended.
func (s *shortener) stopped(tid int, ws unix.WaitStatus, seen map[int]bool) (signal int) {
	switch {
	case !ws.Stopped():
		delete(s.within, tid)
		return -1
	case ws.StopSignal() == callStop:
		if c, ok := s.within[tid]; ok {
			delete(s.within, tid)
			c.undo(tid)
		} else {
			s.within[tid] = s.shorten(tid)
		}
		return 0
	case ws.StopSignal() == unix.SIGTRAP, ws.StopSignal() == unix.SIGSTOP && !seen[tid]: // an event, or a new thread
		seen[tid] = true
		return 0
	}
	return int(ws.StopSignal())
}

// shorten makes the call that a thread begins a short one, if it is one that may be, and its turn.
func (s *shortener) shorten(tid int) *change {
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(tid, &regs) != nil {
		return nil
	}
	count, vector := countOf(regs.Orig_rax)
	if count == nil && !vector || s.IntN(oneOf) != 0 || !mayBeShort(tid, regs.Rdi) {
		return nil
	}
	if vector {
		return s.shortenVector(tid, &regs)
	}
	was := *count(&regs)
	if was <= wakeup {
		return nil
	}
	*count(&regs) = s.less(was)
	if unix.PtraceSetRegs(tid, &regs) != nil {
		return nil
	}
	s.shortened++
	return &change{register: count, was: was}
}

// shortenVector leaves the first of many pieces, or makes a single one short.
func (s *shortener) shortenVector(tid int, regs *unix.PtraceRegs) *change {
	if regs.Rdx > 1 {
		c := &change{register: thirdArgument, was: regs.Rdx}
		if regs.Rdx = 1; unix.PtraceSetRegs(tid, regs) != nil {
			return nil
		}
		s.shortened++
		return c
	}
	var word [8]byte
	c := &change{address: regs.Rsi + 8} // the length in a struct iovec
	if _, err := unix.PtracePeekData(tid, uintptr(c.address), word[:]); err != nil {
		return nil
	}
	if c.was = binary.NativeEndian.Uint64(word[:]); c.was <= wakeup {
		return nil
	}
	binary.NativeEndian.PutUint64(word[:], s.less(c.was))
	if _, err := unix.PtracePokeData(tid, uintptr(c.address), word[:]); err != nil {
		return nil
	}
	s.shortened++
	return c
}

// less returns a random count below another one, and at least 1.
func (s *shortener) less(n uint64) uint64 {
	switch s.IntN(4) {
	case 0:
		return 1
	case 1:
		return 1 + s.Uint64N(min(n-1, 64))
	case 2:
		return n - 1
	}
	return 1 + s.Uint64N(n-1)
}

// undo gives a thread that ends a call back what was changed, as the kernel leaves it.
func (c *change) undo(tid int) {
	switch {
	case c == nil:
	case c.register != nil:
		var regs unix.PtraceRegs
		if unix.PtraceGetRegs(tid, &regs) == nil {
			*c.register(&regs) = c.was
			_ = unix.PtraceSetRegs(tid, &regs)
		}
	default:
		_, _ = unix.PtracePokeData(tid, uintptr(c.address), binary.NativeEndian.AppendUint64(nil, c.was))
	}
}

func thirdArgument(r *unix.PtraceRegs) *uint64  { return &r.Rdx }
func fourthArgument(r *unix.PtraceRegs) *uint64 { return &r.R10 }
func fifthArgument(r *unix.PtraceRegs) *uint64  { return &r.R8 }

// countOf returns where a call has its count, or whether it has pieces and their number.
func countOf(call uint64) (count func(*unix.PtraceRegs) *uint64, vector bool) {
	switch call {
	case unix.SYS_READ, unix.SYS_WRITE, unix.SYS_PREAD64, unix.SYS_PWRITE64, unix.SYS_RECVFROM, unix.SYS_SENDTO:
		return thirdArgument, false
	case unix.SYS_SENDFILE:
		return fourthArgument, false
	case unix.SYS_COPY_FILE_RANGE, unix.SYS_SPLICE:
		return fifthArgument, false
	case unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREADV, unix.SYS_PWRITEV, unix.SYS_PREADV2, unix.SYS_PWRITEV2:
		return nil, true
	}
	return nil, false
}

// whole are the beginnings of the names of what is read whole: events, and what the loader and
// Go's runtime read at the start, once.
var whole = []string{"anon_inode:", "/sys/kernel/mm/", "/lib", "/usr/lib"}

// mayBeShort reports whether a system may give less of a descriptor than is asked for.
func mayBeShort(pid int, fd uint64) bool {
	name, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, int32(fd)))
	return err == nil && !slices.ContainsFunc(whole, func(begin string) bool { return strings.HasPrefix(name, begin) })
}
