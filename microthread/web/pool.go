package web

import (
	"container/list"
	"maps"
	"net/http"
	"slices"
	"time"
)

// pool holds the connections that are not in use.
type pool struct {
	shelves map[key]*shelf
	all     list.List // of *conn, the latest last
	closed  bool
}

// shelf is the connections along one route, the latest last.
type shelf struct{ conns []*conn }

const (
	maxShelves = 1000 // so many routes are known before empty shelves go

	// fresh is how long a server is trusted to keep a connection open that was just used.
	fresh = 10 * time.Millisecond
)

// at returns the shelf for connections that have k in common.
func (p *pool) at(k key) *shelf {
	s := p.shelves[k]
	if s != nil {
		return s
	}
	if p.shelves == nil {
		p.shelves = map[key]*shelf{}
	}
	if len(p.shelves) >= maxShelves {
		maps.DeleteFunc(p.shelves, func(_ key, s *shelf) bool { return len(s.conns) == 0 })
	}
	s = &shelf{}
	p.shelves[k] = s
	return s
}

// put takes a connection that is not in use any more.
func (p *pool) put(k *conn) {
	tr, s := k.x.tr, k.to.shelf
	if p.closed || tr.MaxIdle <= 0 || len(s.conns) >= tr.MaxIdleHost {
		k.close()
		return
	}
	k.used, k.x, k.idleSince = true, nil, time.Now()
	s.conns = append(s.conns, k)
	k.place = p.all.PushBack(k)
	for p.all.Len() > tr.MaxIdle {
		p.closeOldest()
	}
}

// take returns a connection along the route that can be used, or nil. Whether the server has
// closed it is not looked at where it was used a moment ago and r can be sent once more.
func (p *pool) take(to *route, idleTime time.Duration, r *http.Request) *conn {
	to.shelf = p.at(to.key)
	now := time.Now()
	for p.all.Len() > 0 && now.Sub(p.all.Front().Value.(*conn).idleSince) > idleTime {
		p.closeOldest()
	}
	for n := len(to.shelf.conns); n > 0; n-- {
		k := to.shelf.conns[n-1]
		p.remove(k, n-1)
		if now.Sub(k.idleSince) < fresh && repeatable(r) || k.c.Alive() {
			return k
		}
		k.close()
	}
	return nil
}

// remove takes k out, which is at the index i of its shelf.
func (p *pool) remove(k *conn, i int) {
	p.all.Remove(k.place)
	k.to.shelf.conns = slices.Delete(k.to.shelf.conns, i, i+1)
}

// closeOldest closes the one that has been idle the longest, which is the first on its shelf
// too.
func (p *pool) closeOldest() {
	k := p.all.Front().Value.(*conn)
	p.remove(k, 0)
	k.close()
}

// clear closes all, and reports whether there were any.
func (p *pool) clear() bool {
	any := p.all.Len() > 0
	for p.all.Len() > 0 {
		p.closeOldest()
	}
	return any
}

func (p *pool) close() {
	p.closed = true
	p.clear()
}
