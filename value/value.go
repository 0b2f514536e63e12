// Package value holds what moves through a pipeline: Value, one immutable datum of 24
// bytes, and Batch, the unit in which values change hands.
//
// A Value of text may point into the bytes it was read from. Reading a value out of a
// batch keeps those bytes alive, so a value is always safe to keep; whoever keeps many
// small ones clones them, so that they do not keep whole blocks of input in memory.
// Values are immutable and may cross goroutines; a Batch has one owner at a time.
package value

import (
	"math"
	"math/big"
	"strings"
	"time"
	"unsafe"
)

// Kind says what a Value holds.
type Kind uint8

// The kinds, in the order in which Compare ranks them.
const (
	KindNull     Kind = iota
	KindBool          // true or false
	KindInt           // an int64
	KindFloat         // a float64
	KindBig           // an integer beyond 64 bits
	KindNumber        // a number kept as it was spelled, such as 0.1000 or 1e400
	KindText          // untyped text: a line or a field, which counts as a number where it looks like one
	KindString        // text that is text even where it looks like a number
	KindTime          // a point in time
	KindDuration      // a span of time
	KindList          // a list of values
	KindRecord        // named values in order
	KindError         // an error that travels as data
	KindAny           // any other Go value
)

var kindNames = [...]string{"null", "bool", "int", "float", "integer", "number", "text", "string",
	"time", "duration", "list", "record", "error", "value"}

// String returns the kind's name as messages show it.
func (k Kind) String() string { return kindNames[k] }

// Value is one datum. The zero Value is null. It allocates nothing for null, bools,
// numbers, durations, and text that points into existing bytes.
type Value struct {
	p unsafe.Pointer // text: its first byte; big, list, record, time, error, any: a pointer to it
	n uint64         // bool, int, float, duration: the bits; text: the length in bytes, open and blank
	k Kind
}

// Set in the length of a text.
const (
	open  = 1 << 63 // it was the last line of its input and had no newline
	blank = 1 << 62 // it is an empty field

	lengthBits = blank - 1
)

// Null is the value that is nothing; Compare ranks it first.
var Null = Value{}

// EmptyField is what a format without types, such as CSV, has where a field is empty: untyped
// text without a character, which counts as null where its value is looked at, and stays text
// where it is written.
var EmptyField = Value{k: KindText, n: blank}

// Bool returns the value of b.
func Bool(b bool) Value {
	if b {
		return Value{k: KindBool, n: 1}
	}
	return Value{k: KindBool}
}

// Int returns the value of i.
func Int(i int64) Value { return Value{k: KindInt, n: uint64(i)} }

// Float returns the value of f.
func Float(f float64) Value { return Value{k: KindFloat, n: math.Float64bits(f)} }

// Big returns the value of i, as KindInt when it fits in 64 bits. It keeps i, which must
// not be changed afterwards.
func Big(i *big.Int) Value {
	if i.IsInt64() {
		return Int(i.Int64())
	}
	return Value{k: KindBig, p: unsafe.Pointer(i)}
}

// Number returns the number spelled s, keeping that spelling. The caller has checked
// that s is a JSON number.
func Number(s string) Value { return textOf(KindNumber, s) }

// Text returns untyped text that shares b's memory; b must not be changed afterwards.
func Text(b []byte) Value {
	return Value{k: KindText, p: unsafe.Pointer(unsafe.SliceData(b)), n: uint64(len(b))}
}

// TextOf returns untyped text: a line or a field, which compares and computes as a
// number where it looks like one.
func TextOf(s string) Value { return textOf(KindText, s) }

// String returns text that stays text even where it looks like a number.
func String(s string) Value { return textOf(KindString, s) }

func textOf(k Kind, s string) Value {
	return Value{k: k, p: unsafe.Pointer(unsafe.StringData(s)), n: uint64(len(s))}
}

// Time returns the value of t.
func Time(t time.Time) Value { return Value{k: KindTime, p: unsafe.Pointer(&t)} }

// Duration returns the value of d.
func Duration(d time.Duration) Value { return Value{k: KindDuration, n: uint64(d)} }

// List returns the list of vs. It keeps vs, which must not be changed afterwards.
func List(vs []Value) Value {
	return Value{k: KindList, p: unsafe.Pointer(unsafe.SliceData(vs)), n: uint64(len(vs))}
}

