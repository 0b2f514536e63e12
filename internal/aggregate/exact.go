package aggregate

import (
	"encoding/binary"
	"math"
	"math/big"

	"mtpipe/value"
)

// exactFloats is the exact sum of any finite floats: a fixed-point number whose digits to the
// base 2^32 have room above them for carries that are put off (Neal, Fast exact summation
// using small and large superaccumulators, 2015). Digit i counts 2^(32i-1075).
type exactFloats struct {
	digits [exactDigits]int64
	room   int // how many floats may be added before the carries are due
}

const (
	exactDigits = 67
	exactRoom   = 1<<11 - 1 // each adds less than 2^52 to a digit
)

// add adds x, which is finite.
func (e *exactFloats) add(x float64) {
	if e.room == 0 {
		e.carry()
	}
	e.room--
	bits := math.Float64bits(x)
	exponent := bits >> 52 & 0x7ff
	mantissa := bits & (1<<52 - 1)
	if exponent > 0 {
		mantissa |= 1 << 52
	} else {
		exponent = 1
	}
	shift := exponent & 31
	low, high := int64(mantissa<<shift&0xffffffff), int64(mantissa>>(32-shift))
	d := (*[2]int64)(e.digits[exponent>>5:])
	sign := int64(bits) >> 63 // 0, or -1: the two's complement of the digits
	d[0] += (low ^ sign) - sign
	d[1] += (high ^ sign) - sign
}

// carry brings all digits but the last below 2^32.
func (e *exactFloats) carry() {
	for i := range exactDigits - 1 {
		e.digits[i+1] += e.digits[i] >> 32
		e.digits[i] &= 0xffffffff
	}
	e.room = exactRoom
}

// merge adds what o holds.
func (e *exactFloats) merge(o *exactFloats) {
	e.carry()
	o.carry()
	for i, d := range o.digits {
		e.digits[i] += d
	}
	e.room-- // less than what a float adds
}

// scaled returns the sum times 2^exactScale.
func (e *exactFloats) scaled() *big.Int {
	e.carry()
	sum := new(big.Int)
	for i := exactDigits - 1; i >= 0; i-- {
		sum.Add(sum.Lsh(sum, 32), big.NewInt(e.digits[i]))
	}
	return sum
}

// exactScale is such that every finite float64 times 2^exactScale is an integer.
const exactScale = 1075

// scaled returns the sum of all that is finite, times 2^exactScale.
func (t *Total) scaled() *big.Int {
	sum := t.integers()
	sum.Lsh(sum, exactScale)
	if t.exactly != nil {
		sum.Add(sum, t.exactly.scaled())
	}
	for _, p := range t.parts {
		m, e := math.Frexp(p)
		i := big.NewInt(int64(m * (1 << 53)))
		if e += exactScale - 53; e >= 0 {
			i.Lsh(i, uint(e))
		} else {
			i.Rsh(i, uint(-e)) // of a denormal: these bits are zeros
		}
		sum.Add(sum, i)
	}
	return sum
}

// ratio returns the float64 nearest to a/b / 2^scale; b is positive.
func ratio(a, b *big.Int, scale int) float64 {
	up := max(0, 66-a.BitLen()+b.BitLen())
	rest := new(big.Int)
	q, rest := new(big.Int).QuoRem(new(big.Int).Lsh(a, uint(up)), b, rest)
	if rest.Sign() != 0 { // beyond the digits that are rounded: only that it is there matters
		q.Lsh(q, 1)
		up++
		q.Add(q, big.NewInt(int64(rest.Sign())))
	}
	f, _ := new(big.Float).SetMantExp(new(big.Float).SetInt(q), -up-scale).Float64()
	return f
}

// Deviation returns the standard deviation of a sample of which t is the sum and squares that
// of the squares; null for fewer than two numbers, NaN when infinity or NaN is among them.
// It is rounded once.
func (t *Total) Deviation(squares *Total) value.Value {
	if t.n < 2 {
		return value.Null
	}
	if t.odd != 0 || squares.odd != 0 {
		return value.Float(math.NaN())
	}
	// (squares - sum²/n) / (n-1) = (n·squares - sum²) / n(n-1)
	n := big.NewInt(t.n)
	sum, q := t.scaled(), squares.scaled()
	q.Mul(q.Lsh(q, exactScale), n)
	q.Sub(q, sum.Mul(sum, sum))
	return value.Float(root(q, n.Mul(n, big.NewInt(t.n-1)), 2*exactScale))
}

