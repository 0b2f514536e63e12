package expression

import (
	"testing"

	"mtpipe/value"
)

// secondOfOrders says of all values that they are the second record of orders.csv.
type secondOfOrders struct{}

func (secondOfOrders) Place(*value.Batch, int, value.Value) (string, int64, bool) {
	return "orders.csv", 3, true
}

// TestFunctionExamples wants every function's example to give what its documentation says, and every
// function to be one that can be called so.
func TestFunctionExamples(t *testing.T) {
	seen := make(map[string]bool)
	for _, family := range Functions() {
		for _, f := range family.Functions {
			name := (*entry)(&f).name()
			p, err := Compile(f.Example, nil)
			if err != nil {
				t.Errorf("%s: %s: %v", f.Form, f.Example, err)
				continue
			}
			v, err := p.At(secondOfOrders{}).Eval(value.Null)
			if got := string(v.AppendJSON(nil)); err != nil || got != f.Result {
				t.Errorf("%s: %s: got %s, %v, want %s", f.Form, f.Example, got, err, f.Result)
			}
			if f.Does == "" || seen[name] && name != "sum" {
				t.Errorf("%s: said twice, or not at all", f.Form)
			}
			seen[name] = true
		}
	}
}
