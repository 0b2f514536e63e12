package plain

import (
	"cmp"
	"math"
	"math/big"
	"strings"
)

// class is the place of v in the order of values, with v as a number when it counts as one.
// An empty field stands with the nulls.
func (v Value) class() (int, Value) {
	if n, ok := v.numeric(); ok {
		return 2, n
	}
	switch {
	case v.isEmpty():
		return 0, v
	case v.Kind == Bool:
		return 1, v
	case v.isText():
		return 3, v
	case v.Kind == List:
		return 4, v
	}
	return 5, v
}

// Compare gives the order of values that sort has.
func Compare(a, b Value) int {
	ca, na := a.class()
	cb, nb := b.class()
	if ca != cb {
		return cmp.Compare(ca, cb)
	}
	switch ca {
	case 1:
		return cmp.Compare(btoi(a.B), btoi(b.B))
	case 2:
		return compareNumbers(na, nb)
	case 3:
		return strings.Compare(a.Spell, b.Spell)
	case 4:
		for i := range min(len(a.List), len(b.List)) {
			if c := Compare(a.List[i], b.List[i]); c != 0 {
				return c
			}
		}
		return cmp.Compare(len(a.List), len(b.List))
	case 5:
		for i := range min(len(a.Fields), len(b.Fields)) {
			if c := strings.Compare(a.Fields[i].Name, b.Fields[i].Name); c != 0 {
				return c
			}
			if c := Compare(a.Fields[i].V, b.Fields[i].V); c != 0 {
				return c
			}
		}
		return cmp.Compare(len(a.Fields), len(b.Fields))
	}
	return 0
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compareNumbers(a, b Value) int {
	if math.IsInf(a.F, 0) || math.IsInf(b.F, 0) {
		return cmp.Compare(a.float64(), b.float64())
	}
	return rat(a).Cmp(rat(b))
}

// rat returns a finite number exactly.
func rat(v Value) *big.Rat {
	if v.Int != nil {
		return new(big.Rat).SetInt(v.Int)
	}
	return new(big.Rat).SetFloat64(v.F)
}

// equal is == of expressions: numbers by size, untyped text too where it looks like one beside
// a number or other untyped text; other text by its bytes. An empty field is equal to null and
// to the empty text.
func equal(a, b Value) bool {
	switch {
	case a.isEmpty() && b.isEmpty():
		return true
	case a.isText() && b.isText():
		if a.Kind == Text && b.Kind == Text {
			x, ok := a.numeric()
			y, ok2 := b.numeric()
			if ok && ok2 {
				return compareNumbers(x, y) == 0
			}
		}
		return a.Spell == b.Spell
	case a.Kind == Number || b.Kind == Number:
		x, ok := a.numeric()
		y, ok2 := b.numeric()
		return ok && ok2 && compareNumbers(x, y) == 0
	case a.Kind != b.Kind:
		return false
	case a.Kind == List:
		if len(a.List) != len(b.List) {
			return false
		}
		for i := range a.List {
			if !equal(a.List[i], b.List[i]) {
				return false
			}
		}
		return true
	case a.Kind == Record:
		if len(a.Fields) != len(b.Fields) {
			return false
		}
		for _, f := range a.Fields {
			if g, ok := b.get(f.Name); !ok || !equal(f.V, g) {
				return false
			}
		}
		return true
	}
	return a.B == b.B
}
