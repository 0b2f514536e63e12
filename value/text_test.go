package value

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestParseNumber(t *testing.T) {
	rows := []struct{ in, want string }{
		// integers
		{"0", "int 0"}, {"7", "int 7"}, {"-7", "int -7"}, {"+7", "int 7"}, {"007", "int 7"}, {"-0", "int 0"},
		{"999999999999999999", "int 999999999999999999"},
		{"-999999999999999999", "int -999999999999999999"},
		{"9223372036854775807", "int 9223372036854775807"},
		{"-9223372036854775808", "int -9223372036854775808"},
		{"9223372036854775808", "integer 9223372036854775808"},
		{"-9223372036854775809", "integer -9223372036854775809"},
		{"+9223372036854775808", "integer 9223372036854775808"},
		{"0000000000000000000000000000007", "int 7"},
		{"123456789012345678901234567890", "integer 123456789012345678901234567890"},
		// floats
		{"0.5", "float 0.5"}, {".5", "float 0.5"}, {"5.", "float 5"}, {"-.5", "float -0.5"}, {"1.0", "float 1"},
		{"1e3", "float 1000"}, {"1E3", "float 1000"}, {"1e+3", "float 1000"}, {"1e-3", "float 0.001"}, {".5e1", "float 5"},
		{"1e400", "float +Inf"}, {"-1e400", "float -Inf"}, {"1e-400", "float 0"}, {"0.1", "float 0.1"},
		{"123456789012345678901234567890.5", "float 1.2345678901234568e+29"},
		// blanks
		{" 7", "int 7"}, {"\t 7 \t", "int 7"}, {"7\r", "int 7"}, {" 1.5 ", "float 1.5"},
		// no numbers
		{"", ""}, {" ", ""}, {"-", ""}, {"+", ""}, {".", ""}, {"-.", ""}, {"e", ""}, {"e5", ""}, {".e5", ""}, {"1e", ""}, {"1e+", ""},
		{"1.2.3", ""}, {"1-2", ""}, {"--1", ""}, {"+-1", ""}, {"1 2", ""}, {"0x10", ""}, {"1_000", ""}, {"1,000", ""}, {"1e5.0", ""},
		{"inf", ""}, {"Inf", ""}, {"nan", ""}, {"infinity", ""}, {"7a", ""}, {"a7", ""}, {"٧", ""}, {"7\n", ""}, {"\x007", ""}, {"1f", ""},
	}
	for _, row := range rows {
		got := ""
		if v, ok := ParseNumber([]byte(row.in)); ok {
			got = v.Kind().String() + " " + v.String()
		}
		if got != row.want {
			t.Errorf("%q: got %q, want %q", row.in, got, row.want)
		}
	}
}

func TestNumeric(t *testing.T) {
	rows := []struct {
		name string
		v    Value
		want string
	}{
		{"int", Int(3), "3"}, {"float", Float(1.5), "1.5"}, {"big", wide("99999999999999999999"), "99999999999999999999"},
		{"text", TextOf(" 12 "), "12"}, {"number", Number("0.10"), "0.1"},
		{"word", TextOf("twelve"), "no"}, {"string", String("12"), "no"}, {"null", Null, "no"}, {"bool", Bool(true), "no"},
		{"list", List(nil), "no"}, {"duration", Duration(1), "no"},
	}
	for _, row := range rows {
		got := "no"
		if n, ok := row.v.Numeric(); ok {
			got = n.String()
		}
		if got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

func TestAppendFloat(t *testing.T) {
	rows := []struct {
		f    float64
		want string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {-1.5, "-1.5"}, {0.1, "0.1"}, {1.0 / 3, "0.3333333333333333"},
		{100, "100"}, {1e15, "1000000000000000"}, {1e17, "100000000000000000"}, {123456789.125, "123456789.125"},
		{1e20, "100000000000000000000"}, {1e21, "1e+21"}, {-1e21, "-1e+21"}, {1.5e300, "1.5e+300"},
		{1e-6, "0.000001"}, {1e-7, "1e-7"}, {-1.25e-9, "-1.25e-9"}, {1e-10, "1e-10"}, {5e-324, "5e-324"},
		{math.MaxFloat64, "1.7976931348623157e+308"}, {math.Inf(1), "+Inf"}, {math.Inf(-1), "-Inf"}, {math.NaN(), "NaN"},
	}
	for _, row := range rows {
		if got := string(AppendFloat([]byte("e-07"), row.f)); got != "e-07"+row.want {
			t.Errorf("%v: got %s, want %s behind what was there", row.f, got, row.want)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		f := math.Float64frombits(r.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		got := string(AppendFloat(nil, f))
		want, _ := json.Marshal(f)
		if back, err := strconv.ParseFloat(got, 64); got != string(want) || back != f || err != nil {
			t.Fatalf("got %s, want %s, which reads back as %v", got, want, f)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"0", "-12.5e3", " 007\r", "9223372036854775808", "1e400", "x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, ok := ParseNumber(b)
		if !ok {
			return
		}
		if v.Kind() == KindFloat && math.IsInf(v.AsFloat(), 0) {
			return
		}
		again, ok := ParseNumber(v.AppendText(nil))
		if !ok || Compare(v, again) != 0 {
			t.Errorf("%q is %v, which reads back as %v, %v", b, v, again, ok)
		}
	})
}

// TestSmallDecimals compares short decimal numbers with what strconv makes of them.
func TestSmallDecimals(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	for range 200_000 {
		digits := []byte(strconv.FormatInt(rnd.Int64N(int64(math.Pow10(1+rnd.IntN(16)))), 10))
		at := rnd.IntN(len(digits) + 1)
		text := []string{"", "-", "+"}[rnd.IntN(3)] + string(digits[:at]) + "." + string(digits[at:])
		if rnd.IntN(10) == 0 {
			text += "e" + strconv.Itoa(rnd.IntN(9))
		}
		want, err := strconv.ParseFloat(text, 64)
		got, ok := ParseNumber([]byte(text))
		if !ok || err != nil || math.Float64bits(got.AsFloat()) != math.Float64bits(want) {
			t.Fatalf("%s: got %v, %v, want %v", text, got, ok, want)
		}
	}
}