// rootBits is more than twice the bits of a float64 and those that tell how to round it.
const rootBits = 132

// root returns the float64 nearest to the square root of a/b divided by 2 to the power of scale, which
// is even. A is not negative, and b positive.
func root(a, b *big.Int, scale int) float64 {
	up := max(0, rootBits+b.BitLen()-a.BitLen())
	up += up % 2
	q, rest := new(big.Int).QuoRem(new(big.Int).Lsh(a, uint(up)), b, new(big.Int))
	r := new(big.Int).Sqrt(q)
	exact := rest.Sign() == 0 && new(big.Int).Mul(r, r).Cmp(q) == 0
	r.Lsh(r, 1)
	if !exact { // it lies above what is halfway between two float64
		r.SetBit(r, 0, 1)
	}
	f, _ := new(big.Float).SetMantExp(new(big.Float).SetInt(r), -(up+scale)/2-1).Float64()
	return f
}

// AppendTo appends an encoding of t that ReadFrom reads.
func (t *Total) AppendTo(dst []byte) []byte {
	dst = binary.AppendVarint(binary.AppendVarint(dst, t.n), t.whole)
	flags := byte(0)
	for i, set := range []bool{t.floats, t.more != nil, t.more != nil && t.more.Sign() < 0, t.odd != 0, t.exactly != nil} {
		if set {
			flags |= 1 << i
		}
	}
	dst = append(dst, flags)
	if t.more != nil {
		bytes := t.more.Bytes()
		dst = append(binary.AppendUvarint(dst, uint64(len(bytes))), bytes...)
	}
	if t.odd != 0 {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(t.odd))
	}
	dst = binary.AppendUvarint(dst, uint64(len(t.parts)))
	for _, p := range t.parts {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(p))
	}
	if t.exactly != nil {
		t.exactly.carry()
		for _, d := range t.exactly.digits {
			dst = binary.AppendVarint(dst, d)
		}
	}
	return dst
}

// ReadFrom adds the total that AppendTo has written to src, and returns what stands behind it.
func (t *Total) ReadFrom(src []byte) (rest []byte, err error) {
	r := totalReader{src: src}
	var o Total
	o.n, o.whole = r.varint(), r.varint()
	flags := r.take(1)[0]
	o.floats = flags&1 != 0
	if flags&2 != 0 {
		o.more = new(big.Int).SetBytes(r.take(r.uvarint()))
		if flags&4 != 0 {
			o.more.Neg(o.more)
		}
	}
	if flags&8 != 0 {
		o.odd = r.float()
	}
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		o.parts = append(o.parts, r.float())
	}
	if flags&16 != 0 {
		o.exactly = &exactFloats{room: exactRoom}
		for i := range o.exactly.digits {
			o.exactly.digits[i] = r.varint()
		}
	}
	if r.failed {
		return nil, errEncoding
	}
	t.Merge(&o)
	return r.src, nil
}

// totalReader takes numbers from the front of src; what is missing reads as zeros.
type totalReader struct {
	src    []byte
	failed bool
}

func (r *totalReader) take(n uint64) []byte {
	if n > uint64(len(r.src)) {
		r.failed = true
		return make([]byte, min(n, 8))
	}
	b := r.src[:n]
	r.src = r.src[n:]
	return b
}

func (r *totalReader) varint() int64 {
	i, n := binary.Varint(r.src)
	r.take(uint64(max(n, 0)))
	r.failed = r.failed || n <= 0
	return i
}

func (r *totalReader) uvarint() uint64 {
	i, n := binary.Uvarint(r.src)
	r.take(uint64(max(n, 0)))
	r.failed = r.failed || n <= 0
	return i
}

func (r *totalReader) float() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
}
