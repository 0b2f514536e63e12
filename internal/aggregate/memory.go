package aggregate

import "math/big"

// totalMemory knows about how much memory totals take besides their own. It looks at all of
// them only when much may have come: between, it counts what each number can add at the most.
type totalMemory struct {
	seen  int64 // when they were looked at
	grown int64 // at the most, since then
}

const (
	totalSize = 72

	// floatGrowth is what one more float may add to a total: a part, and a long number after
	// fewFloats of them.
	floatGrowth = 8 + exactDigits*8/fewFloats + 2

	// fewTotals is how much may come before the totals are looked at.
	fewTotals = 64 << 10
)

// of returns how much memory totals take.
func (m *totalMemory) of(totals []Total) int64 {
	own := int64(cap(totals)) * totalSize
	if m.grown > fewTotals && m.grown > (own+m.seen)/4 {
		m.seen, m.grown = 0, 0
		for i := range totals {
			m.seen += totals[i].Bytes()
		}
	}
	return own + m.more()
}

// more returns what they take besides their own.
func (m *totalMemory) more() int64 { return m.seen + m.grown }

// readFrom adds an encoded total to t, which is one of those of m.
func (m *totalMemory) readFrom(src []byte, t *Total) ([]byte, error) {
	before := t.Bytes()
	rest, err := t.ReadFrom(src)
	m.seen += t.Bytes() - before
	return rest, err
}

// bigBytes returns about how much memory i takes.
func bigBytes(i *big.Int) int64 { return 32 + int64(len(i.Bits()))*8 }
