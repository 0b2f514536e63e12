package ordering

import (
	"mtpipe/value"
)

const (
	blockSize   = 128 << 10 // text in a batch
	batchLength = 1024      // values in a batch
)

// assembler makes batches of rows, whose bytes it copies.
type assembler struct {
	width int  // of the rows' keys
	lines bool // all rows are untyped text without newlines
	pool  *value.BlockPool
	yield func(*value.Batch) bool

	block   *value.Block // lines: buf is part of it
	buf     []byte       // lines, or what the values of batch point into
	batch   *value.Batch // records or values
	stopped bool         // yield wants no more
}

// add adds a row. It returns false when no more are wanted.
func (a *assembler) add(x item) bool {
	if a.lines {
		text := x.row[headLen:]
		if a.width > 0 {
			text = x.body(a.width)
		}
		return a.addLine(text)
	}
	body := x.body(a.width)
	if x.kind() == kindRecord {
		return a.addRecord(x.tables, body)
	}
	if a.batch == nil || a.batch.Form() != value.FormValues || a.batch.Len() >= batchLength {
		if !a.flush() {
			return false
		}
		a.batch, a.buf = value.NewValues(batchLength), nil
	}
	if len(a.buf)+len(body) > cap(a.buf) {
		a.buf = make([]byte, 0, max(len(body), min(32*len(body), blockSize)))
	}
	n := len(a.buf)
	a.buf = append(a.buf, body...)
	a.batch.Add(x.valueOf(a.buf[n:len(a.buf):len(a.buf)]))
	return true
}

func (a *assembler) addLine(text []byte) bool {
	if len(a.buf)+len(text) >= cap(a.buf) {
		if !a.flush() {
			return false
		}
		if len(text) >= a.pool.Size() {
			a.block = value.NewBlock(make([]byte, len(text)+1))
		} else {
			a.block = a.pool.Get()
		}
		a.buf = a.block.Bytes()[:0]
	}
	a.buf = append(append(a.buf, text...), '\n')
	return true
}

func (a *assembler) addRecord(t *tables, body []byte) bool {
	if a.batch != nil && a.batch.Form() == value.FormRecords && t.packer.AddRow(a.batch, body) {
		return true
	}
	if !a.flush() {
		return false
	}
	n := value.RowLen(body)
	if n >= a.pool.Size() {
		a.block = value.NewBlock(make([]byte, n+1))
	} else {
		a.block = a.pool.Get()
	}
	a.batch = value.NewRecords(a.block)
	t.packer.AddRow(a.batch, body)
	a.block = nil
	return true
}

// flush hands what there is to yield and returns false when no more is wanted.
func (a *assembler) flush() bool {
	b := a.batch
	if a.block != nil {
		b = value.NewLines(a.block, a.buf)
	}
	a.block, a.buf, a.batch = nil, nil, nil
	if b != nil && !a.stopped {
		a.stopped = !a.yield(b)
	}
	return !a.stopped
}

// addAll adds the rows that refs point to. It returns false when no more are wanted.
func (a *assembler) addAll(r *rows, refs []ref) bool {
	var items [ahead]item
	for len(refs) > 0 {
		n := min(ahead, len(refs))
		for i, e := range refs[:n] {
			items[i] = r.item(e.at)
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

// drain adds all that m gives.
func (a *assembler) drain(m *merger) error {
	for {
		x, ok, err := m.next()
		if err != nil || !ok || !a.add(x) {
			return err
		}
	}
}
