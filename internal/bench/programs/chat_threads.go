package programs

import (
	"bufio"
	"fmt"

	"mtpipe/microthread"
)

// chatOnThreads gives each line of a member to all members, until all of them have gone.
func chatOnThreads(members string) (answer string, err error) {
	n, said := number(members), 0
	room := make(map[*microthread.Chan[string]]bool)
	talk := func(t *microthread.Thread, c *microthread.Conn) error {
		defer c.Close()
		lines := microthread.NewChan[string](t, waitingLines)
		room[lines] = true
		defer delete(room, lines)
		defer lines.Close()
		microthread.StartAndForget(t, func(t *microthread.Thread) error {
			out := bufio.NewWriter(c.On(t))
			for line := range lines.All(t) {
				if _, err := out.WriteString(line); err != nil {
					return nil // the member has gone
				}
				if lines.Len() == 0 {
					_ = out.Flush()
				}
			}
			return nil
		})
		_ = lines.Send(t, "welcome\n")
		for in := bufio.NewScanner(c.On(t)); in.Scan(); said++ {
			for to := range room {
				to.TrySend(in.Text() + "\n") // one who reads too slowly misses it
			}
		}
		return nil
	}
	err = microthread.Run(func(t *microthread.Thread) error {
		l, err := microthread.Listen(t, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		announce(l.Addr())
		g := microthread.NewGroup(t)
		for range n {
			c, err := l.Accept(t)
			if err != nil {
				return err
			}
			g.Go(func(t *microthread.Thread) error { return talk(t, c) })
		}
		return g.Wait()
	})
	return fmt.Sprintf("%d lines said", said), err
}
