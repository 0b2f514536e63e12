package value

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"time"
	"unicode/utf8"

	"mtpipe/internal/redact"
)

// ErrTooLarge says that finite numbers have no finite result.
var ErrTooLarge = errors.New("number too large")

var (
	errDivision = errors.New("division by zero")
	errNotReal  = errors.New("the result is not a real number")
)

// MaxDigits is how many digits an integer may have that is computed with. What takes time by
// the square of them, or more, would be how one value holds up all others.
const MaxDigits = 4300

const maxBits = MaxDigits * 3322 / 1000 // of so many digits

// ErrTooLong says that the result of arithmetic has more than MaxDigits digits.
var ErrTooLong = fmt.Errorf("%w: it has more than %d digits", ErrTooLarge, MaxDigits)

// NotNumberError says that arithmetic met a value that is no number, or one of more than
// MaxDigits digits.
type NotNumberError struct{ Value Value }

// Error names the value, cut to 40 characters.
func (e *NotNumberError) Error() string {
	if isTooLong(e.Value) {
		return fmt.Sprintf("%s is too long for a number: it has more than %d digits", e.Value.Quote(), MaxDigits)
	}
	return e.Value.Quote() + " is not a number"
}

// isTooLong reports whether v is text that spells an integer of more than MaxDigits digits.
func isTooLong(v Value) bool {
	if !v.IsText() && v.k != KindNumber || len(v.Bytes()) <= MaxDigits {
		return false
	}
	digits, integer := scanNumber(trimBlanks(v.Bytes()))
	return integer && digits > MaxDigits
}

// Quote returns v as messages show it: text in quotes, everything else as JSON, at most
// 40 characters of it, and without the credentials of URLs.
func (v Value) Quote() string {
	if v.IsText() {
		return strconv.Quote(briefly(v.Bytes()))
	}
	if v.k == KindTime || v.k == KindDuration || v.k == KindFloat {
		return shorten(string(v.AppendText(nil)))
	}
	return briefly(v.AppendJSON(nil))
}

// longestSecret is how far behind the beginning of a value its credentials are looked for.
const longestSecret = 1 << 10

// briefly returns the beginning of a text without the credentials of URLs.
func briefly(b []byte) string { return shorten(redact.Text(string(b[:min(len(b), longestSecret)]))) }

