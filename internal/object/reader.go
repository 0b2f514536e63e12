package object

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// How objects are read: in pieces that double from the first to the last size, since who reads the
// beginning may want no more, and several at a time.
const (
	firstPiece = 256 << 10
	lastPiece  = 8 << 20
	ahead      = 4        // pieces that are read at a time
	lonePiece  = 1 << 20  // the largest one of a reader that gets no more memory
	mostMemory = 64 << 20 // that the pieces of all readers have, besides one such piece of each
	atOnce     = 256 << 10
	enough     = 64 << 10    // to be read at a time, besides the end of a piece
	stalled    = time.Minute // that a connection may give nothing
)

// memory is what the pieces of all readers have.
var memory atomic.Int64

// Reader reads an object, or a range of it, from its beginning to its end, in pieces that several connections bring. One
// goroutine reads; any may call Close, Ready and Wait.
type Reader struct {
	at     *store
	place  place
	ctx    context.Context
	cancel context.CancelFunc
	whole  version

	mu     sync.Mutex
	filled sync.Cond
	pieces []*piece // that are being read, in order
	next   int64    // where the one after them begins
	end    int64    // where the last one ends
	size   int64    // that it has at the most
	reads  int
}

// piece is a part of an object.
type piece struct {
	from int64
	data []byte // of which n bytes were filled, and used bytes were read
	n    int
	used int
	err  error // why no more of it is filled
}

// Open opens an object.
func Open(ctx context.Context, name string) (*Reader, error) {
	return OpenRange(ctx, name, 0, math.MaxInt64)
}

// OpenRange opens the bytes of an object from a place on, where it has one, to before another one or
// its end.
func OpenRange(ctx context.Context, name string, from, to int64) (*Reader, error) {
	p, err := placeOf(name)
	if err != nil {
		return nil, err
	}
	s, err := open(name)
	if err != nil {
		return nil, err
	}
	r := &Reader{at: s, place: p, next: from, size: firstPiece}
	r.filled.L = &r.mu
	r.ctx, r.cancel = context.WithCancel(ctx)
	request, cancel := context.WithCancel(r.ctx)
	body, whole, err := s.read(request, p, from, min(from+firstPiece, to))
	if err != nil {
		cancel()
		r.cancel()
		return nil, err
	}
	r.whole, r.end = whole, min(to, whole.size)
	if r.next < r.end {
		r.begin(connection{body, cancel})
	} else {
		_ = connection{body, cancel}.Close()
	}
	return r, nil
}

// begin begins to read the next piece, from a connection if there is one. The lock is held, or nobody
// else knows the reader yet.
func (r *Reader) begin(c connection) {
	size := min(r.size, r.end-r.next)
	if memory.Load()+size > mostMemory {
		size = min(size, lonePiece)
	}
	memory.Add(size)
	p := &piece{from: r.next, data: make([]byte, size)}
	r.pieces, r.next, r.size = append(r.pieces, p), r.next+size, min(2*r.size, lastPiece)
	go r.fill(p, c)
}

// Version returns how large the whole object is, and what tells its content from any other that it
// may have had.
func (r *Reader) Version() (size int64, tag string) { return r.whole.size, r.whole.etag }

// Ready reports whether Read would return at once: whoever reads little at a time is woken often.
func (r *Reader) Ready() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ready()
}

// Wait returns when Read would return at once.
func (r *Reader) Wait() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wait()
}

func (r *Reader) wait() {
	for !r.ready() {
		r.filled.Wait()
	}
}

func (r *Reader) ready() bool {
	if r.ctx.Err() != nil || len(r.pieces) == 0 {
		return true
	}
	p := r.pieces[0]
	return p.n-p.used >= min(enough, len(p.data)-p.used) || p.err != nil
}

// first returns the piece that is read now.
func (r *Reader) first() *piece {
	if len(r.pieces) == 0 {
		return nil
	}
	return r.pieces[0]
}

// Read reads up to len(b) bytes; it waits for some of them.
func (r *Reader) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.reads++; r.next < r.end && len(r.pieces) < min(r.reads, ahead) && memory.Load()+r.size <= mostMemory; {
		r.begin(connection{})
	}
	r.wait()
	if r.ctx.Err() != nil {
		return 0, os.ErrClosed
	}
	if len(r.pieces) == 0 {
		return 0, io.EOF
	}
	p := r.pieces[0]
	if p.used == p.n {
		return 0, p.err
	}
	n := copy(b, p.data[p.used:p.n])
	if p.used += n; p.used == len(p.data) {
		r.pieces = r.pieces[1:]
		memory.Add(-int64(len(p.data)))
		if len(r.pieces) == 0 && r.next < r.end {
			r.begin(connection{})
		}
	}
	return n, nil
}

// Close ends all requests.
func (r *Reader) Close() {
	r.cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.pieces {
		memory.Add(-int64(len(p.data)))
	}
	r.pieces = nil
	r.filled.Broadcast()
}

// connection is a request's answer, which ends when it gives nothing for long.
type connection struct {
	body   io.ReadCloser // nil for none
	cancel context.CancelFunc
}

// Close ends the request.
func (c connection) Close() error {
	c.cancel()
	return c.body.Close()
}

// fill reads a piece. When a connection breaks, another one goes on where it did.
func (r *Reader) fill(p *piece, c connection) {
	var err error
	for failed := 0; p.n < len(p.data) && r.ctx.Err() == nil; {
		if c.body == nil {
			if c, err = r.connect(p); err != nil {
				break
			}
		}
		before := p.n
		err = r.take(p, c)
		c = connection{}
		if p.n > before {
			failed = 0
		}
		if failed++; err != nil && failed == attempts {
			err = fmt.Errorf("%s: %w at byte %d, %d times", r.place.name, err, p.from+int64(p.n), failed)
			break
		}
		if err != nil {
			pause(r.ctx, failed)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.n < len(p.data) {
		p.err = err
		if err == nil {
			p.err = os.ErrClosed
		}
	}
	r.filled.Broadcast()
}

// pause waits before the next attempt, the longer the more have failed.
func pause(ctx context.Context, failed int) {
	longest := 100 * time.Millisecond << failed
	select {
	case <-time.After(longest/2 + rand.N(longest/2)):
	case <-ctx.Done():
	}
}

// connect asks for what is missing of a piece. An object that is another one meanwhile is an error.
func (r *Reader) connect(p *piece) (connection, error) {
	ctx, cancel := context.WithCancel(r.ctx)
	body, v, err := r.at.read(ctx, r.place, p.from+int64(p.n), p.from+int64(len(p.data)))
	if err == nil && v != r.whole {
		_ = body.Close()
		err = fmt.Errorf("%s: it was replaced by another object while it was read", r.place.name)
	}
	if err != nil {
		cancel()
		return connection{}, err
	}
	return connection{body, cancel}, nil
}

// take reads what a connection gives of a piece, up to its end.
func (r *Reader) take(p *piece, c connection) error {
	defer c.Close()
	late := time.AfterFunc(stalled, c.cancel)
	defer late.Stop()
	for p.n < len(p.data) {
		n, err := c.body.Read(p.data[p.n:min(len(p.data), p.n+atOnce)])
		late.Reset(stalled)
		r.mu.Lock()
		p.n += n
		if p == r.first() && r.ready() {
			r.filled.Broadcast()
		}
		r.mu.Unlock()
		if err == io.EOF && p.n < len(p.data) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && p.n < len(p.data) {
			return err
		}
	}
	return nil
}
