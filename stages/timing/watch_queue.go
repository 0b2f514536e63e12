package timing

import (
	"slices"

	"mtpipe/reactor"
)

// changeQueue holds the events that were taken and not told yet.
type changeQueue struct {
	events  []reactor.FileEvent
	renamed map[nameIn]int // how many of them say that a name means another directory
}

// nameIn is a name in the directory that is watched with an id.
type nameIn struct {
	id   int
	name string
}

const namingOps = reactor.FileCreated | reactor.FileDeleted | reactor.FileMovedFrom | reactor.FileMovedTo

// renames reports whether a name means another directory, or none, since e.
func renames(e reactor.FileEvent) bool { return e.Dir && e.Ops&namingOps != 0 }

func (q *changeQueue) add(events ...reactor.FileEvent) {
	q.events = append(q.events, events...)
	for _, e := range events {
		if renames(e) {
			q.renamed[nameIn{e.ID, e.Name}]++
		}
	}
}

// take removes the event at i.
func (q *changeQueue) take(i int) reactor.FileEvent {
	e := q.events[i]
	if i == 0 {
		q.events = q.events[1:]
	} else {
		q.events = slices.Delete(q.events, i, i+1)
	}
	if key := (nameIn{e.ID, e.Name}); renames(e) {
		if q.renamed[key]--; q.renamed[key] == 0 {
			delete(q.renamed, key)
		}
	}
	return e
}
