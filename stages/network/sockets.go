package network

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/microthread"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/division"
)

// socketStages connect to other programs by TCP and Unix sockets.
func socketStages() []*pipeline.Stage {
	const client = `The input is sent as lines; when it ends, the other side sees an end and may go on sending.
The stage ends when the other side does.

` + division.Help
	const server = `Each connection runs the block in threads of its own: the lines that come are its input, what
it puts goes back, and $it is the address of the other side. An error ends its connection and is
told on standard error; the others go on. At most --max connections are served at a time;
further ones wait until one has ended. When the process has no descriptor left, new ones
wait as well, or with --on-full fail the stage fails.

The first signal ends the listening: what has come is worked off, and the connections are
closed. The address that is listened on is told on standard error: port 0 is any that is free.`
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "tcp",
			Short: "Sends its input to a TCP server and puts what comes back",
			Trait: pipeline.Ordered | pipeline.Effect,
			Long:  client,
		}, func(j *pipeline.Job, a *tcpArgs) error {
			return connect(j, "tcp", a.Address, a.ConnectTimeout, a.peerLines, a.Cutter())
		}),
		pipeline.Define(pipeline.Doc{
			Name:  "tcp_listen",
			Short: "Runs a block for each TCP connection",
			Trait: pipeline.Source | pipeline.Effect,
			Long:  server,
		}, func(j *pipeline.Job, a *tcpListenArgs) error {
			return serve(j, "tcp", a.Address, a.Block, a.serverOptions, untilRest)
		}),
		pipeline.Define(pipeline.Doc{
			Name:  "unix",
			Short: "Sends its input to a Unix socket and puts what comes back",
			Trait: pipeline.Ordered | pipeline.Effect,
			Long:  client,
		}, func(j *pipeline.Job, a *unixArgs) error {
			return connect(j, "unix", a.Path, 0, a.peerLines, a.Cutter())
		}),
		pipeline.Define(pipeline.Doc{
			Name:  "unix_listen",
			Short: "Runs a block for each connection to a Unix socket",
			Trait: pipeline.Source | pipeline.Effect,
			Long:  server + ` A socket that nobody listens on any more is replaced.`,
		}, func(j *pipeline.Job, a *unixListenArgs) error {
			return serve(j, "unix", a.Path, a.Block, a.serverOptions, untilRest)
		}),
	}
}

type tcpArgs struct {
	Address        string        `arg:"address" help:"HOST:PORT"`
	ConnectTimeout time.Duration `opt:"connect-timeout" default:"10s" help:"how long to try to connect"`
	peerLines
	division.Options
}

// Check wants a host and a port.
func (a *tcpArgs) Check() error {
	if host, port, err := net.SplitHostPort(a.Address); err == nil && (host == "" || port == "") {
		return addressError(a.Address)
	}
	if err := checkAddress(a.Address); err != nil {
		return err
	}
	return a.Options.Check()
}

func addressError(address string) error {
	return &pipeline.ArgError{Arg: "address", Err: fmt.Errorf("address must be HOST:PORT, not %.40q", address)}
}

func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return addressError(address)
	}
	if n, err := strconv.Atoi(port); err == nil && n > math.MaxUint16 { // else it may be a name
		return &pipeline.ArgError{Arg: "address", Err: fmt.Errorf("address has the port %d, and the largest is %d", n, math.MaxUint16)}
	}
	return nil
}

type unixArgs struct {
	Path string `arg:"path" help:"the socket"`
	peerLines
	division.Options
}

// Check wants a path: without one the system would choose a name.
func (a *unixArgs) Check() error {
	if err := checkSocket(a.Path); err != nil {
		return err
	}
	return a.Options.Check()
}

func checkSocket(path string) error {
	if path == "" {
		return &pipeline.ArgError{Arg: "path", Err: errors.New("path must not be empty")}
	}
	return nil
}

// peerLines bounds what the stages that ask another program take from it.
type peerLines struct {
	MaxLine byteSize `opt:"max-line" min:"1" help:"how long a line may be that comes in; without it what --max-line of mtpipe says, at most 256M"`
}

// limit returns how long a line may be.
func (o peerLines) limit(j *pipeline.Job) int { return o.MaxLine.orRun(j, 256<<20) }

// reader returns a reader of the lines that come from a source called name.
func (o peerLines) reader(j *pipeline.Job, blocks *input.Blocks, from input.Source, name string, cutter format.Cutter) *input.Reader {
	r := blocks.Reader(from, name, cutter)
	r.Limit(o.limit(j))
	return r
}

