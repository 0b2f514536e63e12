package network

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"mtpipe/internal/input"
	"mtpipe/microthread"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
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
	peers   map[string]int // connections by the other side's address, when they are limited
	limited bool           // it was told that one has too many
	full    bool           // it was told that no descriptor is left
	rests   bool           // the block keeps nothing, so that a session may do without it for a while

	untilRest time.Duration
}

// serve is the body of the servers. A session rests when nothing has come for untilRest.
func serve(j *pipeline.Job, network, address string, block *pipeline.Sub, o serverOptions, untilRest time.Duration) error {
	listener, err := listen(j.Thread, network, address)
	if err != nil {
		return socketError(err)
	}
	defer listener.Close()
	s := &server{j: j, block: block, blocks: input.NewStreamBlocks(o.MaxLine.orRun(j, 1<<20)), serverOptions: o, live: make(map[*session]struct{}), peers: make(map[string]int), rests: block.Forgets(), untilRest: untilRest}
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
	if info, serr := os.Lstat(address); serr != nil || info.Mode()&os.ModeSocket == 0 {
		return nil, err
	}
	if c, derr := microthread.Dial(t, network, address, time.Second); derr == nil {
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

// drain lets the sessions work off what has come, and ends those for which nothing has.
func (s *server) drain(os.Signal) {
	for x := range s.live {
		x.left = x.c.Pending()
		switch {
		case x.reader != nil || x.direct:
			x.c.SetDeadline(false, time.Now()) // it has to look
		case len(x.threads) == 0 && x.left == 0:
			x.end(nil)
		}
	}
}

// begin serves a connection. One whose block puts nothing before it has read something takes
// no thread until something comes.
func (s *server) begin(c *microthread.Conn) {
	s.count++
	x := &session{s: s, c: c, name: c.RemoteAddr().String(), active: time.Now()}
	if x.name == "" {
		x.name = fmt.Sprintf("connection %d", s.count)
	}
	if !s.admit(x) {
		_ = c.Close()
		return
	}
	s.live[x] = struct{}{}
	if s.MaxTime > 0 {
		x.expire = s.j.Program().After(s.MaxTime, func() { x.end(s.j.Placed(fmt.Errorf("the connection lasted for %v", s.MaxTime))) })
	}
	if !s.block.Silent() {
		x.start()
		return
	}
	c.WhenReadable(s.Idle, x.wake, func(error) { x.end(nil) }, microthread.Named(x.name))
}

// admit counts a connection, unless its other side has as many as it may have.
func (s *server) admit(x *session) bool {
	if s.MaxPeer == 0 {
		return true
	}
	peer, _, err := net.SplitHostPort(x.name)
	if err != nil {
		return true // of a Unix socket, where the other side has no address
	}
	if s.peers[peer] >= s.MaxPeer {
		if !s.limited {
			s.limited = true
			s.j.Warn("%s has %d connections, and further ones are closed, as are those of others with as many", peer, s.MaxPeer)
		}
		return false
	}
	x.peer = peer
	s.peers[peer]++
	return true
}

// leave takes a connection out of the count.
func (s *server) leave(peer string) {
	if s.peers[peer]--; s.peers[peer] <= 0 {
		delete(s.peers, peer)
	}
}

// message returns an error as it stands behind the name of the other side: without the place
// in the pipeline when that is the server itself.
func (s *server) message(err error) error {
	var e *syntax.Error
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
