package ordering

import (
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"unsafe"

	"mtpipe/internal/spill"
	"mtpipe/value"
)

// Pile holds rows, to be put in another order that does not depend on what they are. A Pile
// with nothing but a Budget is empty.
type Pile struct {
	Budget int64 // bytes to keep in memory, about; what is more goes to a file; 0 when there is no limit

	parts  []pilePart
	held   int // bytes of arenas
	rows   int
	order  []rowOf // when it is not that of the input
	turned bool    // the last row is the first one
	file   *spill.File
	tables tables
	facts  facts
	body   []byte
}

// pilePart is some rows of a pile that follow each other.
type pilePart struct {
	arena   *arena        // nil when they are in the file
	section spill.Section // of the file
}

// rowOf is a row of a pile.
type rowOf struct{ part, at uint32 }

const pileArena = 1 << 20

// AddBatch adds the rows of b.
func (p *Pile) AddBatch(b *value.Batch) error {
	p.addBatch(b)
	if p.Budget > 0 && int64(p.held) > p.Budget {
		return p.spill()
	}
	return nil
}

// Memory returns about how many bytes the pile takes when its rows are put in another order.
func (p *Pile) Memory() int64 { return int64(p.held) + int64(p.rows)*int64(unsafe.Sizeof(rowOf{})) }

func (p *Pile) addBatch(b *value.Batch) {
	if p.rows == 0 {
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
	last := len(p.parts) - 1
	if last < 0 || p.parts[last].arena == nil || !p.parts[last].arena.fits(len(body)) {
		a := newArena(max(pileArena, needs(1, len(body))))
		p.parts = append(p.parts, pilePart{arena: a})
		p.held += len(a.mem)
		last++
	}
	a := p.parts[last].arena
	a.add(kind<<kindShift, nil, body)
	a.rows = 0 // they will not be sorted: no room is needed for that
	p.rows++
	p.facts = p.facts.and(f)
}

// spill writes the rows that are in memory to the file.
func (p *Pile) spill() (err error) {
	if p.file == nil {
		if p.file, err = spill.Create(""); err != nil {
			return err
		}
	}
	w := spill.NewWriter(p.file, nil)
	for i := range p.parts {
		part := &p.parts[i]
		if part.arena == nil {
			continue
		}
		if err := w.AddFramed(part.arena.mem[:part.arena.used]); err != nil {
			return err
		}
		if part.section, err = w.Finish(); err != nil {
			return err
		}
		p.free(part)
	}
	return nil
}

// read brings the rows of a part back into memory.
func (p *Pile) read(part *pilePart) error {
	part.arena = newArena(int(part.section.Size()))
	p.held += len(part.arena.mem)
	r := spill.NewReader(p.file, part.section, make([]byte, blockSize))
	for {
		row, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		part.arena.addEncoded(row)
	}
}

func (p *Pile) free(part *pilePart) {
	if part.arena != nil {
		p.held -= len(part.arena.mem)
		part.arena.free()
		part.arena = nil
	}
}

// Reverse turns the order of the input round.
func (p *Pile) Reverse() { p.turned = true }

// Shuffle puts the rows in an order that random chooses, all orders being equally likely. It is
// for a pile without a Budget.
func (p *Pile) Shuffle(random *rand.Rand) {
	p.order = make([]rowOf, 0, p.rows)
	for i, part := range p.parts {
		for _, at := range part.arena.places(nil) {
			p.order = append(p.order, rowOf{uint32(i), at})
		}
	}
	random.Shuffle(len(p.order), func(i, k int) { p.order[i], p.order[k] = p.order[k], p.order[i] })
}

// places appends to list where the rows of an arena of a pile are.
func (a *arena) places(list []uint32) []uint32 {
	for at := 0; at < a.used; at += spill.LengthLen + len(a.row(uint64(at))) {
		list = append(list, uint32(at))
	}
	return list
}

// Batches iterates over the rows in batches, whose owner is the loop.
func (p *Pile) Batches() iter.Seq2[*value.Batch, error] {
	return func(yield func(*value.Batch, error) bool) {
		a := &assembler{lines: p.facts.lines, pool: value.NewBlockPool(blockSize),
			yield: func(b *value.Batch) bool { return yield(b, nil) }}
		if p.order != nil {
			if p.putAll(a, p.order) {
				a.flush()
			}
			return
		}
		var places []uint32
		var rows []rowOf
		for i := range p.parts {
			if p.turned {
				i = len(p.parts) - 1 - i
			}
			part := &p.parts[i]
			if part.arena == nil {
				if err := p.read(part); err != nil {
					yield(nil, err)
					return
				}
			}
			places, rows = part.arena.places(places[:0]), rows[:0]
			for _, at := range places {
				rows = append(rows, rowOf{uint32(i), at})
			}
			if p.turned {
				slices.Reverse(rows)
			}
			if !p.putAll(a, rows) {
				return
			}
			p.free(part)
		}
		a.flush()
	}
}

// putAll gives the rows to a and reports whether more are wanted.
func (p *Pile) putAll(a *assembler, refs []rowOf) bool {
	for len(refs) > 0 {
		var items [ahead]item
		n := min(ahead, len(refs))
		for i, e := range refs[:n] {
			items[i] = item{p.parts[e.part].arena.row(uint64(e.at)), &p.tables}
		}
		for _, x := range items[:n] {
			if !a.add(x) {
				return false
			}
		}
		refs = refs[n:]
	}
	return true
}

// Close gives the memory back and removes the file.
func (p *Pile) Close() {
	for i := range p.parts {
		p.free(&p.parts[i])
	}
	_ = p.file.Close() // nothing is lost with it
	p.parts, p.order, p.file = nil, nil, nil
}
