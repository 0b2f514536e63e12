// Command chat is a chat over TCP: what one member says, all others read.
//
//	go run ./examples/chat -listen 127.0.0.1:7777
//	nc 127.0.0.1 7777
//
// Each member has two threads: one reads what comes, and one writes what the others say, so that
// somebody who reads slowly holds up nobody. Threads of one program need no locks.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strings"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

func main() {
	address := flag.String("listen", "127.0.0.1:7777", "host:port")
	flag.Parse()
	err := microthread.Run(func(t *microthread.Thread) error {
		l, err := microthread.Listen(t, "tcp", *address)
		if err != nil {
			return err
		}
		fmt.Println("listening on", l.Addr())
		r := &room{members: make(map[*member]bool)}
		microthread.StartAndForget(t, func(t *microthread.Thread) error {
			_, err := t.DeferTo(reactor.Signals, os.Interrupt, 0)
			r.close(l)
			return err
		})
		return r.serve(t, l)
	})
	if !errors.Is(err, net.ErrClosed) {
		log.Fatal(err)
	}
}

type room struct{ members map[*member]bool }

type member struct {
	name  string
	conn  *microthread.Conn
	lines []string         // to be written
	more  microthread.Cond // there is one
}

// serve lets in all who come, until l is closed, which is net.ErrClosed.
func (r *room) serve(t *microthread.Thread, l *microthread.Listener) error {
	for {
		c, err := l.Accept(t)
		if err != nil {
			return err
		}
		microthread.StartAndForget(t, func(t *microthread.Thread) error { return r.talk(t, c) })
	}
}

// close ends all of it.
func (r *room) close(l *microthread.Listener) {
	_ = l.Close()
	for m := range r.members {
		_ = m.conn.CloseRead()
	}
}

// talk is a member's stay.
func (r *room) talk(t *microthread.Thread, c *microthread.Conn) error {
	defer c.Close()
	in := bufio.NewScanner(c.On(t))
	if c.Write(t, []byte("your name? ")) != nil || !in.Scan() {
		return nil
	}
	m := &member{name: strings.TrimSpace(in.Text()), conn: c}
	defer microthread.StartAndForget(t, m.write).Terminate()
	r.say(m, m.name+" has come")
	r.members[m] = true
	defer func() {
		delete(r.members, m)
		r.say(m, m.name+" has gone")
	}()
	for in.Scan() {
		r.say(m, m.name+": "+in.Text())
	}
	return nil // the other side has gone, in whichever way
}

// say gives a line to all but one.
func (r *room) say(from *member, line string) {
	for m := range r.members {
		if m == from {
			continue
		} else if m.lines = append(m.lines, line); len(m.lines) > 1000 { // it does not read
			_ = m.conn.CloseRead() // so it has said its last
		}
		m.more.Broadcast()
	}
}

// write writes what the others say.
func (m *member) write(t *microthread.Thread) error {
	for {
		for len(m.lines) == 0 {
			m.more.Wait(t, "waiting for somebody to say something")
		}
		text := strings.Join(m.lines, "\n") + "\n"
		m.lines = nil
		if err := m.conn.Write(t, []byte(text)); err != nil {
			return nil // talk sees that, too
		}
	}
}
