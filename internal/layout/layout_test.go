package layout_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mtpipe/internal/layout"
	"mtpipe/value"
)

func write(spec string, v value.Value) (string, error) {
	s, err := layout.Parse(spec)
	if err != nil {
		return "", err
	}
	b, err := s.Append(nil, v)
	return string(b), err
}

func TestAppend(t *testing.T) {
	long := value.Number("123456789012345678901234567890")
	for _, c := range []struct {
		spec string
		v    value.Value
		want string
	}{
		{"", value.Number("1.50"), "1.50"},
		{".2f", value.Number("1.5"), "1.50"},
		{".2f", value.TextOf("1.5"), "1.50"},
		{".1f", value.String("2.25"), "2.2"},
		{",", value.Int(-1234567), "-1,234,567"},
		{"_d", value.Float(1e6), "1_000_000"},
		{",.2f", long, "123,456,789,012,345,678,901,234,567,890.00"},
		{"d", long, "123456789012345678901234567890"},
		{"x", value.Int(-255), "-ff"},
		{"08.3f", value.Float(-3.14159), "-003.142"},
		{"+", value.Int(5), "+5"},
		{" d", value.Int(5), " 5"},
		{"%", value.Float(0.256), "26%"},
		{".1%", value.Int(1), "100.0%"},
		{"h", value.Int(1536), "1.5K"},
		{"h", value.Int(-1 << 30), "-1.0G"},
		{"h", value.Int(999), "999"},
		{"H", value.Int(123456), "123K"},
		{"h", value.Duration(2*time.Hour + 5*time.Minute + time.Second), "2h5m"},
		{"h", value.Duration(50 * time.Hour), "2d2h"},
		{"h", value.Duration(-1500 * time.Millisecond), "-1.5s"},
		{"6", value.TextOf("ab"), "ab    "}, // text to the left
		{">6", value.TextOf("ab"), "    ab"},
		{"*^6", value.TextOf("ab"), "**ab**"},
		{"6", value.Int(7), "     7"}, // numbers to the right
		{"<4d", value.Int(7), "7   "},
		{".2", value.String("straße"), "st"},
		{"4", value.String("日"), "日  "}, // it has two columns
		{"3", value.Null, "   "},
		{".2f", value.Null, ""},
		{"é>3", value.Int(1), "éé1"},
		{"04s", value.Int(7), "7000"},
		{">03d", value.Int(7), "007"},
		{"03d", value.Null, "   "},
	} {
		if got, err := write(c.spec, c.v); got != c.want || err != nil {
			t.Errorf("%q of %s: got %q, %v, want %q", c.spec, c.v.Quote(), got, err, c.want)
		}
	}
	for _, c := range []struct {
		spec string
		v    value.Value
		want string
	}{
		{"q", value.Int(1), `"q" is no format`},
		{".2x2", value.Int(1), "is no format"},
		{"2000", value.Int(1), "more than 1000"},
		{".2f", value.TextOf("x"), `"x" is not a number`},
		{"d", value.Float(1.5), "1.5 is not a whole number"},
		{",", value.Bool(true), "true is not a number"},
	} {
		if got, err := write(c.spec, c.v); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q of %s: got %q, %v, want an error with %q", c.spec, c.v.Quote(), got, err, c.want)
		}
	}
}

// TestAsPython compares random specifications and numbers with Python's format.
func TestAsPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 to compare with")
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	var program strings.Builder
	var got []string
	for range 2000 {
		number := pick("0", "7", "-7", "1234567", "-1234.5", "0.125", "2.675", "1e-7", "1e22", "99999.5")
		kinds := []string{"f", "e", "%"}
		if !strings.ContainsAny(number, ".e") {
			kinds = append(kinds, "d", "x", "o", "b")
		}
		kind := pick(kinds...)
		spec := pick("", "<", ">", "^", "*>", "é^") + pick("", "+", " ")
		spec += pick("", "0")
		spec += pick("", "3", "12", "20")
		if !strings.Contains(spec, "0") && strings.Contains("df%", kind) {
			spec += pick("", ",", "_")
		}
		if strings.Contains("fe%", kind) {
			spec += pick(".0", ".1", ".3")
		}
		spec += kind
		text, err := write(spec, value.Number(number))
		if err != nil {
			t.Fatalf("%s of %s: %v", spec, number, err)
		}
		got = append(got, text)
		fmt.Fprintf(&program, "print(repr(format(%s, %q)))\n", number, spec)
	}
	cmd := exec.Command(python, "-c", "import sys; exec(sys.stdin.read())")
	cmd.Stdin = strings.NewReader(program.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(program.String(), "\n")
	for i, want := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		if have := "'" + got[i] + "'"; have != want {
			t.Errorf("%s: got %s, want %s", lines[i], have, want)
		}
	}
}
