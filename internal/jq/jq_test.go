package jq

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"mtpipe/value"
)

func outputs(t *testing.T, program string, v value.Value, args ...Arg) []value.Value {
	t.Helper()
	q, err := Parse(program)
	if err != nil {
		t.Fatal(program, err)
	}
	p, err := q.Compile(args...)
	if err != nil {
		t.Fatal(program, err)
	}
	var list []value.Value
	if err := p.Run(v, func(v value.Value) bool { list = append(list, v); return true }); err != nil {
		t.Fatal(program, err)
	}
	return list
}

// TestKinds wants each kind of value back as it was from a program that passes it on, and from
// one that makes a record with it.
func TestKinds(t *testing.T) {
	large, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for _, v := range []value.Value{
		value.Null, value.Bool(true), value.Int(7), value.Int(-1 << 63), value.Float(1.5), value.Big(large),
		value.Number("1.50"), value.Number("-0"), value.Number("1e400"), value.TextOf("x"), value.TextOf("1.50"),
		value.TextOf("007"), value.String("12"), value.Time(time.Unix(5, 0).UTC()), value.Duration(time.Second),
		value.List([]value.Value{value.Int(1), value.TextOf("2")}), value.List(nil),
		value.Rec(value.NewRecord(value.NewShape("z", "a"), value.Number("1.0"), value.String("1"))),
	} {
		for _, program := range []string{".", "[.][0]"} {
			got := outputs(t, program, v)
			if len(got) != 1 || program == "." && got[0].Kind() != v.Kind() || string(got[0].AppendJSON(nil)) != string(v.AppendJSON(nil)) {
				t.Errorf("%s of %s %s: got %v", program, v.Kind(), v.Quote(), got)
			}
		}
		in := value.Rec(value.NewRecord(value.NewShape("v", "a"), v, value.Int(1)))
		got := outputs(t, ".a = 2", in)
		if len(got) != 1 {
			t.Fatalf("got %d values, want 1", len(got))
		}
		back, _ := got[0].AsRecord().Get("v")
		if back.Kind() != v.Kind() || string(back.AppendJSON(nil)) != string(v.AppendJSON(nil)) {
			t.Errorf("%s %s beside a change: got %s %s", v.Kind(), v.Quote(), back.Kind(), back.Quote())
		}
	}
}

// TestOriginals wants parts of the input back themselves, not copies.
func TestOriginals(t *testing.T) {
	inner := value.NewRecord(value.NewShape("z", "a"), value.Number("1.0"), value.String("1"))
	in := value.Rec(value.NewRecord(value.NewShape("list"), value.List([]value.Value{value.Rec(inner)})))
	got := outputs(t, "., .list[0], {x: .list[0]}, (.list[0].a = 2 | .list[0]), .list[0]", in)
	if len(got) != 5 || got[0].AsRecord() != in.AsRecord() || got[1].AsRecord() != inner || got[4].AsRecord() != inner {
		t.Errorf("got %v, want the input and its part", got)
	}
	if x, _ := got[2].AsRecord().Get("x"); x.AsRecord() != inner {
		t.Errorf("got %v, want the part in a record", got[2])
	}
	if s := got[3].String(); s != `{"a":2,"z":1.0}` && s != `{"z":1.0,"a":2}` {
		t.Errorf("got %s, want the change", s)
	}
}

func TestTheConsumerStops(t *testing.T) {
	q, _ := Parse("repeat(1)")
	p, err := q.Compile()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := p.Run(value.Null, func(value.Value) bool { n++; return n < 3 }); err != nil || n != 3 {
		t.Errorf("got %d outputs, %v, want 3", n, err)
	}
}

func TestParseErrors(t *testing.T) {
	for _, row := range []struct {
		text   string
		offset int
		msg    string
	}{
		{strings.Repeat("[", 40000) + "1" + strings.Repeat("]", 40000), 65536, "the program is too long"},
		{strings.Repeat("1+", 40000) + "1", 65536, "the program is too long"},
		{".a | ]", 5, `bad program: unexpected token "]"`},
		{".a |", 4, "bad program: unexpected EOF"},
		{"if . then", 9, "bad program: unexpected EOF"},
		{`"abc`, 4, "bad program: unterminated string literal"},
		{". ~", 2, `bad program: unexpected token "~"`},
	} {
		_, err := Parse(row.text)
		var e *SyntaxError
		if !errors.As(err, &e) || e.Offset != row.offset || e.Msg != row.msg {
			t.Errorf("%s: got %+v, want %s at %d", row.text, err, row.msg, row.offset)
		}
	}
}

func TestArgs(t *testing.T) {
	got := outputs(t, "$a + $b", value.Null, Arg{"a", value.String("x")}, Arg{"b", value.String("1")})
	if len(got) != 1 || got[0].String() != "x1" {
		t.Errorf("got %v, want x1", got)
	}
}

// TestAtOnce runs one program in several goroutines, for the race detector.
func TestAtOnce(t *testing.T) {
	q, _ := Parse("reduce range(100) as $i (0; . + $i)")
	p, err := q.Compile()
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan string)
	for range 4 {
		go func() {
			last := ""
			for range 20 {
				_ = p.Run(value.Null, func(v value.Value) bool { last = v.String(); return true })
			}
			results <- last
		}()
	}
	for range 4 {
		if got := <-results; got != "4950" {
			t.Errorf("got %s, want 4950", got)
		}
	}
}
