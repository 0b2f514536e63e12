package child

import (
	"bufio"
	"bytes"
	"io"
)

// echo sends back what comes.
func echo(c io.ReadWriter) error {
	buf := make([]byte, BufferSize)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return err
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return err
		}
	}
}

// upper sends back each line in upper case.
func upper(c io.ReadWriter) error {
	in, out := bufio.NewReader(c), bufio.NewWriter(c)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if _, err := out.Write(bytes.ToUpper(line)); err != nil {
			return err
		}
		if in.Buffered() > 0 {
			continue
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
}
