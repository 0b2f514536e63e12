// Package plain evaluates pipelines in the plainest way: each stage is a function from the
// list of all values to the list of all values, and each expression a tree that is walked for
// one value. It knows no batch, no column, no copy and no reactor, and shares no code with
// what it is compared with: what it gives is what the documentation promises.
package plain

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind says what a Value is.
type Kind int

// The kinds in the order in which sort has them, untyped text being a number or a text.
const (
	Null   Kind = iota
	Bool        // true or false
	Number      // an integer of any size or a float, perhaps with the spelling it came with
	Text        // untyped: a line, or a field of CSV
	String      // text that is never a number
	List        // values
	Record      // names and values
)

// Value is one datum.
type Value struct {
	Kind   Kind
	B      bool
	Spell  string   // of text, and of a number that was read, its bytes
	Int    *big.Int // of a number that is whole by its kind; nil for a float
	F      float64
	List   []Value
	Fields []Field
	Open   bool   // a line without a newline
	Blank  bool   // an empty field, which is null where its value is looked at
	Raw    string // of a record that nobody has changed, the bytes that it came with
	Form   string // and the format of these
	Head   string // and of the header above them
}

// Field is a name and its value in a record.
type Field struct {
	Name string
	V    Value
}

func text(s string) Value   { return Value{Kind: Text, Spell: s} }
func str(s string) Value    { return Value{Kind: String, Spell: s} }
func boolean(b bool) Value  { return Value{Kind: Bool, B: b} }
func list(vs []Value) Value { return Value{Kind: List, List: vs} }
func whole(i int64) Value   { return integer(big.NewInt(i)) }

func integer(i *big.Int) Value { return Value{Kind: Number, Int: i} }
func float(f float64) Value    { return Value{Kind: Number, F: f} }
func record(fs ...Field) Value { return Value{Kind: Record, Fields: fs} }
func (v Value) isText() bool   { return v.Kind == Text || v.Kind == String }
func (v Value) isEmpty() bool  { return v.Kind == Null || v.Blank }
func (v Value) spelled() Value { v.Open = false; return v }
func (v Value) isFloat() bool  { return v.Kind == Number && v.Int == nil }
func (v Value) get(n string) (Value, bool) {
	for _, f := range v.Fields {
		if f.Name == n {
			return f.V, true
		}
	}
	return Value{}, false
}

// with returns the record with a field set: in its place when it has it, else at the end.
func (v Value) with(name string, x Value) Value {
	fs := append([]Field(nil), v.Fields...)
	for i := range fs {
		if fs[i].Name == name {
			fs[i].V = x
			return record(fs...)
		}
	}
	return record(append(fs, Field{name, x})...)
}

// parseNumber reads a decimal number: sign, digits with a point among them, exponent, blanks
// around it. What no float is near to is none.
func parseNumber(s string) (Value, bool) {
	s = strings.TrimRight(strings.TrimLeft(s, " \t"), " \t\r")
	i := 0
	digits := func() int {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i - from
	}
	sign := func() {
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
	}
	sign()
	n, isWhole := digits(), true
	if i < len(s) && s[i] == '.' {
		i++
		n, isWhole = n+digits(), false
	}
	if n == 0 {
		return Value{}, false
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		sign()
		if digits() == 0 {
			return Value{}, false
		}
		isWhole = false
	}
	if i < len(s) {
		return Value{}, false
	}
	if isWhole {
		b, ok := new(big.Int).SetString(s, 10)
		return integer(b), ok
	}
	f, err := strconv.ParseFloat(s, 64)
	return float(f), err == nil || f != 0
}

// numeric returns v as a number, where it is one or looks like one.
func (v Value) numeric() (Value, bool) {
	switch v.Kind {
	case Number:
		return Value{Kind: Number, Int: v.Int, F: v.F}, true
	case Text:
		n, ok := parseNumber(v.Spell)
		return n, ok && !(n.isFloat() && math.IsInf(n.F, 0))
	}
	return Value{}, false
}

// float64 returns the float nearest to a number.
func (v Value) float64() float64 {
	if v.Int == nil {
		return v.F
	}
	f, _ := new(big.Float).SetInt(v.Int).Float64()
	return f
}

// formatFloat prints a float in its shortest form: an exponent only for the very large and small.
func formatFloat(f float64) string {
	if a := math.Abs(f); a == 0 || a >= 1e-6 && a < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	return strings.Replace(s, "e-0", "e-", 1)
}

// Text returns v as it is printed on a line.
func (v Value) Text() string {
	switch v.Kind {
	case Null:
		return ""
	case Bool:
		return strconv.FormatBool(v.B)
	case Text, String:
		return v.Spell
	case Number:
		switch {
		case v.Spell != "":
			return v.Spell
		case v.Int != nil:
			return v.Int.String()
		}
		return formatFloat(v.F)
	}
	return v.JSON()
}

// JSON returns v as JSON on one line.
func (v Value) JSON() string {
	switch v.Kind {
	case Null:
		return "null"
	case Bool:
		return v.Text()
	case Number:
		if v.isFloat() && v.Spell == "" && (math.IsInf(v.F, 0) || math.IsNaN(v.F)) {
			return "null"
		}
		return v.Text()
	case Text:
		if isPlainDecimal(v.Spell) {
			return v.Spell
		}
		return quoteJSON(v.Spell)
	case String:
		return quoteJSON(v.Spell)
	}
	var parts []string
	if v.Kind == List {
		for _, e := range v.List {
			parts = append(parts, e.JSON())
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	if v.Raw != "" && v.Form == "jsonl" {
		return v.Raw
	}
	for _, f := range v.Fields {
		parts = append(parts, quoteJSON(f.Name)+":"+f.V.JSON())
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// isPlainDecimal reports whether untyped text is a number in JSON: a decimal as JSON spells
// it, without an exponent.
func isPlainDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	before, after, point := strings.Cut(s, ".")
	if before == "" || len(before) > 1 && before[0] == '0' || point && after == "" {
		return false
	}
	return strings.Trim(before+after, "0123456789") == ""
}

func quoteJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r < ' ':
			b.WriteString(`\u00` + string("0123456789abcdef"[r>>4]) + string("0123456789abcdef"[r&15]))
		default:
			b.WriteRune(r) // U+FFFD for a byte that is not UTF-8
		}
		s = s[n:]
	}
	b.WriteByte('"')
	return b.String()
}

// key returns the text under which v is grouped and joined: text by its spelling, numbers of
// JSON by their size. Null and empty fields have one of their own.
func (v Value) key() string {
	if v.isEmpty() {
		return "\x00null"
	}
	switch v.Kind {
	case Number:
		return v.canonical()
	case List:
		var b strings.Builder
		b.WriteString("\x00list")
		for _, e := range v.List {
			b.WriteString("\x00" + strconv.Quote(e.key()))
		}
		return b.String()
	case Record:
		var b strings.Builder
		b.WriteString("\x00record")
		for _, f := range v.Fields {
			b.WriteString("\x00" + strconv.Quote(f.Name) + strconv.Quote(f.V.key()))
		}
		return b.String()
	}
	return v.Text()
}

// canonical returns the decimal text of a number by its size.
func (v Value) canonical() string {
	if v.Int != nil {
		return v.Int.String()
	}
	if v.F == math.Trunc(v.F) && math.Abs(v.F) < 1<<53 { // further ones as they are printed
		i, _ := new(big.Float).SetFloat64(v.F).Int(nil)
		return i.String()
	}
	return formatFloat(v.F)
}
