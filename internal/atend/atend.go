// Package atend holds what has to be done when the process is ended at once, after a time-out or a
// second signal, and nobody waits any more for those who would do it. All of it may be called from any
// goroutine.
package atend

import "sync"

// pending holds functions, by a pointer of their own.
var pending sync.Map

// Do makes fn be called by Run, until forget is called, which may be more than once.
func Do(fn func()) (forget func()) {
	key := &fn
	pending.Store(key, fn)
	return func() { pending.Delete(key) }
}

// Run calls all that is pending.
func Run() {
	pending.Range(func(_, fn any) bool {
		fn.(func())()
		return true
	})
}
