package cli

import (
	"fmt"
	"math"
	"runtime"
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
	most    int64 // what it may grow to when that is given
	outside int64 // what stages had outside of it when that was looked at
}

const (
	// A collection begins when the heap has grown by gcPercent and by smallHeap: a small one is not
	// collected every few megabytes, and a large one does not grow to twice what is needed.
	gcPercent = 40
	smallHeap = 10 << 20

	// leastTrigger is where Go's runtime begins a collection at the latest, if the percentage is 100.
	leastTrigger = 4 << 20

	// baseMemory is what the program needs besides the data that stages keep.
	baseMemory = 8 << 20
)

// start puts the first collection off until a run has made as much as is worth one: most end
// before.
func (h *heap) start() { debug.SetGCPercent(percent(0)) }

// percent returns by how much a heap of live bytes may grow. Go's runtime takes the larger of
// that and of its part of leastTrigger.
func percent(live int64) int {
	most := live + live*gcPercent/100 + smallHeap
	latest := most * 100 / leastTrigger
	if live == 0 {
		return int(latest)
	}
	return int(min((most-live)*100/live, latest))
}

// limit makes the garbage collector keep to what stages may keep and the program needs. Little
// memory is enough for a small heap only without smallHeap.
func (h *heap) limit(stages int64, given bool) {
	if given {
		debug.SetGCPercent(gcPercent)
		h.most = stages + baseMemory
		debug.SetMemoryLimit(h.most)
		return
	}
	debug.SetMemoryLimit(stages + baseMemory + smallHeap)
	h.follow()
}

// follow adapts the percentage after each collection.
func (h *heap) follow() {
	runtime.AddCleanup(new([16]byte), func(struct{}) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		debug.SetGCPercent(percent(int64(live[0].Value.Uint64())))
		h.follow()
	}, struct{}{})
}

// leave makes the garbage collector leave room for what stages have outside of the heap.
func (h *heap) leave(outside int64) {
	if d := outside - h.outside; d > heapStep || -d > heapStep || d != 0 && outside == 0 {
		h.outside = outside
		debug.SetMemoryLimit(max(h.most-outside, min(h.most, heapStep+baseMemory)))
	}
}

const (
	// leastHeap is what may be alive on the heap whatever --max-memory says.
	leastHeap = 24 << 20

	// heapStep is by how much what is outside of the heap changes until the garbage collector is told.
	heapStep = 2 << 20

	// memoryLooks is the time between two looks at it.
	memoryLooks = 5 * time.Millisecond

	// looseLooks is that time where the budget is half of what the process may have.
	looseLooks = 100 * time.Millisecond
)

// guardMemory makes the heap keep to --max-memory, or to half of what the process may have, and
// ends the process when it cannot: stages count what they keep, and have files or fail, but what expressions, jq
// programs and values of any size take shows only there. The result takes that back.
func (a *app) guardMemory() (stop func()) {
	budget, looks := int64(a.maxMemory), memoryLooks
	if budget == 0 {
		budget, looks = spill.AvailableMemory()/2, looseLooks
	}
	mapped := spill.AddressSpace() / 4 * 3 // of addresses: what grows needs them in one piece
	if mapped < math.MaxInt64/4*3 {
		looks = memoryLooks
		if a.maxMemory == 0 {
			mapped = mapped / 3 * 2
		}
	}
	a.heap.limit(budget, a.maxMemory > 0)
	most := max(leastHeap, budget/4*5+baseMemory)
	if a.maxMemory == 0 {
		most += smallHeap
	}
	g := newGuard(&a.heap, most, mapped)
	if a.maxMemory > 0 {
		g.tight = max(leastHeap, budget/2*3) + tightMemory
	}
	over := make(chan struct{})
	go func() {
		ticks := time.NewTicker(looks)
		defer ticks.Stop()
		for {
			select {
			case <-over:
				return
			case <-ticks.C:
				if g.look() {
					a.quit(&pipeline.RunError{Causes: []error{a.outOfMemory(budget)}})
				}
			}
		}
	}()
	return func() { close(over) }
}

// guard looks at how much memory the process has.
type guard struct {
	heap   *heap
	most   int64 // that may be alive on the heap
	tight  int64 // of memory that the process may have, besides the program's own text
	mapped int64 // of addresses
	sample []metrics.Sample
}

// tightMemory is how much more than half as much again as the budget the process may have: the rest
// of the 24 MB that --max-memory's help names is the program's own text, and what comes between two looks.
const tightMemory = 4 << 20

func newGuard(h *heap, most, mapped int64) *guard {
	g := &guard{heap: h, most: most, mapped: mapped, tight: math.MaxInt64}
	for _, name := range []string{"/gc/heap/live:bytes", "/memory/classes/total:bytes", "/memory/classes/heap/released:bytes"} {
		g.sample = append(g.sample, metrics.Sample{Name: name})
	}
	return g
}

func (g *guard) read(i int) int64 { return int64(g.sample[i].Value.Uint64()) }

// look reports whether there is more than there may be.
func (g *guard) look() (over bool) {
	metrics.Read(g.sample)
	outside := spill.Mapped()
	if g.tight < math.MaxInt64 {
		g.heap.leave(outside)
	}
	if g.read(0) > g.most || g.read(1) > g.mapped {
		return true
	}
	return g.read(1)-g.read(2)+outside > g.tight && g.stillTight()
}

// stillTight reports whether there is too much when all that is not needed has been given back.
func (g *guard) stillTight() bool {
	debug.FreeOSMemory()
	metrics.Read(g.sample)
	return g.read(1)-g.read(2)+spill.Mapped() > g.tight
}

// outOfMemory returns the error that ends a process whose heap is too large.
func (a *app) outOfMemory(budget int64) error {
	where := "while the pipeline is bound"
	if p := a.running.Load(); p != nil {
		where = "no stage is at work"
		if names := p.AtWork(); len(names) > 0 {
			where = "at work: " + strings.Join(names, ", ")
		}
	}
	limit := "--max-memory (%s) allows"
	if a.maxMemory == 0 {
		limit = "half of what the process may have (%s); --max-memory allows more"
	}
	return &syntax.Error{Msg: fmt.Sprintf("needs more memory than "+limit+"; %s", spill.FormatSize(budget), where)}
}
