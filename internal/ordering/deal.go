package ordering

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"
	"unsafe"

	"mtpipe/internal/spill"
)

// deal deals rows in memory out to buckets, all rows of each of which sort before those of
// the next: sample sort. It keeps the order of the input within a bucket.
type deal struct {
	rows     rows
	sort     refSort
	unique   bool
	chunks   []chunk // in the order of the input
	count    int     // rows
	memory   *spill.Memory
	refs     []ref
	room     []ref
	size     int      // buckets
	bounds   []ref    // between them
	prefixes []uint64 // of bounds, and behind them so many that a power of two, less one, is full
	same     []int    // for each bound, the first behind it with another prefix
}

const (
	bucketRows  = 8 << 10 // about; sorted in the processor's cache
	mostBuckets = 1 << bucketBits
	samples     = 16 // for each bucket
	pieceRows   = 64 << 10
)

// newDeal returns a deal of the rows of all runs, which are in memory.
func (s *Sorter) newDeal() *deal {
	d := &deal{unique: s.o.Unique}
	o := s.order()
	o.raw = factsOf(s.runs).raw
	for i, r := range s.runs {
		a := r.arena
		d.rows.mems = append(d.rows.mems, a.mem)
		d.rows.tables = append(d.rows.tables, r.tables)
		d.count += r.rows
		for _, c := range a.chunks {
			c.at |= uint64(i) << placeBits
			d.chunks = append(d.chunks, c)
		}
	}
	slices.SortStableFunc(d.chunks, func(a, b chunk) int { return cmp.Compare(a.place, b.place) })
	if o.byText() {
		o.skip = commonOf(s.runs)
	}
	d.sort = newRefSort(d.rows, o)
	d.size = min(max(1, d.count/bucketRows), mostBuckets)
	return d
}

// commonOf returns how many bytes at the beginning are the same in all rows of runs, which
// are raw and in memory.
func commonOf(runs []*run) int {
	if len(runs) == 0 {
		return 0
	}
	first := runs[0].arena.text(0)[:runs[0].arena.common]
	for _, r := range runs[1:] {
		first = first[:commonPrefix(first, r.arena.text(0)[:r.arena.common])]
	}
	return len(first)
}

func (d *deal) close() { d.memory.Free() }

// bucket is rows, and room to sort them.
type bucket struct{ refs, room []ref }

// sorted sorts the rows, of which unique leaves only the first of equal ones.
func (b bucket) sorted(s refSort, unique bool) []ref {
	s.sort(b.refs, b.room)
	if unique {
		return distinctRefs(s, b.refs)
	}
	return b.refs
}

// buckets deals the rows out with the help of t.
func (d *deal) buckets(t *team) []bucket {
	if d.count == 0 {
		return nil
	}
	d.memory = spill.NewMemory((2*d.count + 1) * refSize)
	wantLargePages(d.memory.Bytes())
	base := unsafe.Pointer(unsafe.SliceData(d.memory.Bytes()))
	if rest := uintptr(base) % unsafe.Alignof(ref{}); rest > 0 {
		base = unsafe.Add(base, unsafe.Alignof(ref{})-rest)
	}
	all := unsafe.Slice((*ref)(base), 2*d.count)
	d.refs, d.room = all[:d.count], all[d.count:]
	if d.size > 1 {
		d.chooseBounds()
	}
	pieces := d.pieces()
	t.each(len(pieces), func(i int) { d.index(pieces[i]) })
	if d.size == 1 {
		return []bucket{{d.refs, d.room}}
	}
	list := make([]bucket, d.size)
	end := 0
	for i := range list {
		start := end
		for _, p := range pieces {
			p.ends[i], end = end, end+p.ends[i]
		}
		list[i] = bucket{d.room[start:end], d.refs[start:end]}
	}
	t.each(len(pieces), func(i int) { d.move(pieces[i]) })
	return list
}

