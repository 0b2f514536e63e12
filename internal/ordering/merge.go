package ordering

import (
	"io"

	"mtpipe/internal/spill"
)

// merger gives the rows of several runs in order. It is a tree in which each inner node
// holds the run that lost there: Knuth, The Art of Computer Programming, volume 3, 5.4.1.
type merger struct {
	order   order
	heads   []head
	cursors []cursor
	losers  []int32 // losers[0] is the winner
	started bool
	unique  bool
	before  item // when unique is set, the first of the rows that are equal in the order to the last one
	group   keyGroup
	any     bool
	left    int // rows that may still be given
	memory  *spill.Memory
}

// head is the next row of a run.
type head struct {
	prefix uint64
	item   item
	all    bool // see order.prefix
	done   bool // there is none
}

// ahead is how many rows are looked up before they are compared: they are anywhere in
// memory, and the processor waits for several at once.
const ahead = 32

// cursor reads a run. It is ahead of its head.
type cursor struct {
	next   int
	heads  []head
	tables *tables
	arena  *arena
	refs   []ref
	reader *spill.Reader
	room   [ahead]head
}

// newMerger returns a merger of runs, which are sorted. Buffers is what the reserve is
// divided by to get the sizes of those that runs in files are read with.
func (s *Sorter) newMerger(runs []*run, buffers int) *merger {
	m := &merger{order: s.order(), heads: make([]head, len(runs)), cursors: make([]cursor, len(runs)),
		losers: make([]int32, max(1, len(runs))), unique: s.o.Unique, left: int(^uint(0) >> 1)}
	if s.o.First > 0 && (s.complete || m.order.keys[0].Mode != Plain) {
		m.left = s.o.First
	}
	m.order.raw = factsOf(runs).raw
	m.order.skip = m.common(runs)
	inFiles := 0
	for _, r := range runs {
		if r.arena == nil {
			inFiles++
		}
	}
	size := s.buffer(buffers)
	m.memory = spill.NewMemory(size * inFiles)
	memory := m.memory.Bytes()
	for i, r := range runs {
		c := &m.cursors[i]
		c.tables = r.tables
		if r.arena != nil {
			c.arena, c.refs = r.arena, r.arena.refs
			continue
		}
		c.reader = spill.NewReader(r.file, r.section, memory[:size:size])
		memory = memory[size:]
	}
	return m
}

// common returns how many bytes all rows of runs have in common that are compared by their
// bytes.
func (m *merger) common(runs []*run) int {
	if !m.order.raw || m.order.keys[0].Mode != Plain || len(runs) == 0 {
		return 0
	}
	first := runs[0].ends[0]
	n := len(first)
	for _, r := range runs {
		for _, text := range r.ends {
			n = commonPrefix(first[:n], text)
		}
	}
	return n
}

func (m *merger) close() { m.memory.Free() }

// fill looks the next rows of a run up.
func (m *merger) fill(c *cursor) error {
	c.next, c.heads = 0, c.room[:0]
	if c.arena != nil {
		n := min(ahead, len(c.refs))
		for _, e := range c.refs[:n] {
			c.heads = append(c.heads, head{item: item{c.arena.row(e.at), c.tables}})
		}
		c.refs = c.refs[n:]
	} else {
		for len(c.heads) < ahead && (len(c.heads) == 0 || c.reader.Ready()) {
			row, err := c.reader.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			c.heads = append(c.heads, head{item: item{row, c.tables}})
		}
	}
	if len(m.heads) > 1 || m.unique {
		for i := range c.heads {
			h := &c.heads[i]
			h.prefix, h.all = m.order.prefix(h.item, 0)
		}
	}
	return nil
}

// advance makes the next row of run i its head.
func (m *merger) advance(i int32) error {
	c := &m.cursors[i]
	if c.next == len(c.heads) {
		if err := m.fill(c); err != nil {
			return err
		}
		if len(c.heads) == 0 {
			m.heads[i] = head{prefix: ^uint64(0), done: true}
			return nil
		}
	}
	m.heads[i] = c.heads[c.next]
	c.next++
	return nil
}

// less reports whether the head of run a comes before that of run b.
func (m *merger) less(a, b int32) bool {
	x, y := &m.heads[a], &m.heads[b]
	if x.prefix != y.prefix {
		return x.prefix < y.prefix
	}
	if x.done || y.done {
		return !x.done
	}
	from := 0
	if x.all && y.all {
		from = 1
	}
	if c := m.order.compare(x.item, y.item, from); c != 0 {
		return c < 0
	}
	if p, q := x.item.placeInInput(), y.item.placeInInput(); p != q {
		return p < q
	}
	return a < b
}

// start makes the tree and returns the winner.
func (m *merger) start() error {
	m.started = true
	for i := range m.heads {
		if err := m.advance(int32(i)); err != nil {
			return err
		}
	}
	m.losers[0] = m.play(1)
	return nil
}

// play returns the winner below a node of the tree.
func (m *merger) play(node int) int32 {
	if node >= len(m.heads) {
		return int32(node - len(m.heads))
	}
	winner, loser := m.play(2*node), m.play(2*node+1)
	if m.less(loser, winner) {
		winner, loser = loser, winner
	}
	m.losers[node] = loser
	return winner
}

// step makes the row behind the winner's head its head, and finds the new winner.
func (m *merger) step() error {
	winner := m.losers[0]
	if err := m.advance(winner); err != nil {
		return err
	}
	for node := (int(winner) + len(m.heads)) / 2; node > 0; node /= 2 {
		if m.less(m.losers[node], winner) {
			m.losers[node], winner = winner, m.losers[node]
		}
	}
	m.losers[0] = winner
	return nil
}

// next returns the next row, which is valid until next is called again, and false behind
// the last.
func (m *merger) next() (item, bool, error) {
	for m.left > 0 {
		var err error
		switch {
		case m.started:
			err = m.step()
		case len(m.heads) == 0:
			return item{}, false, nil
		default:
			err = m.start()
		}
		if err != nil {
			return item{}, false, err
		}
		h := &m.heads[m.losers[0]]
		if h.done {
			break
		}
		if m.unique {
			switch {
			case !m.any || m.order.compare(m.before, h.item, 0) != 0:
				m.group.reset()
			case !m.group.isNew(&m.order, m.before, h.item):
				continue
			default:
				m.left--
				return h.item, true, nil
			}
			m.any = true
			m.before = item{append(m.before.row[:0], h.item.row...), h.item.tables}
		}
		m.left--
		return h.item, true, nil
	}
	return item{}, false, nil
}
