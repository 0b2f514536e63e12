package value

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func wide(s string) Value {
	i, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic("not an integer: " + s)
	}
	return Big(i)
}

func TestKinds(t *testing.T) {
	noon := time.Date(2024, 2, 29, 12, 0, 0, 500, time.FixedZone("", 3600))
	err := errors.New("boom")
	rec := NewRecord(NewShape("a", "b"), Int(1), TextOf("x"))
	rows := []struct {
		name string
		v    Value
		kind Kind
		text string
		back func(v Value) bool // what its As method gives is what went in
	}{
		{"zero Value", Value{}, KindNull, "", Value.IsNull},
		{"null", Null, KindNull, "", Value.IsNull},
		{"false", Bool(false), KindBool, "false", func(v Value) bool { return !v.AsBool() }},
		{"true", Bool(true), KindBool, "true", Value.AsBool},
		{"int", Int(-7), KindInt, "-7", func(v Value) bool { return v.AsInt() == -7 }},
		{"least int", Int(math.MinInt64), KindInt, "-9223372036854775808", func(v Value) bool { return v.AsInt() == math.MinInt64 }},
		{"float", Float(0.1), KindFloat, "0.1", func(v Value) bool { return v.AsFloat() == 0.1 }},
		{"nan", Float(math.NaN()), KindFloat, "NaN", func(v Value) bool { return math.IsNaN(v.AsFloat()) }},
		{"big", wide("9223372036854775808"), KindBig, "9223372036854775808", func(v Value) bool { return v.AsBig().BitLen() == 64 }},
		{"big that fits", Big(big.NewInt(5)), KindInt, "5", func(v Value) bool { return v.AsInt() == 5 }},
		{"number", Number("0.1000"), KindNumber, "0.1000", func(v Value) bool { return v.Str() == "0.1000" }},
		{"text", Text([]byte("007")), KindText, "007", func(v Value) bool { return string(v.Bytes()) == "007" && v.IsText() }},
		{"empty text", Text(nil), KindText, "", func(v Value) bool { return v.Str() == "" && len(v.Bytes()) == 0 && !v.IsNull() }},
		{"empty field", EmptyField.Clone(), KindText, "", func(v Value) bool { return v.Str() == "" && len(v.Bytes()) == 0 && v.IsNull() }},
		{"empty string", String(""), KindString, "", func(v Value) bool { return v.Str() == "" && !v.IsNull() }},
		{"string", String("007"), KindString, "007", func(v Value) bool { return v.Str() == "007" && v.IsText() }},
		{"time", Time(noon), KindTime, "2024-02-29T12:00:00.0000005+01:00", func(v Value) bool { return v.AsTime().Equal(noon) }},
		{"duration", Duration(90 * time.Second), KindDuration, "1m30s", func(v Value) bool { return v.AsDuration() == 90*time.Second }},
		{"list", List([]Value{Int(1), String("a")}), KindList, `[1,"a"]`, func(v Value) bool { return len(v.AsList()) == 2 }},
		{"empty list", List(nil), KindList, `[]`, func(v Value) bool { return len(v.AsList()) == 0 }},
		{"record", Rec(rec), KindRecord, `{"a":1,"b":"x"}`, func(v Value) bool { return v.AsRecord() == rec }},
		{"error", Error(err), KindError, "boom", func(v Value) bool { return v.AsError() == err }},
		{"any", Any([]int{1}), KindAny, "[1]", func(v Value) bool { return v.AsAny().([]int)[0] == 1 }},
	}
	for _, row := range rows {
		if row.v.Kind() != row.kind || row.v.String() != row.text || !row.back(row.v) {
			t.Errorf("%s: got a %v printed %q, want a %v printed %q that gives back what went in",
				row.name, row.v.Kind(), row.v.String(), row.kind, row.text)
		}
		if got := string(row.v.AppendText([]byte("> "))); got != "> "+row.text {
			t.Errorf("%s: got %q appended, want %q", row.name, got, "> "+row.text)
		}
		if row.v.IsText() != (row.kind == KindText || row.kind == KindString) {
			t.Errorf("%s: got IsText %v", row.name, row.v.IsText())
		}
	}
}