// piece is chunks that one goroutine deals out.
type piece struct {
	chunks []chunk
	refs   []ref
	ends   []int // for each bucket, how many rows there are; then where the next is to go
}

// pieces divides the chunks.
func (d *deal) pieces() []*piece {
	var list []*piece
	refs := d.refs
	for chunks := d.chunks; len(chunks) > 0; {
		n, rows := 0, 0
		for n < len(chunks) && rows < max(pieceRows, d.count/mostBuckets) {
			rows += chunks[n].rows
			n++
		}
		list = append(list, &piece{chunks: chunks[:n], refs: refs[:rows], ends: make([]int, d.size)})
		chunks, refs = chunks[n:], refs[rows:]
	}
	return list
}

// index makes the refs of a piece.
func (d *deal) index(p *piece) {
	i := 0
	for _, c := range p.chunks {
		at := c.at
		for range c.rows {
			e := d.sort.first(at)
			k := 0
			if d.size > 1 {
				k = d.find(e)
				e.at |= uint64(k) << bucketShift
			}
			p.refs[i] = e
			p.ends[k]++
			i++
			at = d.behind(at)
		}
	}
}

// behind returns where the row behind the one at at is.
func (d *deal) behind(at uint64) uint64 {
	return at + spill.LengthLen + uint64(binary.LittleEndian.Uint32(d.rows.mems[at>>placeBits][at&place:]))
}

// move moves the refs of a piece into the buckets.
func (d *deal) move(p *piece) {
	for _, e := range p.refs {
		const mask = mostBuckets - 1
		to := &p.ends[e.at>>bucketShift&mask]
		d.room[*to] = ref{e.prefix, e.at &^ (mask << bucketShift)}
		*to++
	}
}

// chooseBounds chooses bounds from some of the rows.
func (d *deal) chooseBounds() {
	wanted := d.size * samples
	step, each := max(1, len(d.chunks)/wanted), wanted/len(d.chunks)+1
	var list []ref
	for i := 0; i < len(d.chunks); i += step {
		at := d.chunks[i].at
		for range min(each, d.chunks[i].rows) {
			list = append(list, d.sort.first(at))
			at = d.behind(at)
		}
	}
	slices.SortFunc(list, func(a, b ref) int {
		if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
			return c
		}
		return d.tie(a, b)
	})
	full := 1
	for full < d.size {
		full *= 2
	}
	for i := 1; i < d.size; i++ {
		d.bounds = append(d.bounds, list[i*len(list)/d.size])
		d.prefixes = append(d.prefixes, d.bounds[i-1].prefix)
	}
	for len(d.prefixes) < full-1 {
		d.prefixes = append(d.prefixes, ^uint64(0))
	}
	d.same = make([]int, len(d.bounds))
	for i := len(d.bounds) - 1; i >= 0; i-- {
		d.same[i] = i + 1
		if i+1 < len(d.bounds) && d.bounds[i+1].prefix == d.bounds[i].prefix {
			d.same[i] = d.same[i+1]
		}
	}
}

// tie compares rows with the same prefix. Equal ones are compared by their places in the
// input, so that they may be in several buckets, unless only the first of them is wanted.
func (d *deal) tie(x, y ref) int {
	c := d.sort.tie(x, y)
	if c != 0 || d.unique {
		return c
	}
	return cmp.Compare(d.rows.item(x.at).placeInInput(), d.rows.item(y.at).placeInInput())
}

// find returns the number of the bucket of a row: of the bounds that are not behind it.
func (d *deal) find(e ref) int {
	i := 0
	for step := (len(d.prefixes) + 1) / 2; step > 0; step /= 2 {
		_, less := bits.Sub64(d.prefixes[i+step-1], e.prefix, 0) // no branch could be foreseen
		i += step & -int(less)
	}
	if i >= len(d.bounds) || d.prefixes[i] != e.prefix {
		return i
	}
	return i + sort.Search(d.same[i]-i, func(k int) bool { return d.tie(d.bounds[i+k], e) > 0 })
}
