package network

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"mtpipe/internal/bench/child"
)

// TestMain makes the program of the tests also that of their servers and clients.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 {
		os.Exit(m.Run())
	}
	var err error
	switch os.Args[1] {
	case "-serve":
		err = child.Serve(os.Args[2], child.Options{})
	case "-fetch": // URL -requests N -parallel M
		n, _ := strconv.Atoi(os.Args[4])
		parallel, _ := strconv.Atoi(os.Args[6])
		err = child.Fetch(context.Background(), os.Stdout, os.Args[2], n, parallel)
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
