//go:build !linux

package reactor

import (
	"os"
	"time"
)

// watch reports that processes cannot be waited for as descriptors here.
func (c *children) watch(*Deferred, *os.Process, time.Duration) (done bool, err error) {
	return false, nil
}
