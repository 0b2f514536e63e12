package child

import (
	"mtpipe/microthread"
)

// threads serves every connection in a micro-thread.
func threads(address string, serve func(*microthread.Thread, *microthread.Conn) error) error {
	return accepting(address, func(t *microthread.Thread, c *microthread.Conn) {
		microthread.StartAndForget(t, func(t *microthread.Thread) error {
			defer c.Close()
			_ = serve(t, c) // the other side sees that
			return nil
		})
	})
}

// accepting hands every connection to take.
func accepting(address string, take func(*microthread.Thread, *microthread.Conn)) error {
	return microthread.Run(func(t *microthread.Thread) error {
		l, err := microthread.Listen(t, "tcp", address)
		if err != nil {
			return err
		}
		announce(l.Addr())
		for {
			c, err := l.Accept(t)
			if err != nil {
				return err
			}
			take(t, c)
		}
	})
}

// buffers are those that no thread reads into at the moment.
type buffers struct{ spare [][]byte }

func (b *buffers) take() []byte {
	n := len(b.spare)
	if n == 0 {
		return make([]byte, BufferSize)
	}
	buf := b.spare[n-1]
	b.spare = b.spare[:n-1]
	return buf
}

func (b *buffers) giveBack(buf []byte) { b.spare = append(b.spare, buf) }

// answer reads what there is from c and sends it back, with a buffer that it has only meanwhile.
func (b *buffers) answer(t *microthread.Thread, c *microthread.Conn) error {
	buf := b.take()
	n, err := c.Read(t, buf)
	if err == nil {
		err = c.Write(t, buf[:n])
	}
	b.giveBack(buf)
	return err
}

func echoThreads(address string) error {
	var b buffers
	return threads(address, func(t *microthread.Thread, c *microthread.Conn) error {
		for {
			if err := c.AwaitReadable(t); err != nil {
				return err
			}
			if err := b.answer(t, c); err != nil {
				return err
			}
		}
	})
}

func upperThread(t *microthread.Thread, c *microthread.Conn) error { return upper(c.On(t)) }

// stackless echoes with a thread only while there is something to read.
func stackless(address string) error {
	var b buffers
	var idle func(*microthread.Conn)
	idle = func(c *microthread.Conn) {
		c.WhenReadable(0, func(t *microthread.Thread) error {
			if err := b.answer(t, c); err != nil {
				return c.Close()
			}
			idle(c)
			return nil
		}, nil)
	}
	return accepting(address, func(_ *microthread.Thread, c *microthread.Conn) { idle(c) })
}
