//go:build unix

package child

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
)

// obey does what signals say; end is called before the process ends.
func obey(end func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGTERM, os.Interrupt)
	go func() {
		for s := range signals {
			if s != syscall.SIGUSR1 {
				end()
				os.Exit(0)
			}
			runtime.GC()
			debug.FreeOSMemory()
			fmt.Fprintln(os.Stderr, "freed")
		}
	}()
}
