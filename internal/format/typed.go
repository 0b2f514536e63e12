package format

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"mtpipe/value"
)

// OutsideWriter is implemented by writers of formats that a program of their own writes: what they
// append is for its standard input, and what it prints is the file.
type OutsideWriter interface {
	// WritingProgram returns the program's name and what it is given as arguments.
	WritingProgram() (name string, args []string)
}

// Compress makes a writer compress what it writes with the codec of that name. It is an error for
// a format that does not.
func Compress(w Writer, codec string) error {
	t, ok := w.(*typed)
	if !ok {
		return errors.New("--compression is for Parquet files")
	}
	t.args = []string{"write", codec}
	return nil
}

// InParts returns an error when a file of w's format cannot be written in parts.
func InParts(w Writer) error {
	if _, ok := w.(OutsideWriter); ok {
		return errors.New("a Parquet file is written as a whole, by write or -o parquet")
	}
	return nil
}

// typed writes records for a program that wants to know the types of all fields before the first of
// them. They are those of the first records, which are held back meanwhile.
//
// The types come first, as JSON with its length before it, then the records: the byte 1, and the
// values of the fields in the types' order, of which those at the end may be missing. The byte 0 is
// after the last record: without it, something has gone wrong.
type typed struct {
	program string
	args    []string
	root    typedField
	held    []byte
	rows    int
	settled bool // the types are
}

// How many records, and bytes of them, tell the types.
const (
	typingRows  = 20000
	typingBytes = 8 << 20
)

// typedField is the type of a field, as far as it is known.
type typedField struct {
	Name   string        `json:"name"`
	Type   string        `json:"type"` // one of those below
	Fields []*typedField `json:"fields,omitempty"`

	untyped bool // all of its values so far were untyped text
	large   bool // it has integers that no floating-point number holds
}

// The types of fields.
const (
	typeUnknown = "" // all values so far were null
	typeBool    = "bool"
	typeInteger = "integer"
	typeFloat   = "float"
	typeText    = "text"
	typeMicros  = "microseconds" // a point in time
	typeNanos   = "nanoseconds"  // the same, where that is not exact
	typeList    = "list"         // of what the one field is
	typeRecord  = "record"
)

// What a value begins with, in what the program reads.
const (
	tagNull = iota
	tagFalse
	tagTrue
	tagInteger // a varint
	tagFloat   // eight bytes
	tagText    // its length, and the bytes; of a field of numbers it is spelled
	tagTime    // seconds and nanoseconds
	tagValues  // how many, and the values: of a list, or of a record's fields in the types' order
)

// WritingProgram returns the program.
func (w *typed) WritingProgram() (name string, args []string) { return w.program, w.args }

// Append appends a record, or holds it back.
func (w *typed) Append(dst []byte, v value.Value) ([]byte, error) {
	if v.Kind() == value.KindError {
		return dst, fmt.Errorf("an error that was kept has no place in a file of records: %w", v.AsError())
	}
	rec := record(v)
	if w.settled {
		row, err := w.root.appendRecord(append(dst, 1), rec, true)
		if err != nil {
			return dst, err
		}
		return row, nil
	}
	before := w.root.clone()
	row, err := w.root.appendRecord(append(w.held, 1), rec, false)
	if err != nil {
		w.root = *before
		return dst, err
	}
	w.held, w.rows = row, w.rows+1
	if w.rows >= typingRows || len(w.held) >= typingBytes {
		dst = w.settle(dst)
	}
	return dst, nil
}

// settle appends the types, and what was held back.
func (w *typed) settle(dst []byte) []byte {
	if w.settled {
		return dst
	}
	w.settled = true
	types, err := json.Marshal(w.root.Fields)
	if err != nil {
		panic(err) // what is in them can be marshalled
	}
	dst = binary.AppendUvarint(dst, uint64(len(types)))
	dst = append(append(dst, types...), w.held...)
	w.held = nil
	return dst
}

