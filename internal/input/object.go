package input

import (
	"context"

	"mtpipe/internal/object"
	"mtpipe/microthread"
)

// objects returns the names of the objects that match name; there has to be one. Without a thread it
// blocks.
func objects(t *microthread.Thread, name string) ([]string, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if t == nil {
		return object.Matches(ctx, name, Pattern)
	}
	names, err := t.Blocking(func() (any, error) { return object.Matches(ctx, name, Pattern) })
	if err != nil {
		return nil, err
	}
	return names.([]string), nil
}

// openObject opens an object for the thread t. It is not read again: whoever does so sees that it is
// not regular.
func openObject(t *microthread.Thread, name string) (*File, error) {
	r, err := onThreadOf(t, func(ctx context.Context) (*object.Reader, error) { return object.Open(ctx, name) })
	if err != nil {
		return nil, err
	}
	f := &File{name: name, t: t, object: r}
	f.judge(awaited{f.object, t}, f.object)
	return f, nil
}

// onThreadOf opens a reader off the reactor of t. When t is ended meanwhile, the reader is, too.
func onThreadOf(t *microthread.Thread, open func(context.Context) (*object.Reader, error)) (*object.Reader, error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := true
	defer func() {
		if ended {
			cancel()
		}
	}()
	r, err := t.Blocking(func() (any, error) { return open(ctx) })
	if ended = err != nil; ended {
		return nil, err
	}
	return r.(*object.Reader), nil
}

// awaited is an object as one thread reads it, which suspends until there is something.
type awaited struct {
	*object.Reader
	t *microthread.Thread
}

func (a awaited) Read(p []byte) (int, error) {
	if !a.Ready() {
		if _, err := a.t.Blocking(func() (any, error) { a.Wait(); return nil, nil }); err != nil {
			return 0, err
		}
	}
	return a.Reader.Read(p)
}
