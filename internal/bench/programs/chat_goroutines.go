package programs

import (
	"bufio"
	"fmt"
	"net"
	"sync"
)

// chatOnGoroutines gives each line of a member to all members, until all of them have gone.
func chatOnGoroutines(members string) (string, error) {
	n, said := number(members), 0
	var mu sync.Mutex
	room := make(map[chan string]bool)
	talk := func(c net.Conn) error {
		defer c.Close()
		lines := make(chan string, waitingLines)
		mu.Lock()
		room[lines] = true
		mu.Unlock()
		defer func() {
			mu.Lock()
			delete(room, lines)
			mu.Unlock()
			close(lines)
		}()
		go func() {
			out := bufio.NewWriter(c)
			for line := range lines {
				if _, err := out.WriteString(line); err != nil {
					return // the member has gone
				}
				if len(lines) == 0 {
					_ = out.Flush()
				}
			}
		}()
		lines <- "welcome\n"
		for in := bufio.NewScanner(c); in.Scan(); {
			mu.Lock()
			said++
			for to := range room {
				select {
				case to <- in.Text() + "\n":
				default: // one who reads too slowly misses it
				}
			}
			mu.Unlock()
		}
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	announce(l.Addr())
	var g group
	for range n {
		c, err := l.Accept()
		if err != nil {
			return "", err
		}
		g.Go(func() error { return talk(c) })
	}
	err = g.Wait()
	return fmt.Sprintf("%d lines said", said), err
}
