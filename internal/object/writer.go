package object

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// How objects are written: in parts, of which a service takes 10,000, so that they become larger
// where there are many.
const (
	partSize   = 8 << 20
	growsAfter = 2000 // parts, to twice the size
	uploads    = 3    // at a time
	abortLimit = 5 * time.Second
)

// Writer makes an object of what it is given, whole or not at all. Add and Full belong to one
// goroutine, and Flush and Commit to it or to one that it waits for.
type Writer struct {
	at     *store
	place  place
	ctx    context.Context
	cancel context.CancelFunc
	buffer []byte // that is not in a part

	mu     sync.Mutex // held by what makes requests
	upload string     // the service's name of it, "" before the first part
	etags  []*string  // of the parts
	turns  chan struct{}
	parts  sync.WaitGroup
	done   bool
	failed error // the first cause
	once   sync.Once
}

// Create returns a writer of the object called name. It makes no request.
func Create(name string) (*Writer, error) {
	p, err := placeOf(name)
	if err == nil && strings.HasSuffix(name, "/") {
		err = fmt.Errorf("%s: an object's name does not end with a slash", name)
	}
	if err != nil {
		return nil, err
	}
	s, err := open(name)
	if err != nil {
		return nil, err
	}
	w := &Writer{at: s, place: p, turns: make(chan struct{}, uploads)}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w, nil
}

// Add takes what is to be written. It does not block.
func (w *Writer) Add(p []byte) { w.buffer = append(w.buffer, p...) }

// Full reports whether Flush is to be called before more is added.
func (w *Writer) Full() bool { return len(w.buffer) >= w.partSize() }

// partSize returns the size of the next part.
func (w *Writer) partSize() int { return partSize << min(len(w.etags)/growsAfter, 4) }

// Flush sends what fills a part. It waits until there is a connection for it.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for size := w.partSize(); len(w.buffer) >= size; size = w.partSize() {
		part := w.buffer[:size:size]
		w.buffer = append(make([]byte, 0, size+size/8), w.buffer[size:]...)
		if err := w.send(part); err != nil {
			return err
		}
	}
	return nil
}

// send has a part sent, and returns what went wrong with an earlier one.
func (w *Writer) send(part []byte) (err error) {
	if w.upload == "" { // it is not ended by Abort, which has to know its name
		if w.upload, err = w.at.begin(context.WithoutCancel(w.ctx), w.place); err != nil {
			return err
		}
	}
	select {
	case w.turns <- struct{}{}:
	case <-w.ctx.Done():
		return w.cause()
	}
	etag := new(string)
	w.etags = append(w.etags, etag)
	number := len(w.etags)
	w.parts.Go(func() {
		defer func() { <-w.turns }()
		var err error
		if *etag, err = w.at.part(w.ctx, w.place, w.upload, number, part); err != nil {
			w.fail(err)
		}
	})
	return nil
}

// fail ends all requests; the first cause counts.
func (w *Writer) fail(err error) {
	w.once.Do(func() { w.failed = err })
	w.cancel()
}

// cause returns why the requests were ended.
func (w *Writer) cause() error {
	w.once.Do(func() { w.failed = os.ErrClosed })
	return w.failed
}

// Commit makes the object.
func (w *Writer) Commit() (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.upload == "" {
		err = w.at.put(w.ctx, w.place, w.buffer)
		w.done = err == nil
		return err
	}
	if len(w.buffer) > 0 {
		if err := w.send(w.buffer); err != nil {
			return err
		}
	}
	w.parts.Wait()
	if w.ctx.Err() != nil {
		return w.cause()
	}
	err = w.at.complete(w.ctx, w.place, w.upload, w.etags)
	w.done = err == nil
	return err
}

// Abort ends all requests and removes what was sent, unless the object is made. Any goroutine may
// call it, and more than once.
func (w *Writer) Abort() error {
	w.cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parts.Wait()
	if w.done || w.upload == "" {
		return nil
	}
	w.done = true
	ctx, end := context.WithTimeout(context.Background(), abortLimit)
	defer end()
	return w.at.abort(ctx, w.place, w.upload)
}