// Rec returns the value of r, which must not be changed afterwards.
func Rec(r *Record) Value { return Value{k: KindRecord, p: unsafe.Pointer(r)} }

// Error returns err as data: a value that says what went wrong.
func Error(err error) Value { return Value{k: KindError, p: unsafe.Pointer(&err)} }

// Any returns a value that carries x as it is; stages pass it on and print it with %v. Values are
// immutable: nobody may change what x is or points to from here on. A value that could be changed
// all the same does not go to another reactor, as it would between the copies of a stage: x is
// a number, a text, a struct of such, or says that it is Immutable.
func Any(x any) Value { return Value{k: KindAny, p: unsafe.Pointer(&x)} }

// Kind returns what v holds.
func (v Value) Kind() Kind { return v.k }

// IsNull reports whether v counts as null: it is null, or an empty field.
func (v Value) IsNull() bool { return v.k == KindNull || v.k == KindText && v.n == blank }

// IsText reports whether v is text, untyped or not.
func (v Value) IsText() bool { return v.k == KindText || v.k == KindString }

// AsBool returns v's bool; v is a KindBool.
func (v Value) AsBool() bool { return v.n != 0 }

// AsInt returns v's integer; v is a KindInt.
func (v Value) AsInt() int64 { return int64(v.n) }

// AsFloat returns v's number; v is a KindFloat.
func (v Value) AsFloat() float64 { return math.Float64frombits(v.n) }

// AsBig returns v's integer; v is a KindBig. It must not be changed.
func (v Value) AsBig() *big.Int { return (*big.Int)(v.p) }

// AsTime returns v's time; v is a KindTime.
func (v Value) AsTime() time.Time { return *(*time.Time)(v.p) }

// AsDuration returns v's duration; v is a KindDuration.
func (v Value) AsDuration() time.Duration { return time.Duration(v.n) }

// AsList returns v's elements; v is a KindList. They must not be changed.
func (v Value) AsList() []Value { return unsafe.Slice((*Value)(v.p), int(v.n)) }

// AsRecord returns v's record; v is a KindRecord. It must not be changed.
func (v Value) AsRecord() *Record { return (*Record)(v.p) }

// AsError returns v's error; v is a KindError.
func (v Value) AsError() error { return *(*error)(v.p) }

// AsAny returns the Go value that v carries; v is a KindAny.
func (v Value) AsAny() any { return *(*any)(v.p) }

// Bytes returns the bytes of a text, string or number-as-spelled without copying them.
// They must not be changed.
func (v Value) Bytes() []byte { return unsafe.Slice((*byte)(v.p), int(v.n&lengthBits)) }

// Str returns the text of a text, string or number-as-spelled without copying it.
func (v Value) Str() string { return unsafe.String((*byte)(v.p), int(v.n&lengthBits)) }

// isSpelled reports whether v is made of bytes.
func (v Value) isSpelled() bool { return v.k == KindText || v.k == KindString || v.k == KindNumber }

// Clone returns v with memory of its own, so that keeping it does not keep the block of
// input that it came from.
func (v Value) Clone() Value {
	switch v.k {
	case KindText, KindString, KindNumber:
		v.p = unsafe.Pointer(unsafe.StringData(strings.Clone(v.Str())))
	case KindList:
		vs := make([]Value, v.n)
		for i, e := range v.AsList() {
			vs[i] = e.Clone()
		}
		return List(vs)
	case KindRecord:
		return Rec(v.AsRecord().clone())
	}
	return v
}

// Unterminated reports whether v is the last line of an input that ended without a newline.
func (v Value) Unterminated() bool { return v.IsText() && v.n&open != 0 }

// WithText returns b as text of the kind that v was: what comes of a string is a string, and an
// empty field stays one.
func (v Value) WithText(b []byte) Value {
	if len(b) == 0 && v.IsNull() {
		return v
	}
	t := Text(b)
	if v.k == KindString {
		return String(t.Str())
	}
	return t
}

// Terminated returns v as a value that is not the last line of its input.
func (v Value) Terminated() Value {
	if v.IsText() {
		v.n &^= open
	}
	return v
}

// AsUnterminated returns v marked as the last line of an input that ended without a newline.
func (v Value) AsUnterminated() Value {
	if v.IsText() {
		v.n |= open
	}
	return v
}
