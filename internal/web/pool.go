package web

import (
	"container/list"
	"time"
)

// pool holds the connections that are not in use, the latest last.
type pool struct {
	idle   map[key][]*conn // those along one route
	all    list.List       // of *conn
	closed bool
}

// idlePlace is where a connection stands among all that are idle.
type idlePlace = *list.Element

// put takes a connection that is not in use any more.
func (p *pool) put(k *conn) {
	c := k.x.client
	same := p.idle[k.to.key]
	if p.closed || c.MaxIdle <= 0 || len(same) >= c.MaxIdleHost {
		k.close()
		return
	}
	if p.idle == nil {
		p.idle = map[key][]*conn{}
	}
	k.used, k.x, k.idleSince = true, nil, time.Now()
	p.idle[k.to.key] = append(same, k)
	k.place = p.all.PushBack(k)
	for p.all.Len() > c.MaxIdle {
		p.closeOldest()
	}
}

// take returns a connection along the route that can be used, or nil.
func (p *pool) take(c *Client, to *route) *conn {
	p.expire(c)
	for {
		same := p.idle[to.key]
		if len(same) == 0 {
			return nil
		}
		k := same[len(same)-1]
		p.remove(k, len(same)-1)
		if k.c.Alive() {
			return k
		}
		k.close()
	}
}

// remove takes k out, which is at the index i of those along its route.
func (p *pool) remove(k *conn, i int) {
	p.all.Remove(k.place)
	same := p.idle[k.to.key]
	if len(same) == 1 {
		delete(p.idle, k.to.key)
		return
	}
	copy(same[i:], same[i+1:])
	same[len(same)-1] = nil
	p.idle[k.to.key] = same[:len(same)-1]
}

// expire closes those that have been idle for too long.
func (p *pool) expire(c *Client) {
	if p.all.Len() == 0 {
		return
	}
	for now := time.Now(); p.all.Len() > 0 && now.Sub(p.all.Front().Value.(*conn).idleSince) > c.IdleTime; {
		p.closeOldest()
	}
}

// closeOldest closes the one that has been idle the longest, which is the first along its
// route too.
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
