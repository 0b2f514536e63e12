// Package layout formats a value as a specification says: .2f, >8, 06d, +,.1f, %. The language is
// that of Python's format, with types of its own for sizes.
package layout

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"mtpipe/value"
)

// Spec is how a value is to be written. The zero Spec writes it as it is.
type Spec struct {
	fill      rune
	align     byte // <, >, ^, or 0: text to the left, numbers to the right
	sign      byte // +, a blank, or 0: only that of negative numbers
	zero      bool // zeros after the sign fill the width
	width     int
	comma     byte // between thousands, or 0
	precision int  // -1: none
	kind      byte // 0: as the value is
}

// Kinds is what stands at the end of a specification, for messages.
const Kinds = "d, f, e, g, %, x, X, o, b, s, h (1.5K, 1K is 1024; 2h5m) or H (1K is 1000)"

const maxWidth = 1000 // also of the precision

var form = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(.?)([<>^]))?([+ ])?(0)?(\d+)?([,_])?(?:\.(\d+))?([dfFegG%xXobshH])?$`)
})

// Parse reads a specification: [[fill]align][sign][0][width][,][.precision][type].
func Parse(text string) (Spec, error) {
	m := form().FindStringSubmatch(text)
	if m == nil {
		return Spec{}, fmt.Errorf("%q is no format; one is [[FILL]<|>|^][+][0][WIDTH][,][.DIGITS][TYPE], and the type is %s", text, Kinds)
	}
	s := Spec{fill: ' ', precision: -1, zero: m[4] != ""}
	switch {
	case m[1] != "":
		s.fill, _ = utf8.DecodeRuneInString(m[1])
	case s.zero:
		s.fill = '0'
	}
	for i, b := range map[int]*byte{2: &s.align, 3: &s.sign, 6: &s.comma, 8: &s.kind} {
		if m[i] != "" {
			*b = m[i][0]
		}
	}
	for i, n := range map[int]*int{5: &s.width, 7: &s.precision} {
		if m[i] == "" {
			continue
		}
		var err error
		if *n, err = strconv.Atoi(m[i]); err != nil || *n > maxWidth {
			return Spec{}, fmt.Errorf("%q is no format: %s is more than %d", text, m[i], maxWidth)
		}
	}
	return s, nil
}

// Append appends v, written as s says. It is an error when v is no number and s is
// for numbers. Null is empty text.
func (s Spec) Append(dst []byte, v value.Value) ([]byte, error) {
	if v.IsNull() {
		s.fill = ' '
		return s.pad(dst, "", "", '<'), nil
	}
	if s.kind == 'h' && v.Kind() == value.KindDuration {
		return s.pad(dst, "", ShortDuration(v.AsDuration()), '>'), nil
	}
	n, isNumber := v.Numeric()
	if v.Kind() == value.KindString && s.forNumbers() {
		n, isNumber = value.ParseNumber(v.Bytes())
	}
	if !isNumber || s.kind == 's' {
		if s.forNumbers() {
			return dst, &value.NotNumberError{Value: v}
		}
		text := string(v.AppendText(nil))
		if s.precision >= 0 {
			text = firstCharacters(text, s.precision)
		}
		return s.pad(dst, "", text, '<'), nil
	}
	sign, digits, err := s.number(n, v)
	if err != nil {
		return dst, err
	}
	return s.pad(dst, sign, digits, '>'), nil
}

// forNumbers reports whether only numbers can be written so.
func (s Spec) forNumbers() bool {
	return s.kind != 0 && s.kind != 's' || s.sign != 0 || s.comma != 0 || s.zero && s.kind != 's'
}

// number returns the sign of n and the rest of it.
func (s Spec) number(n, original value.Value) (sign, digits string, err error) {
	switch {
	case s.kind == 0 && s.precision < 0:
		digits = string(original.AppendText(nil))
	case s.kind == 'd' || strings.IndexByte("xXob", s.kind) >= 0 && s.kind != 0:
		digits, err = s.whole(n, original)
	case s.kind == 'h' || s.kind == 'H':
		digits = s.size(value.FloatOf(n))
	default:
		digits = s.fraction(n)
	}
	if err != nil {
		return "", "", err
	}
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		sign, digits = "-", rest
	} else if s.sign != 0 {
		sign, digits = string(s.sign), strings.TrimPrefix(digits, "+")
	}
	if s.comma != 0 {
		digits = grouped(digits, s.comma)
	}
	return sign, digits, nil
}

// whole writes an integer, or a float that is one.
func (s Spec) whole(n, original value.Value) (string, error) {
	i, ok := new(big.Int).SetString(string(n.AppendText(nil)), 10)
	if !ok {
		x := new(big.Float).SetFloat64(value.FloatOf(n))
		if n.Kind() != value.KindFloat || x.IsInf() || !x.IsInt() {
			return "", fmt.Errorf("%s is not a whole number", original.Quote())
		}
		i, _ = x.Int(nil)
	}
	switch s.kind {
	case 'x', 'X', 'o', 'b':
		text := i.Text(map[byte]int{'x': 16, 'X': 16, 'o': 8, 'b': 2}[s.kind])
		if s.kind == 'X' {
			text = strings.ToUpper(text)
		}
		return text, nil
	}
	return i.String(), nil
}

// fraction writes a number with digits after the point.
func (s Spec) fraction(n value.Value) string {
	kind, precision := s.kind, s.precision
	switch {
	case kind == 0:
		kind = 'g' // significant digits, when the precision is given
	case kind == 'F':
		kind = 'f'
	case kind == '%':
		kind = 'f'
		if x, err := value.Mul(n, value.Int(100)); err == nil {
			n = x
		}
	}
	if precision < 0 && kind != 'g' {
		precision = 6
		if s.kind == '%' {
			precision = 0
		}
	}
	var text string
	if i, ok := new(big.Int).SetString(string(n.AppendText(nil)), 10); ok && kind == 'f' {
		text = new(big.Float).SetPrec(uint(max(i.BitLen(), 64))).SetInt(i).Text('f', precision)
	} else {
		text = strconv.FormatFloat(value.FloatOf(n), kind, precision, 64)
	}
	if s.kind == '%' {
		text += "%"
	}
	return text
}

// size writes a number with a letter for thousands, or for times 1024, and three digits.
func (s Spec) size(x float64) string {
	step := 1024.0
	if s.kind == 'H' {
		step = 1000
	}
	negative := x < 0
	if negative {
		x = -x
	}
	letter := ""
	for _, l := range []string{"K", "M", "G", "T", "P", "E", "Z", "Y"} {
		if x < step {
			break
		}
		x, letter = x/step, l
	}
	precision := s.precision
	if precision < 0 {
		precision = 0
		if x < 10 && letter != "" {
			precision = 1
		}
	}
	text := strconv.FormatFloat(x, 'f', precision, 64)
	if s.precision < 0 && letter == "" {
		text = strconv.FormatFloat(x, 'f', -1, 64)
	}
	if negative {
		text = "-" + text
	}
	return text + letter
}

// grouped puts separators between the thousands of the whole part.
func grouped(digits string, comma byte) string {
	end := strings.IndexFunc(digits, func(c rune) bool { return c < '0' || c > '9' })
	if end < 0 {
		end = len(digits)
	}
	var b strings.Builder
	for i := range end {
		if i > 0 && (end-i)%3 == 0 {
			b.WriteByte(comma)
		}
		b.WriteByte(digits[i])
	}
	return b.String() + digits[end:]
}

// pad appends the sign and the text, as wide as s says: wide characters count twice.
func (s Spec) pad(dst []byte, sign, text string, align byte) []byte {
	missing := max(s.width-runewidth.StringWidth(sign)-runewidth.StringWidth(text), 0)
	if s.zero && s.align == 0 && align == '>' {
		dst = append(dst, sign...)
		for range missing {
			dst = append(dst, '0')
		}
		return append(dst, text...)
	}
	if s.align != 0 {
		align = s.align
	}
	before := 0
	switch align {
	case '>':
		before = missing
	case '^':
		before = missing / 2
	}
	fill := s.fill
	if fill == 0 {
		fill = ' '
	}
	for i := range missing + 1 {
		if i == before {
			dst = append(append(dst, sign...), text...)
		}
		if i < missing {
			dst = utf8.AppendRune(dst, fill)
		}
	}
	return dst
}

func firstCharacters(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// ShortDuration returns d with its two largest units: 2h5m, 3d4h, 1.5s, 250ms.
func ShortDuration(d time.Duration) string {
	negative := ""
	if d < 0 {
		negative, d = "-", -d
	}
	if d < time.Minute {
		return negative + d.Round(max(d/1000, 1)).String()
	}
	d = d.Round(time.Second)
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}}
	for i, u := range units[:3] {
		if d < u.size {
			continue
		}
		text := fmt.Sprintf("%s%d%s", negative, d/u.size, u.name)
		next := units[i+1]
		if rest := d % u.size / next.size; rest > 0 {
			text += fmt.Sprintf("%d%s", rest, next.name)
		}
		return text
	}
	return negative + d.String()
}
