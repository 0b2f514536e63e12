package ordering

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"mtpipe/internal/spill"
)

// arena is memory for rows, which stand one behind the other, and behind them room for what
// sorts them. A row is its length in four bytes and then: its kind and its place in the
// whole input in eight bytes, its keys, and itself.
type arena struct {
	memory *spill.Memory
	mem    []byte
	used   int
	rows   int
	facts
	chunks   []chunk
	common   int   // raw: bytes at the beginning that are the same in all rows
	refs     []ref // the rows in order, once they were sorted
	shuffled bool  // the rows were not added in the order of the input
	large    bool  // there are more than few bytes, or there will be
}

// chunk is some rows of one arena behind which rows of another may follow in the input.
type chunk struct {
	place uint64 // of the first row in the input
	at    uint64
	rows  int
}

const (
	chunkRows = 1024 // at most
	chunkSize = int(unsafe.Sizeof(chunk{}))
)

// facts is what is known of all rows of an arena or a run.
type facts struct {
	raw    bool // they are untyped text without keys
	isText bool // they are text
	lines  bool // they are untyped text without newlines, whatever their keys
	valued bool // they were sorted by value.Compare, and not by their bytes
}

var noFacts = facts{raw: true, isText: true, lines: true}

func (f facts) and(g facts) facts {
	return facts{f.raw && g.raw, f.isText && g.isText, f.lines && g.lines, f.valued && g.valued}
}

// ref is one row: where it is, and the beginning of what it is compared by, so encoded that
// a smaller prefix means that the row sorts before. The highest bit of at says that rows
// which have it and the same prefix are equal in their first key.
type ref struct{ prefix, at uint64 }

// What the bits of at are, from the lowest on.
const (
	placeBits  = 34 // where in its arena the row is
	arenaBits  = 18 // the number of the arena
	bucketBits = 11 // the number of a bucket, as long as rows are dealt out

	place       = 1<<placeBits - 1
	bucketShift = placeBits + arenaBits
	decided     = 1 << 63
)

const (
	refSize = int(unsafe.Sizeof(ref{}))

	headLen = 8                          // kind and place in the input
	textAt  = spill.LengthLen + headLen  // where a row without keys has its text
	largest = 1<<32 - 1 - textAt - 1<<10 // bytes of a row
)

// What a row is, in the two highest bits of its head.
const (
	kindText    = iota // untyped text
	kindValue          // a value that a value.Packer has encoded
	kindRecord         // a record as it came, see value.Packer.AppendRow
	kindForeign        // the number of a value that cannot be encoded
	kindShift   = 62
)

// needs is how many bytes n rows that have size bytes together need to be sorted.
func needs(n, size int) int { return size + n*(textAt+2*refSize) + chunkSize }

func newArena(size int) *arena {
	size = (size + refSize - 1) / refSize * refSize
	m := spill.NewMemory(size)
	wantSmallPages(m.Bytes())
	return &arena{memory: m, mem: m.Bytes(), facts: noFacts}
}

// fewBytes is up to where an arena does without large pages: one of them takes as much memory,
// and as long to be made, as hundreds of small ones.
const fewBytes = 1 << 20

// expectMuch asks for large pages for what is not used yet.
func (a *arena) expectMuch() {
	if !a.large {
		a.large = true
		wantLargePages(a.mem[a.used:])
	}
}

// reset forgets the rows.
func (a *arena) reset() {
	a.used, a.rows, a.facts, a.refs, a.shuffled = 0, 0, noFacts, nil, false
	a.chunks = a.chunks[:0]
}

func (a *arena) free() {
	a.reset()
	a.memory.Free()
	a.mem = nil
}

// fits reports whether there is room for one more row of size bytes.
func (a *arena) fits(size int) bool {
	return a.used+textAt+size+(a.rows+1)*2*refSize+(len(a.chunks)+1)*chunkSize <= len(a.mem)
}

// add adds the row that consists of keys and row; it fits.
func (a *arena) add(head uint64, keys, row []byte) {
	mem := a.mem[a.used:]
	n := headLen + len(keys) + len(row)
	binary.LittleEndian.PutUint32(mem, uint32(n))
	binary.LittleEndian.PutUint64(mem[spill.LengthLen:], head)
	m := copy(mem[textAt:], keys)
	copy(mem[textAt+m:], row)
	a.used += spill.LengthLen + n
	a.rows++
}

