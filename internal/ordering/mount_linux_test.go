package ordering_test

import "syscall"

// mountSmall mounts a file system without much room at dir.
func mountSmall(dir string) error { return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=512k") }

func unmount(dir string) { _ = syscall.Unmount(dir, 0) }
