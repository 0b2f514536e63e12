package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"mtpipe/microthread"
)

// threadKey is the key of a context under which there is its thread.
type threadKey struct{}

// Thread returns the thread that a handler runs in, given the context of its request or one
// that was made of it. It is nil for any other context. Any goroutine may call it, but only the
// thread itself may use what it returns.
func Thread(ctx context.Context) *microthread.Thread {
	t, _ := ctx.Value(threadKey{}).(*microthread.Thread)
	return t
}

// requestContext is the context of a request: it has values, and ends with the handler. It may
// be used by any goroutine. What a cancellation needs is made only when somebody asks for it.
type requestContext struct {
	x      *reply
	mu     sync.Mutex
	ended  bool
	inner  context.Context // that ends, once it is asked for
	cancel context.CancelFunc
}

// Deadline says that there is none.
func (c *requestContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done returns a channel that is closed at the end.
func (c *requestContext) Done() <-chan struct{} { return c.made().Done() }

// made returns the context that ends.
func (c *requestContext) made() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.cancel = context.WithCancel(context.Background())
		if c.ended {
			c.cancel()
		}
	}
	return c.inner
}

// Err returns context.Canceled after the end.
func (c *requestContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return context.Canceled
	}
	return nil
}

// Value returns what net/http's servers have in a context, and the thread.
func (c *requestContext) Value(key any) any {
	switch key {
	case threadKey{}:
		return c.x.t
	case http.ServerContextKey:
		return c.x.k.s.std
	case http.LocalAddrContextKey:
		return c.x.k.local
	}
	c.mu.Lock()
	inner := c.inner
	c.mu.Unlock()
	if inner == nil {
		return nil
	}
	return inner.Value(key) // so that contexts made of this one need no goroutine to learn of its end
}

// end cancels the context.
func (c *requestContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended = true; c.cancel != nil {
		c.cancel()
	}
}
