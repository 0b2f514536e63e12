package ordering

import "mtpipe/value"

// Compare returns -1, 0 or 1 as a stands before, with or behind b by the rule of k. Plain
// compares two texts by their bytes and all else as ByValue does.
func (k Key) Compare(a, b value.Value) int {
	mode := k.Mode
	switch {
	case mode == Plain && !(a.IsText() && b.IsText()):
		mode = ByValue
	case mode > ByValue:
		a, b = textual(a), textual(b)
	}
	c := compare(mode, a, b)
	if k.Descending {
		return -c
	}
	return c
}

// textual returns what the rules for text compare of v.
func textual(v value.Value) value.Value {
	if v.IsText() {
		return v
	}
	return value.Text(decimal(v))
}
