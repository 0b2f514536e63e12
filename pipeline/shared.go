package pipeline

import (
	"errors"
	"io"
)

// shared is what the stages of a run have in common on one reactor.
type shared struct {
	byKey   map[any]any
	closers []io.Closer
}

// Shared returns what the stages of a run have in common under key, such as connections that
// are kept open; make makes it for the first that asks. Each reactor of the run has its own,
// so that it needs no lock. One that is an io.Closer is closed on its reactor when the threads
// there have ended. The key's type is the caller's own.
func Shared[T any](j *Job, key any, make func() T) T {
	s := j.run.shared
	if v, ok := s.byKey[key]; ok {
		return v.(T)
	}
	v := make()
	if s.byKey == nil {
		s.byKey = map[any]any{}
	}
	s.byKey[key] = v
	if c, ok := any(v).(io.Closer); ok {
		s.closers = append(s.closers, c)
	}
	return v
}

// close closes what can be closed, the last made first.
func (s *shared) close() (err error) {
	for i := len(s.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, s.closers[i].Close())
	}
	s.closers = nil
	return err
}
