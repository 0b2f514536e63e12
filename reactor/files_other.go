//go:build !linux

package reactor

func newFileEvents(r *Reactor) (Notifier, error) { return newPolledFiles(r) }
