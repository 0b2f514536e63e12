package microthread_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
)

// waits are the things that a thread can be waiting for in the measurements.
var waits = []struct {
	name string
	wait func(t *microthread.Thread, nothing *pipe.Pipe)
	most int // bytes, of which a goroutine's own are 2,530
}{
	{"asleep", func(t *microthread.Thread, _ *pipe.Pipe) { t.Sleep(time.Hour) }, 3072},
	{"in a condition", func(t *microthread.Thread, _ *pipe.Pipe) { new(microthread.Cond).Wait(t, "waiting") }, 3072 + 32}, // the condition and its text
	{"for a pipe", func(t *microthread.Thread, nothing *pipe.Pipe) { _, _ = nothing.Next() }, 3600},                       // 384 are the pipe
}

// perThread returns how many bytes of heap and stacks each of n waiting threads takes.
func perThread(n int, wait func(*microthread.Thread, *pipe.Pipe)) (bytes uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	use := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	_ = microthread.Run(func(t0 *microthread.Thread) error {
		r := t0.Program().Reactor()
		t0.Yield()
		before := use()
		for range n {
			microthread.StartAndForget(t0, func(c *microthread.Thread) error {
				wait(c, pipe.New(r, "nothing", 1))
				return nil
			})
		}
		t0.Yield() // all have had a turn
		bytes = (use() - before) / uint64(n)
		t0.Program().Abort(time.Second)
		return nil
	})
	return bytes
}

// TestA6_MemoryOfAWaitingThread measures each kind of wait in a process of its own: Go makes
// new stacks as large as those were that the last collection saw.
func TestA6_MemoryOfAWaitingThread(t *testing.T) {
	const threads = 10_000
	if wait := os.Getenv("MTPIPE_TEST_WAIT"); wait != "" {
		i, _ := strconv.Atoi(wait)
		fmt.Print("bytes=", perThread(threads, waits[i].wait), "\n")
		return
	}
	for i, row := range waits {
		c := exec.Command(os.Args[0], "-test.run=^TestA6_MemoryOfAWaitingThread$")
		c.Env = append(os.Environ(), fmt.Sprint("MTPIPE_TEST_WAIT=", i))
		text, err := c.Output()
		var got int
		if _, serr := fmt.Sscanf(string(text), "bytes=%d", &got); err != nil || serr != nil {
			t.Fatalf("%s: got %q, %v, %v", row.name, text, err, serr)
		}
		t.Logf("A6 a thread waiting %s takes %d bytes", row.name, got)
		if got > row.most && !raceDetector {
			t.Errorf("%s: got %d bytes a thread, want at most %d", row.name, got, row.most)
		}
	}
}
