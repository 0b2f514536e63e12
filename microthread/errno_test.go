package microthread_test

import "syscall"

var errRefused, errReset error = syscall.ECONNREFUSED, syscall.ECONNRESET
