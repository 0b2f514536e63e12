package reactor_test

import (
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"mtpipe/reactor"
)

// TestPanicStack compares the stack of a PanicError with Go's own traceback, less the arguments.
func TestPanicStack(t *testing.T) {
	var nowhere *struct{ n int }
	for name, fail := range map[string]func(){
		"a panic":         func() { panic("out of luck") },
		"of the runtime":  func() { nowhere.n++ },
		"inlined":         func() { inlined(nil) },
		"a panic in one":  func() { defer func() { panic("again") }(); panic("first") },
		"a deep one":      func() { descend(60) },
		"one very deep":   func() { descend(300) },
		"in code of Go's": func() { _ = strings.Repeat("x", -1) },
	} {
		t.Run(name, func(t *testing.T) {
			got, want := stacks(fail)
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func inlined(m map[int]int) { m[1] = 1 }

//go:noinline
func descend(n int) {
	if n == 0 {
		panic("at the bottom")
	}
	descend(n - 1)
}

// stacks returns the stack of a PanicError and what debug.Stack says in the same place.
func stacks(fail func()) (got, want string) {
	defer func() {
		e, now := reactor.NewPanicError(recover()), debug.Stack() // in one line
		got, want = bare(string(e.Stack()), "mtpipe/reactor.NewPanicError"), bare(string(now), "runtime/debug.Stack")
	}()
	fail()
	return
}

var (
	details = regexp.MustCompile(`(?m)\(.*\)$| \+0x[0-9a-f]+$`)
	number  = regexp.MustCompile(`^goroutine \d* ?\[`)
)

// bare returns a traceback without the numbers, what took it and who created the goroutine.
func bare(stack, by string) string {
	stack, _, _ = strings.Cut(number.ReplaceAllString(stack, "goroutine ["), "created by ")
	if strings.Contains(stack, "frames elided") { // Go leaves out those in the middle
		stack = strings.Join(strings.Split(stack, "\n")[:60], "\n")
	}
	head, rest, _ := strings.Cut(stack, by)
	_, rest, _ = strings.Cut(rest, "\n")
	_, rest, _ = strings.Cut(rest, "\n")
	return details.ReplaceAllString(head+rest, "")
}