func TestSize(t *testing.T) {
	if got := unsafe.Sizeof(Value{}); got != 24 {
		t.Errorf("got a Value of %d bytes, want 24", got)
	}
	block := []byte("some text")
	var v Value
	for name, make := range map[string]func(){
		"int":      func() { v = Int(1 << 40) },
		"float":    func() { v = Float(1.5) },
		"bool":     func() { v = Bool(true) },
		"duration": func() { v = Duration(time.Hour) },
		"text":     func() { v = Text(block[2:5]) },
		"number":   func() { v, _ = ParseNumber(block[:0]) },
	} {
		if n := testing.AllocsPerRun(100, make); n != 0 {
			t.Errorf("%s: got %v allocations, want none", name, n)
		}
	}
	_ = v
}

func TestUnterminated(t *testing.T) {
	v := TextOf("x")
	if v.Unterminated() || !v.AsUnterminated().Unterminated() || !v.AsUnterminated().Clone().Unterminated() {
		t.Error("got a mark that comes or goes by itself")
	}
	if Compare(v, v.AsUnterminated()) != 0 || v.AsUnterminated().String() != "x" {
		t.Error("the mark shows in the value")
	}
}

// TestClone changes the memory that a value was read from, which only its clone survives.
func TestClone(t *testing.T) {
	memory := []byte("abcdef")
	inner := Text(memory[1:3])
	rows := []struct {
		name string
		v    Value
		want string
	}{
		{"text", inner, "bc"},
		{"list", List([]Value{Int(1), List([]Value{inner})}), `[1,["bc"]]`},
		{"record", Rec(NewRecord(NewShape("k"), inner)), `{"k":"bc"}`},
		{"empty", Text(memory[:0]), ""},
		{"int", Int(3), "3"},
		{"null", Null, ""},
	}
	var clones []Value
	for _, row := range rows {
		clones = append(clones, row.v.Clone())
	}
	copy(memory, "XXXXXX")
	for i, row := range rows {
		if got := clones[i].String(); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestRecord(t *testing.T) {
	for _, n := range []int{0, 1, 3, 8, 9, 50} {
		t.Run(fmt.Sprint(n, " fields"), func(t *testing.T) {
			var names []string
			var vals []Value
			for i := range n {
				names = append(names, fmt.Sprint("field", i))
				vals = append(vals, Int(int64(i)))
			}
			r := NewRecord(NewShape(names...), vals...)
			for i, name := range names {
				if v, ok := r.Get(name); !ok || v.AsInt() != int64(i) || r.Name(i) != name || r.At(i).AsInt() != int64(i) {
					t.Errorf("%s: got %v, %v, want %d", name, v, ok, i)
				}
			}
			if v, ok := r.Get("absent"); ok || !v.IsNull() || r.Shape().Find("absent") != -1 || r.Len() != n {
				t.Errorf("absent: got %v, %v, want no field", v, ok)
			}
			more := r.With("absent", Int(-1))
			if v, ok := more.Get("absent"); !ok || v.AsInt() != -1 || more.Name(n) != "absent" || r.Len() != n || len(r.Shape().Names()) != n {
				t.Errorf("with a new field: got %v, %v, want it last and the old record as it was", v, ok)
			}
			if n == 0 {
				return
			}
			other := r.With(names[0], Int(99))
			if other.At(0).AsInt() != 99 || r.At(0).AsInt() != 0 || other.Shape() != r.Shape() {
				t.Errorf("with an old field: got %v of %v, want a copy with the same shape", other.At(0), r.At(0))
			}
		})
	}
}

func TestRecord_DoubleNames(t *testing.T) {
	for _, n := range []int{2, 20} {
		names := append(strings.Split(strings.Repeat("x ", n-1), " ")[:n-1], "x")
		if got := NewShape(names...).Find("x"); got != n-1 {
			t.Errorf("%d times the same name: got place %d, want the last", n, got)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("got a record with too few values, want a panic")
		}
	}()
	NewRecord(NewShape("a", "b"), Int(1))
}
