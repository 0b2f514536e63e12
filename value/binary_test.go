package value

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// binarySamples has a value of each kind at least.
func binarySamples() []Value {
	large, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		berlin = time.FixedZone("CET", 3600)
	}
	at := time.Date(2024, 3, 31, 1, 59, 59, 999_999_999, time.UTC)
	list := []Value{Null, Bool(true), Bool(false), Int(0), Int(-1), Int(math.MaxInt64), Int(math.MinInt64), Float(0),
		Float(math.Copysign(0, -1)), Float(math.NaN()), Float(math.Inf(-1)), Float(0.1), Big(large), Number("1.000e5"),
		Text(nil), EmptyField, TextOf("007"), TextOf("a\x00b"), TextOf("last").AsUnterminated(), String("7"), String(""), Time(at),
		Time(at.In(berlin)), Time(at.Add(time.Hour).In(berlin)), Time(at.In(time.FixedZone("", -5*3600-1800))), Time(time.Time{}),
		Time(at.Local()), Duration(-time.Second), List(nil), TextOf(strings.Repeat("x", 300))}
	list = append(list, List(list), Rec(NewRecord(NewShape())), Rec(NewRecord(NewShape("a", "b", "a"), list[3], TextOf("x"), Null)))
	return append(list, List([]Value{list[len(list)-1], List(list)}))
}

// describe tells all of v that AppendBinary is to keep.
func describe(v Value) string {
	switch v.Kind() {
	case KindList:
		var b strings.Builder
		for _, e := range v.AsList() {
			b.WriteString(describe(e) + ", ")
		}
		return "[" + b.String() + "]"
	case KindRecord:
		var b strings.Builder
		for i := range v.AsRecord().Len() {
			fmt.Fprintf(&b, "%q: %s, ", v.AsRecord().Name(i), describe(v.AsRecord().At(i)))
		}
		return "{" + b.String() + "}"
	case KindTime:
		zone, offset := v.AsTime().Zone()
		return fmt.Sprint(v.AsTime().Format(time.RFC3339Nano), zone, offset)
	}
	return fmt.Sprintf("%v %q %v %x", v.Kind(), v.String(), v.Unterminated(), v.n*uint64(map[Kind]uint64{KindFloat: 1}[v.k]))
}

func TestBinaryRoundTrip(t *testing.T) {
	for _, v := range binarySamples() {
		b := AppendBinary([]byte("before"), v)
		got, n, err := ReadBinary(append(b[6:], "behind"...))
		if err != nil || n != len(b)-6 || describe(got) != describe(v) {
			t.Errorf("got %s, %d bytes of %d, %v, want %s", describe(got), n, len(b)-6, err, describe(v))
		}
	}
}

func TestBinaryText(t *testing.T) {
	for _, v := range []Value{Error(errors.New("no such thing")), Any(struct{ a int }{7})} {
		got, _, err := ReadBinary(AppendBinary(nil, v))
		if got.Kind() != KindString || got.Str() != v.String() || err != nil {
			t.Errorf("got %v %v, %v, want the string %s", got.Kind(), got, err, v)
		}
	}
}

// spellings is the codec of a record that keeps its text.
type spellings struct{ Codec }

func TestPackerKeepsShapesAndText(t *testing.T) {
	p := &Packer{}
	raw := []byte(`{"a":1.0,"b":"x"}`)
	number := Text(raw[5:8])
	number.k = KindNumber
	text := Text(raw[14:15])
	text.k = KindString
	r := &Record{shape: NewShape("a", "b", "c"), vals: []Value{number, text, Int(3)}, raw: raw, codec: spellings{}}
	got, n, err := p.Read(p.Append(nil, Rec(r)))
	if err != nil || n == 0 {
		t.Fatal(n, err)
	}
	g := got.AsRecord()
	if g.shape != r.shape || string(g.raw) != string(raw) || g.codec != r.codec || describe(got) != describe(Rec(r)) {
		t.Errorf("got %s of %s, want %s of %s", describe(got), g.raw, describe(Rec(r)), raw)
	}
	for i := range 2 * manyShapes {
		v := Rec(NewRecord(NewShape(fmt.Sprint(i)), Int(int64(i))))
		got, _, err := p.Read(p.Append(nil, v))
		if err != nil || describe(got) != describe(v) {
			t.Fatalf("got %s, %v, want %s", describe(got), err, describe(v))
		}
	}
}

// FuzzReadBinary wants any bytes to be an error or a value that goes the way there and back.
func FuzzReadBinary(f *testing.F) {
	for _, v := range binarySamples() {
		f.Add(AppendBinary(nil, v))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, n, err := ReadBinary(src)
		if err != nil {
			return
		}
		if n > len(src) {
			t.Fatalf("got %d bytes of %d", n, len(src))
		}
		b := AppendBinary(nil, v)
		again, m, err := ReadBinary(b)
		if err != nil || m != len(b) || describe(again) != describe(v) {
			t.Fatalf("got %s, %v, want %s", describe(again), err, describe(v))
		}
	})
}

// TestBinaryIsCut reads encodings whose end is missing, or some of whose bytes are others.
func TestBinaryIsCut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, v := range binarySamples() {
		b := AppendBinary(nil, v)
		for n := range min(len(b), 50) {
			if _, _, err := ReadBinary(b[:n]); err == nil {
				t.Errorf("%s: got no error for %d bytes of %d", describe(v), n, len(b))
			}
		}
		for range 20 {
			b[r.IntN(len(b))] = byte(r.IntN(256))
			_, _, _ = ReadBinary(b)
		}
	}
}
