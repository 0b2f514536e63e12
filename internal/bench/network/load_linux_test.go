package network

import (
	"testing"
	"time"
)

func TestMessage(t *testing.T) {
	seen := make(map[[messageSize]byte]bool)
	for i := range 300 {
		for round := range uint32(300) {
			var b [messageSize]byte
			message(b[:], i, round)
			if seen[b] || b[messageSize-1] != '\n' {
				t.Fatalf("got %q for connection %d in round %d, want a line that no other has", b, i, round)
			}
			seen[b] = true
		}
	}
	var b [messageSize]byte
	message(b[:], 0xabc, 0x12)
	uppered(b[:])
	if got, want := string(b[:]), "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG;; 00000ABC 00000012\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPercentile(t *testing.T) {
	var list timing
	for i := range 201 {
		list.delays = append(list.delays, time.Duration(i))
	}
	for p, want := range map[int]time.Duration{0: 0, 50: 100, 99: 198, 100: 200} {
		if got := list.percentile(p); got != want {
			t.Errorf("got %d for %d of a hundred, want %d", got, p, want)
		}
	}
}