func shorten(s string) string {
	at := 0
	for range 40 {
		if at == len(s) {
			return s
		}
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	if at == len(s) {
		return s
	}
	return s[:at] + "…"
}

// Add returns a + b. As of all arithmetic, a result of more than MaxDigits digits is an error. Null with null, a number, a time or a duration gives null, as in SQL. Integers are exact whatever their size; with a float among them the
// result is the nearest float64. A time and a duration give a time, two durations a
// duration. It is an error when an operand is no number (*NotNumberError) and when finite
// floats have no finite result.
func Add(a, b Value) (Value, error) {
	if a.k == KindInt && b.k == KindInt {
		if r := a.AsInt() + b.AsInt(); (r > a.AsInt()) == (b.AsInt() > 0) {
			return Int(r), nil
		}
	}
	return arithmetic('+', a, b)
}

// Sub returns a - b by the rules of Add; a time less a time is a duration.
func Sub(a, b Value) (Value, error) {
	if a.k == KindInt && b.k == KindInt {
		if r := a.AsInt() - b.AsInt(); (r < a.AsInt()) == (b.AsInt() > 0) {
			return Int(r), nil
		}
	}
	return arithmetic('-', a, b)
}

// Mul returns a * b by the rules of Add; a duration times a number is a duration.
func Mul(a, b Value) (Value, error) {
	if a.k == KindInt && b.k == KindInt {
		if r, ok := mulInts(a.AsInt(), b.AsInt()); ok {
			return Int(r), nil
		}
	}
	return arithmetic('*', a, b)
}

// Div returns a / b: an exact integer when both are integers and b divides a, the nearest
// float64 otherwise. A duration by a number is a duration, by a duration a number. Zero
// as b is an error.
func Div(a, b Value) (Value, error) { return arithmetic('/', a, b) }

// Mod returns the remainder of a / b with the sign of a. Zero as b is an error.
func Mod(a, b Value) (Value, error) {
	if a.k == KindInt && b.k == KindInt && b.AsInt() != 0 {
		return Int(a.AsInt() % b.AsInt()), nil
	}
	return arithmetic('%', a, b)
}

// Pow returns a to the power of b: exact for integers when b is not negative, else the
// nearest float64. A result that is no real number is an error.
func Pow(a, b Value) (Value, error) { return arithmetic('^', a, b) }

// Neg returns -v, exactly; v is a number or a duration. Of null it is null.
func Neg(v Value) (Value, error) {
	if v.IsNull() {
		return Null, nil
	}
	switch v.k {
	case KindFloat:
		return Float(-v.AsFloat()), nil
	case KindDuration:
		return Sub(Duration(0), v)
	}
	x, err := v.Operand()
	if err != nil {
		return Null, err
	}
	if x.k == KindFloat {
		return Float(-x.AsFloat()), nil
	}
	return Sub(Int(0), x)
}

func mulInts(a, b int64) (int64, bool) {
	if int64(int32(a)) == a && int64(int32(b)) == b {
		return a * b, true
	}
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 || lo >= 1<<63 {
		return 0, false // the least int64 itself takes the exact path
	}
	return a * b, true
}

func magnitude(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}

// Operand returns v as a number for arithmetic; the error is a *NotNumberError when v is none.
// Text such as 1e400 is finite, so its nearest float64, infinity, would be wrong: that is
// ErrTooLarge.
func (v Value) Operand() (Value, error) {
	switch v.k {
	case KindInt, KindFloat, KindBig:
		return v, nil
	case KindText, KindNumber:
		n, ok := ParseNumber(v.Bytes())
		if ok && n.k == KindFloat && math.IsInf(n.AsFloat(), 0) {
			return Null, tooLargeError(v)
		}
		if ok {
			return n, nil
		}
	}
	return Null, &NotNumberError{v}
}

// tooLargeError returns the error for v, which is spelled as a number without a finite float64.
func tooLargeError(v Value) error {
	if isTooLong(v) {
		return &NotNumberError{v}
	}
	return ErrTooLarge
}

// nothing is what comes of arithmetic of v with null: null, unless v is wrong in any case.
func nothing(v Value) (Value, error) {
	if v.IsNull() || isTimely(v) {
		return Null, nil
	}
	_, err := v.Operand()
	return Null, err
}

func isTimely(v Value) bool { return v.k == KindTime || v.k == KindDuration }

func arithmetic(op byte, a, b Value) (Value, error) {
	switch {
	case a.IsNull():
		return nothing(b)
	case b.IsNull():
		return nothing(a)
	case isTimely(a) || isTimely(b):
		return timeArithmetic(op, a, b)
	}
	x, err := a.Operand()
	if err != nil {
		return Null, err
	}
	y, err := b.Operand()
	if err != nil {
		return Null, err
	}
	if x.k == KindInt && y.k == KindInt {
		if r, ok := intArithmetic(op, x.AsInt(), y.AsInt()); ok {
			return r, nil
		}
	}
	if x.k != KindFloat && y.k != KindFloat {
		return bigArithmetic(op, bigOf(x), bigOf(y))
	}
	f, err := x.float()
	if err != nil {
		return Null, err
	}
	g, err := y.float()
	if err != nil {
		return Null, err
	}
	return floatArithmetic(op, f, g)
}

// intArithmetic does what 64 bits are enough for and reports whether they were.
func intArithmetic(op byte, a, b int64) (Value, bool) {
	switch op {
	case '+':
		r := a + b
		return Int(r), (r > a) == (b > 0)
	case '-':
		r := a - b
		return Int(r), (r < a) == (b > 0)
	case '*':
		r, ok := mulInts(a, b)
		return Int(r), ok
	case '/':
		const exact = 1 << 53
		switch {
		case b == 0 || b == -1 && a == math.MinInt64:
			return Null, false
		case a%b == 0:
			return Int(a / b), true
		}
		return Float(float64(a) / float64(b)), magnitude(a) <= exact && magnitude(b) <= exact
	case '%':
		if b != 0 {
			return Int(a % b), true
		}
	}
	return Null, false
}

// ofBig returns the result i of arithmetic.
func ofBig(i *big.Int) (Value, error) {
	if i.BitLen() > maxBits {
		return Null, ErrTooLong
	}
	return Big(i), nil
}

func bigArithmetic(op byte, a, b *big.Int) (Value, error) {
	switch op {
	case '+':
		return ofBig(new(big.Int).Add(a, b))
	case '-':
		return ofBig(new(big.Int).Sub(a, b))
	case '*':
		return ofBig(new(big.Int).Mul(a, b))
	case '^':
		return bigPower(a, b)
	}
	if b.Sign() == 0 {
		return Null, errDivision
	}
	quotient, rest := new(big.Int).QuoRem(a, b, new(big.Int))
	if op == '%' {
		return Big(rest), nil
	}
	if rest.Sign() == 0 {
		return Big(quotient), nil
	}
	f, _ := new(big.Rat).SetFrac(a, b).Float64()
	if math.IsInf(f, 0) {
		return Null, ErrTooLarge
	}
	return Float(f), nil
}

func bigPower(a, b *big.Int) (Value, error) {
	if b.Sign() < 0 {
		f, err := Big(a).float()
		if err != nil {
			return Null, err
		}
		g, err := Big(b).float()
		if err != nil {
			return Null, err
		}
		return floatArithmetic('^', f, g)
	}
	if a.BitLen() <= 1 { // 0, 1 and -1: the exponent may have any size
		if b.Sign() == 0 || a.Sign() > 0 || a.Sign() < 0 && b.Bit(0) == 0 {
			return Int(1), nil
		}
		return Big(a), nil
	}
	if !b.IsInt64() || b.Int64() > 2*maxBits/int64(a.BitLen()) {
		return Null, ErrTooLong
	}
	return ofBig(new(big.Int).Exp(a, b, nil))
}

// float returns the float64 nearest to the number v.
func (v Value) float() (float64, error) {
	f := FloatOf(v)
	if v.k == KindBig && math.IsInf(f, 0) {
		return 0, ErrTooLarge
	}
	return f, nil
}

func floatArithmetic(op byte, a, b float64) (Value, error) {
	var r float64
	switch op {
	case '+':
		r = a + b
	case '-':
		r = a - b
	case '*':
		r = a * b
	case '/', '%':
		if b == 0 {
			return Null, errDivision
		}
		if op == '/' {
			r = a / b
		} else {
			r = math.Mod(a, b)
		}
	case '^':
		if a == 0 && b < 0 {
			return Null, errDivision
		}
		r = math.Pow(a, b)
	}
	if !isFinite(r) && isFinite(a) && isFinite(b) {
		if math.IsNaN(r) {
			return Null, errNotReal
		}
		return Null, ErrTooLarge
	}
	return Float(r), nil
}

func isFinite(f float64) bool { return math.Abs(f) <= math.MaxFloat64 }

func timeArithmetic(op byte, a, b Value) (Value, error) {
	for _, v := range [2]Value{a, b} {
		if _, err := v.Operand(); err != nil && !isTimely(v) {
			return Null, err
		}
	}
	switch {
	case a.k == KindTime && b.k == KindDuration && (op == '+' || op == '-'):
		d := b.AsDuration()
		if op == '-' {
			if d == math.MinInt64 { // it has no negative
				return Null, ErrTooLarge
			}
			d = -d
		}
		return Time(a.AsTime().Add(d)), nil
	case a.k == KindDuration && b.k == KindTime && op == '+':
		return Time(b.AsTime().Add(a.AsDuration())), nil
	case a.k == KindTime && b.k == KindTime && op == '-':
		d := a.AsTime().Sub(b.AsTime())
		if d == math.MaxInt64 || d == math.MinInt64 { // Sub stops there
			return Null, ErrTooLarge
		}
		return Duration(d), nil
	case a.k == KindDuration && b.k == KindDuration && op != '*' && op != '^':
		r, err := arithmetic(op, Int(int64(a.AsDuration())), Int(int64(b.AsDuration())))
		if err != nil || op == '/' {
			return r, err
		}
		return asDuration(r)
	case a.k == KindDuration && !isTimely(b) && (op == '*' || op == '/'):
		return scaleDuration(op, a.AsDuration(), b)
	case b.k == KindDuration && !isTimely(a) && op == '*':
		return scaleDuration(op, b.AsDuration(), a)
	}
	return Null, fmt.Errorf("%s %c %s has no meaning", a.k, op, b.k)
}

func scaleDuration(op byte, d time.Duration, by Value) (Value, error) {
	r, err := arithmetic(op, Int(int64(d)), by)
	if err != nil {
		return Null, err
	}
	return asDuration(r)
}

// asDuration returns the duration of n nanoseconds, rounded to a whole one.
func asDuration(n Value) (Value, error) {
	switch n.k {
	case KindInt:
		return Duration(time.Duration(n.AsInt())), nil
	case KindFloat:
		if f := math.Round(n.AsFloat()); math.Abs(f) < 1<<63 {
			return Duration(time.Duration(f)), nil
		}
	}
	return Null, ErrTooLarge
}
