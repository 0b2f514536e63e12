package network

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// session is one connection.
type session struct {
	s       *server
	c       *microthread.Conn
	name    string // of the other side
	reader  *microthread.Thread
	direct  bool // no thread but the block's reads what comes
	at      *direct
	threads []*microthread.Thread
	active  time.Time // when something has come or gone
	left    int       // bytes that are still read, when a signal ends the run
	heard   bool      // the other side sends no more
	told    bool      // an error was
	closed  bool
	peer    string // that it is counted for
	expire  func() // stops the clock for how long it may last; or nil
}

// wake starts the session on the thread that has waited for something to come.
func (x *session) wake(*microthread.Thread) error {
	x.start()
	return nil
}

// start starts the threads of the session: the reader of what comes, the block, and the
// writer of what goes back.
func (x *session) start() {
	if x.closed { // between what came and the turn of the one who starts
		return
	}
	x.active = time.Now()
	if x.s.block.PerValue() {
		x.startDirect()
		return
	}
	j := x.s.j
	var in *pipe.Pipe
	if !x.s.block.IsSource() {
		in = j.NewPipe("what comes from " + x.name)
		x.reader = j.Program().Start(microthread.Spec{Name: "the reader of " + x.name, Run: x.read,
			Stdout: []*pipe.Pipe{in}, Error: x.fail})
		x.reader.KeepOnDrain(true)
		x.threads = append(x.threads, x.reader)
	}
	out := j.NewPipe("what goes to " + x.name)
	if x.startBlock(in, out) {
		x.startWriter(out, func(t *microthread.Thread) error {
			return pipeline.WriteAll(t, t.Stdin(), toPeer{x}, format.New("text", format.Screen{}))
		})
	}
}

// startBlock starts the block, which reads in and writes out.
func (x *session) startBlock(in, out *pipe.Pipe) bool {
	runs := x.s.j.ForStreams(x.s.block, func(err error) { _ = x.fail(nil, err) })
	block, err := runs.StartOn(value.String(x.name), in, out)
	if err != nil {
		x.end(err)
		return false
	}
	x.threads = append(x.threads, block)
	return true
}

// lines returns what cuts into lines what comes.
func (x *session) lines(from *fromPeer) *input.Reader {
	return x.s.blocks.Reader(from, "", format.NewLines())
}

// read puts the lines that come.
func (x *session) read(t *microthread.Thread) error {
	lines := x.lines(&fromPeer{x, t})
	for {
		b, err := x.next(lines)
		if err != nil {
			return input.NotEnd(err)
		}
		t.PutBatch(b)
	}
}

// next returns the next lines; io.EOF when no more come.
func (x *session) next(lines *input.Reader) (*value.Batch, error) {
	b, err := lines.Next()
	switch {
	case err == nil:
		return b, nil
	case err == io.EOF:
		x.heard = true
		return nil, io.EOF
	case err == errDrained:
		return nil, io.EOF
	}
	return nil, x.s.j.Placed(socketCause(err)) // not to be taken for one of the block's
}

// errDrained says that what had come before a signal was read.
var errDrained = errors.New("what has come was read")

// fromPeer is what comes in a session, as its reader reads it: an error when nothing comes or
// goes for too long.
type fromPeer struct {
	x *session
	t *microthread.Thread
}

// Await suspends the thread until there is something to read.
func (in *fromPeer) Await() error { return in.wait(func() error { return in.x.c.AwaitReadable(in.t) }) }

func (in *fromPeer) Read(p []byte) (n int, err error) {
	err = in.wait(func() (err error) {
		if in.x.s.j.Interrupted() {
			p = p[:min(len(p), in.x.left)]
		}
		n, err = in.x.c.Read(in.t, p)
		return err
	})
	in.x.left -= n
	in.x.active = time.Now()
	return n, err
}

