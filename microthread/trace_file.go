package microthread

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	traceBuffer = 64 << 10 // bytes that a program gathers before it hands them on
	traceAhead  = 4        // buffers that wait to be written, before the programs do
)

// traceFile is a trace that several programs write. Any goroutine.
type traceFile struct {
	w     io.Writer
	epoch time.Time
	flows atomic.Uint64

	mu       sync.Mutex
	pids     int
	attached int         // programs that have not ended their part
	full     chan []byte // to be written; nil when no program is attached
	written  chan error  // what came of it
	spare    chan []byte
}

func newTraceFile(w io.Writer) *traceFile {
	return &traceFile{w: w, epoch: time.Now(), spare: make(chan []byte, traceAhead)}
}

// now returns the time in the trace.
func (f *traceFile) now() int64 { return int64(time.Since(f.epoch)) }

func (f *traceFile) nextFlow() uint64 { return f.flows.Add(1) }

// attach adds a program and returns its number.
func (f *traceFile) attach() (pid int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.attached++; f.attached == 1 {
		f.full, f.written = make(chan []byte, traceAhead), make(chan error, 1)
		go f.writeAll(f.full, f.written)
	}
	f.pids++
	return f.pids
}

// write hands on a buffer and returns an empty one.
func (f *traceFile) write(buf []byte) []byte {
	f.full <- buf
	select {
	case b := <-f.spare:
		return b
	default:
		return make([]byte, 0, traceBuffer+traceBuffer/8)
	}
}

// detach ends the part of a program, of which buf is the last. The last program to do so
// ends the trace and gets the error of writing it.
func (f *traceFile) detach(buf []byte) error {
	f.full <- buf
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.attached--; f.attached > 0 {
		return nil
	}
	close(f.full)
	if err := <-f.written; err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	return nil
}

// writeAll writes the buffers that come, up to the first error. A trace is a list in JSON
// whose every element stands after a comma, but for the first.
func (f *traceFile) writeAll(full <-chan []byte, written chan<- error) {
	_, err := io.WriteString(f.w, "[")
	first := true
	for buf := range full {
		text := buf
		if first && len(text) > 0 {
			text, first = text[1:], false
		}
		if err == nil {
			_, err = f.w.Write(text)
		}
		select {
		case f.spare <- buf[:0]:
		default:
		}
	}
	if err == nil {
		_, err = io.WriteString(f.w, "\n]\n")
	}
	written <- err
}
