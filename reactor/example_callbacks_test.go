package reactor_test

import (
	"errors"
	"fmt"
	"time"

	"mtpipe/reactor"
)

// A small program written with callbacks: it looks up three names, one after another, tries
// each twice, and prints what it found. The same program written with threads is an example
// of package microthread.
func Example_callbacks() {
	r := reactor.New(reactor.NewSystem())
	defer r.Close()
	r.Start("lookupAll", func(d *reactor.Deferred) reactor.Outcome {
		return lookupAll(d, []string{"ann", "bob", "eve"}, nil)
	}, func(o reactor.Outcome) { fmt.Println(o.Value()) })
	if err := r.Run(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// bob: try 1: no answer
	// eve: try 1: no answer
	// eve: try 2: no answer
	// [ann@home bob@home nowhere]
}

// lookupAll adds the addresses of names to found. Its loop is a continuation that begins the
// next round. A name without an address is nowhere.
func lookupAll(d *reactor.Deferred, names, found []string) reactor.Outcome {
	if len(names) == 0 {
		return reactor.Done(found)
	}
	out := lookupTwice(d, names[0], 1)
	out.AddCallback("lookupAll", "lookupTwice", func(in reactor.Outcome) reactor.Outcome {
		address := "nowhere"
		if in.Err() == nil {
			address = in.Value().(string)
		}
		return lookupAll(d, names[1:], append(found, address))
	})
	return out
}

// lookupTwice tries again when the first try fails.
func lookupTwice(d *reactor.Deferred, name string, try int) reactor.Outcome {
	out := lookup(d, name, try)
	out.AddCallback("lookupTwice", "lookup", func(in reactor.Outcome) reactor.Outcome {
		if in.Err() == nil {
			return in
		}
		fmt.Printf("%s: try %d: %v\n", name, try, in.Err())
		if try == 2 {
			return in
		}
		return lookupTwice(d, name, try+1)
	})
	return out
}

// lookup knows the address of ann at once, that of bob at the second try and nobody else's.
func lookup(d *reactor.Deferred, name string, try int) reactor.Outcome {
	out := d.Sleep(time.Millisecond)
	out.AddCallback("lookup", "", func(reactor.Outcome) reactor.Outcome {
		if name == "ann" || name == "bob" && try == 2 {
			return reactor.Done(name + "@home")
		}
		return reactor.Failed(errors.New("no answer"))
	})
	return out
}
