package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
)

// start runs a chat until the end of the test and returns its address.
func start(t *testing.T) string {
	t.Helper()
	address, ended := make(chan string), make(chan error, 1)
	var p *microthread.Program
	var l *microthread.Listener
	r := &room{members: make(map[*member]bool)}
	go func() {
		ended <- microthread.Run(func(t0 *microthread.Thread) (err error) {
			if l, err = microthread.Listen(t0, "tcp", "127.0.0.1:0"); err != nil {
				return err
			}
			p = t0.Program()
			address <- l.Addr().String()
			return r.serve(t0, l)
		})
	}()
	t.Cleanup(func() {
		p.Post(func() { r.close(l) })
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v from the chat, want %v", err, net.ErrClosed)
		}
		if len(r.members) > 0 {
			t.Errorf("got %d members after the end, want none", len(r.members))
		}
	})
	return <-address
}

type guest struct {
	net.Conn
	r *bufio.Reader
}

// enter comes in and waits until the others know.
func enter(t *testing.T, address, name string, others ...*guest) *guest {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	g := &guest{c, bufio.NewReader(c)}
	if ask, err := g.r.ReadString('?'); ask != "your name?" || err != nil {
		t.Fatalf("got %q, %v, want to be asked for a name", ask, err)
	}
	_, _ = g.r.ReadByte()
	fmt.Fprintln(g, name)
	for _, o := range others {
		o.reads(t, name+" has come")
	}
	return g
}

func (g *guest) reads(t *testing.T, want string) {
	t.Helper()
	if got, err := g.r.ReadString('\n'); strings.TrimSpace(got) != want || err != nil {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
}

func TestChat(t *testing.T) {
	address := start(t)
	ann := enter(t, address, "Ann")
	bob := enter(t, address, "Bob", ann)
	cem := enter(t, address, "Cem", ann, bob)
	defer cem.Close()
	for i := range 100 {
		fmt.Fprintln(ann, "hello", i)
		for _, g := range []*guest{bob, cem} {
			g.reads(t, fmt.Sprint("Ann: hello ", i))
		}
	}
	fmt.Fprintln(bob, "bye")
	bob.Close()
	for _, g := range []*guest{ann, cem} {
		g.reads(t, "Bob: bye")
		g.reads(t, "Bob has gone")
	}
	ann.Close()
	cem.reads(t, "Ann has gone")
}

// TestSlow has somebody who does not read, which holds up nobody.
func TestSlow(t *testing.T) {
	address := start(t)
	talker := enter(t, address, "talker")
	slow := enter(t, address, "slow", talker)
	defer slow.Close()
	quick := enter(t, address, "quick", talker)
	defer quick.Close()
	long := strings.Repeat("a", 10_000)
	gone := make(chan error)
	go func() {
		for {
			if line, err := talker.r.ReadString('\n'); line == "slow has gone\n" || err != nil {
				gone <- err
				return
			}
		}
	}()
	for i := 0; ; i++ {
		fmt.Fprintf(talker, "%d %s\n", i, long)
		for { // quick reads it all
			line, err := quick.r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(line, fmt.Sprintf("talker: %d ", i)) {
				break
			}
		}
		select {
		case err := <-gone:
			if err != nil {
				t.Errorf("got %v, want to be told that the slow one has gone", err)
			}
			talker.Close()
			return
		default:
		}
	}
}