// wait calls a function that waits for what comes, again when the time was up too soon.
func (in *fromPeer) wait(call func() error) error {
	x, idle := in.x, in.x.s.Idle
	for {
		switch {
		case x.s.j.Interrupted() && x.left <= 0:
			return errDrained
		case x.s.j.Interrupted():
			x.c.SetDeadline(false, time.Time{}) // it is there
		case idle > 0:
			x.c.SetDeadline(false, x.active.Add(idle))
		}
		err := call()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if !x.s.j.Interrupted() && time.Since(x.active) >= idle {
			return nothingCame(idle)
		}
	}
}

func nothingCame(idle time.Duration) error { return fmt.Errorf("nothing came for %v", idle) }

// rests suspends the thread until there is something to read, and reports whether nothing has
// come for so long that the session may rest.
func (in *fromPeer) rests() bool {
	x := in.x
	if x.s.j.Interrupted() || x.s.Idle > 0 && x.s.Idle <= x.s.untilRest {
		return false
	}
	x.c.SetDeadline(false, time.Now().Add(x.s.untilRest))
	err := x.c.AwaitReadable(in.t)
	return errors.Is(err, os.ErrDeadlineExceeded) && !x.s.j.Interrupted()
}

// startWriter starts a thread that reads out, sends with the function send, and ends the
// session.
func (x *session) startWriter(out *pipe.Pipe, send func(*microthread.Thread) error) {
	run := func(t *microthread.Thread) error {
		defer x.end(nil) // also when the thread was terminated
		x.tell(send(t))
		x.linger(t)
		return nil
	}
	x.threads = append(x.threads, x.s.j.Program().Start(microthread.Spec{Name: "the writer to " + x.name, Stdin: out, Run: run, Error: x.fail}))
}

// A connection that is to be closed is kept so long for what the other side is sending, and for so
// many bytes of that: more than what can be on its way.
const (
	lingering     = time.Second
	mostLingering = 16 << 20
)

// lingers reports whether the other side may still be sending.
func (x *session) lingers() bool {
	return !x.heard && !(x.s.j.Interrupted() && x.c.Pending() == 0)
}

// linger reads what the other side sends until it closes as well: a connection that is closed
// before is reset, and what has gone may be lost.
func (x *session) linger(t *microthread.Thread) {
	if !x.lingers() || x.c.CloseWrite() != nil {
		return
	}
	if x.reader != nil {
		x.reader.Terminate()
		_ = x.reader.Wait(t, 0)
	}
	x.c.SetDeadline(false, time.Now().Add(lingering))
	buf := make([]byte, 4<<10)
	for left := mostLingering; left > 0; {
		n, err := x.c.Read(t, buf)
		if err != nil {
			return
		}
		left -= n
	}
}

// toPeer is what goes out of a session: an error when the other side takes nothing for too
// long.
type toPeer struct{ x *session }

func (out toPeer) Write(t *microthread.Thread, p []byte) error {
	x, idle := out.x, out.x.s.Idle
	for {
		if idle > 0 {
			x.c.SetDeadline(true, time.Now().Add(idle))
		}
		n, err := x.c.On(t).Write(p)
		p = p[n:]
		x.noteSent(n)
		switch {
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		case n == 0:
			return fmt.Errorf("nothing was taken for %v", idle)
		}
	}
}

func (x *session) noteSent(n int) {
	if n > 0 {
		x.active = time.Now()
	}
}

// fail takes an error of the session that nobody reads; the first one counts.
func (x *session) fail(_ *microthread.Thread, err error) error {
	x.end(err)
	return nil
}

// tell tells the first error of the session, if err is one.
func (x *session) tell(err error) {
	if err != nil && !x.told {
		x.told = true
		x.s.j.Warn("%s: %s", x.name, x.s.message(err)) // without the threads that it came through
	}
}

// end closes the connection and tells the error that ended it, if one did.
func (x *session) end(err error) {
	if x.closed {
		return
	}
	x.closed = true
	if x.expire != nil {
		x.expire()
	}
	delete(x.s.live, x)
	x.s.leave(x.peer)
	x.s.changed.Broadcast()
	x.tell(err)
	if !x.c.Closed() {
		_ = x.c.Close()
	}
	for _, t := range x.threads {
		t.Terminate()
	}
}
