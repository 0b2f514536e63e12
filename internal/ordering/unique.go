package ordering

// distinctRefs keeps the first of rows that are the same, of refs that are sorted by s. Rows that
// are equal in the order stand next to each other, and of those, the keys tell.
func distinctRefs(s refSort, refs []ref) []ref {
	kept := refs[:0]
	var group keyGroup
	start := 0 // of kept, the first that is equal to the present row
	for _, e := range refs {
		if len(kept) == 0 || !s.equal(kept[start], e) {
			start = len(kept)
			group.reset()
			kept = append(kept, e)
			continue
		}
		if s.isNew(&group, kept[start], e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// keyGroup is the keys of rows that are equal in the order.
type keyGroup struct {
	key  []byte          // of the first row, once it was asked for
	more map[string]bool // those of others that differ from it
	next []byte          // memory
}

func (g *keyGroup) reset() {
	g.key, g.more = g.key[:0], nil
}

// isNew reports whether the key of x is not in the group, whose first row is given, and adds it.
func (g *keyGroup) isNew(o *order, first, x item) bool {
	if !o.spelled() {
		return false
	}
	if len(g.key) == 0 {
		g.key = o.appendKey(g.key, first)
	}
	g.next = o.appendKey(g.next[:0], x)
	if string(g.next) == string(g.key) || g.more[string(g.next)] {
		return false
	}
	if g.more == nil {
		g.more = make(map[string]bool)
	}
	g.more[string(g.next)] = true
	return true
}
