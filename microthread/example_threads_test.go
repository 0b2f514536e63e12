package microthread_test

import (
	"errors"
	"fmt"
	"time"

	"mtpipe/microthread"
)

// A small program written with threads: it looks up three names, one after another, tries
// each twice, and prints what it found. The same program written with callbacks is an
// example of package reactor.
func Example_k6Threads() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		fmt.Println(lookupAll(t, []string{"ann", "bob", "eve"}))
		return nil
	})
	// Output:
	// bob: try 1: no answer
	// eve: try 1: no answer
	// eve: try 2: no answer
	// [ann@home bob@home nowhere]
}

// lookupAll returns the addresses of names. A name without an address is nowhere.
func lookupAll(t *microthread.Thread, names []string) (found []string) {
	for _, name := range names {
		address, err := lookupTwice(t, name)
		if err != nil {
			address = "nowhere"
		}
		found = append(found, address)
	}
	return found
}

// lookupTwice tries again when the first try fails.
func lookupTwice(t *microthread.Thread, name string) (address string, err error) {
	for try := 1; try <= 2; try++ {
		if address, err = lookup(t, name, try); err == nil {
			return address, nil
		}
		fmt.Printf("%s: try %d: %v\n", name, try, err)
	}
	return "", err
}

// lookup knows the address of ann at once, that of bob at the second try and nobody else's.
func lookup(t *microthread.Thread, name string, try int) (string, error) {
	t.Sleep(time.Millisecond)
	if name == "ann" || name == "bob" && try == 2 {
		return name + "@home", nil
	}
	return "", errors.New("no answer")
}
