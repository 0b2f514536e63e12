package terminal

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// Write writes all of p to f, such as standard error, in place. Whoever shares f may have set it
// not to block meanwhile: then it waits until f takes more.
func Write(f *os.File, p []byte) error {
	for {
		n, err := f.Write(p)
		p = p[n:]
		if len(p) == 0 || !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		waitFor(f)
	}
}

// Messages is a file to which Write writes.
type Messages struct{ *os.File }

// Write writes all of p.
func (m Messages) Write(p []byte) (int, error) {
	if err := Write(m.File, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// writeAgain is after how long a file is written to again that says nothing of when it takes more.
const writeAgain = time.Millisecond
