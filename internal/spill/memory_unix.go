//go:build unix

package spill

import "syscall"

const maps = true // memory outside of the Go heap

// allocate returns size bytes of zeros from the system, nil when it refuses. They take up
// memory from their first use on.
func allocate(size int) []byte {
	for range 3 { // a second thread may be at it, which has the system say EAGAIN
		b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err == nil {
			return b
		}
		if err != syscall.EAGAIN && err != syscall.EINTR {
			break
		}
	}
	return nil
}

func release(b []byte) { _ = syscall.Munmap(b) }