// addEncoded adds a row as row returned it; it fits.
func (a *arena) addEncoded(row []byte) {
	binary.LittleEndian.PutUint32(a.mem[a.used:], uint32(len(row)))
	a.used += spill.LengthLen + copy(a.mem[a.used+spill.LengthLen:], row)
	a.rows++
}

// count notes that the row at a place was added as the last one, whose place in the input is
// inInput and whose text is text if all rows are raw.
func (a *arena) count(at, inInput uint64, text []byte) {
	last := len(a.chunks) - 1
	if last < 0 || a.chunks[last].rows == chunkRows || a.chunks[last].place>>rowBits != inInput>>rowBits {
		a.chunks = append(a.chunks, chunk{place: inInput, at: at})
		last++
		if a.used > fewBytes {
			a.expectMuch()
		}
	}
	a.chunks[last].rows++
	switch {
	case !a.raw:
	case a.rows == 1:
		a.common = len(text)
	case a.common > 0:
		first := a.text(0)[:a.common]
		if len(text) < len(first) || string(text[:len(first)]) != string(first) {
			a.common = commonPrefix(first, text)
		}
	}
}

// commonPrefix returns how many bytes x and y have in common at the beginning.
func commonPrefix(x, y []byte) int {
	n := min(len(x), len(y))
	for i := range n {
		if x[i] != y[i] {
			return i
		}
	}
	return n
}

// row returns the row at a place, without its length.
func (a *arena) row(at uint64) []byte {
	row := a.mem[at&place:]
	n := spill.LengthLen + binary.LittleEndian.Uint32(row)
	return row[spill.LengthLen:n:n]
}

// text returns the text at a place, of a row without keys.
func (a *arena) text(at uint64) []byte {
	row := a.mem[at&place:]
	n := spill.LengthLen + binary.LittleEndian.Uint32(row)
	return row[textAt:n:n]
}

// index makes the refs of all rows, in the order of the input, and returns memory for as
// many besides.
func (a *arena) index() (room []ref) {
	if a.rows == 0 {
		a.refs = nil
		return nil
	}
	base := unsafe.Pointer(unsafe.SliceData(a.mem))
	first := len(a.mem) - 2*refSize*a.rows
	refs := unsafe.Slice((*ref)(unsafe.Add(base, first)), 2*a.rows) // aligned: all sizes are
	at := uint64(0)
	for i := range a.rows {
		refs[i] = ref{at: at}
		at += spill.LengthLen + uint64(binary.LittleEndian.Uint32(a.mem[at:]))
	}
	a.refs, room = refs[:a.rows:a.rows], refs[a.rows:]
	if a.shuffled {
		for i := range a.refs {
			a.refs[i].prefix = item{row: a.row(a.refs[i].at)}.placeInInput()
		}
		sortPrefixes(a.refs, room)
	}
	return room
}

// keep forgets all rows but those at these places, which ascend.
func (a *arena) keep(places []uint64) {
	a.used, a.rows, a.refs = 0, 0, nil
	a.chunks = a.chunks[:0]
	for _, at := range places {
		n := spill.LengthLen + int(binary.LittleEndian.Uint32(a.mem[at:]))
		to := a.used
		a.used += copy(a.mem[to:], a.mem[at:int(at)+n])
		a.rows++
		a.count(uint64(to), item{row: a.row(uint64(to))}.placeInInput(), a.text(uint64(to)))
	}
}

// rows are the rows of several arenas, which refs point to.
type rows struct {
	mems   [][]byte
	tables []*tables
}

func (a *arena) asRows(t *tables) rows { return rows{[][]byte{a.mem}, []*tables{t}} }

// row returns the row that at says, without its length.
func (r *rows) row(at uint64) []byte {
	row := r.mems[at>>placeBits&(1<<arenaBits-1)][at&place:]
	n := spill.LengthLen + binary.LittleEndian.Uint32(row)
	return row[spill.LengthLen:n:n]
}

// text returns the text that at says, of a row without keys.
func (r *rows) text(at uint64) []byte {
	row := r.mems[at>>placeBits&(1<<arenaBits-1)][at&place:]
	n := spill.LengthLen + binary.LittleEndian.Uint32(row)
	return row[textAt:n:n]
}

func (r *rows) item(at uint64) item {
	return item{r.row(at), r.tables[at>>placeBits&(1<<arenaBits-1)]}
}

// isLine reports whether there is no newline in text.
func isLine(text []byte) bool { return bytes.IndexByte(text, '\n') < 0 }
