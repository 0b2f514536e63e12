package cli

import "testing"

// A heap may grow to 1.4 times what is alive and ten megabytes, whichever of the two rules of Go's
// runtime decides.
func TestPercent(t *testing.T) {
	for _, live := range []int64{0, 1 << 20, 3 << 20, 4 << 20, 7 << 20, 100 << 20, 10 << 30} {
		p := int64(percent(live))
		got := max(live+live*p/100, leastTrigger*p/100)
		if want := live*140/100 + smallHeap; got > want || got < want-want/50 {
			t.Errorf("%d bytes alive: a collection at %d, want %d", live, got, want)
		}
	}
}
