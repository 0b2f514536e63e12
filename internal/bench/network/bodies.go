package network

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"io"

	"mtpipe/internal/bench"
)

// bodies is the answer of those that write the bodies of responses, lines, in the order of the
// requests. An empty line between them does not count.
func bodies(out io.Reader, _ bench.Format) (string, error) {
	n, sum := 0, crc32.NewIEEE()
	err := eachBody(out, func(line []byte) {
		n++
		sum.Write(append(line, '\n'))
	})
	return fmt.Sprintf("%d bodies, %08x", n, sum.Sum32()), err
}

// bodySet is bodies for those that write them in any order.
func bodySet(out io.Reader, _ bench.Format) (string, error) {
	n, sum := 0, uint64(0)
	err := eachBody(out, func(line []byte) {
		n++
		sum += uint64(crc32.ChecksumIEEE(line))
	})
	return fmt.Sprintf("%d bodies, in any order %x", n, sum), err
}

func eachBody(out io.Reader, do func([]byte)) error {
	in := bufio.NewScanner(out)
	for in.Scan() {
		if len(in.Bytes()) > 0 {
			do(in.Bytes())
		}
	}
	return in.Err()
}
