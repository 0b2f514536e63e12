package stages

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"mtpipe/internal/codec"
	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// server runs a block for each connection. Its threads outlive the stage when a signal drains
// the run: what has come is worked off.
type server struct {
	j      *pipeline.Job
	block  *pipeline.Sub
	blocks *input.Blocks
	serverOptions
	live    map[*session]struct{}
	changed microthread.Cond
	count   int
	full    bool // it was told that no descriptor is left
}

// session is one connection.
type session struct {
	s       *server
	c       *microthread.Conn
	name    string // of the other side
	threads []*microthread.Thread
	heard   bool // all that the other side had to say
	closed  bool
}

// serve is the body of the servers.
func serve(j *pipeline.Job, network, address string, block *pipeline.Sub, o serverOptions) error {
	listener, err := listen(j.Thread, network, address)
	if err != nil {
		return socketError(err)
	}
	defer listener.Close()
	s := &server{j: j, block: block, blocks: input.NewStreamBlocks(), serverOptions: o, live: make(map[*session]struct{})}
	defer s.stop()
	defer j.OnDrain(s.drain)()
	j.Warn("listening on %s", listener.Addr())
	for {
		for len(s.live) >= o.Max {
			s.changed.Wait(j.Thread, "waiting for a connection to end")
		}
		c, err := listener.Accept(j.Thread)
		switch {
		case err == nil:
			s.begin(c)
		case noDescriptor(err) && o.OnFull == "wait":
			s.awaitDescriptor()
		case noDescriptor(err):
			return fmt.Errorf("no descriptor is left for another connection beside %d", len(s.live))
		default:
			return socketError(err)
		}
	}
}

// listen listens at the address. A Unix socket that was left behind is replaced.
func listen(t *microthread.Thread, network, address string) (*microthread.Listener, error) {
	l, err := microthread.Listen(t, network, address)
	if network != "unix" || !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	if c, derr := microthread.Dial(t, network, address, 0); derr == nil {
		_ = c.Close()
		return nil, err
	} else if !errors.Is(derr, syscall.ECONNREFUSED) {
		return nil, err
	}
	if rerr := os.Remove(address); rerr != nil {
		return nil, rerr
	}
	return microthread.Listen(t, network, address)
}

func noDescriptor(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

// descriptorPause is how long to wait before looking again whether a descriptor is free.
const descriptorPause = 20 * time.Millisecond

func (s *server) awaitDescriptor() {
	if !s.full {
		s.full = true
		s.j.Warn("no descriptor is left beside %d connections; new ones wait", len(s.live))
	}
	s.j.Sleep(descriptorPause)
}

// stop ends the sessions, unless a signal lets them work off what has come.
func (s *server) stop() {
	if s.j.Interrupted() {
		return
	}
	for session := range s.live {
		session.end(nil)
	}
}

// drain ends the sessions that have not begun.
func (s *server) drain(os.Signal) {
	for x := range s.live {
		_ = x.c.CloseRead() // for those that linger
		if len(x.threads) == 0 {
			x.end(nil)
		}
	}
}

// begin serves a connection. One whose block puts nothing before it has read something takes
// no thread until something comes.
func (s *server) begin(c *microthread.Conn) {
	s.count++
	x := &session{s: s, c: c}
	s.live[x] = struct{}{}
	if !s.block.Silent() {
		x.start()
		return
	}
	c.WhenReadable(s.Idle, func(t *microthread.Thread) error {
		x.start()
		return nil
	}, func(error) { x.end(nil) })
}

// start starts the threads of the session: the reader of what comes, the block, and the
// writer of what goes back.
func (x *session) start() {
	x.name = x.c.RemoteAddr().String()
	if x.name == "" {
		x.name = fmt.Sprintf("connection %d", x.s.count)
	}
	j := x.s.j
	var in *pipe.Pipe
	if !x.s.block.IsSource() {
		in = j.NewPipe("what comes from " + x.name)
		x.threads = append(x.threads, j.Program().Start(microthread.Spec{Name: "the reader of " + x.name, Run: x.read,
			Stdout: []*pipe.Pipe{in}, Error: x.fail}))
	}
	out := j.NewPipe("what goes to " + x.name)
	block, err := j.ForStreams(x.s.block, func(err error) { _ = x.fail(nil, err) }).StartOn(value.String(x.name), in, out)
	if err != nil {
		x.end(err)
		return
	}
	x.threads = append(x.threads, block, j.Program().Start(microthread.Spec{Name: "the writer to " + x.name, Stdin: out, Run: x.write, Error: x.fail}))
}

// read puts the lines that come.
func (x *session) read(t *microthread.Thread) error {
	r := x.s.blocks.Reader(&connSource{c: x.c, t: t, idle: x.s.Idle}, "", codec.NewLines())
	r.Limit(int(x.s.MaxLine))
	for {
		b, err := r.Next()
		if err != nil {
			x.heard = true
			if err = input.NotEnd(err); err != nil {
				err = x.s.j.Placed(socketCause(err)) // not to be taken for one of the block's
			}
			return err
		}
		t.PutBatch(b)
	}
}

// write sends what the block puts and ends the session.
func (x *session) write(t *microthread.Thread) (err error) {
	done := false
	defer func() {
		if !done { // terminated
			x.end(nil)
		}
	}()
	err = pipeline.WriteAll(t, t.Stdin(), idleWriter{x.c, x.s.Idle}, format.New("text", false))
	if err == nil {
		x.linger(t)
	}
	done = true
	x.end(err)
	return nil
}

const (
	lingerTime  = time.Second
	lingerBytes = 1 << 20
)

// linger says that no more will come, and for a while takes in what the block did not want:
// to close with something unread would reset the connection, and the other side might not
// get to read what it was sent.
func (x *session) linger(t *microthread.Thread) {
	if x.heard || x.s.j.Interrupted() || x.c.CloseWrite() != nil {
		return
	}
	for _, other := range x.threads {
		other.Terminate()
	}
	x.c.SetDeadline(false, time.Now().Add(lingerTime))
	var b [4 << 10]byte
	for n := 0; n < lingerBytes; {
		m, err := x.c.Read(t, b[:])
		if err != nil {
			return
		}
		n += m
	}
}

// idleWriter is a connection whose other side has to take something within idle (0: no limit).
type idleWriter struct {
	c    *microthread.Conn
	idle time.Duration
}

func (w idleWriter) Write(t *microthread.Thread, p []byte) error {
	if w.idle > 0 {
		w.c.SetDeadline(true, time.Now().Add(w.idle))
	}
	err := w.c.Write(t, p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("nothing was taken for %v", w.idle)
	}
	return err
}

// fail takes an error of the session that nobody reads; the first one counts.
func (x *session) fail(_ *microthread.Thread, err error) error {
	x.end(err)
	return nil
}

// end closes the connection and tells the error that ended it, if one did.
func (x *session) end(err error) {
	if x.closed {
		return
	}
	x.closed = true
	delete(x.s.live, x)
	x.s.changed.Broadcast()
	if err != nil {
		x.s.j.Warn("%s: %v", x.name, x.s.message(err))
	}
	if !x.c.Closed() {
		_ = x.c.Close()
	}
	for _, t := range x.threads {
		t.Terminate()
	}
}

// message returns an error as it stands behind the name of the other side: without the place
// in the pipeline when that is the server itself.
func (s *server) message(err error) error {
	var e *pipeline.Error
	if errors.As(err, &e) && e.Stage == s.j.Name() {
		return errors.New(e.Msg)
	}
	return socketCause(err)
}

// socketCause returns what is wrong with a connection, without its address.
func socketCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
