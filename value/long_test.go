package value

import (
	"errors"
	"strings"
	"testing"
)

// TestLongNumbers wants integers of up to MaxDigits digits to be exact, and longer ones to be text
// with which nothing is computed.
func TestLongNumbers(t *testing.T) {
	longest, tooLong := strings.Repeat("9", MaxDigits), strings.Repeat("9", MaxDigits+1)
	if n, ok := TextOf(" -" + longest + " ").Numeric(); !ok || n.String() != "-"+longest {
		t.Errorf("got %s, %v, want %d digits", n.Quote(), ok, MaxDigits)
	}
	const want = "is too long for a number: it has more than 4300 digits"
	for _, v := range []Value{TextOf(tooLong), Number(tooLong), TextOf("-" + tooLong), TextOf(strings.Repeat("9", 1_000_000))} {
		wantError := func(what string, got Value, err error) {
			t.Helper()
			if err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s: got %s, %v, want that it %s", what, got.Quote(), err, want)
			}
		}
		n, err := NumberOf(v)
		wantError("number", n, err)
		n, err = Neg(v)
		wantError("neg", n, err)
		for name, op := range map[string]func(a, b Value) (Value, error){"add": Add, "sub": Sub, "mul": Mul, "div": Div, "mod": Mod, "pow": Pow} {
			n, err = op(v, Int(3))
			wantError(name, n, err)
			n, err = op(Int(3), v)
			wantError(name+", after", n, err)
		}
	}
	n, _ := TextOf(longest).Numeric()
	for name, op := range map[string]func() (Value, error){
		"mul":       func() (Value, error) { return Mul(n, n) },
		"pow":       func() (Value, error) { return Pow(Int(10), Int(MaxDigits+1)) },
		"large pow": func() (Value, error) { return Pow(Int(10), Int(1_000_000_000)) },
		"add": func() (Value, error) {
			sum, err := n, error(nil)
			for i := 0; i < 1000 && err == nil; i++ {
				sum, err = Add(sum, sum)
			}
			return sum, err
		},
	} {
		if got, err := op(); !errors.Is(err, ErrTooLong) {
			t.Errorf("%s: got %s, %v, want %v", name, got.Quote(), err, ErrTooLong)
		}
	}
}

// TestLongNumbersInOrder wants JSON's numbers that are too long to be computed with to be ordered by
// their size all the same.
func TestLongNumbersInOrder(t *testing.T) {
	a, b := strings.Repeat("8", MaxDigits+1), "9"+strings.Repeat("8", MaxDigits)
	list := []Value{Number("-" + b), Number("-" + a), Number("-1e400"), Int(-1), Float(2.5), Number("1e400"), Number(a), Number(b), Number(b + "0")}
	for i := range list {
		for k := range list {
			want := 0
			if i < k {
				want = -1
			} else if i > k {
				want = 1
			}
			if got := Compare(list[i], list[k]); got != want {
				t.Errorf("%s and %s: got %d, want %d", list[i].Quote(), list[k].Quote(), got, want)
			}
		}
	}
}
