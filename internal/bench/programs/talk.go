package programs

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

const sayings = 20 // of each member

// talk is the members of a chat: each comes, waits for the others, says its lines, and reads until
// it has those of all. It returns how many lines they have read.
func talk(ctx context.Context, address string, members int) (string, error) {
	var g group
	var read atomic.Int64
	var come sync.WaitGroup
	come.Add(members)
	for i := range members {
		g.Go(func() error {
			var d net.Dialer
			c, err := d.DialContext(ctx, "tcp", address)
			if err != nil {
				come.Done()
				return err
			}
			defer c.Close()
			defer context.AfterFunc(ctx, func() { _ = c.Close() })()
			in := bufio.NewReader(c)
			_, err = in.ReadSlice('\n') // the welcome
			come.Done()
			if err != nil {
				return err
			}
			come.Wait()
			var said group
			said.Go(func() error {
				for n := range sayings {
					if _, err := fmt.Fprintf(c, "member %d says for the %d. time that it is here\n", i, n); err != nil {
						return err
					}
				}
				return nil
			})
			for range members * sayings {
				if _, err := in.ReadSlice('\n'); err != nil {
					return err
				}
				read.Add(1)
			}
			return said.Wait()
		})
	}
	err := g.Wait()
	return fmt.Sprintf("%d lines read", read.Load()), err
}
