package cli

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"time"

	"mtpipe/internal/spill"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

// heap is what the garbage collector is told about a program of this kind.
type heap struct {
	// ballast is memory that is never touched, and so costs nothing. The garbage collector
	// runs when the heap has grown by gcPercent: beside the ballast, a small heap is not
	// collected every few megabytes, and a large one does not grow to twice what is needed.
	ballast []byte
}

const (
	ballastSize = 24 << 20
	gcPercent   = 40

	// baseMemory is what the program needs besides the data that stages keep.
	baseMemory = 8 << 20
)

func newHeap() heap {
	debug.SetGCPercent(gcPercent)
	return heap{make([]byte, ballastSize)}
}

// limit makes the garbage collector keep to what stages may keep and the program needs.
func (h *heap) limit(stages int64) {
	h.ballast = nil
	debug.SetMemoryLimit(stages + baseMemory)
}

const (
	// leastHeap is what may be alive on the heap whatever --max-memory says.
	leastHeap = 24 << 20

	// memoryLooks is the time between two looks at it.
	memoryLooks = 5 * time.Millisecond
)

// guardMemory makes the heap keep to --max-memory, if that is given, and ends the process when
// it cannot: stages count what they keep, and have files or fail, but what expressions, jq
// programs and values of any size take shows only there. The result takes that back.
func (a *app) guardMemory() (stop func()) {
	if a.maxMemory == 0 {
		return func() {}
	}
	a.heap.limit(int64(a.maxMemory))
	most := uint64(max(leastHeap, int64(a.maxMemory)/4*5+baseMemory))
	over := make(chan struct{})
	go func() {
		ticks := time.NewTicker(memoryLooks)
		defer ticks.Stop()
		heap := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
		metrics.Read(heap)
		first := heap[1].Value.Uint64() + 2 // the collection under way, if any, has seen the ballast
		for {
			select {
			case <-over:
				return
			case <-ticks.C:
				if metrics.Read(heap); heap[0].Value.Uint64() > most && heap[1].Value.Uint64() >= first {
					a.quit(&pipeline.RunError{Causes: []error{a.outOfMemory()}})
				}
			}
		}
	}()
	return func() { close(over) }
}

// outOfMemory returns the error that ends a process whose heap is too large.
func (a *app) outOfMemory() error {
	where := "while the pipeline is bound"
	if p := a.running.Load(); p != nil {
		where = "at work: " + strings.Join(p.AtWork(), ", ")
	}
	return &syntax.Error{Msg: fmt.Sprintf("needs more memory than --max-memory (%s) allows; %s", spill.FormatSize(int64(a.maxMemory)), where)}
}
