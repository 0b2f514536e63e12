package microthread

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"
)

// goroutine is one of those that a dump of all shows.
type goroutine struct {
	id     int64
	state  string // as the dump has it: "running", "chan receive"
	parent int64  // that made it for iter.Pull, or 0
	text   string // all that the dump says of it
}

// blockedIn returns what holds up the goroutine, or "" when it computes.
func (g *goroutine) blockedIn() string {
	switch g.state {
	case "running", "runnable", "preempted":
		return ""
	}
	return g.state
}

// goroutineID returns the number of the calling goroutine.
func goroutineID() int64 {
	var buf [64]byte
	g, _ := parseGoroutine(string(buf[:runtime.Stack(buf[:], false)]))
	return g.id
}

const largestDump = 64 << 20 // bytes

// allStacks stops the program for a moment and returns what all its goroutines are at.
func allStacks() []goroutine {
	for size := 4096 * (16 + runtime.NumGoroutine()); ; size *= 2 {
		buf := make([]byte, min(size, largestDump))
		if n := runtime.Stack(buf, true); n < len(buf) || n == largestDump {
			return parseGoroutines(buf[:n])
		}
	}
}

func parseGoroutines(dump []byte) (all []goroutine) {
	for text := range bytes.SplitSeq(dump, []byte("\n\n")) {
		if g, ok := parseGoroutine(string(text)); ok {
			all = append(all, g)
		}
	}
	return all
}

// parseGoroutine reads "goroutine 7 [chan receive, 2 minutes]:" and the lines behind it.
func parseGoroutine(text string) (g goroutine, ok bool) {
	g.text = strings.TrimSpace(text)
	rest, ok := strings.CutPrefix(g.text, "goroutine ")
	number, rest, ok2 := strings.Cut(rest, " [")
	if !ok || !ok2 {
		return g, false
	}
	g.id, _ = strconv.ParseInt(number, 10, 64)
	state, _, _ := strings.Cut(rest, "]")
	state, _, _ = strings.Cut(state, ",")
	g.state, _, _ = strings.Cut(state, " (")
	if i := strings.LastIndex(g.text, "\ncreated by iter.Pull"); i >= 0 {
		if _, parent, ok := strings.Cut(g.text[i:], " in goroutine "); ok {
			parent, _, _ = strings.Cut(parent, "\n")
			g.parent, _ = strconv.ParseInt(parent, 10, 64)
		}
	}
	return g, true
}