type tcpListenArgs struct {
	Address string        `arg:"address" help:"HOST:PORT; without HOST, all addresses of the machine"`
	Block   *pipeline.Sub `arg:"list" for:"value" help:"what is run for each connection"`
	serverOptions
}

// serverOptions bound what a server does for others.
type serverOptions struct {
	Max     int           `opt:"max" default:"10000" min:"1" help:"how many connections are served at a time"`
	MaxLine byteSize      `opt:"max-line" min:"1" help:"how long a line may be that comes in; without it what --max-line of mtpipe says, at most 1M"`
	Idle    time.Duration `opt:"idle" default:"5m" help:"how long a connection may do nothing; 0 is for ever"`
	MaxTime time.Duration `opt:"max-time" help:"how long a connection may last in all; without it there is no limit"`
	MaxPeer int           `opt:"max-peer" min:"1" help:"how many connections one address may have at a time; without it as many as there are"`
	OnFull  string        `opt:"on-full" default:"wait" values:"wait,fail" help:"what to do when no descriptor is left"`
}

// Check wants a port.
func (a *tcpListenArgs) Check() error { return checkAddress(a.Address) }

type unixListenArgs struct {
	Path  string        `arg:"path" help:"the socket"`
	Block *pipeline.Sub `arg:"list" for:"value" help:"what is run for each connection"`
	serverOptions
}

// Check wants a path, as the client does.
func (a *unixListenArgs) Check() error { return checkSocket(a.Path) }

// connect is the body of the clients: one thread sends the input, the stage's own puts what
// comes back.
func connect(j *pipeline.Job, network, address string, limit time.Duration, lines peerLines, cutter format.Cutter) error {
	var c *microthread.Conn
	defer j.OnDrain(func(os.Signal) { // it is a source, which ends, as far as it gives
		if c == nil {
			j.Drain()
		} else if !c.Closed() {
			_ = c.CloseRead()
		}
	})()
	var err error
	if c, err = microthread.Dial(j.Thread, network, address, limit); err != nil {
		return socketError(err)
	}
	defer c.Close()
	var sent error
	sending := microthread.NewGroup(j.Thread)
	defer sending.Cancel()
	j.Input().PassOn()
	sending.Go(func(t *microthread.Thread) error {
		sent = pipeline.WriteAll(t, t.Stdin(), c, format.New("text", format.Screen{}))
		if sent == nil {
			sent = c.CloseWrite()
		}
		switch {
		case sent == nil:
		case peerGone(sent): // then what it has sent is here, or on its way
			c.SetDeadline(false, time.Now().Add(goneLimit))
		default: // it could wait for more, and this one for it
			_ = c.Close()
		}
		return nil
	}, microthread.Named("the sender to "+address), microthread.Stdin(j.Input()))
	received := lines.reader(j, input.NewStreamBlocks(j.MaxLine()), connSource{c, j.Thread, network}, "", cutter).PutAll(division.Put(j.PutBatch))
	sending.Cancel() // nobody takes what would come
	switch err := sending.Wait(); {
	case err != nil:
		return err
	case sent != nil && !(peerGone(sent) && (received != nil || errors.Is(sent, syscall.EPIPE))):
		return socketError(sent)
	}
	return socketError(received)
}

// goneLimit is for how long a read may wait when the other side has gone.
const goneLimit = time.Second

// peerGone reports whether an error of sending says that the other side takes no more. When
// that is no EPIPE, it may have been reset before all that it has sent was here, and whoever
// reads may see an end.
func peerGone(err error) bool {
	return !pipeline.FromStage(err) && (errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ENOTCONN))
}

// connSource is a connection as a thread reads it.
type connSource struct {
	c       *microthread.Conn
	t       *microthread.Thread
	network string
}

// Await suspends the thread until there is something to read.
func (s connSource) Await() error { return s.c.AwaitReadable(s.t) }

func (s connSource) Read(p []byte) (int, error) {
	n, err := s.c.Read(s.t, p)
	if s.network == "unix" && errors.Is(err, syscall.ECONNRESET) {
		return n, io.EOF // it has left some of what was sent; nothing that it has sent is lost
	}
	return n, err
}

// socketError returns an error of a connection as a message has it: the address and the cause.
func socketError(err error) error {
	var op *net.OpError
	var placed *syntax.Error // of another stage
	if errors.As(err, &placed) || !errors.As(err, &op) {
		return err
	}
	cause := op.Err
	if errors.Is(cause, os.ErrDeadlineExceeded) {
		cause = errors.New("timed out")
	}
	var call *os.SyscallError
	if errors.As(cause, &call) {
		cause = call.Err
	}
	if op.Addr == nil || op.Addr.String() == "" {
		return cause
	}
	return fmt.Errorf("%s: %w", op.Addr, cause)
}
