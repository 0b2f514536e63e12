package ordering

import (
	"iter"
	"math/rand/v2"
	"slices"

	"mtpipe/value"
)

// Pile holds rows in memory, to be put in another order that does not depend on what they
// are. The zero Pile is empty.
type Pile struct {
	arenas []*arena
	refs   []rowOf
	tables tables
	facts  facts
	body   []byte
}

// rowOf is a row of a pile.
type rowOf struct{ arena, at uint32 }

const pileArena = 1 << 20

// AddBatch adds the rows of b.
func (p *Pile) AddBatch(b *value.Batch) {
	if len(p.refs) == 0 {
		p.facts = noFacts
	}
	if b.Form() == value.FormRecords {
		r := b.Records()
		for i := range r.Rows {
			body, ok := p.tables.packer.AppendRow(p.body[:0], r, i)
			if p.body = body; ok && r.Rows[i].Shape != nil {
				p.add(kindRecord, body, facts{})
			} else {
				p.addValue(r.Value(i))
			}
		}
		return
	}
	if b.Form() == value.FormValues {
		for _, v := range b.Values() {
			p.addValue(v)
		}
		return
	}
	for _, row := range b.Rows() {
		p.add(kindText, row, facts{lines: isLine(row)})
	}
}

func (p *Pile) addValue(v value.Value) {
	if v.Kind() == value.KindText && !v.IsNull() {
		p.add(kindText, v.Bytes(), facts{lines: isLine(v.Bytes())})
		return
	}
	body, kind := p.tables.append(p.body[:0], v)
	p.body = body
	p.add(kind, body, facts{})
}

func (p *Pile) add(kind uint64, body []byte, f facts) {
	last := len(p.arenas) - 1
	if last < 0 || !p.arenas[last].fits(len(body)) {
		p.arenas = append(p.arenas, newArena(max(pileArena, needs(1, len(body)))))
		last++
	}
	p.refs = append(p.refs, rowOf{uint32(last), uint32(p.arenas[last].used)})
	p.arenas[last].add(kind<<kindShift, nil, body)
	p.arenas[last].rows = 0 // they will not be sorted: no room is needed for that
	p.facts = p.facts.and(f)
}

// Reverse turns the order round.
func (p *Pile) Reverse() { slices.Reverse(p.refs) }

// Shuffle puts the rows in an order that random chooses, all orders being equally likely.
func (p *Pile) Shuffle(random *rand.Rand) {
	random.Shuffle(len(p.refs), func(i, k int) { p.refs[i], p.refs[k] = p.refs[k], p.refs[i] })
}

// Batches iterates over the rows in batches, whose owner is the loop.
func (p *Pile) Batches() iter.Seq[*value.Batch] {
	return func(yield func(*value.Batch) bool) {
		a := &assembler{lines: p.facts.lines, pool: value.NewBlockPool(blockSize), yield: yield}
		for refs := p.refs; len(refs) > 0; {
			var items [ahead]item
			n := min(ahead, len(refs))
			for i, e := range refs[:n] {
				items[i] = item{p.arenas[e.arena].row(uint64(e.at)), &p.tables}
			}
			for _, x := range items[:n] {
				if !a.add(x) {
					return
				}
			}
			refs = refs[n:]
		}
		a.flush()
	}
}

// Close gives the memory back.
func (p *Pile) Close() {
	for _, a := range p.arenas {
		a.free()
	}
	p.arenas, p.refs = nil, nil
}
