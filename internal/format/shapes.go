package format

import (
	"bytes"

	"mtpipe/value"
)

// shapes finds the shape of a record by its keys in their order: a tree in which a path of
// keys leads to a shape, as the hidden classes of script engines do. Most records of a file
// have the same keys, so each node guesses the key that came there last.
type shapes struct {
	root  node
	count int // nodes

	path  *node           // the way to it, if it is long, has
	names map[string]bool // these names
}

// maxNodes is where the tree is thought to be of no use and begun anew.
const maxNodes = 1 << 16

type node struct {
	parent   *node
	key      string // as it is written, with its quotes
	name     string
	head     [2]uint64 // the first 16 bytes of key
	mask     [2]uint64 // and which of them there are
	guess    *node
	children map[string]*node
	depth    int
	shape    *value.Shape // made when first asked for
	twice    bool         // a name stands twice on the way here
	slots    []int        // where the record's fields go then; made when first asked for
}

// child returns the node that key leads to from n; name is what it means.
func (s *shapes) child(n *node, key []byte, name func([]byte) string) *node {
	if c := n.children[string(key)]; c != nil {
		return c
	}
	if n.children == nil {
		n.children = make(map[string]*node)
	}
	c := &node{parent: n, key: string(key), name: name(key), depth: n.depth + 1}
	var head, mask [16]byte
	copy(head[:], key)
	copy(mask[:], bytes.Repeat([]byte{0xff}, min(len(key), len(mask))))
	c.head = [2]uint64{word(head[:]), word(head[8:])}
	c.mask = [2]uint64{word(mask[:]), word(mask[8:])}
	c.twice = s.stands(n, c) || n.twice
	n.children[c.key] = c
	s.count++
	return c
}

// next returns the node that key, which is a name as it stands, leads to from n.
func (s *shapes) next(n *node, key []byte) *node {
	if n.guess == nil || n.guess.key != string(key) {
		n.guess = s.child(n, key, func(k []byte) string { return string(k) })
	}
	return n.guess
}

// begins reports whether the key of n stands in text at i.
func (n *node) begins(text []byte, i int) bool {
	if i+16 <= len(text) {
		t := text[i : i+16]
		if (word(t)^n.head[0])&n.mask[0]|(word(t[8:])^n.head[1])&n.mask[1] != 0 {
			return false
		}
		if len(n.key) <= 16 {
			return true
		}
	}
	return len(text)-i >= len(n.key) && string(text[i:i+len(n.key)]) == n.key
}

// trim begins the tree anew when it has grown too large.
func (s *shapes) trim() {
	if s.count > maxNodes {
		*s = shapes{}
	}
}

// names returns the names of the fields on the way to n, a name for each.
func (n *node) names() []string {
	names := make([]string, n.depth)
	for ; n.parent != nil; n = n.parent {
		names[n.depth-1] = n.name
	}
	return names
}

// fewNames is how many names are compared one by one.
const fewNames = 16

// stands reports whether the name of c, a new child of n, stands on the way to n.
func (s *shapes) stands(n, c *node) bool {
	if n.depth <= fewNames {
		for ; n.parent != nil; n = n.parent {
			if n.name == c.name {
				return true
			}
		}
		return false
	}
	if s.path != n {
		s.names = make(map[string]bool)
		for p := n; p.parent != nil; p = p.parent {
			s.names[p.name] = true
		}
	}
	found := s.names[c.name]
	s.names[c.name] = true
	s.path = c
	return found
}

// findSlots finds the places of fields when a name stands twice: the last value counts, in
// the first place.
func (n *node) findSlots() []int {
	if n.slots == nil {
		places := make(map[string]int)
		for _, name := range n.names() {
			if _, ok := places[name]; !ok {
				places[name] = len(places)
			}
			n.slots = append(n.slots, places[name])
		}
	}
	return n.slots
}

// of returns the shape.
func (n *node) of() *value.Shape {
	if n.shape != nil {
		return n.shape
	}
	names := n.names()
	if n.twice {
		var once []string
		for i, slot := range n.findSlots() {
			if name := names[i]; slot == len(once) {
				once = append(once, name)
			}
		}
		names = once
	}
	n.shape = value.NewShape(names...)
	return n.shape
}

// settle puts the record's fields, which begin with number first, into their places.
func (n *node) settle(r *value.Records, first int) {
	fields := r.Fields[first:]
	count := 0
	for i, slot := range n.findSlots() {
		fields[slot] = fields[i]
		count = max(count, slot+1)
	}
	r.Fields = r.Fields[:first+count]
}