// AppendNames takes these names for those of the fields.
func (w *typed) AppendNames(dst []byte, names []string) []byte {
	if w.rows == 0 && len(w.root.Fields) == 0 {
		for _, n := range names {
			w.root.Fields = append(w.root.Fields, &typedField{Name: n})
		}
	}
	return dst
}

// End appends that all records have come.
func (w *typed) End(dst []byte) []byte { return append(w.settle(dst), 0) }

// clone returns a copy that shares nothing.
func (f *typedField) clone() *typedField {
	c := *f
	c.Fields = slices.Clone(f.Fields)
	for i, field := range c.Fields {
		c.Fields[i] = field.clone()
	}
	return &c
}

// appendRecord appends the fields of a record. Settled says that its types have to be those of f.
func (f *typedField) appendRecord(dst []byte, r *value.Record, settled bool) ([]byte, error) {
	names := 0
	for i := range r.Len() {
		if f.place(i, r.Name(i)) < 0 {
			if settled {
				return dst, fmt.Errorf("a record has the field %q, which none of the first %d has", r.Name(i), typingRows)
			}
			f.Fields = append(f.Fields, &typedField{Name: r.Name(i)})
		}
		names = max(names, f.place(i, r.Name(i))+1)
	}
	dst = binary.AppendUvarint(append(dst, tagValues), uint64(names))
	for at, field := range f.Fields[:names] {
		var v value.Value
		if at < r.Len() && r.Name(at) == field.Name {
			v = r.At(at)
		} else {
			v, _ = r.Get(field.Name)
		}
		var err error
		if dst, err = field.append(dst, v, settled); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// place returns where the field called name is, -1 when there is none; guess is where it may be.
func (f *typedField) place(guess int, name string) int {
	if guess < len(f.Fields) && f.Fields[guess].Name == name {
		return guess
	}
	return slices.IndexFunc(f.Fields, func(x *typedField) bool { return x.Name == name })
}

// append appends a value of the field.
func (f *typedField) append(dst []byte, v value.Value, settled bool) ([]byte, error) {
	if v.IsNull() {
		return append(dst, tagNull), nil
	}
	was := len(dst)
	dst, kind, large, err := appendScalar(dst, v)
	if err != nil {
		return dst, fmt.Errorf("the field %s: %w", f.Name, err)
	}
	untyped := v.Kind() == value.KindText
	if err := f.take(kind, untyped, large, settled); err != nil {
		return dst, fmt.Errorf("the field %s is %s, %w", f.Name, v.Quote(), err)
	}
	switch kind {
	case typeList:
		return f.appendList(dst, v.AsList(), settled)
	case typeRecord:
		return f.appendRecord(dst, v.AsRecord(), settled)
	}
	if untyped && (!settled || f.Type == typeText) { // its spelling counts, as long as the field may become one of text
		return appendTagged(dst[:was], v.Bytes()), nil
	}
	return dst, nil
}

// appendList appends the elements of a list.
func (f *typedField) appendList(dst []byte, list []value.Value, settled bool) (_ []byte, err error) {
	if len(f.Fields) == 0 {
		f.Fields = []*typedField{{Name: f.Name}}
	}
	dst = binary.AppendUvarint(append(dst, tagValues), uint64(len(list)))
	for _, e := range list {
		if dst, err = f.Fields[0].append(dst, e, settled); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// take makes the field one that has a value of this type, too.
func (f *typedField) take(kind string, untyped, large, settled bool) error {
	switch {
	case f.Type == kind:
		f.untyped = f.untyped && untyped
	case f.Type == typeUnknown && (!settled || kind == typeText):
		f.Type, f.untyped = kind, untyped
	case f.Type == typeUnknown:
		return fmt.Errorf("and was null in the first %d records, so that it has become one of text", typingRows)
	case f.Type == typeFloat && kind == typeInteger:
		if large {
			return errors.New("which a floating-point number, as the field has it, does not hold exactly")
		}
	case f.Type == typeText && untyped:
	case f.Type == typeNanos && kind == typeMicros:
	case !settled && f.Type == typeInteger && kind == typeFloat && !f.large,
		!settled && f.Type == typeMicros && kind == typeNanos:
		f.Type, f.untyped = kind, f.untyped && untyped
	case !settled && f.untyped && kind == typeText:
		f.Type, f.untyped = typeText, untyped
	default:
		return fmt.Errorf("and was %s before; string() makes text of a value", articled[f.Type])
	}
	f.large = f.large || large
	return nil
}

// articled is what messages call the types.
var articled = map[string]string{typeBool: "true or false", typeInteger: "a whole number", typeFloat: "a number", typeText: "text",
	typeMicros: "a time in microseconds", typeNanos: "a time", typeList: "a list", typeRecord: "a record"}

// appendScalar appends a value that has no others in it, and returns its type. Large says that
// it is an integer that no floating-point number holds.
func appendScalar(dst []byte, v value.Value) (_ []byte, kind string, large bool, err error) {
	switch v.Kind() {
	case value.KindBool:
		if v.AsBool() {
			return append(dst, tagTrue), typeBool, false, nil
		}
		return append(dst, tagFalse), typeBool, false, nil
	case value.KindInt:
		return appendInteger(dst, v.AsInt())
	case value.KindFloat:
		return appendFloat64(dst, v.AsFloat()), typeFloat, false, nil
	case value.KindString:
		return appendTagged(dst, v.Bytes()), typeText, false, nil
	case value.KindTime:
		t := v.AsTime()
		kind = typeMicros
		if t.Nanosecond()%int(time.Microsecond) != 0 {
			kind = typeNanos
		}
		return binary.AppendVarint(binary.AppendVarint(append(dst, tagTime), t.Unix()), int64(t.Nanosecond())), kind, false, nil
	case value.KindList:
		return dst, typeList, false, nil
	case value.KindRecord:
		return dst, typeRecord, false, nil
	case value.KindText:
		if plainNumber(v.Bytes()) {
			if out, kind, large, err := appendNumber(dst, v.Bytes()); err == nil {
				return out, kind, large, nil
			}
		}
		return appendTagged(dst, v.Bytes()), typeText, false, nil
	case value.KindBig, value.KindNumber:
		return appendNumber(dst, v.AppendText(nil))
	}
	return appendTagged(dst, v.AppendText(nil)), typeText, false, nil
}

// plainNumber reports whether untyped text is a number: a plain decimal as JSON spells it.
func plainNumber(b []byte) bool {
	return len(b) > 0 && json.Valid(b) && (b[0] == '-' || b[0] >= '0' && b[0] <= '9') && !slices.ContainsFunc(b, func(c byte) bool { return c|0x20 == 'e' || c <= ' ' })
}

// appendNumber appends a number as it is spelled: exactly, or it is an error.
func appendNumber(dst, text []byte) (_ []byte, kind string, large bool, err error) {
	if i, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return appendInteger(dst, i)
	}
	x, err := strconv.ParseFloat(string(text), 64)
	if err != nil || string(value.Number(string(value.AppendFloat(nil, x))).AppendKey(nil)) != string(value.Number(string(text)).AppendKey(nil)) {
		return dst, "", false, fmt.Errorf("%s has more digits than a Parquet number of 64 bits; string() makes text of it", value.Text(text).Quote())
	}
	return appendFloat64(dst, x), typeFloat, false, nil
}

func appendInteger(dst []byte, i int64) (_ []byte, kind string, large bool, err error) {
	return binary.AppendVarint(append(dst, tagInteger), i), typeInteger, i > 1<<53 || i < -1<<53, nil
}

func appendFloat64(dst []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, tagFloat), math.Float64bits(x))
}

func appendTagged(dst, text []byte) []byte {
	return append(binary.AppendUvarint(append(dst, tagText), uint64(len(text))), text...)
}
