package network

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtpipe/internal/bench"
)

// server is one that runs as a process.
type server struct {
	cmd     *exec.Cmd
	address netip.AddrPort
	freed   chan struct{} // a value each time that it has given memory back
	told    chan struct{} // closed when all that it said was read
	said    bytes.Buffer  // on standard error; to be read when told is closed
}

var listening = regexp.MustCompile(`listening on (\S+)`)

// start starts the server and waits until it listens. A server that ends before is an error
// that wraps its *exec.ExitError.
func start(ctx context.Context, c bench.Contender) (*server, error) {
	s := &server{cmd: exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...), freed: make(chan struct{}, 1), told: make(chan struct{})}
	s.cmd.Env = append(os.Environ(), c.Env...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.cmd.WaitDelay = time.Second
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	address := make(chan string, 1)
	go s.listen(stderr, address)
	watch := time.NewTimer(patience)
	defer watch.Stop()
	select {
	case a := <-address:
		if s.address, err = netip.ParseAddrPort(a); err != nil {
			s.stop()
		}
		return s, err
	case <-s.told:
		err := s.cmd.Wait()
		if err == nil {
			err = errors.New("it ended")
		}
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(s.said.Bytes()))
	case <-watch.C:
		s.stop()
		return nil, fmt.Errorf("it did not listen within %v", patience)
	}
}

// listen reads what the server says.
func (s *server) listen(stderr io.Reader, address chan<- string) {
	defer close(s.told)
	for in := bufio.NewScanner(stderr); in.Scan(); {
		line := in.Text()
		if m := listening.FindStringSubmatch(line); m != nil {
			select {
			case address <- m[1]:
			default:
			}
		}
		if line == "freed" {
			select {
			case s.freed <- struct{}{}:
			default:
			}
		}
		if s.said.Len() < 1<<10 {
			fmt.Fprintln(&s.said, line)
		}
	}
}

// stop ends the server.
func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	<-s.told
	_ = s.cmd.Wait() // it was killed
}

// cpu returns how long the processors have worked for the server, in its own code and in
// the kernel.
func (s *server) cpu() (time.Duration, error) {
	// The clock of a process, as clock_getcpuclockid makes it.
	const scheduled = 2
	var ts unix.Timespec
	err := unix.ClockGettime(int32(^s.cmd.Process.Pid<<3|scheduled), &ts)
	return time.Duration(ts.Nano()), err
}

// free makes the server give back the memory that it does not need, if it is one that can.
func (s *server) free() error {
	if err := s.cmd.Process.Signal(unix.SIGUSR1); err != nil {
		return err
	}
	select {
	case <-s.freed:
		return nil
	case <-s.told:
		return errors.New("it ended when it was to free memory")
	case <-time.After(patience):
		return errors.New("it did not free memory")
	}
}

// memory returns how much of the server is resident, in bytes, when that does not change any more.
func (s *server) memory() (int64, error) {
	last, err := s.resident()
	for range 20 {
		if err != nil {
			return 0, err
		}
		time.Sleep(100 * time.Millisecond)
		var now int64
		if now, err = s.resident(); now == last {
			break
		}
		last = now
	}
	return last, err
}

var residentLine = regexp.MustCompile(`(?m)^Rss: +([0-9]+) kB$`)

func (s *server) resident() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	m := residentLine.FindSubmatch(b)
	if m == nil {
		return 0, errors.New("the kernel does not say what is resident")
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	return n << 10, err
}
