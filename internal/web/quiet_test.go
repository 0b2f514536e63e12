package web_test

import (
	"io"
	"log"
)

// quiet is the log of servers whose clients misbehave.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
