package expression

import (
	"testing"

	"mtpipe/value"
)

func TestBound(t *testing.T) {
	rec := value.Rec(value.NewRecord(value.NewShape("acc", "n"), value.Int(1), value.Int(2)))
	for _, row := range []struct {
		text string
		it   value.Value
		want string
	}{
		{"acc + it", value.Int(3), "13"},
		{"acc", value.Int(3), "10"},
		{"acc + n", rec, "12"},
		{"acc + it.acc", rec, "11"},
		{"let x = n; let y = x + acc; y * acc", rec, "120"},
		{"sum(map([1, 2], # * acc))", value.Null, "30"},
		{"7", value.Null, "7"},
	} {
		b, err := CompileWith(row.text, nil, "acc")
		if err != nil {
			t.Fatal(row.text, err)
		}
		for range 2 { // the frame is used again
			if v, err := b.Eval(row.it, value.Int(10)); err != nil || v.String() != row.want {
				t.Errorf("%s: got %s, %v, want %s", row.text, v, err, row.want)
			}
		}
	}
	if _, err := CompileWith("acc +", nil, "acc"); err == nil {
		t.Error("got no error for acc +")
	}
}
