package microthread

import (
	"os"
	"testing"
)

// TestPollingOf_Unknown wants a file of which the system does not say what it is to be waited for: if
// it is a pipe, a read in place would stop all threads.
func TestPollingOf_Unknown(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if got := pollingOf(f); got != waited {
		t.Errorf("got %d, want %d", got, waited)
	}
}
